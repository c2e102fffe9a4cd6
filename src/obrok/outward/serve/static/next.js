// What to find out next: one ranked list of unknowns, and for each of them replies to imagine.
import { get } from "./api.js";
import { el, MEANINGS, term } from "./dom.js";
import { table } from "./out.js";
import { imagine } from "./replies.js";
import { keep } from "./state.js";

/** So many unknowns lie open to begin with (on a phone one); so many answers of one stand before the others are opened. */
const OPEN = matchMedia("(max-width: 46rem)").matches ? 1 : 3, FIRST = 6;

export async function nextPage(root, tabs, given) {
  const all = await get("api/next");
  all.told = new Map(); // what was answered to each reply tried
  all.answers.forEach((a, k) => { a.key = [a.id, a.policy, a.versus].filter(Boolean).join("/"); a.at = k; });
  root.append(tabs, el("h1", {}, "What to find out next"),
    el("p", {}, "What would tell most about the answers if somebody found it out, in one list. A bar says how much of the doubt in an answer (how far the answers of the ",
      term("versions", MEANINGS.version), " lie apart) would go, on average; only what goes beyond chance is drawn. Then imagine a reply, and see the answers move. All of it is an estimate from a model."));
  if (!all.ready) {
    root.append(el("p", { class: "card" }, "There are no answers yet: what would narrow them is told when the versions have been imagined and weighed. The documents and claims can be read meanwhile."));
    return;
  }
  if (all.too_few) {
    root.append(el("div", { class: "warn" }, el("p", {}, "Too few versions carry the answers to say what would narrow them. Run the case with more: ", el("code", {}, "obrok run --worlds"), ".")));
  } else if (!all.unknowns.length) root.append(el("p", {}, "Nothing would surely narrow any of the leading answers by itself."));
  if (!all.weighed) root.append(el("p", {}, "These versions were not weighed by what was reported: no reply can be imagined over them."));
  const place = el("div");
  if (all.unknowns.length) root.append(choice(all, given, place));
  root.append(place);
  if (all.unknowns.length) ranked(all, given, place);
  root.append(...something(all, given), ...asTable(all), ...silent(all));
  root.addEventListener("shown", () => document.querySelector(".view .imagining")?.scrollIntoView({ block: "start", behavior: "instant" }));
}

// --- the list
function choice(all, given, place) {
  const said = el("p", { class: "small", role: "status" });
  const explain = (key) => { said.textContent = key ? "Ranked by how much of the doubt in this one answer each would remove."
    : `Ranked by the share of doubt that each would remove, as a mean over the ${all.answers.length} leading answers; where it is no more than chance, that is 0.`; };
  const select = el("select", { id: "rank-by", onchange: () => {
    keep({ for: select.value });
    given.set("for", select.value);
    explain(select.value);
    ranked(all, given, place);
  } }, el("option", { value: "" }, "all leading answers together"), all.answers.map((a) => el("option", { value: a.key, selected: a.key === given.get("for") }, a.asks)));
  explain(select.value);
  return el("div", {}, el("div", { class: "rank" }, el("label", { for: "rank-by" }, "Rank by what it does for"), select), said);
}

function ranked(all, given, place) {
  const one = all.answers.find((a) => a.key === given.get("for"));
  const of = (u) => (one ? u.rows.find((r) => r.answer === one.at)?.share ?? 0 : u.mean);
  const list = all.unknowns.filter((u) => of(u) > 0).sort((a, b) => of(b) - of(a));
  const chosen = given.get("unknown");
  place.replaceChildren(
    list.length ? el("ol", { class: "unknowns" }, list.map((u, i) => unknown(all, u, one, given, i < OPEN || u.id === chosen)))
      : el("p", {}, "Nothing would surely narrow this answer by itself."));
  if (chosen && !list.some((u) => u.id === chosen)) { // it is further down, or nothing for this answer
    const u = all.unknowns.find((x) => x.id === chosen);
    if (u) place.append(el("p", {}, "For this answer, no more than chance:"), el("ul", { class: "unknowns" }, unknown(all, u, one, given, true)));
  }
}

function unknown(all, u, one, given, open) {
  const mine = one && u.rows.find((r) => r.answer === one.at);
  const told = one ? (mine ? `${mine.told} of the doubt in this answer` : "no more than chance, for this answer")
    : `${u.told} of the doubt, as a mean over ${u.of} answers`;
  const share = one ? mine?.share ?? 0 : u.mean;
  return el("li", {}, el("details", { class: "card unknown", open, "data-unknown": u.id },
    el("summary", {}, el("h2", {}, u.ask), el("span", { class: "sum" }, bar(share), el("span", { class: "figure" }, told))),
    el("p", { class: "small" }, u.question ? "A question of the case: " : "A figure of the case: ", el("code", {}, u.id)),
    rows(all, u, one), panel(all, u, given)));
}

const bar = (share) => {
  const inner = el("span");
  inner.style.width = `${Math.max(1, 100 * share).toFixed(1)}%`;
  return el("span", { class: "bar", "aria-hidden": "true" }, share > 0 ? inner : null);
};

