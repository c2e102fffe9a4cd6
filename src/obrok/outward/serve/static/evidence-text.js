// A document: what is known of it, its text in parts, the places of its claims and candidates, and the panel beside it.
import { get } from "./api.js";
import { el, MEANINGS, term } from "./dom.js";
import { claimLink, documentName, plural } from "./evidence-claims.js";
import { evidence } from "./evidence-data.js";
import { documentForm } from "./work-document.js";
import { Panel } from "./work-panel.js";
import { undoBar, whyNot, workbench } from "./work.js";

/** Paragraphs shown at first, and more at each asking: a book of two million characters has thousands. */
const PART = 40;
const NARROW = "(max-width: 60rem)";
const WHERE = {
  elsewhere: "The text of this document is not on this machine; the places of its claims are known but cannot be shown here. Whoever has the text can take it in with obrok read.",
  locked: "The text of this document is in an archive that is locked. Start the dashboard anew, and give the archive's passphrase on the terminal when it asks.",
  "not kept": "The text of this document was not kept: nobody can check its claims to the character here.",
  protected: "The source is protected: title, address, date and text are withheld here, and so are the places of its claims.",
};

export async function documentPage(all, id, wanted, given) {
  const d = await get(`api/documents/${encodeURIComponent(id)}`);
  const head = [
    el("p", { class: "crumbs" }, el("a", { href: "#evidence" }, "Documents and claims")),
    el("h1", { lang: languageTag(d), dir: "auto" }, documentName(d)),
    el("dl", { class: "facts" }, known(all, d)),
    el("details", {}, el("summary", {}, "More about this document"), el("dl", { class: "facts" }, more(all, d))),
  ];
  if (d.text !== "here") return { nodes: [...head, el("p", { class: "card" }, WHERE[d.text]), ...without(all, d)], shown: () => {} };
  const [bench, judged] = await Promise.all([workbench(true), get(`api/work/documents/${encodeURIComponent(id)}`)]);
  const reader = new Reader(all, d, bench, judged);
  if (bench.can && !d.protected) head.at(-1).append(documentForm(d, () => dispatchEvent(new HashChangeEvent("hashchange"))));
  return { nodes: [...head, whyNot(bench), reader.bar, reader.root, ...without(all, d)].filter(Boolean), shown: () => reader.open(wanted, given) };
}

const fact = (name, ...value) => (value.some(Boolean) ? [el("dt", {}, name), el("dd", {}, value.filter(Boolean))] : []);
const small = (...text) => text.some(Boolean) && el("span", { class: "small aside" }, text);

function known(all, d) {
  return [
    fact("Publisher", d.publisher, d.author && `, by ${d.author}`),
    fact("Published", d.published, d.basis && ` (${d.basis})`, small(d.why)),
    fact("Text", textState(d), small(d.no_text), d.characters !== null && small(`${d.characters.toLocaleString("en")} characters${d.complete ? "" : ", incomplete"}`)),
  ];
}

function more(all, d) {
  const others = d.alike.flatMap((x, i) => [i ? ", " : "", el("a", { href: `#evidence/document/${x}` }, documentName(all.document.get(x)))]);
  return [
    fact("Origin", d.origin, others.length > 0 && small(term("one origin", MEANINGS.origin), " with ", others)),
    fact("Language", language(d.language)),
    fact("Address", d.address),
    fact("Licence", d.licence),
    fact("Digest of the text", d.digest && el("code", {}, `${d.digest}…`)),
  ];
}

/** The English name of a language, and its tag where a browser knows it: a document's may be anything. */
export function language(code) {
  try { return new Intl.DisplayNames(["en"], { type: "language" }).of(code) ?? code; } catch { return code; }
}
export const languageTag = (d) => (!d.protected && language(d.language) !== d.language ? d.language : null);

export const textState = (d) => ({ here: "on this machine", elsewhere: "not on this machine", locked: "locked", "not kept": "not kept", protected: "withheld" })[d.text];

function without(all, d) {
  if (!d.elsewhere.length) return [];
  return [
    el("h2", {}, d.places.length ? "Claims whose place is not kept" : "Claims on this document"),
    el("ul", {}, d.elsewhere.map((c) => el("li", {}, all.claim.get(c).text, " (", claimLink(c), ["elsewhere", "locked"].includes(d.text) && all.claim.get(c).where ? `, characters ${all.claim.get(c).where})` : ")"))),
  ];
}

/** The text, and beside it the panel: claims, candidates, what is being written. */
class Reader {
  constructor(all, d, bench, judged) {
    this.narrow = matchMedia(NARROW);
    this.from = 0;
    this.to = 0;
    this.body = el("div", { class: "paragraphs", lang: languageTag(d) });
    this.before = el("button", { type: "button", onclick: () => this.more(-1) });
    this.after = el("button", { type: "button", onclick: () => this.more(1) });
    this.text = el("section", { class: "text", "aria-label": "Text of the document" },
      el("p", {}, this.before), this.body, el("p", {}, this.after));
    this.bar = el("div", { class: "undo-bar" });
    this.panel = new Panel(this);
    this.root = el("div", { class: "reader", "data-keep": true }, this.text, this.panel.root);
    this.take(all, d, bench, judged);
  }

