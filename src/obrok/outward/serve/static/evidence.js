// Evidence: the documents, what they say, and what to find out next.
import { el, MEANINGS, term } from "./dom.js";
import { claimBody, claimList, documentName, plural } from "./evidence-claims.js";
import { evidence } from "./evidence-data.js";
import { fitting, fittingDocuments, searchForm, Texts } from "./evidence-search.js";
import { disagreements, documentTable } from "./evidence-tables.js";
import { documentPage } from "./evidence-text.js";
import { nextPage } from "./next.js";
import { beginPage, intake } from "./work-intake.js";
import { settlePage } from "./work-settle.js";
import { undoBar, whyNot, workbench } from "./work.js";

/** How far down the overview was read when a claim or a document was opened from it, and under which address. */
let left = 0, address = "#evidence";

export async function show(root, parts, told, given) {
  const [what, id, more] = parts;
  if (what === "next") return nextPage(root, tabs("next"), given);
  if (what === "begin") { root.append(tabs(""), ...await beginPage(told)); return; }
  const all = await evidence();
  let page = { nodes: null, shown: () => scrollTo({ top: 0, behavior: "instant" }) };
  if (what === "settle") page.nodes = [tabs("settle"), ...await settlePage(all, told)];
  else if (what === "document" && all.document.has(id)) page = await documentPage(all, id, more, given);
  else if (what === "claim" && all.claim.has(id)) page.nodes = claimPage(all, all.claim.get(id));
  else {
    page = { nodes: overview(all, await workbench(), given, what && id ? `There is no ${what} “${id}” in this case.` : ""), shown: resume };
    if (!what) root.addEventListener("click", (event) => { if (event.target.closest("a[href^='#evidence/']")) [left, address] = [scrollY, location.hash]; });
  }
  root.append(...page.nodes);
  root.addEventListener("shown", page.shown);
}

function resume() {
  scrollTo({ top: left, behavior: "instant" });
  left = 0;
}

function tabs(here) {
  const link = (href, label, mine) => el("li", {}, el("a", { href, "aria-current": mine ? "page" : null }, label));
  return el("nav", { "aria-label": "Evidence" }, el("ul", {},
    link(here === "overview" ? "#evidence" : address, "Documents and claims", here === "overview"), link("#evidence/settle", "To settle", here === "settle"), link("#evidence/next", "What to find out next", here === "next")));
}

// --- everything at a glance
function overview(all, bench, given, word) {
  const origins = new Set(all.documents.map((d) => d.origin)).size;
  const missing = word ? el("div", { class: "warn", role: "alert" }, el("p", {}, word)) : null;
  const again = () => dispatchEvent(new HashChangeEvent("hashchange"));
  const page = [tabs("overview"), el("h1", {}, "Evidence"), missing, whyNot(bench), undoBar(bench, again), bench.can ? intake(again) : null, waiting(all, bench)];
  if (!all.documents.length) {
    return [...page, el("p", { class: "card" }, "This case holds no documents and no claims yet: every figure is an assumption. Drop a report above, or take it in with ",
      el("code", {}, "obrok read CASE FILE"), ".")].filter(Boolean);
  }
  page.push(
    el("p", {}, "What the answers rest on: ", `${plural(all.documents.length, "document")} of ${plural(origins, "origin")}, and ${plural(all.claims.length, "claim")} in them. A `,
      term("claim", MEANINGS.claim), " is believed only as far as its source is, and documents of one ", term("origin", MEANINGS.origin), " are not two voices."),
    all.clash ? el("div", { class: "warn" }, el("p", {}, all.clash)) : null,
    ...searched(all, given));
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

/** The form, and the lists that follow it. */
function searched(all, given) {
  const heading = (words) => el("h2", { tabindex: "-1" }, words);
  const heads = { documents: heading("Documents"), claims: heading("Claims"), texts: heading("In the texts") };
  const counted = { claims: el("button", { type: "button", onclick: () => to(heads.claims) }), documents: el("button", { type: "button", onclick: () => to(heads.documents) }),
    texts: el("button", { type: "button", hidden: true, onclick: () => to(heads.texts) }) };
  const documents = documentTable(all, given, heads.documents), claims = claimList(all, given, heads.claims);
  const texts = new Texts(all, heads.texts, (words) => { counted.texts.textContent = words; counted.texts.hidden = !words; });
  const none = el("p", { hidden: true });
  const number = (key) => Number(given.get(key) ?? 1);
  const refresh = (asked, first) => {
    const some = Object.entries(asked).some(([key, value]) => key !== "sort" && value);
    const found = fitting(all, asked), fit = fittingDocuments(all, asked), of = plural(all.claims.length, "claim");
    documents.show(fit, first ? number("dpage") : 1);
    counted.documents.textContent = fit.length === all.documents.length ? plural(fit.length, "document") : `${fit.length.toLocaleString("en")} of ${plural(all.documents.length, "document")}`;
    counted.documents.disabled = !fit.length;
    none.hidden = found !== null && found.length > 0;
    none.textContent = found === null ? "Claims are being held against each other …" : "No claim fits. Take a word or a choice away.";
    claims.show(found ?? [], first ? number("page") : 1);
    counted.claims.textContent = found === null ? "…" : some ? `${found.length.toLocaleString("en")} of ${of}` : of;
  };
  const { form, asked } = searchForm(all, given, (now) => { refresh(now); texts.look(now.words); });
  refresh(asked, true);
  if (asked.words) texts.look(asked.words, number("tpage"), 0);
  const apart = el("div", {});
  const known = () => {
    documents.refresh();
    if (asked.only === "disagrees") refresh(asked, true);
    apart.replaceChildren(...disagreements(all, given));
  };
  if (all.texts) apart.append(...disagreements(all, given));
  all.rest.then((anew) => { if (anew) known(); },
    (error) => apart.replaceChildren(el("p", { class: "warn", role: "alert" }, error.message)));
  return [form, el("p", { class: "counted", role: "status", "aria-label": "Found" }, counted.claims, counted.documents, counted.texts),
    documents.root, heads.claims,
    el("p", {}, "In our own words, each with its role. Open one to see who said it, how its words are read and what rests on it."),
    el("details", {}, el("summary", {}, "What the roles mean"), el("dl", { class: "facts" },
      Object.entries(all.roles).flatMap(([role, meaning]) => [el("dt", {}, role), el("dd", {}, meaning)]))),
    none, claims.root, texts.root, apart];
}

function to(heading) {
  heading.scrollIntoView({ block: "start", behavior: "instant" });
  heading.focus({ preventScroll: true });
}

// --- one claim
function claimPage(all, c) {
  return [
    el("p", { class: "crumbs" }, el("a", { href: address }, "Documents and claims")),
    el("h1", {}, c.text),
    el("p", { class: "small" }, "The claim ", el("code", {}, c.id), ", in our own words."),
    ...claimBody(all, c, "h2"),
  ];
}
