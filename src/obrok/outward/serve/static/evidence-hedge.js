// The small picture of what a claim's words are taken to say.
import { picture } from "./out.js";

const HIGH = 128, FOOT = 40, ROW = 18;
const MEANT = {
  density: "The higher the line, the likelier the number.",
  cut: "How much of each number the claim leaves.",
  chance: "How likely these words are for each number that it may have been.",
  figure: "How well each number that it may have been fits the figure, against the one that fits best.",
};
const PINS = " A pin: one number, and how likely it is.";
const NAMES = {
  density: ["what it is taken to say", "if the source is wrong"],
  cut: ["what it leaves of each number", "assumed without it"],
};

/** A figure of a claim's words; `p`: what the server says is to be drawn. */
export function hedgePicture(claim, p, level) {
  const kind = p.relative ? "figure" : p.kind;
  const pins = p.said.pins.length || p.otherwise?.pins.length;
  const range = MEANT[kind] + (pins ? PINS : "");
  const said = claim.said || "the claim";
  const title = `What ${/^“/.test(said) || !claim.said ? said : `“${said}”`} is taken to say`;
  return picture({ title, level, alt: `${p.label}. ${p.alt}`, range, note: `${p.alt} ${range}`, draw: (width) => draw(p, width) });
}

function draw(p, width) {
  const names = p.otherwise ? NAMES[p.kind] : [];
  const rows = names.length && width < 430 ? names.length : Math.min(names.length, 1);
  const chance = p.kind === "chance" && !p.relative;
  const left = chance ? 46 : 10, right = 22, top = rows * ROW + 12, bottom = top + HIGH;
  const label = wrapped(p.label, (width - left - right) / 6.4);
  const svg = d3.create("svg").attr("width", width).attr("height", bottom + FOOT + (label.length - 1) * 15)
    .attr("viewBox", `0 0 ${width} ${bottom + FOOT + (label.length - 1) * 15}`);
  const x = (p.log ? d3.scaleLog() : d3.scaleLinear()).domain([p.x[0], p.x.at(-1)]).range([left, width - right]);
  const most = chance ? Math.max(...p.said.y) * 1.02 : 1;
  const y = d3.scaleLinear().domain([0, most]).range([bottom, top]);
  legend(svg, names, left, rows);
  if (chance) for (const v of y.ticks(3)) {
    svg.append("line").attr("x1", left).attr("x2", width - right).attr("y1", y(v)).attr("y2", y(v)).attr("stroke", "var(--grid)");
    svg.append("text").attr("x", left - 6).attr("y", y(v) + 4).attr("text-anchor", "end").attr("fill", "var(--soft)").text(`${Math.round(100 * v)} %`);
  }
  curve(svg, p.x, p.said, x, y, bottom, "var(--reported)", null);
  if (p.otherwise) curve(svg, p.x, p.otherwise, x, y, bottom, "var(--whatif)", "6 4");
  axis(svg, p.ticks, x, bottom, left, width - right);
  label.forEach((line, i) => svg.append("text").attr("x", (left + width - right) / 2).attr("y", bottom + 35 + i * 15)
    .attr("text-anchor", "middle").attr("fill", "var(--soft)").text(line));
  return svg.node();
}

/** The same at the size of a thumbnail: the curves, and the ends of the axis. */
export function thumbnail(p, width = 132, high = 46) {
  const svg = d3.create("svg").attr("width", width).attr("height", high + 22).attr("viewBox", `0 0 ${width} ${high + 22}`).attr("aria-hidden", "true");
  const x = (p.log ? d3.scaleLog() : d3.scaleLinear()).domain([p.x[0], p.x.at(-1)]).range([8, width - 8]);
  const y = d3.scaleLinear().domain([0, p.kind === "chance" && !p.relative ? Math.max(...p.said.y) * 1.02 : 1]).range([high, 4]);
  curve(svg, p.x, p.said, x, y, high, "var(--reported)", null);
  if (p.otherwise) curve(svg, p.x, p.otherwise, x, y, high, "var(--whatif)", "4 3");
  axis(svg, p.ticks, x, high, 8, width - 8);
  return svg.node();
}

function legend(svg, names, left, rows) {
  names.forEach((name, i) => {
    const at = rows > 1 ? [left, 12 + i * ROW] : [left + i * (names[0].length * 6.6 + 60), 12];
    svg.append("line").attr("x1", at[0]).attr("x2", at[0] + 26).attr("y1", at[1] - 4).attr("y2", at[1] - 4)
      .attr("stroke", i ? "var(--whatif)" : "var(--reported)").attr("stroke-width", 2).attr("stroke-dasharray", i ? "6 4" : null);
    svg.append("text").attr("x", at[0] + 32).attr("y", at[1]).attr("fill", "var(--ink)").text(name);
  });
}

function curve(svg, xs, { y: ys, pins }, x, y, bottom, colour, dash) {
  if (ys.some((v) => v > 0)) {
    const points = xs.map((v, i) => [x(v), y(Math.min(ys[i], y.domain()[1]))]);
    if (!dash) svg.append("path").attr("d", d3.area().y0(bottom)(points)).attr("fill", colour).attr("fill-opacity", 0.16);
    svg.append("path").attr("d", d3.line()(points)).attr("fill", "none").attr("stroke", colour).attr("stroke-width", 2).attr("stroke-dasharray", dash);
  }
  for (const [value, weight] of pins) {
    if (value < xs[0] || value > xs.at(-1)) continue;
    const high = y(weight * y.domain()[1]), at = x(value) + (dash ? 2 : -1);
    svg.append("line").attr("x1", at).attr("x2", at).attr("y1", bottom).attr("y2", high)
      .attr("stroke", colour).attr("stroke-width", 2.5).attr("stroke-dasharray", dash);
    svg.append("circle").attr("cx", at).attr("cy", high).attr("r", 4).attr("fill", dash ? "var(--card)" : colour).attr("stroke", colour).attr("stroke-width", 2);
  }
}

function axis(svg, ticks, x, bottom, from, to) {
  svg.append("line").attr("x1", from).attr("x2", to).attr("y1", bottom).attr("y2", bottom).attr("stroke", "var(--edge)");
  let free = -Infinity;
  for (const [value, text] of ticks) {
    const at = x(value), half = text.length * 3.6;
    if (at < from - 1 || at > to + 1) continue;
    svg.append("line").attr("x1", at).attr("x2", at).attr("y1", bottom).attr("y2", bottom + 4).attr("stroke", "var(--edge)");
    if (at - half < free) continue; // no room for its words
    svg.append("text").attr("x", at).attr("y", bottom + 18).attr("text-anchor", "middle").text(text);
    free = at + half + 6;
  }
}

function wrapped(text, most) {
  const lines = [""];
  for (const word of text.split(" ")) {
    const longer = `${lines.at(-1)} ${word}`.trim();
    if (longer.length > most && lines.at(-1)) lines.push(word);
    else lines[lines.length - 1] = longer;
  }
  return lines;
}
