// Long lists in pages, the page in the address.
import { el } from "./dom.js";
import { keep } from "./state.js";

const path = () => location.hash.split("?")[0];

/**
 * A list in pages. `name`: what its rows are ("claims"); `key`: of the page in the address; `size`: of a page; `heading`: of
 * the list. `draw(rows)` gives the nodes of a page of rows that are here (`show`); `turn(page)` asks for a page of rows that
 * lie elsewhere, and `put` shows it. Pages count from 1. What is shown stays until the next is drawn.
 */
export class Pages {
  constructor({ name, key, size, heading, draw, turn }) {
    Object.assign(this, { name, key, size, heading, draw, rows: [], total: 0, page: 1, address: path() });
    this.turn = turn ?? ((page) => this.show(this.rows, page));
    this.place = el("div", { class: "page-of", id: `page-of-${key}` });
    this.bars = [this.bar("above"), this.bar("below")];
    this.root = el("div", { class: "pages" }, this.bars[0].root, this.place, this.bars[1].root);
  }

  get last() { return Math.max(1, Math.ceil(this.total / this.size)); }

  /** Shows a page of some rows. */
  show(rows, page = 1) {
    this.rows = rows;
    this.put(rows.length, page, (from, to) => this.draw(rows.slice(from, to)));
  }

  /** Shows a page of `total` rows; `nodes(from, to)` gives what stands on it. */
  put(total, page, nodes) {
    this.total = total;
    this.page = Math.min(Math.max(1, Number.isInteger(page) ? page : 1), this.last);
    const from = (this.page - 1) * this.size;
    this.place.replaceChildren(...nodes(from, from + this.size));
    for (const bar of this.bars) bar.update();
    if (path() === this.address) keep({ [this.key]: this.page > 1 ? this.page : null }); // not where another view is shown by now
  }

  /** To another page; from below the list, its beginning is gone to. */
  go(page, below) {
    this.turn(page);
    if (!below) return;
    this.heading.focus({ preventScroll: true });
    this.heading.scrollIntoView({ block: "start", behavior: "instant" });
  }

  bar(where) {
    const below = where === "below";
    const button = (label, step) => el("button", { type: "button", "aria-label": `${label} of ${this.name}`, "aria-controls": this.place.id,
      onclick: () => this.go(this.page + step, below) }, label);
    const before = button("Page before", -1), after = button("Next page", 1);
    const number = el("input", { type: "number", min: 1, step: 1, "aria-label": `Page of ${this.name}`, onchange: () => this.go(Number(number.value), below) });
    const of = el("span"), told = el("span", { class: "small", role: below ? null : "status" });
    const root = el("nav", { class: "bar-of", "aria-label": `Pages of ${this.name}, ${where}` }, before, el("label", {}, "Page ", number), of, after, told);
    const update = () => {
      const on = document.activeElement;
      root.hidden = this.last === 1;
      before.disabled = this.page === 1;
      after.disabled = this.page === this.last;
      if ([before, after].includes(on) && on.disabled) number.focus({ preventScroll: true });
      number.value = this.page;
      number.max = this.last;
      of.textContent = `of ${this.last.toLocaleString("en")}`;
      const from = (this.page - 1) * this.size;
      told.textContent = `${this.name} ${(from + 1).toLocaleString("en")} to ${Math.min(from + this.size, this.total).toLocaleString("en")} of ${this.total.toLocaleString("en")}`;
    };
    return { root, update };
  }
}
