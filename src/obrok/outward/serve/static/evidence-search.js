// What is looked for in the evidence: one form for claims, documents and the words of their texts; all of it in the address.
import { get } from "./api.js";
import { el } from "./dom.js";
import { documentName, plural } from "./evidence-claims.js";
import { Pages } from "./evidence-pages.js";
import { keep } from "./state.js";

/** Choices of more than these are typed, not listed. */
const LISTED = 40;
/** Milliseconds after the last key until texts are searched; between two looks at an index that is being made. */
const REST = 40, AGAIN = 400;
export const KEYS = ["words", "role", "source", "origin", "document", "only", "sort"];
const SORTS = { "": "as in the case", text: "by their words", id: "by id", role: "by role", source: "by source", document: "by document" };

/** Small letters without accents. */
const plain = (text) => text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();

/** Words, "words in a row", -left-out, begin*: as the server reads them. */
function read(words) {
  const terms = [...words.matchAll(/(?<=\s|^)(-?)(?:"([^"]*)"|(\S+))/g)].map(([, minus, row, one]) => [minus, plain(row ?? one).replace(/\*$/, "").trim()]);
  const of = (sign) => terms.filter(([minus, text]) => minus === sign && text && text !== "-").map(([, text]) => text);
  const wanted = of(""), left = of("-");
  return (text) => wanted.every((w) => text.includes(w)) && !left.some((w) => text.includes(w));
}

/** What is looked for in a claim's row, and in a document's; put together once. */
function haystacks(all) {
  if (!all.haystacks) {
    const put = (...parts) => plain(parts.filter(Boolean).join("\n"));
    const documents = new Map(all.documents.map((d) => [d.id, put(d.id, d.protected ? "" : d.title, d.publisher, d.author, d.origin)]));
    all.haystacks = { documents, claims: new Map(all.claims.map((c) => [c.id, put(c.id, c.text, c.said, c.word, c.informs, c.quantity, c.source,
      all.source.get(c.source).kind, c.role, c.when, documents.get(c.document))])) };
  }
  return all.haystacks;
}

/** The claims that fit, in the order asked for; null while it is not known which disagree. */
export function fitting(all, asked) {
  const { claims } = haystacks(all), fits = read(asked.words);
  if (asked.only === "disagrees" && !all.against) return null;
  const of = chosen(asked.document, all.document), from = chosen(asked.source, all.source), origin = chosen(asked.origin, originsOf(all));
  const found = all.claims.filter((c) => (!asked.role || c.role === asked.role) && from(c.source) && of(c.document)
    && origin(all.document.get(c.document).origin) && (asked.only !== "disagrees" || all.against.has(c.id))
    && (asked.only !== "unchecked" || c.checked !== "checked") && fits(claims.get(c.id)));
  if (asked.sort in SORTS && asked.sort) found.sort((a, b) => ordered(a[asked.sort], b[asked.sort]));
  return found;
}

/** The documents that fit. */
export function fittingDocuments(all, asked) {
  const { documents } = haystacks(all), fits = read(asked.words);
  const of = chosen(asked.document, all.document), origin = chosen(asked.origin, originsOf(all));
  return all.documents.filter((d) => of(d.id) && origin(d.origin) && fits(documents.get(d.id)));
}

const collator = new Intl.Collator("en", { numeric: true });
export const ordered = (a, b) => collator.compare(a ?? "", b ?? "");
const originsOf = (all) => (all.origins ??= new Map(all.documents.map((d) => [d.origin, d.origin])));

/** Whether an id is the one asked for, or, where there is none such, has it in it. */
function chosen(wanted, known) {
  if (!wanted) return () => true;
  return known.has(wanted) ? (id) => id === wanted : (id) => id.toLowerCase().includes(wanted.toLowerCase());
}

/** The form. `changed(asked)` is called at each change; the form writes it into the address. */
export function searchForm(all, given, changed) {
  const asked = Object.fromEntries(KEYS.map((key) => [key, given.get(key) ?? ""]));
  const change = (key, value) => {
    asked[key] = value;
    keep({ [key]: value });
    everything.hidden = !some();
    changed(asked);
  };
  const some = () => KEYS.some((key) => asked[key]);
  const labelled = (key, label, field, ...more) => {
    field.id = `filter-${key}`;
    return el("div", { class: `field ${key}` }, el("label", { for: field.id }, label), field, ...more);
  };
  const choice = (key, label, options, any = "any") => labelled(key, label, el("select", { onchange: (e) => change(key, e.target.value) },
    [...(any === null ? [] : [["", any]]), ...options].map(([value, text]) => el("option", { value, selected: value === asked[key] }, text))));
  const typed = (key, label, options) => (options.length < 2 && !asked[key] ? null : options.length <= LISTED ? choice(key, label, options)
    : labelled(key, label, el("input", { type: "text", value: asked[key], list: `list-${key}`, autocomplete: "off", placeholder: `any of ${options.length.toLocaleString("en")}`,
      oninput: (e) => change(key, e.target.value.trim()), onfocus: (e) => offer(e.target, options) }), el("datalist", { id: `list-${key}` })));
  const used = (key) => [...new Set(all.claims.map((c) => c[key]))];
  const everything = el("button", { type: "button", hidden: !some(), onclick: () => {
    for (const key of KEYS) asked[key] = "";
    keep(asked);
    for (const field of form.querySelectorAll("input, select")) field.value = "";
    everything.hidden = true;
    changed(asked);
  } }, "Show all");
  const form = el("form", { class: "filter", role: "search", "aria-label": "Search claims, documents and their texts", onsubmit: (e) => e.preventDefault() },
    labelled("words", "Words", el("input", { type: "text", value: asked.words, autocomplete: "off", spellcheck: "false", "aria-describedby": "words-how",
      oninput: (e) => change("words", e.target.value) })),
    choice("role", "Role", used("role").map((r) => [r, r])),
    typed("document", "Document", all.documents.map((d) => [d.id, shortened(documentName(d))])),
    typed("source", "Source", used("source").map((s) => [s, `${s}, ${all.source.get(s).kind}`])),
    typed("origin", "Origin", [...originsOf(all).keys()].map((o) => [o, o])),
    choice("only", "Only", [["disagrees", "claims that disagree"], ["unchecked", "claims not checked in their text"]], "all claims"),
    choice("sort", "Order of claims", Object.entries(SORTS), null),
    everything,
    el("p", { class: "small how", id: "words-how" }, "In claims, titles and the texts of documents. ", el("code", {}, '"words in a row"'), ", ", el("code", {}, "begin*"), ", ", el("code", {}, "-left-out"), "."));
  return { form, asked };
}

/** Fills the list of a field that is gone to: thousands of choices are put together only for whoever may choose. */
function offer(field, options) {
  if (!field.list.childElementCount) field.list.append(...options.map(([value, text]) => el("option", { value }, text)));
}

const shortened = (text) => (text.length > 46 ? `${text.slice(0, 44).trimEnd()} …` : text);

// --- words in the texts
/** Documents in whose texts words stand. `look(words, page)` searches; `told(words)` hears, for the line above, what came of it. */
export class Texts {
  constructor(all, heading, told) {
    Object.assign(this, { all, heading, told, asked: 0, words: "" });
    this.list = el("ol", { class: "hits" });
    this.note = el("div", {});
    this.pages = new Pages({ name: "documents with these words", key: "tpage", size: 20, heading, turn: (page) => this.look(this.words, page, 0) });
    const hidden = all.documents.some((d) => d.protected) ? "Protected documents are not searched here. " : "";
    this.root = el("section", { class: "in-texts", hidden: true }, heading,
      el("p", { class: "small" }, "Whole words, from the texts on this machine; a word that you are typing may go on. ", hidden), this.note, this.pages.root);
  }

  /** Looks for words, once no more are typed. What is shown stays until the next is there. */
  look(words, page = 1, rest = REST) {
    const mine = ++this.asked;
    clearTimeout(this.soon);
    this.words = words;
    if (!words.trim()) {
      this.root.hidden = true;
      keep({ tpage: null });
      this.told("");
      return;
    }
    this.soon = setTimeout(() => this.ask(mine, words, page), rest);
  }

  async ask(mine, words, page) {
    const late = setTimeout(() => mine === this.asked && this.told("looking in the texts …"), 100);
    let found;
    try { found = await get(`api/search?words=${encodeURIComponent(going(words))}&page=${page - 1}`); } catch (error) { found = { wrong: error.message }; }
    clearTimeout(late);
    if (mine !== this.asked || !document.getElementById("filter-words")) return; // another was asked for, or another view
    this.root.hidden = false;
    this.note.replaceChildren();
    if (found.building) {
      const [done, of] = found.building;
      this.pages.root.hidden = true;
      this.note.replaceChildren(el("p", { class: "run" }, el("span", {}, "The texts are made ready to be searched; later this is at once. "),
        el("progress", { max: of || 1, value: done, "aria-label": "Texts made ready" })));
      this.told("texts are made ready");
      this.soon = setTimeout(() => mine === this.asked && this.ask(mine, words, page), AGAIN);
      return;
    }
    if (found.wrong) {
      this.pages.root.hidden = true;
      this.note.replaceChildren(el("p", { class: "warn" }, found.wrong));
      this.told("the texts cannot be searched");
      return;
    }
    this.pages.root.hidden = false;
    if (page > 1 && !found.hits.length && found.total) { this.ask(mine, words, 1); return; }
    this.list.start = (page - 1) * found.size + 1;
    this.list.replaceChildren(...found.hits.map((h) => this.hit(h, going(words))));
    this.pages.size = found.size;
    this.pages.put(found.total, page, () => [this.list]);
    this.note.replaceChildren(...(found.total ? [] : [el("p", {}, "In no text. Fewer words, or ", el("code", {}, "begin*"), " for words that begin so, may find more.")]));
    this.told(`in the texts of ${plural(found.total, "document")}`);
  }

  hit(h, words) {
    const d = this.all.document.get(h.id);
    if (!d) return el("li", {}, h.id);
    const more = h.found > 1 && el("button", { type: "button", "aria-expanded": "false", onclick: async () => {
      if (node.querySelector("ul")) { node.querySelector("ul").remove(); more.setAttribute("aria-expanded", "false"); return; }
      const told = await get(`api/documents/${encodeURIComponent(h.id)}/places?words=${encodeURIComponent(words)}`).catch((error) => ({ error }));
      if (told.error) { node.append(el("p", { class: "warn", role: "alert" }, told.error.message)); return; }
      node.append(el("ul", {}, told.places.filter((p) => p.start !== h.start).map((p) => el("li", {}, snippet(h.id, p))),
        told.total > told.places.length ? el("li", { class: "small" }, `and ${plural(told.total - told.places.length, "more place")}`) : null));
      more.setAttribute("aria-expanded", "true");
    } }, `${plural(h.found - 1, "more place")} in it`);
    const node = el("li", {},
      el("a", { href: h.found ? at(h.id, h) : `#evidence/document/${h.id}`, dir: "auto" }, documentName(d)), " ",
      el("span", { class: "small" }, `${d.publisher}, ${d.published} `), more,
      h.found ? el("p", {}, snippet(h.id, h)) : el("p", { class: "small" }, "in its title"));
    return node;
  }
}

/** A word that is being typed may go on. */
const going = (words) => (/[\p{L}\p{N}]$/u.test(words) && (words.match(/"/g) ?? []).length % 2 === 0 ? `${words}*` : words);
const at = (id, { start, end }) => `#evidence/document/${id}?at=${start}-${end}`;
const snippet = (id, place) => el("a", { class: "snippet", href: at(id, place), dir: "auto" }, "… ", place.pieces.map(([text, found]) => (found ? el("mark", {}, text) : text)), " …");