/** A row an answer, those that it tells most about first. */
function rows(all, u, one) {
  const order = one ? [...u.rows].sort((a, b) => (b.answer === one.at) - (a.answer === one.at)) : u.rows;
  const row = (r) => el("tr", {}, el("th", { scope: "row" }, link(all.answers[r.answer])),
    el("td", {}, bar(r.share), el("span", { class: "figure" }, el("strong", {}, r.told), " of the doubt")), el("td", {}, r.after));
  const of = (list) => el("table", { class: "does" }, el("thead", { class: "unseen" }, el("tr", {}, ["Answer", "Doubt it would remove", "Its range then"].map((h) => el("th", { scope: "col" }, h)))),
    el("tbody", {}, list.map(row)));
  const rest = all.answers.filter((a) => a.id !== u.id && !u.rows.some((r) => r.answer === a.at));
  const first = one ? order.slice(0, 1) : order.slice(0, FIRST), then = order.slice(first.length);
  return [
    first.length ? of(first) : null,
    then.length ? el("details", {}, el("summary", {}, `${then.length} more ${then.length === 1 ? "answer" : "answers"} that it would narrow`), of(then)) : null,
    rest.length ? el("details", {}, el("summary", {}, `For ${rest.length === 1 ? "one answer" : `the other ${rest.length} answers`}: no more than chance`),
      el("ul", {}, rest.map((a) => el("li", {}, link(a))))) : null,
  ];
}

const link = (a) => el("a", { href: `#answers/${a.key}` }, a.asks);

// --- replies
/** The button that opens the place for replies about an unknown; one such place is open at a time. */
function panel(all, u, given) {
  if (!all.weighed) return null;
  const place = el("div");
  const button = el("button", { type: "button", class: "main", "aria-expanded": "false", onclick: () => (place.childElementCount ? close() : open()) },
    "Imagine a reply", el("span", { class: "unseen" }, `: ${u.ask}`));
  const close = () => {
    place.replaceChildren();
    button.setAttribute("aria-expanded", "false");
    if (given.get("unknown") === u.id) { given.delete("unknown"); keep({ unknown: null }); }
  };
  const open = () => {
    for (const other of document.querySelectorAll(".view [data-imagines]")) other.dispatchEvent(new Event("close"));
    given.set("unknown", u.id);
    keep({ unknown: u.id });
    button.setAttribute("aria-expanded", "true");
    place.append(imagine(all, u, given));
  };
  place.dataset.imagines = u.id;
  place.addEventListener("close", close);
  if (given.get("unknown") === u.id) open();
  return el("div", {}, el("p", {}, button), place);
}

/** What is not in the list: whatever else a reply can be imagined about. */
function something(all, given) {
  if (!all.weighed || !all.others.length) return [];
  const place = el("div"), other = () => all.others.find((u) => u.id === select.value);
  const show = () => place.replaceChildren(...(other() ? [panel(all, other(), given)] : []));
  const select = el("select", { id: "something-else", onchange: () => { place.querySelector("[data-imagines]")?.dispatchEvent(new Event("close")); show(); } },
    el("option", { value: "" }, "choose"), all.others.map((u) => el("option", { value: u.id, selected: u.id === given.get("unknown") }, u.named[0].toUpperCase() + u.named.slice(1))));
  show();
  return [el("h2", {}, "Imagine a reply about something else"),
    all.too_few ? null : el("p", {}, "What is not in the list would narrow no leading answer beyond chance by itself. A surprising reply may move them all the same."),
    el("div", { class: "rank" }, el("label", { for: "something-else" }, "About"), select), place].filter(Boolean);
}

function asTable(all) {
  if (!all.unknowns.length) return [];
  const flat = all.unknowns.flatMap((u) => u.rows.map((r) => ({ ...r, ask: u.ask, id: u.id, asks: all.answers[r.answer].asks })));
  return [el("details", {}, el("summary", {}, "All of it as a table"), table({
    title: "What to find out next, by answer", level: "h2", rows: flat,
    columns: [{ name: "find_out", label: "Find out", value: (r) => r.ask }, { name: "unknown", label: "Name", value: (r) => r.id },
      { name: "answer", label: "Answer", value: (r) => r.asks },
      { name: "share_of_doubt", label: "Doubt removed", number: true, value: (r) => r.share, text: (r) => r.told },
      { name: "range_then", label: "Its range then", value: (r) => r.after }],
    note: "Only what is beyond chance. Shares of the variance of an answer's ranks.",
  }))];
}

function silent(all) {
  if (!all.silent.length) return [];
  const reports = all.documents > 1 ? "the reports say" : "the report says";
  return [
    el("h2", {}, `What ${reports} nothing about`),
    el("p", {}, `${reports[0].toUpperCase()}${reports.slice(1)} nothing about ${all.silent.length} of the ${all.assumed} figures assumed: weighing left them as they were. Whoever knows one of them can replace an assumption.`),
    el("ul", { class: "silent" }, all.silent.map((name) => el("li", {}, name))),
  ];
}
