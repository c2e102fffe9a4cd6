// Documents, and reports that disagree: tables in pages, saved whole.
import { el } from "./dom.js";
import { claimLink, documentName, plural } from "./evidence-claims.js";
import { Pages } from "./evidence-pages.js";
import { ordered } from "./evidence-search.js";
import { language as named, languageTag as tagged, textState } from "./evidence-text.js";
import { table } from "./out.js";
import { keep } from "./state.js";

const PAGE = 20;
const SORTS = { "": "as in the case", title: "by title", publisher: "by publisher", origin: "by origin", claims: "most claims first" };

/** What a browser knows of a document's language, looked up once for each. */
const once = (look, had = new Map()) => (d) => {
  const key = `${d.protected} ${d.language}`;
  if (!had.has(key)) had.set(key, look(d));
  return had.get(key);
};
const languageTag = once(tagged), language = once((d) => named(d.language));

/** How many claims a document has, how many documents an origin. */
function counts(all) {
  if (!all.counts) {
    const count = (values) => values.reduce((found, v) => found.set(v, (found.get(v) ?? 0) + 1), new Map());
    all.counts = { claims: count(all.claims.map((c) => c.document)), origin: count(all.documents.map((d) => d.origin)) };
  }
  return all.counts;
}

const whole = (seen, rows) => (seen.length < rows.length ? ` The CSV holds all ${rows.length.toLocaleString("en")}.` : "");

/** The documents. `show(documents, page)` shows these. */
export function documentTable(all, given, heading) {
  const { claims, origin } = counts(all);
  const claimsOf = (d) => claims.get(d.id) ?? 0, others = (d) => origin.get(d.origin) - 1;
  const state = (d) => (all.texts ? textState({ text: all.texts[d.id] }) : "…");
  const title = (d) => el("a", { href: `#evidence/document/${d.id}`, lang: languageTag(d), dir: "auto" }, documentName(d));
  let shown = [], sort = given.get("dsort") ?? "";
  const order = (rows) => (sort === "claims" ? rows.toSorted((a, b) => claimsOf(b) - claimsOf(a)) : sort in SORTS && sort ? rows.toSorted((a, b) => ordered(a[sort], b[sort])) : rows);
  const pages = new Pages({ name: "documents", key: "dpage", size: PAGE, heading, draw: (seen) => [table({
    title: "Documents", level: null, rows: order(shown), seen,
    columns: [
      { name: "title", label: "Title", text: title, value: documentName },
      { name: "publisher", label: "Publisher", value: (d) => (d.author ? `${d.publisher}, by ${d.author}` : d.publisher) },
      { name: "published", label: "Published", value: (d) => [d.published, d.basis, d.why].filter(Boolean).join("; "),
        text: (d) => el("span", {}, d.published, d.basis ? `, ${d.basis}` : "", d.why ? el("span", { class: "small aside" }, d.why) : null) },
      { name: "language", label: "Language", value: language },
      { name: "origin", label: "Origin", value: (d) => d.origin,
        text: (d) => el("span", {}, d.origin, others(d) ? el("span", { class: "small aside" }, `also of ${plural(others(d), "other document")}`) : null) },
      { name: "text", label: "Text", value: state },
      { name: "claims", label: "Claims", number: true, value: claimsOf },
    ],
    note: `“Inferred”: the date does not stand in the document; the reason is given. Documents of one origin count once.${whole(seen, shown)}`,
  })] });
  const field = el("select", { id: "filter-dsort", onchange: () => { sort = field.value; keep({ dsort: sort }); pages.show(order(shown)); } },
    Object.entries(SORTS).map(([value, text]) => el("option", { value, selected: value === sort }, text)));
  const ordering = all.documents.length > PAGE ? el("p", { class: "ordering" }, el("label", { for: "filter-dsort" }, "Order "), field) : null;
  const root = el("section", {}, heading, ordering, pages.root);
  return { root, show: (documents, page) => {
    shown = documents;
    root.hidden = !documents.length;
    pages.show(order(documents), page);
  }, refresh: () => pages.show(pages.rows, pages.page) };
}

/** Reports that disagree, once they are known. */
export function disagreements(all, given) {
  if (!all.disagreements.length) return [];
  const side = (k) => (row) => { const s = row.sides[k]; return `${s.id}: ${s.said || "a reading of its own"}, read as ${s.read}; origin ${s.origin}; believed ${s.believed}`; };
  const shown = (k) => (row) => { const s = row.sides[k]; return el("span", {}, claimLink(s.id), s.said ? `: ${s.said}` : "", el("span", { class: "small aside" }, `read as ${s.read}; origin ${s.origin}; believed ${s.believed}`)); };
  const heading = el("h2", { tabindex: "-1" }, "Reports that disagree");
  const pages = new Pages({ name: "pairs that disagree", key: "cpage", size: PAGE, heading, draw: (seen) => [table({
    title: "Reports that disagree", level: null, rows: all.disagreements, seen,
    columns: [
      { name: "about", label: "On", value: (row) => row.about },
      { name: "one", label: "One says", value: side(0), text: shown(0) },
      { name: "other", label: "The other says", value: side(1), text: shown(1) },
      { name: "carried", label: "How they are carried", value: (row) => (row.together ? `together, ${row.together}` : row.sides.map((s) => `${s.id}: ${s.carried}`).join("; ")) },
    ],
    note: `Claims on one quantity, place and time whose ranges hardly overlap.${whole(seen, all.disagreements)}`,
  })] });
  pages.show(all.disagreements, Number(given.get("cpage") ?? 1));
  return [heading, pages.root];
}
