// Evidence: the documents, what they say, and what to find out next.
import { get } from "./api.js";
import { el, MEANINGS, term } from "./dom.js";
import { claimBody, claimLink, claimList, documentName, indexed, plural } from "./evidence-claims.js";
import { documentPage, language, languageTag, textState } from "./evidence-text.js";
import { nextPage } from "./next.js";
import { table } from "./out.js";
import { beginPage, intake } from "./work-intake.js";
import { settlePage } from "./work-settle.js";
import { undoBar, whyNot, workbench } from "./work.js";

/** How far down the overview was read when a claim or a document was opened from it. */
let left = 0;

export async function show(root, parts, told, given) {
  if (parts[0] === "next") return nextPage(root, tabs("next"), given);
  const [what, id, more] = parts;
  if (what === "begin") { root.append(tabs(""), ...await beginPage(told)); return; }
  const all = await evidence();
  let page = { nodes: null, shown: () => scrollTo({ top: 0, behavior: "instant" }) };
  if (what === "settle") page.nodes = [tabs("settle"), ...await settlePage(all, told)];
  else if (what === "document" && all.document.has(id)) page = await documentPage(all, id, more, given);
  else if (what === "claim" && all.claim.has(id)) page.nodes = claimPage(all, all.claim.get(id));
  else {
    page = { nodes: overview(all, await workbench(), what && id ? `There is no ${what} “${id}” in this case.` : ""), shown: resume };
    if (!what) root.addEventListener("click", (event) => { if (event.target.closest("a[href^='#evidence/']")) left = scrollY; });
  }
  root.append(...page.nodes);
  root.addEventListener("shown", page.shown);
}

/** What the server tells of the evidence, by id, too; `anew()` asks it again. */
async function evidence() {
  return { ...indexed(await get("api/evidence")), anew: evidence };
}

function resume() {
  scrollTo({ top: left, behavior: "instant" });
  left = 0;
}

function tabs(here) {
  const link = (href, label, mine) => el("li", {}, el("a", { href, "aria-current": mine ? "page" : null }, label));
  return el("nav", { "aria-label": "Evidence" }, el("ul", {},
    link("#evidence", "Documents and claims", here === "overview"), link("#evidence/settle", "To settle", here === "settle"), link("#evidence/next", "What to find out next", here === "next")));
}

// --- everything at a glance
function overview(all, bench, word) {
  const origins = new Set(all.documents.map((d) => d.origin)).size;
  const missing = word ? el("div", { class: "warn", role: "alert" }, el("p", {}, word)) : null;
  const again = () => dispatchEvent(new HashChangeEvent("hashchange"));
  const page = [tabs("overview"), el("h1", {}, "Evidence"), missing, whyNot(bench), undoBar(bench, again), bench.can ? intake(again) : null, waiting(all, bench)];
  if (!all.documents.length) {
    return [...page, el("p", { class: "card" }, "This case holds no documents and no claims yet: every figure is an assumption. Drop a report above, or take it in with ",
      el("code", {}, "obrok read CASE FILE"), ".")].filter(Boolean);
  }
  const claims = el("h2", { tabindex: "-1" }, "Claims");
  page.push(
    el("p", {}, "What the answers rest on: ", `${plural(all.documents.length, "document")} of ${plural(origins, "origin")}, and ${plural(all.claims.length, "claim")} in them. A `,
      term("claim", MEANINGS.claim), " is believed only as far as its source is, and documents of one ", term("origin", MEANINGS.origin), " are not two voices."),
    all.documents.length > 6 ? el("p", {}, el("button", { type: "button", onclick: () => { claims.scrollIntoView(); claims.focus({ preventScroll: true }); } }, "Go to the claims")) : null,
    all.clash ? el("div", { class: "warn" }, el("p", {}, all.clash)) : null,
    documents(all),
    claims,
    el("p", {}, "In our own words, each with its role. Open one to see who said it, how its words are read and what rests on it."),
    el("details", {}, el("summary", {}, "What the roles mean"), el("dl", { class: "facts" },
      Object.entries(all.roles).flatMap(([role, meaning]) => [el("dt", {}, role), el("dd", {}, meaning)]))),
    claimList(all),
    ...disagreements(all));
  return page.filter(Boolean);
}

