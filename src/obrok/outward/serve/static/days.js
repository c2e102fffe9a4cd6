// What the pages on time and on money share: figures in words, a choice of policies and of a day, panels along one calendar.
import { day, el, upper } from "./dom.js";
import { keepParts } from "./state.js";

export const FEW = "fewer than 5";
const few = (n) => n.toLocaleString("en");

/** A figure as the report prints it: whole people, dollars to three figures, shares in per cent. */
export function figure(value, kind) {
  if (value === null || value === undefined) return kind === "usd" ? "–" : FEW;
  const size = Math.abs(value), sign = value < 0 ? "−" : "";
  if (kind === "share") return Math.round(100 * size) ? `${sign}${Math.round(100 * size)} %` : "0 %";
  if (kind !== "usd") return Math.round(size) ? sign + few(Math.round(size)) : "0";
  if (size >= 999_500) {
    const decimals = Math.min(2, Math.max(0, 9 - String(Math.round(size)).length));
    return `${sign}$${(size / 1e6).toLocaleString("en", { minimumFractionDigits: decimals, maximumFractionDigits: decimals })} million`;
  }
  const unit = 10 ** Math.max(0, String(Math.round(size)).length - 3);
  return Math.round(size) ? `${sign}$${few(Math.round(size / unit) * unit)}` : "$0";
}

/** "4 to 107"; "3" where both ends print alike. */
export function span([low, , high], kind) {
  const a = figure(low, kind), b = figure(high, kind);
  return a === b ? a : `${a} to ${b}`;
}

/** "8 fewer to 5 more", "no difference". */
export function difference([low, , high], kind) {
  const word = (v) => {
    if (v === null) return `${FEW} either way`;
    const text = figure(Math.abs(v), kind).replace(" %", "");
    if (!/[1-9]/.test(text)) return "no difference";
    const [up, down] = { usd: ["more", "less"], share: ["points higher", "points lower"] }[kind] ?? ["more", "fewer"];
    return `${text} ${v > 0 ? up : down}`.replace(/^1 points/, "1 point");
  };
  const a = word(low), b = word(high);
  return a === b ? a : `${a} to ${b}`;
}

/** The rows (5, 50, 95 %) of a paired difference, A less B, whichever way round the server made it. */
export function between(pairs, a, b, name) {
  if (pairs[`${a}|${b}`]) return pairs[`${a}|${b}`][name];
  const turned = pairs[`${b}|${a}`]?.[name];
  const less = (v) => (v === null ? null : v === 0 ? 0 : -v);
  return turned && [2, 1, 0].map((k) => turned[k].map(less));
}
export const comparable = (pairs, a, b) => `${a}|${b}` in pairs || `${b}|${a}` in pairs;


/**
 * Two lists to choose from: a policy, and a second to lay over it. Kept in the address; `changed({a, b})` once now and
 * at each choice.
 */
export function choose({ view, parts, policies, pairs, label, changed }) {
  const known = (id) => policies.find((p) => p.id === id);
  const state = { a: known(parts[0]) ?? policies.find((p) => p.factual) ?? policies[0], b: known(parts[1]) ?? null };
  const first = el("select", { id: `${view}-policy` }), second = el("select", { id: `${view}-second` });
  const meaning = el("p", { class: "small", "aria-live": "polite" });
  const option = (p, chosen) => el("option", { value: p.id, selected: p === chosen }, upper(p.name));
  function fill() {
    if (state.b && (state.b === state.a || !comparable(pairs, state.a.id, state.b.id))) state.b = null;
    first.replaceChildren(...policies.map((p) => option(p, state.a)));
    second.replaceChildren(el("option", { value: "", selected: !state.b }, "Nothing"),
      ...policies.filter((p) => p !== state.a && comparable(pairs, state.a.id, p.id)).map((p) => option(p, state.b)));
    meaning.replaceChildren(el("b", {}, `${upper(state.a.name)}: `), state.a.meaning,
      ...(state.b ? [" ", el("b", {}, `${upper(state.b.name)}: `), state.b.meaning] : []));
  }
  function pick() {
    state.a = known(first.value);
    state.b = known(second.value) ?? null;
    fill();
    keepParts(view, [state.a.id, state.b?.id]);
    changed(state);
  }
  first.addEventListener("change", pick);
  second.addEventListener("change", pick);
  fill();
  const box = el("div", { class: "choices" },
    el("p", {}, el("label", { for: first.id }, "What is shown"), first),
    policies.length > 1 && el("p", {}, el("label", { for: second.id }, label), second), meaning);
  return { box, state };
}

