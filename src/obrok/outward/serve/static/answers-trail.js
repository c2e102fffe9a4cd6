// How do you know? From an answer down to the claims and assumptions that it rests on.
import { bars, quoted, same, together, trail } from "./answers-cards.js";
import { ranges, split } from "./answers-pictures.js";
import { copy, unseen } from "./copy.js";
import { el, MEANINGS, term } from "./dom.js";
import { picture } from "./out.js";

const FIRST = 3;

/** Fills `root` with the trail of an answer: `parts` ID, ID/POLICY or ID/POLICY/VERSUS. */
export function trailOf(root, data, [id, policy, versus]) {
  const factual = data.policies.find((p) => p.factual).id;
  const a = data.answers.find((x) => same(x, id, policy || factual, versus || null));
  if (!a) {
    root.replaceChildren(el("h1", {}, "No such answer"), el("p", {}, "The address names an answer or a policy that this case does not have."), back());
    return;
  }
  const key = [a.id, a.policy, a.versus].filter(Boolean).join("/");
  const known = data.trails[key] ?? {}, called = data.names[a.id];
  const named = (p) => data.policies.find((x) => x.id === p).name;
  const title = a.versus ? `${called}: more or fewer, ${named(a.policy)} against ${named(a.versus)}`
    : `${called}${a.policy === factual ? "" : `, ${named(a.policy)}`}`;
  const head = el("h1", { tabindex: "-1" }, title);
  root.replaceChildren(...[
    back(), head,
    el("div", { class: "card answer alone" },
      el("div", { class: "figures" }, el("p", { class: "figure" }, together(a.figure)),
        el("p", { class: "small" }, a.middle && `middle version: ${together(a.middle)}`)),
      el("div", { class: "words" }, el("p", { class: "said" }, together(a.text)), el("p", { class: "small" }, data.cite),
        el("p", { class: "acts" }, copy(quoted(a, data), called)))),
    el("h2", {}, "How do you know?"),
    el("p", {}, "An answer leans on ", term("claims", MEANINGS.claim), " and on ", term("assumptions", MEANINGS.assumption),
      ". Here are those that move it most, the most telling first."),
    ...claims(a, known, data),
    ...assumptions(a, known, data),
    ...weighing(a, data, title),
    ...sure(a, known, data, title),
    ...otherwise(known),
    ...next(known, data),
    ...elsewhere(a, data, factual),
  ].filter(Boolean));
  root.addEventListener("shown", () => { head.focus({ preventScroll: true }); window.scrollTo({ top: 0, behavior: "instant" }); });
}

const back = () => el("p", {}, el("a", { href: "#answers" }, "← All answers"));

const more = (label, of, items) => items.length > 0 && el("details", {}, el("summary", {}, label, unseen(of)), items);

// --- claims ----------------------------------------------------------------------------------------------------------
function claims(a, known, data) {
  const all = Object.keys(data.claims);
  const head = el("h3", {}, `What was reported`);
  if (!all.length) return [head, el("p", {}, "No document is taken in yet: this answer rests on assumptions alone.")];
  const first = a.claims.slice(0, FIRST), then = a.claims.slice(FIRST);
  const used = Object.keys(known.without ?? {}).filter((c) => !a.claims.includes(c));
  const item = (c) => claim(data.claims[c], known.without?.[c], data);
  return [
    head,
    first.length ? el("ol", { class: "steps" }, first.map(item))
      : el("p", {}, "No single claim moves this answer beyond chance. Together they may."),
    more(`${then.length} more that ${then.length === 1 ? "moves" : "move"} it`, " beyond chance", then.length ? [el("ol", { class: "steps", start: FIRST + 1 }, then.map(item))] : []),
    more(`${first.length ? "The other" : "The"} ${used.length} ${used.length === 1 ? "claim" : "claims"} in use`, "", used.length ? [
      el("p", { class: "small" }, "Left out one at a time, none of these moves it beyond chance, or too few versions fit to say."),
      el("ul", { class: "steps" }, used.map(item))] : []),
  ];
}

/** A claim: in our words, who said it, the way it reaches the answer, and where it stands. */
function claim(c, without, data) {
  const said = [`Said by ${c.source} (${c.kind})`, c.said, c.when && `about ${c.when}`,
    c.trust ? `believed ${c.trust.before} before weighing, ${c.trust.after} after` : c.believed && `believed ${c.believed}`];
  return el("li", { class: "card step" },
    el("p", { class: "said" }, together(c.text)),
    el("p", { class: "small" }, said.filter(Boolean).map(together).join(" · ")),
    el("p", { class: "small" }, el("strong", {}, "How it reaches the answer: "), way(c, data)),
    without && el("p", { class: "small" }, together(without)),
    el("p", { class: "acts" },
      c.readable ? el("a", { href: `#evidence/document/${c.document}/${c.id}` }, "Read it in the document", unseen(`: ${c.id}`))
        : el("span", { class: "small" }, c.where ? "the document is not on this machine" : "the text of the document is not kept"),
      el("a", { href: `#evidence/claim/${c.id}` }, `Claim ${c.id}`)));
}

