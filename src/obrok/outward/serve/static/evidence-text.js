// A document: what is known of it, its text in parts, the places of its claims, and each claim beside its place.
import { get } from "./api.js";
import { el, MEANINGS, term } from "./dom.js";
import { claimBrief, claimLink, documentName, plural } from "./evidence-claims.js";

/** Paragraphs shown at first, and more at each asking: a book of two million characters has thousands. */
const PART = 40;
const NARROW = "(max-width: 60rem)";
const WHERE = {
  elsewhere: "The text of this document is not on this machine; the places of its claims are known but cannot be shown here. Whoever has the text can take it in with obrok read.",
  locked: "The text of this document is in an archive that is locked. Start the dashboard anew, and give the archive's passphrase on the terminal when it asks.",
  "not kept": "The text of this document was not kept: nobody can check its claims to the character here.",
  protected: "The source is protected: title, address, date and text are withheld here, and so are the places of its claims.",
};

export async function documentPage(all, id, wanted) {
  const d = await get(`api/documents/${encodeURIComponent(id)}`);
  const head = [
    el("p", { class: "crumbs" }, el("a", { href: "#evidence" }, "Documents and claims")),
    el("h1", { lang: languageTag(d), dir: "auto" }, documentName(d)),
    el("dl", { class: "facts" }, known(all, d)),
    el("details", {}, el("summary", {}, "More about this document"), el("dl", { class: "facts" }, more(all, d))),
  ];
  if (d.text !== "here") return { nodes: [...head, el("p", { class: "card" }, WHERE[d.text]), ...without(all, d)], shown: () => {} };
  const reader = new Reader(all, d);
  return { nodes: [...head, reader.root, ...without(all, d)], shown: () => reader.open(wanted) };
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

/** The text, and the claim beside it. */
class Reader {
  constructor(all, d) {
    this.all = all;
    this.d = d;
    this.from = 0;
    this.to = 0;
    this.chosen = null;
    this.paragraphs = new Map();
    this.order = d.places.map((p) => p.claim);
    this.place = new Map(d.places.map((p) => [p.claim, p.paragraph]));
    this.body = el("div", { class: "paragraphs", lang: languageTag(d) });
    this.before = el("button", { type: "button", onclick: () => this.more(-1) });
    this.after = el("button", { type: "button", onclick: () => this.more(1) });
    this.text = el("section", { class: "text", "aria-label": "Text of the document" },
      el("p", {}, this.before), this.body, el("p", {}, this.after));
    this.beside = el("aside", { class: "beside", "aria-label": "The claim beside the text" });
    this.root = el("div", { class: "reader" }, this.text, this.beside);
    this.narrow = matchMedia(NARROW);
  }

  /** Once it stands in the page: the text from its beginning, or around a claim. */
  open(claim) {
    const settle = () => this.settle();
    this.narrow.addEventListener("change", settle);
    document.getElementById("main").addEventListener("left", () => this.narrow.removeEventListener("change", settle), { once: true });
    if (claim && this.place.has(claim)) return this.go(claim);
    this.window(0, PART);
    this.list(claim && !this.place.has(claim) ? `The claim ${claim} has no place in this text.` : "");
  }

  /** Shows paragraphs `from` to `to` (exclusive). */
  window(from, to) {
    this.from = Math.max(0, from);
    this.to = Math.min(this.d.paragraphs.length, to);
    const nodes = [];
    for (let i = this.from; i < this.to; i++) nodes.push(this.paragraph(i));
    this.body.replaceChildren(...nodes);
    this.buttons();
  }

  more(way) {
    const first = way < 0 ? this.body.firstElementChild : null, was = first?.getBoundingClientRect().top;
    const [from, to] = way < 0 ? [Math.max(0, this.from - PART), this.from] : [this.to, Math.min(this.d.paragraphs.length, this.to + PART)];
    const nodes = [];
    for (let i = from; i < to; i++) nodes.push(this.paragraph(i));
    if (way < 0) { this.body.prepend(...nodes); this.from = from; } else { this.body.append(...nodes); this.to = to; }
    this.buttons();
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
      this.paragraphs.set(i, el("p", { dir: "auto" }, this.d.paragraphs[i].map(([text, claims]) => (claims.length ? this.mark(text, claims) : text))));
    }
    return this.paragraphs.get(i);
  }

  mark(text, claims) {
    const named = `${claims.length > 1 ? "claims" : "claim"} ${claims.join(", ")}`;
    const link = el("a", { href: `#evidence/document/${this.d.id}/${claims[0]}`, title: named, onclick: (event) => {
      if (event.ctrlKey || event.metaKey || event.shiftKey) return;
      event.preventDefault();
      this.choose(claims[0], claims);
      const head = this.beside.querySelector("h2");
      head.focus({ preventScroll: true });
      if (this.narrow.matches) head.scrollIntoView({ block: "center" });
    } }, text);
    return el("mark", { "data-claims": claims.join(" "), class: claims.length > 1 ? "several" : null }, link);
  }

  marks(claim) {
    return [...this.body.querySelectorAll("mark")].filter((m) => m.dataset.claims.split(" ").includes(claim));
  }

  /** To a claim's place: shown, scrolled to, focused, its claim beside it. */
  go(claim) {
    const at = this.place.get(claim);
    if (at < this.from || at >= this.to) this.window(at - PART / 4, at + PART);
    this.choose(claim);
    const first = this.marks(claim)[0];
    first.scrollIntoView({ block: "center", behavior: "instant" });
    first.querySelector("a").focus({ preventScroll: true });
  }

  choose(claim, together = [claim]) {
    this.chosen = claim;
    history.replaceState(null, "", `#evidence/document/${this.d.id}/${claim}`);
    for (const m of this.body.querySelectorAll("mark.chosen")) m.classList.remove("chosen");
    for (const m of this.marks(claim)) m.classList.add("chosen");
    const at = this.order.indexOf(claim), step = (n) => this.order[at + n];
    const button = (label, to) => el("button", { type: "button", disabled: !to, onclick: () => this.go(to) }, label);
    this.beside.replaceChildren(
      ...together.flatMap((c) => [el("h2", { tabindex: "-1" }, `Claim ${c}`), ...claimBrief(this.all, this.all.claim.get(c), "h3")]),
      el("p", { class: "steps" }, button("Claim before", step(-1)), button("Next claim", step(1)),
        el("button", { type: "button", onclick: () => this.go(claim) }, "Back to its place"),
        el("button", { type: "button", onclick: () => { this.list(""); this.beside.querySelector("h2").focus(); } }, "All claims here")));
    this.settle();
  }

  /** The claims of the text, in their order. */
  list(word) {
    this.chosen = null;
    history.replaceState(null, "", `#evidence/document/${this.d.id}`);
    for (const m of this.body.querySelectorAll("mark.chosen")) m.classList.remove("chosen");
    const link = (c) => el("a", { href: `#evidence/document/${this.d.id}/${c}`, onclick: (event) => {
      event.preventDefault();
      this.go(c);
    } }, this.all.claim.get(c).text);
    this.beside.replaceChildren(...[
      el("h2", { tabindex: "-1" }, "Claims in this text"),
      word && el("p", { class: "warn" }, word),
      el("p", { class: "small" }, this.order.length ? "Choose one, or a highlight in the text. A double line: several claims stand on the same words." : "No claim has its place in this text yet."),
      this.order.length > 0 && el("details", { open: !this.narrow.matches }, el("summary", {}, plural(this.order.length, "claim")),
        el("ol", {}, this.order.map((c) => el("li", {}, link(c))))),
    ].filter(Boolean));
    this.settle();
  }

  /** Beside the text where there is room, else right below the chosen place, or above the text. */
  settle() {
    if (!this.narrow.matches) { this.root.append(this.beside); return; }
    const mark = this.chosen && this.marks(this.chosen).at(-1);
    if (mark) mark.closest("p").after(this.beside);
    else this.root.prepend(this.beside);
  }
}