/** Candidates that nobody has judged. */
function waiting(all, bench) {
  const rows = Object.entries(bench.waiting);
  if (!rows.length) return null;
  const total = rows.reduce((sum, [, n]) => sum + n, 0);
  const name = (id) => (all.document.has(id) ? documentName(all.document.get(id)) : id);
  return el("div", { class: "card" }, el("h2", {}, `${plural(total, "candidate claim")} to judge`),
    el("p", {}, "Found by rules in the documents; none moves an answer until you accept it."),
    el("ul", {}, rows.slice(0, 10).map(([id, n]) => el("li", {}, el("a", { href: `#evidence/document/${id}` }, name(id)), `: ${n.toLocaleString("en")}`))),
    rows.length > 10 ? el("p", { class: "small" }, `and in ${plural(rows.length - 10, "other document")}.`) : null);
}

function documents(all) {
  const title = (d) => el("a", { href: `#evidence/document/${d.id}`, lang: languageTag(d), dir: "auto" }, documentName(d));
  return table({
    title: "Documents", level: "h2", rows: all.documents,
    columns: [
      { name: "title", label: "Title", text: title, value: documentName },
      { name: "publisher", label: "Publisher", value: (d) => (d.author ? `${d.publisher}, by ${d.author}` : d.publisher) },
      { name: "published", label: "Published", value: (d) => [d.published, d.basis, d.why].filter(Boolean).join("; "),
        text: (d) => el("span", {}, d.published, d.basis ? `, ${d.basis}` : "", d.why ? el("span", { class: "small aside" }, d.why) : null) },
      { name: "language", label: "Language", value: (d) => language(d.language) },
      { name: "origin", label: "Origin", value: (d) => d.origin,
        text: (d) => el("span", {}, d.origin, d.alike.length ? el("span", { class: "small aside" }, `also of ${plural(d.alike.length, "other document")}`) : null) },
      { name: "text", label: "Text", value: textState },
      { name: "claims", label: "Claims", number: true, value: (d) => d.claims.length },
    ],
    note: "“Inferred”: the date does not stand in the document; the reason is given. Documents of one origin count once.",
  });
}

function disagreements(all) {
  if (!all.disagreements.length) return [];
  const side = (k) => (row) => { const s = row.sides[k]; return `${s.id}: ${s.said || "a reading of its own"}, read as ${s.read}; origin ${s.origin}; believed ${s.believed}`; };
  const shown = (k) => (row) => { const s = row.sides[k]; return el("span", {}, claimLink(s.id), s.said ? `: ${s.said}` : "", el("span", { class: "small aside" }, `read as ${s.read}; origin ${s.origin}; believed ${s.believed}`)); };
  return [table({
    title: "Reports that disagree", level: "h2", rows: all.disagreements,
    columns: [
      { name: "about", label: "On", value: (row) => row.about },
      { name: "one", label: "One says", value: side(0), text: shown(0) },
      { name: "other", label: "The other says", value: side(1), text: shown(1) },
      { name: "carried", label: "How they are carried", value: (row) => (row.together ? `together, ${row.together}` : row.sides.map((s) => `${s.id}: ${s.carried}`).join("; ")) },
    ],
    note: "Claims on one quantity, place and time whose ranges hardly overlap.",
  })];
}

// --- one claim
function claimPage(all, c) {
  return [
    el("p", { class: "crumbs" }, el("a", { href: "#evidence" }, "Documents and claims")),
    el("h1", {}, c.text),
    el("p", { class: "small" }, "The claim ", el("code", {}, c.id), ", in our own words."),
    ...claimBody(all, c, "h2"),
  ];
}