  /** What is shown is now this. */
  take(all, d, bench, judged) {
    Object.assign(this, { all, d, bench, judged });
    this.paragraphs = new Map();
    this.place = new Map();
    d.paragraphs.forEach((runs, i) => { for (const [, ids] of runs) for (const id of ids) if (!this.place.has(id)) this.place.set(id, i); });
    this.candidates = new Set(d.candidates);
    this.bar.replaceChildren(...[undoBar(bench, () => this.anew())].filter(Boolean));
    this.panel.take();
  }

  /** Asks for everything anew, and shows it where it was read. */
  async anew() {
    const id = encodeURIComponent(this.d.id);
    const [index, d, bench, judged] = await Promise.all([evidence(), get(`api/documents/${id}`), workbench(true), get(`api/work/documents/${id}`)]);
    const top = scrollY;
    this.take(index, d, bench, judged);
    this.window(this.from, this.to || PART);
    scrollTo({ top, behavior: "instant" });
  }

  /** Once it stands in the page: the text from its beginning, or around a claim, a candidate, or characters (`at`). */
  open(wanted, given) {
    const settle = () => this.settle();
    this.narrow.addEventListener("change", settle);
    document.getElementById("main").addEventListener("left", () => {
      this.narrow.removeEventListener("change", settle);
      this.panel.left();
    }, { once: true });
    const at = /^(\d+)-(\d+)$/.exec(given?.get("at") ?? "");
    if (wanted && this.place.has(wanted)) {
      this.go(wanted);
      if (this.candidates.has(wanted)) this.panel.focus();
      return;
    }
    this.window(0, PART);
    if (at) this.find(Number(at[1]), Number(at[2]));
    this.panel.list(wanted ? `The claim ${wanted} has no place in this text.` : "");
  }

  /** Shows paragraphs `from` to `to` (exclusive). */
  window(from, to) {
    this.from = Math.max(0, from);
    this.to = Math.min(this.d.paragraphs.length, to);
    const nodes = [];
    for (let i = this.from; i < this.to; i++) nodes.push(this.paragraph(i));
    this.body.replaceChildren(...nodes);
    this.buttons();
    this.chosen(this.panel.chosen);
  }

  more(way) {
    const first = way < 0 ? this.body.firstElementChild : null, was = first?.getBoundingClientRect().top;
    const [from, to] = way < 0 ? [Math.max(0, this.from - PART), this.from] : [this.to, Math.min(this.d.paragraphs.length, this.to + PART)];
    const nodes = [];
    for (let i = from; i < to; i++) nodes.push(this.paragraph(i));
    if (way < 0) { this.body.prepend(...nodes); this.from = from; } else { this.body.append(...nodes); this.to = to; }
    this.buttons();
    this.chosen(this.panel.chosen);
    if (first) scrollBy({ top: first.getBoundingClientRect().top - was, behavior: "instant" }); // what was read stays where it is
    const next = way < 0 ? first?.previousElementSibling : nodes[0];
    if (next) { next.tabIndex = -1; next.focus({ preventScroll: true }); }
  }

  buttons() {
    const left = this.d.paragraphs.length - this.to;
    this.before.textContent = `Show text before this (${plural(this.from, "paragraph")})`;
    this.after.textContent = `Go on reading (${plural(left, "paragraph")} more)`;
    this.before.parentElement.hidden = !this.from;
    this.after.parentElement.hidden = !left;
  }

  paragraph(i) {
    if (!this.paragraphs.has(i)) {
      this.paragraphs.set(i, el("p", { dir: "auto" }, this.d.paragraphs[i].map(([text, ids, start]) => (ids.length ? this.mark(text, ids, start) : el("span", { "data-start": start }, text)))));
    }
    return this.paragraphs.get(i);
  }

  mark(text, ids, start) {
    const claims = ids.filter((id) => !this.candidates.has(id)), first = claims[0] ?? ids[0];
    const named = claims.length ? `${claims.length > 1 ? "claims" : "claim"} ${claims.join(", ")}` : `candidate ${ids.join(", ")}`;
    const link = el("a", { href: `#evidence/document/${this.d.id}/${first}`, title: named, onclick: (event) => {
      if (event.ctrlKey || event.metaKey || event.shiftKey || !getSelection().isCollapsed) { if (!getSelection().isCollapsed) event.preventDefault(); return; }
      event.preventDefault();
      this.panel.show(first, claims.length ? claims : [first]);
      this.panel.focus();
    } }, text);
    const kind = [claims.length ? "claimed" : "candidate", ids.length > 1 ? "several" : ""].filter(Boolean).join(" ");
    return el("mark", { "data-claims": ids.join(" "), "data-start": start, class: kind }, link);
  }

