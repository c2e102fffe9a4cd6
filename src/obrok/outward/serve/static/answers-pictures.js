// Pictures of answers: ranges before and after weighing, differences around zero, answers over time, what a spread is due to.

/** The end of a range as a place: what a live case does not tell stands at 0. */
const at = (x) => x ?? 0;

/** A figure at an axis. */
export function tick(value, unit) {
  if (unit === "share") return `${+(100 * value).toFixed(2)} %`;
  if (unit === "USD") {
    const size = Math.abs(value), sign = value < 0 ? "−" : "";
    if (size >= 1e6) return `${sign}$${+(size / 1e6).toPrecision(3)} million`;
    return `${sign}$${size.toLocaleString("en")}`;
  }
  return (+value.toPrecision(6)).toLocaleString("en").replace("-", "−");
}

const directions = (unit) => ({ people: ["more", "fewer"], USD: ["more", "less"] })[unit] ?? ["higher", "lower"];

/** Marks by what they stand for: never by colour alone. */
const STYLES = {
  before: { colour: "var(--before)", thick: 3, dash: "5 3", mark: "circle" },
  after: { colour: "var(--reported)", thick: 9, dash: null, mark: "diamond" },
  whatif: { colour: "var(--whatif)", thick: 5, dash: "10 3", mark: "square" },
};

const sheet = (width, height) => d3.create("svg").attr("width", width).attr("height", height)
  .attr("viewBox", `0 0 ${width} ${height}`);

function text(to, x, y, words, { bold = false, soft = false, anchor = "start", size = 12 } = {}) {
  return to.append("text").attr("x", x).attr("y", y).attr("text-anchor", anchor).attr("font-size", size)
    .style("fill", soft ? "var(--soft)" : "var(--ink)").attr("font-weight", bold ? 600 : 400).text(words);
}

/** Lines of words that fit a width; `each`: how wide a letter is. */
function lines(words, width, each = 6.5) {
  const out = [""];
  for (const word of words.split(" ")) {
    if (out.at(-1) && (out.at(-1).length + 1 + word.length) * each > width) out.push(word);
    else out[out.length - 1] = `${out.at(-1)} ${word}`.trim();
  }
  return out;
}

function mark(to, kind, x, y, colour, r = 5) {
  const symbol = { circle: d3.symbolCircle, diamond: d3.symbolDiamond, square: d3.symbolSquare }[kind];
  to.append("path").attr("d", d3.symbol(symbol, r * r * 2.2)()).attr("transform", `translate(${x},${y})`)
    .style("fill", "var(--card)").style("stroke", colour).attr("stroke-width", 1.8);
}

function bar(to, x, q, y, name) {
  const s = STYLES[name];
  const [low, middle, high] = [q.p05, q.p50, q.p95].map((v) => x(at(v)));
  to.append("line").attr("x1", low).attr("x2", Math.max(high, low + 1.5)).attr("y1", y).attr("y2", y)
    .style("stroke", s.colour).attr("stroke-width", s.thick).attr("stroke-dasharray", s.dash);
  for (const end of [low, high]) {
    to.append("line").attr("x1", end).attr("x2", end).attr("y1", y - 5).attr("y2", y + 5)
      .style("stroke", s.colour).attr("stroke-width", 1.5);
  }
  mark(to, s.mark, middle, y, s.colour);
}

/** Two bars, before and after weighing, for a card: `rows` [{words, q, style}]. */
export function small(width, rows, unit) {
  const high = Math.max(1e-9, ...rows.map(({ q }) => at(q.p95))), low = Math.min(0, ...rows.map(({ q }) => at(q.p05)));
  const told = rows.map(({ words, style }) => lines(words, width, style === "before" ? 6.6 : 7.2));
  const svg = sheet(width, d3.sum(told, (t) => 15 * t.length + 25)), x = d3.scaleLinear([low, high], [6, width - 6]);
  let top = 0;
  rows.forEach(({ q, style }, i) => {
    for (const words of told[i]) text(svg, 0, (top += 15) - 2, words, { bold: style !== "before", soft: style === "before" });
    if (low < 0) line(svg, x(0), top + 4, top + 22);
    bar(svg, x, q, top + 13, style);
    top += 25;
  });
  return svg.node();
}

