// Two strips, one a policy: where a person is over time, what happens as marks, the day on which the lives part as a line.
import { day, upper } from "./dom.js";
import { lines, wide } from "./days.js";

/** Status → colour and a short name. */
const STATUS = {
  0: ["--c6", "on the way"], 1: ["--c1", "at the post"], 2: ["--c3", "working nearby"], 3: ["--c4", "hiding far away"],
  4: ["--c2", "held by the police"], 5: ["--c7", "sent home by force"], 6: ["--c8", "with papers"], 7: ["--c5", "back home"],
};
const HIGH = 34, GAP = 22;

/** `chosen`: the day that is told, a line through both; `onDay(index)`: a day is chosen in the picture. */
export function strips({ life, names, width, chosen, date, onDay }) {
  const svg = d3.create("svg").attr("width", width).attr("class", "strips");
  const x = d3.scaleLinear([0, life.days], [0, width]);
  const say = (at, y, text, more = "") => svg.append("text").attr("x", at).attr("y", y).attr("class", more).text(text);
  let y = 14;
  const parting = life.parting, marks = [], said = [];
  if (parting) {
    const text = `The lives part: ${day(parting.date)}`, at = x(parting.day + 0.5);
    say(Math.max(0, Math.min(at - wide(text, 12, 600) / 2, width - wide(text, 12, 600))), y, text, "happened");
    y += 8;
  }
  const top = y;
  names.forEach((name, k) => {
    for (const line of lines(upper(name), width)) { y += 16; say(0, y, line, "head"); }
    let free = wide(upper(name), 13, 600) + 14;
    for (const e of life.events[[life.a, life.b][k]]) {
      const at = x(e.day + 0.5), text = e.names.join(", "), left = Math.min(at - 3, width - wide(text));
      marks.push([at, y + 4]);
      if (left > free) { said.push([left, y, text]); free = left + wide(text) + 8; }
    }
    y += 8;
    for (const s of life.spans[k].filter((one) => one.status >= 0)) {
      const [colour, text] = STATUS[s.status], from = x(s.from), size = Math.max(1.5, x(s.to + 1) - from);
      svg.append("rect").attr("x", from).attr("y", y).attr("width", size).attr("height", HIGH).attr("class", "span").attr("fill", `var(${colour})`);
      if (size > wide(text, 12) + 12) say(from + 6, y + HIGH / 2 + 4, text, "in");
    }
    if (life.spans[k].every((s) => s.status < 0)) say(0, y + HIGH / 2 + 4, "never sent", "soft");
    for (const [at, from] of marks.splice(0)) svg.append("line").attr("x1", at).attr("x2", at).attr("y1", from).attr("y2", y + HIGH).attr("class", "event");
    for (const m of life.marks[k]) {
      const at = x(m.day + 0.5);
      svg.append("path").attr("d", `M${at - 4},${y + HIGH + 9}L${at + 4},${y + HIGH + 9}L${at},${y + HIGH + 2}Z`).attr("class", "mark").append("title").text(`${day(date(m.day))}: ${m.text}`);
    }
    y += HIGH + GAP;
  });
  const bottom = y - GAP + 10;
  const line = (at, cls) => svg.append("line").attr("x1", x(at + 0.5)).attr("x2", x(at + 0.5)).attr("y1", top).attr("y2", bottom).attr("class", cls);
  if (parting) line(parting.day, "parts");
  line(chosen, "chosen");
  for (const [left, at, text] of said) say(left, at, text, "soft over");
  const when = d3.scaleUtc([new Date(`${date(0)}T00:00:00Z`), new Date(`${date(life.days - 1)}T00:00:00Z`)], [0, width]);
  const axis = d3.axisBottom(when).ticks(Math.max(2, Math.floor(width / 110))).tickSizeOuter(0).tickFormat((d, i) => d3.utcFormat(d.getUTCMonth() === 0 || !i ? "%b %Y" : "%b")(d));
  const ticks = svg.append("g").attr("transform", `translate(0,${bottom})`).call(axis).attr("font-family", null).attr("font-size", 12);
  ticks.selectAll("text").each(function inside() {
    const at = Number(/\(([\d.]+)/.exec(this.parentNode.getAttribute("transform"))[1]);
    if (at < 24) this.setAttribute("text-anchor", "start");
    if (at > width - 24) this.setAttribute("text-anchor", "end");
  });
  svg.append("rect").attr("y", top).attr("width", width).attr("height", bottom - top).attr("class", "catch")
    .on("click", (event) => onDay(Math.max(0, Math.min(life.days - 1, Math.floor(x.invert(d3.pointer(event)[0]))))));
  // what the colours and marks mean
  y = bottom + 34;
  let at = 0;
  const used = [...new Set(life.spans.flat().map((s) => s.status))].filter((s) => s >= 0).sort((a, b) => a - b);
  const key = (text, draw) => {
    const size = 22 + wide(text) + 18;
    if (at && at + size > width) { at = 0; y += 20; }
    draw(at);
    say(at + 20, y, text);
    at += size;
  };
  for (const s of used) key(STATUS[s][1], (left) => svg.append("rect").attr("x", left).attr("y", y - 11).attr("width", 14).attr("height", 13).attr("class", "span").attr("fill", `var(${STATUS[s][0]})`));
  if (life.marks.flat().length) key("something happens", (left) => svg.append("path").attr("d", `M${left + 2},${y}L${left + 12},${y}L${left + 7},${y - 9}Z`).attr("class", "mark"));
  key("the day told below", (left) => svg.append("line").attr("x1", left + 7).attr("x2", left + 7).attr("y1", y - 11).attr("y2", y + 2).attr("class", "chosen"));
  return svg.attr("height", y + 8).attr("viewBox", `0 0 ${width} ${y + 8}`).node();
}