  marks(id) {
    return [...this.body.querySelectorAll("mark")].filter((m) => m.dataset.claims.split(" ").includes(id));
  }

  /** Marks the place of what is chosen. */
  chosen(id) {
    for (const m of this.body.querySelectorAll("mark.chosen")) m.classList.remove("chosen");
    if (id) for (const m of this.marks(id)) m.classList.add("chosen");
  }

  /** To a place: shown, scrolled to; of a claim also focused, and told beside it. */
  go(id) {
    this.reveal(id);
    this.panel.show(id);
    if (!this.candidates.has(id)) this.marks(id)[0].querySelector("a").focus({ preventScroll: true });
  }

  reveal(id) {
    const at = this.place.get(id);
    if (at === undefined) return;
    if (at < this.from || at >= this.to) this.window(at - PART / 4, at + PART);
    const first = this.marks(id)[0], box = first.getBoundingClientRect();
    if (box.top < 60 || box.bottom > innerHeight - 60) first.scrollIntoView({ block: "center", behavior: "instant" });
  }

  /** Shows the characters `start` to `end`, and selects them. */
  find(start, end) {
    const at = this.d.paragraphs.findLastIndex((runs) => runs[0][2] <= start);
    if (at < 0) return;
    if (at < this.from || at >= this.to) this.window(at - PART / 4, at + PART);
    const [from, to] = [this.spot(start), this.spot(end)];
    if (!from || !to) return;
    getSelection().setBaseAndExtent(from.node, from.at, to.node, to.at);
    this.paragraph(at).scrollIntoView({ block: "center", behavior: "instant" });
  }

  /** Where a code point of the text stands in the page. */
  spot(point) {
    const run = [...this.body.querySelectorAll("[data-start]")].findLast((n) => Number(n.dataset.start) <= point);
    if (!run) return null;
    const node = document.createTreeWalker(run, NodeFilter.SHOW_TEXT).nextNode();
    return { node, at: [...node.data].slice(0, point - Number(run.dataset.start)).join("").length };
  }

  /** The selected part of the text as code points and words; null where nothing of it is selected. */
  selected() {
    const selection = getSelection();
    if (!selection.rangeCount || selection.isCollapsed) return null;
    const range = selection.getRangeAt(0);
    if (!this.body.contains(range.commonAncestorContainer)) return null;
    const point = (node, at) => {
      const inside = node.nodeType === Node.TEXT_NODE ? node.parentElement.closest("[data-start]") : null;
      if (inside) return Number(inside.dataset.start) + [...node.data.slice(0, at)].length;
      const next = node.nodeType === Node.TEXT_NODE ? null : node.childNodes[at]?.querySelector?.("[data-start]") ?? node.childNodes[at]?.closest?.("[data-start]");
      return next ? Number(next.dataset.start) : null;
    };
    const start = point(range.startContainer, range.startOffset);
    const end = point(range.endContainer, range.endOffset) ?? this.end();
    return start === null || start >= end ? null : { start, end, words: String(selection) };
  }

  /** Where the text that is shown ends. */
  end() {
    const [text, , start] = this.d.paragraphs[this.to - 1].at(-1);
    return start + [...text].length;
  }

  /** The place of words of the text, or null. */
  search(words) {
    const wanted = words.trim().split(/\s+/).join(" ");
    const runs = this.d.paragraphs.flat(), text = runs.map(([t]) => t).join("");
    const at = wanted ? text.indexOf(wanted) : -1;
    if (at < 0) return null;
    const point = (unit) => {
      let seen = 0;
      for (const [t, , start] of runs) {
        if (unit <= seen + t.length) return start + [...t.slice(0, unit - seen)].length;
        seen += t.length;
      }
      return null;
    };
    return { start: point(at), end: point(at + wanted.length), words: wanted };
  }

  /** Beside the text where there is room, else right below the chosen place, or above the text. Whoever is in the panel stays
   *  there: what is moved in a page loses the focus. */
  settle() {
    const { root } = this.panel, focused = root.contains(document.activeElement) ? document.activeElement : null;
    this.put(root);
    if (focused && document.activeElement !== focused) focused.focus({ preventScroll: true });
  }

  put(root) {
    if (!this.narrow.matches) { if (this.text.nextElementSibling !== root) this.root.append(root); return; }
    const mark = this.panel.chosen && this.marks(this.panel.chosen).at(-1);
    if (mark) mark.closest("p").after(root);
    else if (root.parentElement !== this.root || root.nextElementSibling !== this.text) this.root.prepend(root);
  }
}
