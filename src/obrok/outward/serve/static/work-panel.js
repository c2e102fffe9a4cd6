// Beside the text: the claims and candidates in it, judged with the keyboard, edited, made from selected words.
import { el } from "./dom.js";
import { claimBrief, plural } from "./evidence-claims.js";
import { keep, keepParts } from "./state.js";
import { claimForm } from "./work-form.js";
import { act } from "./work.js";

const KEYS = [["↓ or j", "the next candidate"], ["↑ or k", "the one before"], ["a", "accept it"], ["e", "edit it, then accept it"], ["d", "drop it"], ["u", "undo"]];

export class Panel {
  constructor(reader) {
    this.reader = reader;
    this.chosen = null;
    this.editing = false;
    this.wrong = el("div", { class: "warn", role: "alert", hidden: true }, el("p", {}));
    this.top = el("div", {});
    this.selecting = el("div", { class: "selecting", hidden: true });
    this.content = el("div", {});
    this.root = el("aside", { class: "beside", "aria-label": "Claims and candidates beside the text" }, this.top, this.selecting, this.wrong, this.content);
    this.root.addEventListener("keydown", (event) => this.key(event));
    this.watch = () => { clearTimeout(this.soon); this.soon = setTimeout(() => this.offer(), 150); };
    document.addEventListener("selectionchange", this.watch);
  }

  left() {
    document.removeEventListener("selectionchange", this.watch);
  }

  /** The reader has new data. */
  take() {
    const { judged, d } = this.reader;
    this.order = judged.candidates.filter((c) => this.reader.candidates.has(c.id)).map((c) => c.id);
    this.claims = d.places.map((p) => p.claim);
    this.rows = new Map([...judged.candidates, ...judged.claims].map((c) => [c.id, c]));
    this.can = this.reader.bench.can;
  }

  focus() {
    (this.content.querySelector("[data-first]") ?? this.content.querySelector("h2"))?.focus({ preventScroll: true });
    if (this.reader.narrow.matches) this.root.scrollIntoView({ block: "center" });
  }

  address(id) {
    keepParts("evidence", ["document", this.reader.d.id, id]);
    if (id) keep({ at: null });
  }

  fail(error) {
    this.wrong.hidden = !error;
    this.wrong.firstChild.textContent = error ? error.message : "";
  }

  fill(id, ...nodes) {
    this.chosen = id;
    this.editing = false;
    this.fail(null);
    this.reader.chosen(id);
    this.content.replaceChildren(...nodes.flat().filter(Boolean));
    this.reader.settle();
  }

  // --- what is shown
  /** All claims and candidates of the text. */
  list(word = "") {
    this.address(null);
    const link = (id, text) => el("a", { href: `#evidence/document/${this.reader.d.id}/${id}`, onclick: (event) => { event.preventDefault(); this.reader.go(id); if (this.reader.candidates.has(id)) this.focus(); } }, text);
    const open = !this.reader.narrow.matches;
    this.fill(null,
      this.order.length ? [
        el("h2", { tabindex: "-1" }, `${plural(this.order.length, "candidate")} to judge`),
        el("p", { class: "small" }, "Found by rules; none moves an answer until it is accepted."),
        this.can ? el("p", { class: "steps" }, el("button", { type: "button", class: "main", "data-first": true, onclick: () => this.go(this.order[0]) }, "Judge them one by one")) : null,
        el("details", { open: open && this.order.length <= 30 }, el("summary", {}, "All candidates"), el("ol", {}, this.order.map((id) => el("li", {}, link(id, this.rows.get(id).paraphrase))))),
      ] : [],
      el("h2", { tabindex: "-1" }, "Claims in this text"),
      word && el("p", { class: "warn" }, word),
      el("p", { class: "small" }, this.claims.length ? "Choose one, or a highlight in the text. A double line: several stand on the same words." : "No claim has its place in this text yet."),
      this.claims.length > 0 && el("details", { open }, el("summary", {}, plural(this.claims.length, "claim")),
        el("ol", {}, this.claims.map((c) => el("li", {}, link(c, this.reader.all.claim.get(c)?.text ?? this.rows.get(c)?.paraphrase ?? c))))),
      this.can && this.maker());
  }