function line(to, x, from, until) {
  to.append("line").attr("x1", x).attr("x2", x).attr("y1", from).attr("y2", until).style("stroke", "var(--soft)");
}

/**
 * Ranges, one under the other, on one scale: `rows` [{label, bars: [{words, q, style}]}]; with `around`, around no
 * difference. Words stand beside the bars where there is room, else above them.
 */
export function ranges(width, rows, unit, around = false) {
  const all = rows.flatMap(({ bars }) => bars.flatMap(({ q }) => [at(q.p05), at(q.p95)]));
  let high = Math.max(0, ...all), low = Math.min(0, ...all);
  const reach = Math.max(high, -low) || 1;
  high = Math.max(high, around ? 0.3 * reach : reach);
  low = around ? Math.min(low, -0.3 * reach) : low;
  const longest = 6.6 * Math.max(...rows.flatMap(({ bars }) => bars.map(({ words }) => words.length))) + 14;
  const gutter = rows.some((r) => r.label) ? 7.4 * Math.max(...rows.map((r) => r.label.length)) + 16 : 8;
  const beside = width - gutter - longest > 0.42 * width;
  const left = beside ? gutter : 8, right = beside && !around ? width - longest : width - (beside ? longest : 12);
  const x = d3.scaleLinear([low, high], [left, right]);
  if (!around) x.nice(5);
  // beside: label, words and bars on one line; else under one another, each in as many lines as it takes
  const told = (words) => (beside ? [words] : lines(words, width)), heads = (label) => (label ? lines(label, width, 7.4) : []);
  const tall = rows.map(({ label, bars }) => (beside ? 14 + 19 * bars.length
    : 8 + 17 * heads(label).length + d3.sum(bars, ({ words }) => 15 * told(words).length + 22)));
  const bottom = d3.sum(tall), svg = sheet(width, bottom + (around ? 46 : 26));
  const ticks = x.ticks(Math.max(2, Math.min(8, Math.floor((right - left) / 110))));
  for (const t of unit === "people" ? ticks.filter(Number.isInteger) : ticks) {
    svg.append("line").attr("x1", x(t)).attr("x2", x(t)).attr("y1", 2).attr("y2", bottom)
      .style("stroke", t ? "var(--grid)" : "var(--soft)");
    text(svg, x(t), bottom + 15, around && !t ? "same" : tick(around ? Math.abs(t) : t, unit),
      { soft: true, anchor: x(t) < 24 ? "start" : width - x(t) < 30 ? "end" : "middle" });
  }
  if (around) {
    const [up, down] = directions(unit);
    text(svg, x(0) - 12, bottom + 36, `← ${down}`, { bold: true, anchor: "end" });
    text(svg, x(0) + 12, bottom + 36, `${up} →`, { bold: true });
  }
  let top = 0;
  rows.forEach(({ label, bars }, i) => {
    let y = top;
    if (beside) ground(text(svg, 0, y + 16, label, { bold: true, size: 13 }));
    else for (const words of heads(label)) ground(text(svg, 0, (y += 17) - 2, words, { bold: true, size: 13 }));
    for (const { words, q, style } of bars) {
      const soft = style === "before";
      if (beside) ground(text(svg, Math.max(x(at(q.p95)), x(0)) + 9, y + 16, words, { soft }));
      else for (const some of told(words)) ground(text(svg, 0, (y += 15) - 2, some, { soft }));
      bar(svg, x, q, y + 12, style);
      y += beside ? 19 : 22;
    }
    top += tall[i];
  });
  return svg.node();
}

/** Keeps words readable over lines. */
function ground(words) {
  words.style("paint-order", "stroke").style("stroke", "var(--card)").attr("stroke-width", 4).attr("stroke-linejoin", "round");
}

/**
 * Answers that differ in their days alone: `days` [{date, label}], `series` [{words, style, of: [q, …]}], a q a day; of
 * differences, around none.
 */
