// Curves over the window: what was reported and the what-if, each a line in a band; and their difference.
const MARGIN = { top: 26, right: 16, bottom: 30, left: 58 };

function frame(width, begun) {
  const height = width < 560 ? 250 : 330;
  const dates = begun.points.map((d) => new Date(`${d}T00:00:00Z`));
  const x = d3.scaleUtc([dates[0], dates.at(-1)], [MARGIN.left, width - MARGIN.right]);
  const svg = d3.create("svg").attr("width", width).attr("height", height).attr("viewBox", `0 0 ${width} ${height}`);
  return { svg, x, dates, height };
}

const short = (unit) => (v) => {
  if (unit === "share") return `${Math.round(100 * v)} %`;
  const n = Math.abs(v) >= 1e6 ? `${+(v / 1e6).toFixed(2)} m` : Math.abs(v) >= 1e4 ? `${Math.round(v / 1e3)}k` : `${+v.toFixed(1)}`;
  return unit === "USD" ? n.replace(/^(-?)/, "$1$$").replace("-", "−") : n.replace("-", "−");
};

/** Axes, and a line where an event is: the case's own, and the days from which the what-if holds. */
function axes({ svg, x, height }, y, unit, begun, told, dates, width) {
  const grid = svg.append("g");
  for (const v of y.ticks(5).filter((t) => unit !== "people" || Number.isInteger(t))) {
    grid.append("line").attr("x1", MARGIN.left).attr("x2", width - MARGIN.right).attr("y1", y(v)).attr("y2", y(v)).attr("stroke", "var(--grid)");
    grid.append("text").attr("x", MARGIN.left - 6).attr("y", y(v)).attr("dy", "0.35em").attr("text-anchor", "end").attr("fill", "var(--soft)").text(short(unit)(v));
  }
  const ticks = x.ticks(width < 560 ? 4 : 8);
  for (const t of ticks) {
    svg.append("text").attr("x", x(t)).attr("y", height - 10).attr("text-anchor", "middle").attr("fill", "var(--soft)")
      .text(d3.utcFormat(t.getUTCMonth() ? "%b" : "%b %Y")(t));
  }
  const marks = [
    ...told.events.filter((e) => !e.what_if).map((e) => [e.date, e.id.replaceAll("-", " "), "var(--soft)", "2 3"]),
    ...dates.map((d) => [d, "what if", "var(--whatif)", "6 3"]),
  ].map(([d, name, colour, dash]) => [new Date(`${d}T00:00:00Z`), name, colour, dash]).filter(([d]) => d >= x.domain()[0] && d <= x.domain()[1]);
  const byDay = d3.groups(marks, ([d]) => +d).sort(([a], [b]) => a - b);
  let end = -Infinity;
  for (const [when, rows] of byDay) {
    const at = x(new Date(when)), [, , colour, dash] = rows.at(-1);
    svg.append("line").attr("x1", at).attr("x2", at).attr("y1", MARGIN.top - 8).attr("y2", height - MARGIN.bottom).attr("stroke", colour).attr("stroke-dasharray", dash).attr("stroke-width", 1.3);
    const text = rows.map(([, name]) => name).filter((n, i, all) => all.indexOf(n) === i).join(", ");
    const label = text.length > 34 ? `${text.slice(0, 32)} …` : text, room = 6.4 * label.length;
    const left = Math.min(Math.max(at - 3, 0), width - room);
    if (left < end) continue; // no room: the line alone, its name stands in the list of the case's events
    end = left + room + 8;
    svg.append("text").attr("x", left).attr("y", MARGIN.top - 12).attr("fill", colour).text(label);
  }
}

function band(svg, x, y, dates, three, colour, dash, opacity) {
  const area = d3.area().x((_, i) => x(dates[i])).y0((_, i) => y(three[0][i])).y1((_, i) => y(three[2][i])).curve(d3.curveStepAfter);
  const line = d3.line().x((_, i) => x(dates[i])).y((_, i) => y(three[1][i])).curve(d3.curveStepAfter);
  svg.append("path").attr("d", area(dates)).attr("fill", colour).attr("fill-opacity", opacity).attr("stroke", colour).attr("stroke-opacity", 0.5).attr("stroke-width", 0.7).attr("stroke-dasharray", dash);
  svg.append("path").attr("d", line(dates)).attr("fill", "none").attr("stroke", colour).attr("stroke-width", 2.4).attr("stroke-dasharray", dash);
}

function empty(width) {
  const svg = d3.create("svg").attr("width", width).attr("height", 120);
  svg.append("text").attr("x", width / 2).attr("y", 60).attr("text-anchor", "middle").attr("fill", "var(--soft)").text("Working it out …");
  return svg.node();
}

/** `both`: with the what-if, too. */
export function curves(width, curve, begun, told, about, dates, both) {
  if (!curve) return empty(width);
  const f = frame(width, begun), top = d3.max([...curve.own[2], ...curve.draft[2]]) || 1;
  const y = d3.scaleLinear([0, top * 1.05], [f.height - MARGIN.bottom, MARGIN.top]).nice(5);
  axes(f, y, about.unit, begun, told, dates, width);
  band(f.svg, f.x, y, f.dates, curve.own, "var(--reported)", null, 0.16);
  if (both) band(f.svg, f.x, y, f.dates, curve.draft, "var(--whatif)", "7 4", 0.16);
  const key = f.svg.append("g").attr("transform", `translate(${MARGIN.left + 10},${MARGIN.top + 8})`);
  [["as reported", "var(--reported)", null], ...(both ? [["what if", "var(--whatif)", "7 4"]] : [])].forEach(([name, colour, dash], i) => {
    key.append("line").attr("x1", 0).attr("x2", 26).attr("y1", i * 18).attr("y2", i * 18).attr("stroke", colour).attr("stroke-width", 2.4).attr("stroke-dasharray", dash);
    key.append("text").attr("x", 32).attr("y", i * 18).attr("dy", "0.35em").attr("stroke", "var(--card)").attr("stroke-width", 4).attr("paint-order", "stroke").text(name);
  });
  return f.svg.node();
}

export function differences(width, curve, begun, told, about, dates) {
  if (!curve) return empty(width);
  const f = frame(width, begun);
  const low = Math.min(0, d3.min(curve.difference[0])), high = Math.max(0, d3.max(curve.difference[2]));
  const least = { share: 0.01, people: 1, USD: 1000 }[about.unit];
  const y = d3.scaleLinear([Math.min(low * 1.06, high > least ? 0 : -least), Math.max(high * 1.06, low < -least ? 0 : least)], [f.height - MARGIN.bottom, MARGIN.top]).nice(5);
  axes(f, y, about.unit, begun, told, dates, width);
  f.svg.append("line").attr("x1", MARGIN.left).attr("x2", width - MARGIN.right).attr("y1", y(0)).attr("y2", y(0)).attr("stroke", "var(--ink)");
  band(f.svg, f.x, y, f.dates, curve.difference, "var(--whatif)", null, 0.2);
  if (y(0) > MARGIN.top + 24) f.svg.append("text").attr("x", width - MARGIN.right).attr("y", MARGIN.top + 8).attr("text-anchor", "end").attr("fill", "var(--soft)").text("more under the what-if ↑");
  if (y(0) < f.height - MARGIN.bottom - 24) f.svg.append("text").attr("x", width - MARGIN.right).attr("y", f.height - MARGIN.bottom - 6).attr("text-anchor", "end").attr("fill", "var(--soft)").text("fewer, or less ↓");
  return f.svg.node();
}
