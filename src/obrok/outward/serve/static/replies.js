// Imagined replies: given as a claim is given, tried, and laid beside one another. Nothing is written.
import { ranges } from "./answers-pictures.js";
import { post } from "./api.js";
import { el, MEANINGS, term } from "./dom.js";
import { chooser } from "./hedge-chooser.js";
import { table } from "./out.js";
import { keep } from "./state.js";

/** Replies that are kept to flip between; answers that lie open; what a reply is made of, in the order in which the address has it. */
const MOST = 6, FIRST = 5, PARTS = ["unknown", "hedge", "value", "unit", "kind", "credence", "origin"];
/** How far a source is believed, in words: from this chance on. */
const BELIEVED = [[0.95, "it was there, and would know"], [0.75, "close to it, or borne out by others"], [0.5, "it may know, and may not"],
  [0.2, "hearsay"], [0.001, "hardly believed"], [0, "nobody believes it: nothing will move"]];
const WAYS = { word: "a word alone", figure: "a figure", range: "a range" };

/** The replies that the address has, each an object of PARTS; a broken address has none. */
function tried(given) {
  try {
    const found = JSON.parse(given.get("tried") ?? "[]");
    return found.filter(Array.isArray).slice(0, MOST).map((row) => Object.fromEntries(PARTS.map((name, i) => [name, row[i] ?? null])));
  } catch { return []; }
}

const key = (r) => JSON.stringify(asSent(r));
const asSent = (r) => Object.fromEntries(Object.entries(r).filter(([, v]) => v !== null && v !== ""));
const figures = (r) => (r.value === null ? [] : [r.value].flat());

/** The place where replies about an unknown are given and seen. */
export function imagine(all, u, given) {
  const list = tried(given), { told } = all;
  let at = list.findIndex((r, i) => r.unknown === u.id && i === Number(given.get("at") ?? 0));
  if (at < 0) at = list.findLastIndex((r) => r.unknown === u.id);
  const now = at >= 0 ? { ...list[at] } : { unknown: u.id, hedge: "", value: null, unit: u.unit, kind: all.kinds[0], credence: 0.8, origin: null };
  const shown = el("div", { class: "replied" }), status = el("p", { role: "status", class: "small" });
  let mine = 0;

  const save = () => {
    const rows = list.length ? JSON.stringify(list.map((r) => PARTS.map((name) => r[name]))) : "";
    for (const [name, value] of [["tried", rows], ["at", list.length ? String(at) : ""]]) given.set(name, value);
    keep({ tried: rows, at: given.get("at") });
  };
  const fetched = async (r) => {
    if (!told.has(key(r))) told.set(key(r), await post("api/reply", asSent(r)));
  };
  const show = () => {
    const r = list[at];
    shown.replaceChildren(...(r && told.has(key(r)) ? outcome(all, u, list, at, flip, drop) : []));
  };
  /** Another reply: the place is made anew from the address, and the button pressed keeps the focus. */
  const flip = (i) => {
    at = i;
    save();
    const anew = imagine(all, u, given);
    form.replaceWith(anew);
    anew.querySelector(".flips [aria-pressed='true']")?.focus();
  };
  const drop = () => { list.length = 0; at = -1; save(); show(); };

  async function attempt() {
    const turn = ++mine;
    status.textContent = "Weighing the versions again …";
    try {
      await parts.settle();
      const r = { ...now };
      if (!r.hedge && r.value === null) {
        status.textContent = "Choose a word, or give a figure.";
        return;
      }
      await fetched(r);
      if (turn !== mine) return;
      const same = list.findIndex((x) => key(x) === key(r));
      if (same >= 0) at = same;
      else {
        list.push(r);
        if (list.length > MOST) list.shift();
        at = list.length - 1;
      }
      status.textContent = "";
      save();
      show();
    } catch (error) {
      if (turn !== mine) return;
      status.textContent = "";
      shown.replaceChildren(el("div", { class: "warn", role: "alert" }, el("p", {}, error.message)));
    }
  }

  const parts = asked(u, now);
  const form = el("form", { class: "card imagining", "aria-label": `Imagine a reply: ${u.ask}`, onsubmit: (e) => { e.preventDefault(); attempt(); } },
    el("h3", {}, "Imagine a reply"),
    el("p", {}, el("strong", {}, u.ask), " Suppose a source says:"),
    parts.nodes, source(all, u, now),
    el("p", {}, el("button", { type: "submit", class: "main" }, "See the answers move")),
    status, shown);
  show();
  const missing = list.filter((r) => r.unknown === u.id && !told.has(key(r)));
  if (missing.length) Promise.allSettled(missing.map(fetched)).then(show);
  return form;
}

