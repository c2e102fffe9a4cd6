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
  const svg = sheet(width, rows.length * 40), x = d3.scaleLinear([low, high], [6, width - 6]);
  rows.forEach(({ words, q, style }, i) => {
    text(svg, 0, i * 40 + 13, words, { bold: style !== "before", soft: style === "before" });
    if (low < 0) line(svg, x(0), i * 40 + 19, i * 40 + 37);
    bar(svg, x, q, i * 40 + 28, style);
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
  const step = beside ? 19 : 36, head = beside ? 0 : 22, gap = beside ? 14 : 8;
  const tall = rows.map(({ label, bars }) => (label ? head : 0) + bars.length * step + gap);
  const bottom = d3.sum(tall), svg = sheet(width, bottom + (around ? 46 : 26));
  const ticks = x.ticks(Math.max(2, Math.min(8, Math.floor((right - left) / 110))));
  for (const t of unit === "people" ? ticks.filter(Number.isInteger) : ticks) {
    svg.append("line").attr("x1", x(t)).attr("x2", x(t)).attr("y1", 2).attr("y2", bottom)
      .style("stroke", t ? "var(--grid)" : "var(--soft)");
    text(svg, x(t), bottom + 15, around && !t ? "same" : tick(around ? Math.abs(t) : t, unit),
      { soft: true, anchor: x(t) < 24 ? "start" : width - x(t) < 30 ? "end" : "middle" });
  }
  if (around) {
    const [up, down] = { people: ["more", "fewer"], USD: ["more", "less"] }[unit] ?? ["higher", "lower"];
    text(svg, x(0) - 12, bottom + 36, `← ${down}`, { bold: true, anchor: "end" });
    text(svg, x(0) + 12, bottom + 36, `${up} →`, { bold: true });
  }
  let top = 0;
  rows.forEach(({ label, bars }, i) => {
    if (label) ground(text(svg, 0, top + 16, label, { bold: true, size: 13 }));
    bars.forEach(({ words, q, style }, k) => {
      const y = top + (label ? head : 0) + k * step;
      const soft = style === "before";
      if (beside) ground(text(svg, Math.max(x(at(q.p95)), x(0)) + 9, y + 16, words, { soft }));
      else ground(text(svg, 0, y + 12, words, { soft }));
      bar(svg, x, q, y + (beside ? 12 : 25), style);
    });
    top += tall[i];
  });
  return svg.node();
}

/** Keeps words readable over lines. */
function ground(words) {
  words.style("paint-order", "stroke").style("stroke", "var(--card)").attr("stroke-width", 4).attr("stroke-linejoin", "round");
}

/** Answers that differ in their days alone: `points` [{date, label, after, before}] (before: null where nothing weighed). */
export function overTime(width, points, unit) {
  const height = 250, left = unit === "USD" ? 86 : 58, top = 44, bottom = height - 26;
  const series = [["before", points.filter((p) => p.before)], ["after", points]].filter(([, some]) => some.length);
  const svg = sheet(width, height);
  const days = points.map((p) => new Date(p.date));
  const x = d3.scaleTime(d3.extent(days), [left + 12, width - 22]);
  const most = Math.max(1e-9, ...points.flatMap((p) => [at(p.after.p95), at(p.before?.p95)]));
  const y = d3.scaleLinear([0, most], [bottom, top]).nice(4);
  for (const t of y.ticks(4)) {
    svg.append("line").attr("x1", left).attr("x2", width).attr("y1", y(t)).attr("y2", y(t)).style("stroke", "var(--grid)");
    text(svg, left - 6, y(t) + 4, tick(t, unit), { soft: true, anchor: "end" });
  }
  const each = Math.ceil(points.length / Math.max(2, Math.floor((width - left) / 62)));
  points.forEach((p, i) => i % each || text(svg, x(days[i]), height - 8, p.label, { soft: true, anchor: "middle" }));
  series.forEach(([name, some], k) => {
    const s = STYLES[name];
    const of = (key) => d3.line((p) => x(new Date(p.date)), (p) => y(at(p[name][key])))(some);
    svg.append("path").style("fill", s.colour).attr("fill-opacity", 0.16).attr("d", d3.area(
      (p) => x(new Date(p.date)), (p) => y(at(p[name].p05)), (p) => y(at(p[name].p95)))(some));
    for (const [key, thick] of [["p05", 0.8], ["p95", 0.8], ["p50", 1.8]]) {
      svg.append("path").attr("fill", "none").style("fill", "none").style("stroke", s.colour).attr("stroke-width", thick)
        .attr("stroke-dasharray", name === "before" ? "5 3" : null).attr("d", of(key));
    }
    for (const p of some) mark(svg, s.mark, x(new Date(p.date)), y(at(p[name].p50)), s.colour, 4);
    const from = series.length > 1 ? k * 150 : 0;
    svg.append("line").attr("x1", from + 2).attr("x2", from + 30).attr("y1", 14).attr("y2", 14).style("stroke", s.colour)
      .attr("stroke-width", 2).attr("stroke-dasharray", name === "before" ? "5 3" : null);
    mark(svg, s.mark, from + 16, 14, s.colour, 4);
    text(svg, from + 38, 18, series.length > 1 ? `${name} weighing` : "the assumptions alone");
  });
  return svg.node();
}

/** A bar split into what a spread is due to: `parts` [{name, share, told}], each told beside it. */
export function split(width, parts) {
  const colours = ["var(--c6)", "var(--c1)", "var(--c2)"], dashes = [null, "6 4", "2 3"];
  const svg = sheet(width, 46 + parts.length * 22);
  let from = 0;
  parts.forEach(({ name, share, told }, i) => {
    const wide = share * (width - 4);
    svg.append("rect").attr("x", from + 1).attr("y", 4).attr("width", Math.max(0.5, wide - 2)).attr("height", 26)
      .style("fill", colours[i]).attr("fill-opacity", 0.35).style("stroke", colours[i]).attr("stroke-width", 2)
      .attr("stroke-dasharray", dashes[i]);
    if (wide > 26) text(svg, from + wide / 2, 22, String.fromCharCode(65 + i), { anchor: "middle", bold: true });
    from += wide;
    const y = 56 + i * 22;
    svg.append("rect").attr("x", 1).attr("y", y - 12).attr("width", 18).attr("height", 14).style("fill", colours[i])
      .attr("fill-opacity", 0.35).style("stroke", colours[i]).attr("stroke-width", 2).attr("stroke-dasharray", dashes[i]);
    text(svg, 28, y, `${String.fromCharCode(65 + i)}: ${told} ${name}`, { size: 13 });
  });
  return svg.node();
}