/** What lies between a claim and an answer. */
function way(c, data, deep = true) {
  const about = (names) => names.map(({ meaning }) => meaning).join("; ");
  if (c.sets.length) return `it sets what is assumed of: ${about(c.sets)}; from there every version is lived.`;
  if (c.role === "outcome") return `it says what happened${c.informs ? ` (${c.informs})` : ""}; versions that agree with it count for more.`;
  if (c.confirms.length && deep) {
    return ["it bears out ", c.confirms.flatMap((id, i) => [i ? ", " : "", el("a", { href: `#evidence/claim/${id}` }, id)]),
      `, which is then believed more: ${way(data.claims[c.confirms[0]], data, false)}`];
  }
  return "it moves no figure.";
}

// --- assumptions -----------------------------------------------------------------------------------------------------
function assumptions(a, known, data) {
  const first = a.assumptions.slice(0, FIRST), then = a.assumptions.slice(FIRST);
  const rest = Object.keys(data.assumptions).filter((n) => !data.assumptions[n].claims.length && !a.assumptions.includes(n));
  const share = Object.fromEntries((known.next ?? []).map((n) => [n.id, n.told]));
  const item = (n) => assumption(n, data, share[n]);
  return [
    el("h3", {}, "What is assumed"),
    first.length ? el("ol", { class: "steps" }, first.map(item))
      : el("p", {}, data.too_few ? "Too few versions carry the answers to say which assumptions move them most."
        : "No single assumption moves this answer beyond chance. Together they may."),
    more(`${then.length} more that ${then.length === 1 ? "moves" : "move"} it`, " beyond chance: assumptions", then.length ? [el("ol", { class: "steps", start: FIRST + 1 }, then.map(item))] : []),
    more(`${first.length ? "The other" : "The"} ${rest.length} assumptions of the case`, "", rest.length ? [el("ul", { class: "steps" }, rest.map(item))] : []),
  ];
}

function assumption(name, data, share) {
  const p = data.assumptions[name], { about } = data;
  return el("li", { class: "card step" },
    el("p", { class: "said" }, p.meaning[0].toUpperCase() + p.meaning.slice(1)),
    el("p", {}, p.fixed ? `Fixed by hand: ${together(p.fixed)}` : ["Assumed: ", el("strong", {}, together(p.range)),
      p.range.includes(" – ") && el("span", { class: "small" }, " (low end – middle – high end)")]),
    el("p", { class: "small" }, el("strong", {}, "Why: "), p.why),
    p.after && el("p", { class: "small" }, `After weighing: ${together(p.after)}.`),
    p.silent && el("p", { class: "small" }, `${about.say[0].toUpperCase()}${about.say.slice(1)} nothing about it.`),
    share && el("p", { class: "small" }, `Knowing it would remove ${together(share)} of the doubt in this answer.`),
    el("p", { class: "small" }, "Its name in the case: ", el("code", {}, name)));
}

// --- weighing, and how sure ------------------------------------------------------------------------------------------
function weighing(a, data, title) {
  const { about } = data, around = Boolean(a.versus), rows = [{ label: "", bars: bars(a, data) }];
  if (a.role) rows[0].bars.push({ words: `if the cause mattered: ${a.mattered}`, q: a.role, style: "whatif" });
  return [
    el("h2", {}, about.weighed ? `What ${about.reports} changed` : "What the assumptions allow"),
    about.weighed && el("p", {}, term("Weighing", MEANINGS.weighing), ` uses what ${about.say} happened. `,
      `Before it, the range says what is assumed, together with what ${about.say} of sizes, such as pay.`),
    picture({ title: `${title}: ${about.weighed ? "before and after weighing" : "the range"}`, alt: `${rows[0].bars.map((b) => b.words).join("; ")}.`,
      range: `Bars: nine of ten versions${around ? ", with those in which the cause did not matter" : ""}. Marks: the middle version.`,
      draw: (width) => ranges(width, rows, a.unit, around) }),
  ];
}

const PARTS = { luck: "luck", assumptions: "what is assumed", hedges: "how exact the words of the reports are" };