/** A slider and a date that choose one of `dates` together; `changed(index)` at each choice. */
export function dayBar({ dates, start, changed }) {
  let at = start;
  const slider = el("input", { type: "range", min: 0, max: dates.length - 1, step: 1, "aria-label": "Day" });
  const date = el("input", { type: "date", min: dates[0], max: dates.at(-1), "aria-label": "Day, as a date" });
  const show = () => { slider.value = at; date.value = dates[at]; slider.setAttribute("aria-valuetext", day(dates[at])); };
  const to = (index) => { at = Math.max(0, Math.min(dates.length - 1, index)); show(); changed(at); };
  slider.addEventListener("input", () => to(Number(slider.value)));
  date.addEventListener("change", () => { if (date.value) to(d3.bisectRight(dates, date.value) - 1); });
  show();
  return { bar: el("div", { class: "daybar", role: "group", "aria-label": "The day that is told" }, el("span", {}, "Day"), slider, date), to };
}

// --- text in pictures --------------------------------------------------------------------------------------------------
let ruler = null;
const measured = new Map();
function one(word, size, weight) {
  const key = `${weight} ${size} ${word}`;
  if (!measured.has(key)) {
    ruler ??= document.createElement("canvas").getContext("2d");
    ruler.font = `${weight} ${size}px system-ui, "Noto Sans", sans-serif`;
    measured.set(key, ruler.measureText(word).width * 1.03);
  }
  return measured.get(key);
}
/** About how wide a text is drawn, word by word. */
export const wide = (text, size = 12, weight = 400) =>
  text.split(" ").reduce((sum, word) => sum + one(word, size, weight) + one(" ", size, weight), -one(" ", size, weight));

/** The lines of a text that are at most so wide. */
export function lines(text, most, size = 12, weight = 400) {
  const out = [""];
  let width = 0;
  for (const word of text.split(" ")) {
    const more = one(word, size, weight) + one(" ", size, weight);
    if (out.at(-1) && width + more > most) { out.push(word); width = more; } else { out[out.length - 1] = `${out.at(-1)} ${word}`.trim(); width += more; }
  }
  return out;
}

/** Labels side by side in as few rows as need be, none over another: a row each; `null` beyond `most` rows. */
export function rowsFor(spots, most = Infinity) {
  const ends = [];
  const out = [];
  for (const { left, right } of spots) {
    let row = ends.findIndex((end) => end + 6 <= left);
    if (row < 0) row = ends.length;
    if (row >= most) return null;
    ends[row] = right;
    out.push(row);
  }
  return out;
}

/** Events of one policy or of two: what acts under one alone says so. */
export function eventsOf(a, b) {
  const out = new Map();
  const put = (p, other) => {
    for (const { date, names } of p.events) {
      for (const name of names) {
        const both = !other || other.events.some((e) => e.date === date && e.names.includes(name));
        const text = both ? name : `${name} (only ${p.name})`;
        if (!out.has(date)) out.set(date, new Set());
        out.get(date).add(text);
      }
    }
  };
  put(a, b);
  if (b) put(b, a);
  return [...out].sort(([x], [y]) => (x < y ? -1 : 1)).map(([date, names]) => ({ date, text: [...names].join(", ") }));
}

const utc = (iso) => new Date(`${iso}T00:00:00Z`);

/**
 * Panels along one calendar, each with its own scale, said in words.
 * `layers`: [{label, short}]; `panels`: [{title, kind, layers: [rows of 5, 50, 95 %], signed?, from?}], columns as `dates`,
 * null: not told (drawn as nothing) or, before column `from`, not counted. `chosen`: index of the day told in words, with a
 * line through it where it can be chosen (`onDay`).
 */
