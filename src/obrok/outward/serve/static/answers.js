// Answers as sentences with ranges; what the case is; its own questions; the same under other policies.
import { get } from "./api.js";
import { card, same, trail } from "./answers-cards.js";
import { ranges } from "./answers-pictures.js";
import { keepPolicy, overDays, policies } from "./answers-policies.js";
import { trailOf } from "./answers-trail.js";
import { unseen } from "./copy.js";
import { day, el, MEANINGS, term, upper } from "./dom.js";
import { folds } from "./folds.js";
import { picture, table } from "./out.js";

let held = null, last = null;

/** What the server tells of the answers, asked for once a result. */
export async function answers(told) {
  const of = JSON.stringify([told.result, told.digest]);
  if (held?.of !== of) held = { of, data: await get("api/answers") };
  return held.data;
}

export async function show(root, parts, told, given) {
  const data = await answers(told);
  if (parts[0]) {
    last = parts.filter(Boolean).join("/");
    trailOf(root, data, parts);
    return folds(root, given);
  }
  const here = (id) => data.answers.find((a) => same(a, id, told.policies.find((p) => p.factual).id));
  const jumps = el("p", { class: "acts small" }, "On this page:");
  root.replaceChildren(...[
    el("h1", {}, "Answers"),
    ...opening(data, told),
    ...data.warnings.map(warning),
    jumps,
    ...data.groups.flatMap(({ title, ids }) => [el("h2", {}, title), cards(ids.map(here), data)]),
    ...changed(data),
    ...questions(data, here),
    ...narrowed(data, here),
    ...policies(data, here, given),
  ].filter(Boolean));
  for (const head of root.querySelectorAll("h2")) {
    head.tabIndex = -1;
    jumps.append(el("button", { type: "button", onclick: () => { head.focus({ preventScroll: true }); head.scrollIntoView(); } }, head.textContent));
  }
  folds(root, given);
  root.addEventListener("shown", () => keepPolicy(data));
  root.addEventListener("shown", () => { // back from a trail: where one left
    const back = last && root.querySelector(`[data-answer="${CSS.escape(last)}"] a.way`);
    last = null;
    if (back) { back.focus({ preventScroll: true }); back.scrollIntoView({ block: "center", behavior: "instant" }); }
  });
}

const cards = (all, data) => el("ul", { class: "answer-list" }, all.map((a) => card(a, data)));

function opening(data, told) {
  const { about } = data, reports = about.documents;
  const named = (d) => (d.protected ? `a protected document (${d.id})`
    : `“${d.title}” (${d.publisher}${d.author ? `, by ${d.author}` : ""})`);
  const rests = reports.length > 3 ? el("a", { href: "#evidence" }, `${reports.length} documents`) : reports.map(named).join(", ");
  return [
    el("p", { class: "small" }, [about.place, `${day(told.window[0])} to ${day(told.window[1])}`].filter(Boolean).join(" · ")),
    el("p", {}, el("strong", {}, "An estimate from a model, not a count. "),
      `${about.worlds.toLocaleString("en")} `, term("versions", MEANINGS.version), " of what may have happened were imagined",
      about.weighed && ["; those that agree with what was reported count most (", term("weighing", MEANINGS.weighing), ")"],
      `. ${upper(about.people)} imagined people live through each, day by day. Nobody simulated is a real person.`),
    el("p", {}, reports.length
      ? ["It rests on ", rests, `, read as ${about.claims} `, term(about.claims === 1 ? "claim" : "claims", MEANINGS.claim),
        about.roles.map((r, i) => [i ? ", " : ": ", term(r.told, r.meaning)]), ". ", about.checked]
      : ["It rests on no document yet: every figure here is an ", term("assumption", MEANINGS.assumption), "."]),
    el("p", {}, `“${upper(about.fitting)}” means: one in twenty of them lies below the range, one in twenty above`,
      about.weighed && ", each counted by how well it fits",
      ". Half lie below the middle version. Always quote the range."),
    told.live && el("p", {}, "This case is live: counts of 1 to 4 people are not told."),
  ];
}


function warning({ head, text, command, claims }) {
  return el("div", { class: "warn", role: "note" }, el("p", {}, el("strong", {}, head), ` ${text} `,
    command && el("code", {}, command),
    claims && claims.flatMap((c, i) => [i ? ", " : "See ", el("a", { href: `#evidence/claim/${c}` }, c)])));
}

function changed(data) {
  if (!data.changed) return [];
  const { title, ids, policy, versus } = data.changed;
  return [
    el("h2", {}, title),
    el("p", {}, "The same imagined people, with the same luck, live through both policies (a ",
      term("paired difference", MEANINGS["paired difference"]),
      "). A model cannot show that it was the cause: it says what follows if it was."),
    cards(ids.map((id) => data.answers.find((a) => same(a, id, policy, versus))), data),
  ];
}

// --- the case's own questions ----------------------------------------------------------------------------------------
function questions(data, here) {
  if (!data.questions.length && !data.over_time.length) return [];
  return [
    el("h2", {}, "Questions of this case"),
    el("p", {}, "What this case asks beside the answers above, each in its own days and place."),
    data.questions.length > 0 && cards(data.questions.map(here), data),
    el("div", { class: "pair" }, data.over_time.map((of) => line(of, data, here))),
  ];
}

/** Questions that differ in their days alone: one picture over time, and its figures. */
function line(of, data, here) {
  const rows = of.of.map((q) => ({ ...q, a: here(q.id) })), all = rows.map(({ a }) => a);
  const { weighed } = data.about;
  const series = [...(weighed ? [{ words: "before weighing", style: "before", of: all.map((a) => a.prior) }] : []),
    { words: "after weighing", style: "after", of: all }];
  return el("div", {},
    overDays(of, of.title, series, all),
    el("details", {}, el("summary", {}, "The figures", unseen(` of: ${of.title}`)),
      table({
        title: `Figures: ${of.title}`, level: "h4", rows, columns: [
          { name: "days", label: "Days", text: (r) => el("a", { href: trail(r.a) }, upper(r.days)), value: (r) => r.days },
          { name: "nine_of_ten", label: "Nine of ten versions", value: (r) => r.a.after },
          { name: "middle", label: "Middle", value: (r) => r.a.middle },
          ...(weighed ? [{ name: "before_weighing", label: "Before weighing", value: (r) => r.a.before }] : []),
        ],
      })));
}

// --- before and after ------------------------------------------------------------------------------------------------
function narrowed(data, here) {
  const { about } = data, all = data.counts.map(here);
  const rows = all.map((a) => ({
    label: data.short[a.id],
    bars: about.weighed ? [{ words: `before: ${a.before}`, q: a.prior, style: "before" },
      { words: `after: ${a.after}, middle ${a.middle}`, q: a, style: "after" }]
      : [{ words: `${a.after}, middle ${a.middle}`, q: a, style: "after" }],
  }));
  const title = about.weighed ? `What ${about.reports} changed: people, before and after weighing` : "What the assumptions allow: people";
  const told = rows.map((r) => `${r.label}: ${r.bars.map((b) => b.words).join("; ")}`).join(". ");
  return [
    el("h2", {}, about.weighed ? `What ${about.reports} changed` : "What the assumptions allow"),
    about.weighed && el("p", {}, `Before weighing, a range says what is assumed, together with what ${about.say} of sizes, such as pay. `
      + `Weighing then uses what ${about.say} happened.`),
    picture({ title, alt: `${told}.`, range: `People, ${about.period}. Bars: nine of ten versions. Marks: the middle version.`,
      draw: (width) => ranges(width, rows, "people") }),
  ];
}