export function overTime(width, days, series, unit) {
  const keys = series.length > 1 ? series.map(({ words }) => 46 + 6.6 * words.length) : [];
  const inLine = d3.sum(keys) < width, rows = inLine ? Math.min(1, keys.length) : keys.length;
  const ends = series.flatMap(({ of }) => of.flatMap((q) => [at(q.p05), at(q.p95)])), around = Math.min(...ends) < 0;
  const [up, down] = directions(unit);
  const figure = (t) => (around ? (t ? `${tick(Math.abs(t), unit)} ${t > 0 ? up : down}` : "same") : tick(t, unit));
  const left = (unit === "USD" ? 86 : 58) + (around ? 34 : 0), top = 12 + 20 * rows, height = 210 + 20 * rows, bottom = height - 26;
  const svg = sheet(width, height), x = d3.scaleTime(d3.extent(days, (d) => new Date(d.date)), [left + 14, width - 24]);
  const y = d3.scaleLinear([Math.min(0, ...ends), Math.max(1e-9, ...ends)], [bottom, top]).nice(4);
  for (const t of y.ticks(4)) {
    svg.append("line").attr("x1", left).attr("x2", width).attr("y1", y(t)).attr("y2", y(t))
      .style("stroke", t ? "var(--grid)" : "var(--soft)");
    text(svg, left - 6, y(t) + 4, figure(t), { soft: true, anchor: "end" });
  }
  const each = Math.ceil(days.length / Math.max(2, Math.floor((width - left) / 62)));
  const spots = days.map((d) => x(new Date(d.date)));
  days.forEach((d, i) => i % each || text(svg, spots[i], height - 8, d.label, { soft: true, anchor: "middle" }));
  series.forEach(({ words, style, of }, k) => {
    const s = STYLES[style], path = (key) => d3.line((q, i) => spots[i], (q) => y(at(q[key])))(of);
    svg.append("path").style("fill", s.colour).attr("fill-opacity", 0.16)
      .attr("d", d3.area((q, i) => spots[i], (q) => y(at(q.p05)), (q) => y(at(q.p95)))(of));
    for (const [key, thick] of [["p05", 0.8], ["p95", 0.8], ["p50", 1.8]]) {
      svg.append("path").style("fill", "none").style("stroke", s.colour).attr("stroke-width", thick)
        .attr("stroke-dasharray", s.dash).attr("d", path(key));
    }
    of.forEach((q, i) => mark(svg, s.mark, spots[i], y(at(q.p50)), s.colour, 4));
    if (!keys.length) return;
    const from = inLine ? d3.sum(keys.slice(0, k)) : 0, on = inLine ? 10 : 10 + 20 * k;
    svg.append("line").attr("x1", from + 2).attr("x2", from + 30).attr("y1", on).attr("y2", on).style("stroke", s.colour)
      .attr("stroke-width", 2).attr("stroke-dasharray", s.dash);
    mark(svg, s.mark, from + 16, on, s.colour, 4);
    text(svg, from + 38, on + 4, words);
  });
  return svg.node();
}

/** A bar split into what a spread is due to: `parts` [{name, share, told}], each told beside it. */
export function split(width, parts) {
  const colours = ["var(--c6)", "var(--c1)", "var(--c2)"], dashes = [null, "6 4", "2 3"]; // told apart by letters, too
  const keys = parts.map(({ name, told }, i) => lines(`${String.fromCharCode(65 + i)}: ${told} ${name}`, width - 28, 7.4));
  const svg = sheet(width, 46 + d3.sum(keys, (k) => 6 + 16 * k.length));
  let from = 0, y = 56;
  parts.forEach(({ share }, i) => {
    const wide = share * (width - 4);
    svg.append("rect").attr("x", from + 1).attr("y", 4).attr("width", Math.max(0.5, wide - 2)).attr("height", 26)
      .style("fill", colours[i]).attr("fill-opacity", 0.35).style("stroke", colours[i]).attr("stroke-width", 2)
      .attr("stroke-dasharray", dashes[i]);
    if (wide > 26) text(svg, from + wide / 2, 22, String.fromCharCode(65 + i), { anchor: "middle", bold: true });
    from += wide;
    svg.append("rect").attr("x", 1).attr("y", y - 12).attr("width", 18).attr("height", 14).style("fill", colours[i])
      .attr("fill-opacity", 0.35).style("stroke", colours[i]).attr("stroke-width", 2).attr("stroke-dasharray", dashes[i]);
    for (const words of keys[i]) text(svg, 28, (y += 16) - 16, words, { size: 13 });
    y += 6;
  });
  return svg.node();
}