export function panels({ width, dates, window: [first, last], windowName, layers, panels, events, chosen, live, onDay }) {
  const columns = width >= 760 && panels.length > 1 ? 2 : 1, gap = 34, left = 50, right = 10, below = 42;
  const each = (width - gap * (columns - 1)) / columns, plot = 88;
  const when = dates.map(utc);
  const x = d3.scaleUtc([when[0], when.at(-1)], [left, each - right]);
  const ticks = calendarTicks(x, (each - left - right) / 52);
  const svg = d3.create("svg").attr("width", width).attr("class", "panels");
  let top = 16;
  const say = (g, text, at, y, more = {}) => {
    const node = g.append("text").attr("x", at).attr("y", y).text(text);
    for (const [k, v] of Object.entries(more)) node.attr(k, v);
    return node;
  };

  // what lines, bands and the shade mean
  for (const [k, layer] of layers.entries()) {
    if (!k) svg.append("rect").attr("x", 0).attr("y", top - 11).attr("width", 30).attr("height", 14).attr("class", "band");
    else for (const edge of [top - 10, top + 3]) svg.append("line").attr("x1", 0).attr("x2", 30).attr("y1", edge).attr("y2", edge).attr("class", "edge");
    svg.append("line").attr("x1", 0).attr("x2", 30).attr("y1", top - 4).attr("y2", top - 4).attr("class", `middle l${k}`);
    for (const line of lines(layer.label, width - 40)) { say(svg, line, 38, top); top += 20; }
  }
  if (windowName) {
    svg.append("rect").attr("x", 0).attr("y", top - 11).attr("width", 30).attr("height", 14).attr("class", "shade");
    for (const line of lines(windowName, width - 40)) { say(svg, line, 38, top); top += 17; }
  }

  // events: their names where these fit, else numbers that are explained below
  const spot = (text) => (e) => {
    const at = x(utc(e.date)), size = wide(text(e), 12, 600);
    const l = Math.max(0, Math.min(at - size / 2, each - size));
    return { left: l, right: l + size };
  };
  const named = (e) => `${e.text}, ${day(e.date)}`;
  let texts = named, spots = events.map(spot(named)), rows = rowsFor(spots, 2);
  if (!rows || spots.some((s) => s.right > each)) {
    texts = (e) => String(events.indexOf(e) + 1);
    spots = events.map(spot(texts));
    rows = rowsFor(spots);
  }
  const eventRows = events.length ? Math.max(...rows) + 1 : 0, under = top + 4;
  top = under + 15 * eventRows + 4;

  const scaled = panels.map((p) => {
    const told = p.layers.filter(Boolean).flat(2).filter((v) => v !== null);
    const most = d3.max(told) ?? 0, least = p.signed ? (d3.min(told) ?? 0) : 0;
    const reach = p.kind === "share" ? (p.signed ? 0.01 : 1) : p.kind === "usd" ? 10 : live ? 6 : 1;
    const y = d3.scaleLinear([Math.min(p.signed ? -reach : 0, least), Math.max(reach, most)], [plot, 0]).nice(5);
    const [a, b] = y.domain();
    const unit = p.kind === "people" ? " people" : "";
    const scale = p.signed ? `Scale: ${difference([a, null, b], p.kind)}${unit}` : `Scale: ${figure(a, p.kind)} to ${figure(b, p.kind)}${unit}`;
    const say = p.signed ? difference : span;
    const there = chosen >= (p.from ?? 0);
    const at = p.layers.map((rows, k) => rows && there && `${layers.length > 1 ? `${layers[k].short}: ` : ""}${say(rows.map((r) => r[chosen]), p.kind)}`).filter(Boolean);
    const words = [...lines(upper(p.title), each, 13, 600).map((text) => ({ text, bold: true })),
      ...lines(there ? `${day(dates[chosen])}: ${at.join("; ")}` : "not counted yet", each).map((text) => ({ text, now: true })),
      ...lines(`${scale}.`, each).map((text) => ({ text }))];
    return { ...p, y, words };
  });

  const per = Math.ceil(panels.length / columns);
  let lowest = top;
  const heads = [];
  for (let row = 0; row < per; row += 1) {
    const here = scaled.filter((_, i) => i % per === row);
    heads.push(Math.max(...here.map((p) => p.words.length)) * 16 + 6);
  }
  scaled.forEach((p, i) => {
    const column = Math.floor(i / per), row = i % per;
    const y0 = top + d3.sum(heads.slice(0, row)) + row * (plot + below);
    const g = svg.append("g").attr("transform", `translate(${column * (each + gap)},${y0})`);
    p.words.forEach(({ text, bold, now }, k) => say(g, text, 0, 12 + k * 16, { class: bold ? "head" : now ? "now" : "soft" }));
    drawPanel(g.append("g").attr("transform", `translate(0,${heads[row]})`), p);
    lowest = Math.max(lowest, y0 + heads[row] + plot);
  });

  function drawPanel(g, { y, layers: shown, kind, signed, from = 0 }) {
    const a = x(when[first]), b = x(when[last]);
    if (windowName) g.append("rect").attr("x", a).attr("width", Math.max(1, b - a)).attr("y", 0).attr("height", plot).attr("class", "shade");
    for (const tick of y.ticks(3)) {
      g.append("line").attr("x1", left).attr("x2", each - right).attr("y1", y(tick)).attr("y2", y(tick)).attr("class", tick === 0 ? "zero" : "grid");
      say(g, short(tick, kind), left - 6, y(tick) + 4, { "text-anchor": "end", class: "soft" });
    }
    if (live && kind === "people") {
      g.append("rect").attr("x", left).attr("width", each - right - left).attr("y", y(5)).attr("height", y(signed ? -5 : 0) - y(5)).attr("class", "untold");
      if (y(0) - y(5) > 13) say(g, FEW, left + 3, y(0) - 3, { class: "soft" });
    }
    for (const e of events) {
      const at = x(utc(e.date));
      g.append("line").attr("x1", at).attr("x2", at).attr("y1", 0).attr("y2", plot).attr("class", "event");
    }
    const days = d3.range(from, dates.length);
    shown.forEach((rows, k) => {
      if (!rows) return;
      // two bands over one another would be mud: the second is told by its edges
      const area = d3.area((i) => x(when[i]), (i) => y(rows[0][i] ?? 0), (i) => y(rows[2][i] ?? 0)).curve(d3.curveStepAfter);
      if (!k) g.append("path").attr("d", area(days)).attr("class", "band");
      else for (const edge of [area.lineY0(), area.lineY1()]) g.append("path").attr("d", edge(days)).attr("class", "edge");
    });
    shown.forEach((rows, k) => {
      if (!rows) return;
      const line = d3.line((i) => x(when[i]), (i) => y(rows[1][i] ?? 0)).curve(d3.curveStepAfter);
      g.append("path").attr("d", line(days)).attr("class", `middle l${k}`);
    });
    if (onDay && chosen >= 0) g.append("line").attr("x1", x(when[chosen])).attr("x2", x(when[chosen])).attr("y1", 0).attr("y2", plot).attr("class", "chosen");
    const axis = d3.axisBottom(x).tickValues(ticks).tickSizeOuter(0).tickFormat(calendar);
    g.append("g").attr("transform", `translate(0,${plot})`).call(axis).attr("font-family", null).attr("font-size", 12);
    if (onDay) g.append("rect").attr("x", left).attr("width", each - right - left).attr("height", plot).attr("class", "catch")
      .on("click", (event) => onDay(d3.bisectCenter(when, x.invert(d3.pointer(event)[0]))));
  }

  // event names or numbers above each column
  for (let column = 0; column < columns; column += 1) {
    const g = svg.append("g").attr("transform", `translate(${column * (each + gap)},${under})`);
    events.forEach((e, i) => say(g, texts(e), spots[i].left, 11 + 15 * rows[i], { class: "happened" }));
  }
  let bottom = lowest + 30;
  if (texts !== named) {
    events.forEach((e, i) => {
      for (const [k, line] of lines(named(e), width - 26).entries()) {
        if (!k) say(svg, String(i + 1), 0, bottom + 10, { class: "happened" });
        say(svg, line, 24, bottom + 10);
        bottom += 17;
      }
    });
  }
  return svg.attr("height", bottom + 4).attr("viewBox", `0 0 ${width} ${bottom + 4}`).node();
}

/** First days of months, or of years, few enough to read. */
function calendarTicks(x, most) {
  const steps = [...[1, 2, 3, 6].map((n) => d3.utcMonth.every(n)), ...[1, 2, 5, 10].map((n) => d3.utcYear.every(n))];
  const [a, b] = x.domain(), fit = steps.map((s) => s.range(a, new Date(+b + 1))).filter((t) => t.length && t.length <= most);
  return fit[0] ?? [a];
}

/** The year stands at the first tick and at each January. */
const calendar = (d, i) => d3.utcFormat(d.getUTCMonth() === 0 ? "%Y" : i ? "%b" : "%b %Y")(d);

/** An axis' figure: short. */
function short(value, kind) {
  const size = Math.abs(value), sign = value < 0 ? "−" : "";
  if (kind === "share") return `${sign}${Math.round(100 * size)} %`;
  const text = size >= 1e6 ? `${+(size / 1e6).toFixed(2)}m` : size >= 1e4 || (kind === "usd" && size >= 1e3) ? `${+(size / 1e3).toFixed(1)}k` : `${+size.toFixed(2)}`;
  return `${sign}${kind === "usd" ? "$" : ""}${text}`;
}