// --- what is asked of the user
/** How the reply is worded: fields that write into `now`, and `settle()`, after which it holds what they say. */
function asked(u, now) {
  const ways = u.unit === "people" || u.unit === "share" || (u.informs === "outcome" && u.unit === "1") ? ["word", "figure", "range"] : ["figure", "range"];
  let way = now.value === null ? ways[0] : figures(now).length > 1 ? "range" : "figure", later;
  const words = chooser({ informs: u.informs, quantity: u.quantity, unit: now.value === null ? u.unit : now.unit, value: figures(now), hedge: now.hedge ?? "", skip: u.skip, onchange: (word) => { now.hedge = word; } });
  const soon = () => { shape(); clearTimeout(later); later = setTimeout(settle, 200); };
  const number = (label, i) => el("input", { type: "text", inputmode: "decimal", size: 8, "aria-label": label, value: figures(now)[i] ?? "", oninput: soon });
  const low = number("Figure, or the lower end", 0), high = number("Upper end", 1), upto = el("span", {}, " to ", high);
  const chosen = now.value === null ? u.figure_in : now.unit;
  const unit = el("select", { "aria-label": "Unit", onchange: soon }, u.units.map((x) => el("option", { value: x, selected: x === chosen }, UNITS[x] ?? x)));
  const figure = el("span", {}, low, upto, " ", unit);
  const given = () => (way === "word" ? [] : (way === "range" ? [low, high] : [low]).map((f) => f.value.trim()).filter(Boolean));
  const complete = () => way === "word" || given().length === (way === "range" ? 2 : 1);
  function shape() {
    figure.hidden = way === "word";
    upto.hidden = way !== "range";
    words.hidden = !complete();
  }
  async function settle() {
    clearTimeout(later);
    const numbers = given().map((x) => (Number.isFinite(Number(x)) ? Number(x) : x));
    now.value = way === "word" || !numbers.length ? null : numbers.length > 1 ? numbers : numbers[0];
    now.unit = way === "word" ? u.unit : unit.value;
    if (!complete()) { now.hedge = ""; return; }
    await words.update({ value: given(), unit: now.unit });
    if (!words.chosen && way !== "word") await words.update({ hedge: way === "range" ? "between" : u.unit === "people" ? "about" : "roughly" });
    now.hedge = words.chosen;
  }
  const radios = el("fieldset", { class: "ways" }, el("legend", {}, "How it is said"), ways.map((w) => el("label", {},
    el("input", { type: "radio", name: `way-${u.id}`, value: w, checked: w === way, onchange: () => { way = w; words.update({ hedge: "" }); soon(); } }), ` ${WAYS[w]}`)), " ", figure);
  shape();
  return { nodes: [radios, words], settle };
}

const UNITS = { 1: "times", "1/year": "departures a person a year", "1/month": "departures a person a month", "1/day": "a day", "1/week": "a week",
  "share/year": "as a part of 1, a year", "percent/year": "per 100 people a year", share: "as a part of 1", percent: "per cent", "USD/month": "dollars a month",
  "USD/year": "dollars a year", "USD/day": "dollars a day", USD: "dollars" };

function source(all, u, now) {
  const words = (c) => `${Math.round(100 * c)} %: ${BELIEVED.find(([from]) => c >= from)[1]}`;
  const said = el("output", { for: `believed-${u.id}` }, words(now.credence));
  const field = (id, label, node, after = null) => { node.id = `${id}-${u.id}`; return el("div", { class: "field" }, el("label", { for: node.id }, label), node, after); };
  return el("fieldset", { class: "source" }, el("legend", {}, "Who says it"),
    field("kind", "Kind of source", el("select", { onchange: (e) => { now.kind = e.target.value; } }, all.kinds.map((k) => el("option", { selected: k === now.kind }, k)))),
    field("believed", "How far it is believed", el("input", { type: "range", min: 0, max: 100, step: 5, value: Math.round(100 * now.credence),
      oninput: (e) => { now.credence = Number(e.target.value) / 100; said.textContent = words(now.credence); e.target.setAttribute("aria-valuetext", said.textContent); } }), said),
    field("origin", "Where it comes from", el("select", { onchange: (e) => { now.origin = e.target.value || null; } },
      el("option", { value: "" }, "an origin of its own"), all.origins.map((o) => el("option", { value: o, selected: o === now.origin }, `the same origin as ${o}`)))),
    el("p", { class: "small" }, "Documents of one ", term("origin", MEANINGS.origin), " are not two voices. The kind of source moves no figure by itself; how far it is believed does. ",
      u.informs === "outcome" ? `Of what any source says, ${all.slip} is taken to go wrong on the way.` : "If the source is wrong, what is assumed now holds."));
}