function sure(a, known, data, title) {
  if (!known.due && !known.topics?.length) return [];
  const parts = known.due && Object.entries(PARTS).map(([k, name]) => ({ name, share: known.due[k] ?? 0, told: percent(known.due[k] ?? 0) }))
    .filter(({ share }) => share > 0);
  const shares = (head, rows) => rows?.length > 0 && el("div", {}, el("h3", {}, head),
    el("ul", {}, rows.map((r) => el("li", {}, `${r.name}: ${together(r.told)}`))));
  return [
    el("h2", {}, "What its spread is due to"),
    parts && picture({ title: `${title}: what its spread is due to`, alt: `${parts.map((p) => `${p.told} ${p.name}`).join(", ")}.`,
      range: "Luck: the same circumstances, lived again, come out otherwise. The rest is shared out by what the figures that rest on each explain.",
      draw: (width) => split(width, parts) }),
    known.topics.length || known.parameters.length
      ? el("p", { class: "small" }, "How much of the spread is explained by the figures of each topic, and by each figure alone; luck and chance are left out.")
      : el("p", { class: "small" }, "Too few versions carry this answer to say more: which figures it is due to, by how much."),
    el("div", { class: "pair" },
      shares("By topic", known.topics), shares("By single figure", known.parameters)),
  ];
}

function percent(share) {
  if (share > 0 && share < 0.005) return "under 1 %";
  if (share > 0.995 && share < 1) return "over 99 %";
  return `${Math.round(100 * share)} %`;
}

function otherwise(known) {
  const rows = [...(known.groups ?? []).map((g) => ({ how: `Without the ${g.kind} ${g.id}`, text: g.text })), ...(known.readings ?? [])];
  if (!rows.length) return [];
  const item = (r) => el("li", {}, together(`${r.how}, ${r.text}.`));
  return [
    el("h2", {}, "If the words were read otherwise"),
    el("p", { class: "small" }, "“More literally, less literally”: the spread of what the words mean divided, or multiplied, by 1.5. Only what goes beyond chance is told."),
    el("ul", {}, rows.slice(0, FIRST).map(item)),
    more(`${rows.length - FIRST} more`, " readings", rows.length > FIRST ? [el("ul", {}, rows.slice(FIRST).map(item))] : []),
  ];
}

function next(known) {
  if (!known.next?.length) return [];
  const item = (n) => el("li", {}, n.ask,
    el("span", { class: "small" }, ` Knowing it would remove ${together(n.told)} of the doubt; ${together(n.then)}. `,
      el("a", { href: `#evidence/next?unknown=${encodeURIComponent(n.id)}` }, "Imagine a reply", unseen(`: ${n.ask}`))));
  return [
    el("h2", {}, "What to find out next"),
    el("ol", {}, known.next.slice(0, FIRST).map(item)),
    more(`${known.next.length - FIRST} more`, " things to find out", known.next.length > FIRST ? [el("ol", { start: FIRST + 1 }, known.next.slice(FIRST).map(item))] : []),
    el("p", {}, el("a", { href: "#evidence/next" }, "What to find out next, for all answers together")),
  ];
}

/** The same answer under other policies and in compared pairs; where the account of its like is. */
function elsewhere(a, data, factual) {
  const like = data.answers.filter((x) => x.id === a.id && x !== a);
  const named = (p) => data.policies.find((x) => x.id === p).name;
  const known = data.trails[[a.id, a.policy, a.versus].filter(Boolean).join("/")];
  const line = data.over_time.find((of) => of.of.some((q) => q.id === a.id));
  const leader = line?.of.map((q) => q.id).find((id) => data.accounted.includes(id));
  const head = leader && leader !== a.id && data.answers.find((x) => same(x, leader, factual));
  return [
    !known?.due && head && el("p", {}, "What the spread is due to and what to find out next are worked out for one of the answers of this line: ",
      el("a", { href: trail(head) }, data.names[leader]), "."),
    !known?.topics && !head && !a.versus && a.policy !== factual && el("p", {}, "What the spread is due to and what to find out next are worked out ",
      el("a", { href: trail({ ...a, policy: factual }) }, "for this answer as reported"), "."),
    like.length > 0 && el("h2", {}, "The same answer elsewhere"),
    like.length > 0 && el("ul", {}, like.map((x) => el("li", {}, el("a", { href: trail(x) },
      x.versus ? `Difference: ${named(x.policy)} against ${named(x.versus)}` : named(x.policy)[0].toUpperCase() + named(x.policy).slice(1)),
      together(`: ${x.versus ? x.after : x.figure}`)))),
  ];
}