  go(id) {
    this.reader.go(id);
    this.focus();
  }

  /** A claim (with others on the same words), or a candidate. */
  show(id, together = [id]) {
    this.address(id);
    if (this.reader.candidates.has(id)) return this.candidate(id);
    const at = this.claims.indexOf(id), step = (n) => this.claims[at + n];
    const button = (label, to) => el("button", { type: "button", disabled: !to, onclick: () => this.reader.go(to) }, label);
    this.fill(id,
      together.flatMap((c) => [
        el("h2", { tabindex: "-1" }, `Claim ${c}`),
        ...(this.reader.all.claim.has(c) ? claimBrief(this.reader.all, this.reader.all.claim.get(c), "h3") : []),
        this.can && el("p", { class: "steps" }, el("button", { type: "button", onclick: () => this.edit(c) }, "Edit"), el("button", { type: "button", onclick: () => this.does({ do: "remove", ids: [c] }, null) }, "Take it out")),
      ]),
      el("p", { class: "steps" }, button("Claim before", step(-1)), button("Next claim", step(1)),
        el("button", { type: "button", onclick: () => this.reader.go(id) }, "Back to its place"),
        el("button", { type: "button", onclick: () => { this.list(); this.focus(); } }, "All in this text")));
  }

  candidate(id) {
    const row = this.rows.get(id), at = this.order.indexOf(id), kind = this.reader.judged.kinds[row.source] ?? this.reader.bench.sources.find((s) => s.id === row.source)?.kind;
    const said = [row.hedge && `“${row.hedge}”`, [row.value].flat().filter((v) => v !== null && v !== undefined).map((v) => v.toLocaleString("en")).join(" to "), row.unit].filter(Boolean).join(" ");
    const days = row.about ? Object.values(row.about).join(" to ") : "";
    const button = (key, label, does, main) => el("button", { type: "button", class: main ? "main" : null, "data-first": main || null, "aria-keyshortcuts": key, onclick: does }, label, " ", el("kbd", {}, key));
    this.fill(id,
      el("h2", { tabindex: "-1" }, `Candidate ${at + 1} of ${this.order.length}`),
      el("p", { class: "paraphrase" }, row.paraphrase),
      el("dl", { class: "facts" }, [["Read as", said], ["About", days], ["Said by", kind], ["Found by", /\(([^)]*)\)/.exec(row.unused ?? "")?.[1]]].filter(([, v]) => v).map(([k, v]) => [el("dt", {}, k), el("dd", {}, v)])),
      this.can && el("p", { class: "steps" },
        button("a", "Accept", () => this.judge("accept"), true), button("e", "Edit", () => this.edit(id)), button("d", "Drop", () => this.judge("drop"))),
      el("p", { class: "steps" },
        el("button", { type: "button", disabled: at < 1, onclick: () => this.go(this.order[at - 1]) }, "Before"),
        el("button", { type: "button", disabled: at + 1 >= this.order.length, onclick: () => this.go(this.order[at + 1]) }, "Next"),
        el("button", { type: "button", onclick: () => { this.list(); this.focus(); } }, "All in this text")),
      this.can && el("details", { class: "small" }, el("summary", {}, "Keys"), el("dl", { class: "keys" }, KEYS.map(([k, what]) => [el("dt", {}, el("kbd", {}, k)), el("dd", {}, what)])),
        el("p", {}, "They work while the focus is in this panel.")));
  }

  // --- what is done
  key(event) {
    if (event.target.matches("input, textarea, select") || event.ctrlKey || event.metaKey || event.altKey || this.editing || !this.can) return;
    const on = this.chosen && this.reader.candidates.has(this.chosen), at = this.order.indexOf(this.chosen);
    const deeds = {
      j: () => this.go(this.order[Math.min(at + 1, this.order.length - 1)]), k: () => this.go(this.order[Math.max(at - 1, 0)]),
      a: () => this.judge("accept"), d: () => this.judge("drop"), e: () => this.edit(this.chosen),
    };
    deeds.ArrowDown = deeds.j;
    deeds.ArrowUp = deeds.k;
    const deed = event.key === "u" ? () => this.does({ do: "undo" }, this.chosen) : on ? deeds[event.key] : event.key === "j" && this.order.length ? () => this.go(this.order[0]) : null;
    if (!deed) return;
    event.preventDefault();
    deed();
  }

  /** Accepts or drops the candidate, and goes to the next one. */
  judge(what) {
    const at = this.order.indexOf(this.chosen);
    return this.does({ do: what, ids: [this.chosen] }, this.order[at + 1] ?? this.order[at - 1] ?? null);
  }

  /** Does something, and shows `next` then (null: the list). While something is being done nothing else is begun, so that
   *  nobody judges what they have not seen; an undo waits for its turn. */
  async does(asked, next) {
    if (this.busy) { if (asked.do === "undo") this.waiting = true; return; }
    this.busy = true;
    this.root.setAttribute("aria-busy", "true");
    try {
      const told = await act(asked);
      await this.reader.anew();
      const to = next ?? told.id;
      if (to && this.reader.place.has(to)) this.go(to);
      else { this.list(); this.focus(); }
    } catch (error) { this.fail(error); }
    this.busy = false;
    this.root.removeAttribute("aria-busy");
    if (this.waiting) { this.waiting = false; await this.does({ do: "undo" }, this.chosen); }
  }

  edit(id) {
    const is = this.reader.candidates.has(id), at = this.order.indexOf(id);
    const next = is ? this.order[at + 1] ?? null : id;
    this.write(is ? `Candidate ${id}` : `Claim ${id}`, this.rows.get(id), id, is ? "Accept it so" : "Save",
      (set) => act(is ? { do: "accept", ids: [id], set } : { do: "edit", id, set }), next);
  }

  /** The form, in the place of what was shown. */
  write(title, entry, id, label, save, next) {
    const { bench, all } = this.reader;
    const form = claimForm({
      entry, bench, claims: all.claims, label,
      save: async (set) => {
        const told = await save(set);
        await this.reader.anew();
        const to = next ?? told.id;
        if (to && this.reader.place.has(to)) this.go(to);
        else { this.list(); this.focus(); }
      },
      cancel: () => { if (id) this.show(id); else this.list(); this.focus(); },
    });
    this.fill(id, el("h2", { tabindex: "-1" }, title), form);
    this.editing = true;
    form.start();
  }

  // --- a new claim, from words
  /** Where words are selected: the offer to make a claim of them. */
  offer() {
    const some = this.can && !this.editing ? this.reader.selected() : null;
    this.selecting.hidden = !some;
    if (!some) return;
    this.selecting.replaceChildren(el("button", { type: "button", class: "main", onmousedown: (e) => e.preventDefault(), onclick: () => this.make(some) },
      `New claim from the ${plural(some.words.trim().split(/\s+/).length, "word")} selected`));
  }

  make(some) {
    this.selecting.hidden = true;
    const source = this.rows.get(this.claims[0])?.source ?? this.reader.bench.sources[0]?.id ?? null;
    this.write("A new claim", { source }, null, "Make the claim",
      (set) => act({ do: "make", document: this.reader.d.id, at: [some.start, some.end], set: { source, informs: "context", ...set } }), null);
    this.content.firstChild.after(el("p", { class: "small" }, `On ${plural(some.words.trim().split(/\s+/).length, "word")} at characters ${some.start.toLocaleString("en")}–${some.end.toLocaleString("en")}.`));
  }

  /** For whoever does not select with a pointer: words typed or pasted are looked for. */
  maker() {
    const words = el("input", { type: "text", id: "words-of-the-text", autocomplete: "off" });
    const wrong = el("p", { class: "small", role: "status" });
    return el("form", { class: "maker", onsubmit: (event) => {
      event.preventDefault();
      const found = this.reader.search(words.value);
      if (found) this.make(found);
      else wrong.textContent = "These words do not stand in the text so: copy them as they are.";
    } }, el("h2", {}, "A new claim"), el("p", { class: "small" }, "Select words in the text, or write them here as they stand:"),
    el("label", { for: words.id, class: "unseen" }, "Words of the text"), words, " ", el("button", {}, "Make a claim of them"), wrong);
  }
}