// --- what comes of it
function outcome(all, u, list, at, flip, drop) {
  const { told } = all, t = told.get(key(list[at]));
  const others = list.map((x, i) => [x, i]).filter(([x]) => x.unknown === u.id);
  const name = (x) => `${told.get(key(x))?.said ?? "…"}${x.credence === 0.8 ? "" : `, believed ${Math.round(100 * x.credence)} %`}${x.origin ? `, of ${x.origin}` : ""}`;
  const flips = others.length > 1 ? el("div", { class: "flips", role: "group", "aria-label": "Replies tried" }, el("span", { class: "small" }, "Replies tried: "),
    others.map(([x, i]) => el("button", { type: "button", "aria-pressed": String(i === at), onclick: () => flip(i) }, name(x))),
    el("button", { type: "button", onclick: drop }, "Forget them")) : null;
  const moves = t.answers.filter((a) => a.sure), still = t.answers.filter((a) => !a.sure);
  const one = (a) => before(all, a, others, at);
  const size = `Of what ${t.size.before.toLocaleString("en")} versions are worth now, ${Math.min(t.size.after, t.size.before).toLocaleString("en")} would be left.`;
  return [
    flips,
    el("div", { class: "imagined" }, el("p", {}, el("strong", {}, "Imagined, not reported."), " Nothing is written: no file, no answer of the case changes.")),
    el("h3", {}, `If a source said ${t.said}`),
    el("p", { class: "small" }, `Believed ${t.believed}. ${size}`, t.likely ? ` As the answers stand, an informed source would say this word with a chance of ${t.likely}.` : "",
      t.combined ? ` It is combined with what was reported on this ${t.combined}.` : ""),
    t.short ? el("div", { class: "warn" }, el("p", {}, t.short)) : null,
    ...(t.short ? [] : moves.slice(0, FIRST).map(one)),
    !t.short && moves.length > FIRST ? el("details", {}, el("summary", {}, `${moves.length - FIRST} more that would move`), moves.slice(FIRST).map(one)) : null,
    t.short || moves.length ? null : el("p", {}, "No leading answer would move by more than chance, as far as figures show."),
    !t.short && moves.length && still.length ? el("details", {}, el("summary", {}, `The other ${still.length === 1 ? "answer" : `${still.length} answers`}: no more than chance, too little for figures to show, or too few versions`),
      el("ul", {}, still.map((a) => el("li", {}, `${asks(all, a)}: ${a.text}`)))) : null,
    t.short ? null : el("details", {}, el("summary", {}, "As a table"), asTable(all, t)),
  ].filter(Boolean);
}

const asks = (all, a) => all.answers.find((x) => x.id === a.id && x.policy === a.policy && x.versus === a.versus)?.asks ?? a.id;

/** An answer as it is, and with each reply tried, on one scale; the one looked at is the solid bar. */
function before(all, a, others, at) {
  const { told } = all;
  const bars = [{ words: `now: ${a.before_text}`, q: a.before, style: "before" }];
  for (const [x, i] of others) {
    const like = told.get(key(x))?.answers.find((y) => y.id === a.id && y.policy === a.policy && y.versus === a.versus);
    if (like?.after) bars.push({ words: `${told.get(key(x)).said}: ${like.after_text}`, q: like.after, style: i === at ? "after" : "whatif" });
  }
  const drawing = el("div", { class: "drawing" });
  new ResizeObserver(() => {
    if (!drawing.clientWidth || drawing.clientWidth === drawing.drawn) return;
    drawing.drawn = drawing.clientWidth;
    const svg = ranges(drawing.clientWidth, [{ label: "", bars }], a.unit, Boolean(a.versus));
    svg.setAttribute("role", "img");
    svg.setAttribute("aria-label", `Nine of ten versions: ${bars.map((b) => b.words).join("; ")}.`);
    drawing.replaceChildren(svg);
  }).observe(drawing);
  return el("div", { class: "moved" }, el("div", {}, el("h4", {}, asks(all, a)), el("p", {}, a.text)), drawing);
}

function asTable(all, t) {
  const end = (which, at) => ({ name: `${which}_${at}`, label: at, hidden: true, value: (a) => a[which]?.[at] ?? "" });
  return table({
    title: `If a source said ${t.said}, believed ${t.believed}: an imagined reply`, level: "h4", rows: t.answers,
    columns: [{ name: "answer", label: "Answer", value: (a) => asks(all, a) }, { name: "now", label: "Now", value: (a) => a.before_text },
      { name: "then", label: "Then", value: (a) => a.after_text ?? "too few versions" }, { name: "moves", label: "It moves", value: (a) => (a.sure ? "yes" : "no") },
      ...["before", "after"].flatMap((which) => ["p05", "p50", "p95"].map((at) => end(which, at)))],
    note: "Imagined, not reported. Nine of ten versions.",
  });
}
