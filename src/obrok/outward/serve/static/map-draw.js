// The picture of the map: land, circles by number of people, and labels of which none lies over another.
import { FEW, figure, wide } from "./days.js";
import { heightFor, projected, surroundings } from "./map-shapes.js";

const reach = (width) => Math.max(24, Math.min(50, 0.066 * width));

/** A figure on the map: of a difference with its sign. */
export function short(value, signed) {
  if (value === null) return FEW;
  return signed && value > 0 ? `+${figure(value, "people")}` : figure(value, "people");
}

/** Draws land and labels once for a width, a zoom and a focus, then circles for each day. */
export class Drawing {
  constructor(shapes, spots) {
    this.shapes = shapes;
    this.spots = spots.filter((s) => s.lat !== null && s.lon !== null);
    this.around = surroundings(shapes, this.spots.map(at));
    this.land = new Map();
  }

  /** `rows`: id → rows of 5, 50, 95 %; `k`: the day; `most`: the largest figure of all days; `chosen`: id. */
  draw(width, { rows, k, zoom, chosen, signed, live, from, choose }) {
    const height = heightFor(this.around, width), focus = this.spots.find((s) => s.id === chosen);
    const view = { width, height, zoom, focus: focus ? at(focus) : d3.geoCentroid({ type: "MultiPoint", coordinates: this.spots.map(at) }) };
    const { node, projection, names } = this.background(view);
    const svg = d3.create("svg").attr("class", "map").attr("width", width).attr("height", height).attr("viewBox", `0 0 ${width} ${height}`);
    const clip = `map-${Math.random().toString(36).slice(2)}`; // a saved picture has no edge to hide behind
    svg.append("clipPath").attr("id", clip).append("rect").attr("width", width).attr("height", height);
    const inside = svg.append("g").attr("clip-path", `url(#${clip})`);
    inside.node().append(node.cloneNode(true));
    const all = Object.values(rows).flat(2).filter((v) => v !== null);
    const most = Math.max(5, d3.max(all, Math.abs) ?? 0);
    const size = d3.scaleSqrt([0, most], [0, reach(width)]);
    const placed = arranged(this.spots, rows, size, projection, view, live);
    const beyond = this.spots.length - placed.length;
    const taken = [...placed.map((p) => box(p.x - p.r, p.y - p.r, 2 * p.r, 2 * p.r, p.id)), ...legend(inside, size, most, view, signed, placed)];
    const told = (p) => (k < from ? null : rows[p.id].map((row) => row[k]));
    for (const p of placed) circle(inside, p, told(p), size, { signed, live, chosen: p.id === chosen, choose });
    if (!live) for (const p of placed) pin(inside, p);
    for (const p of placed) label(inside, p, told(p), taken, { signed, live, chosen: p.id === chosen, view });
    for (const n of names) {
      const w = wide(n.name, 11.5), spot = [[0, 0], [0, 26], [0, -26], [60, 0], [-60, 0], [110, 20], [-110, 20], [160, 0], [-160, 0]]
        .slice(0, n.room > 3 * w ? 9 : 3).map(([dx, dy]) => box(n.x + dx - w / 2 - 3, n.y + dy - 9, w + 6, 14))
        .find((b) => within(b, view) && !taken.some((t) => over(t, b)));
      if (!spot) continue;
      taken.push(spot);
      inside.append("text").attr("class", "country").attr("x", spot.x + spot.w / 2).attr("y", spot.y + 11).attr("text-anchor", "middle").text(n.name);
    }
    if (beyond) {
      const text = `${beyond} ${beyond === 1 ? "place lies" : "places lie"} beyond this picture`;
      inside.append("text").attr("class", "country").attr("x", width - 8).attr("y", height - 9).attr("text-anchor", "end").text(text);
    }
    inside.append("rect").attr("class", "frame").attr("width", width).attr("height", height);
    return svg.node();
  }

  /** Sea, land, borders, and where the names of countries may stand; kept for the next day. */
  background({ width, height, zoom, focus }) {
    const key = `${width} ${zoom} ${zoom > 0 ? focus : ""}`;
    if (!this.land.has(key)) {
      if (this.land.size > 5) this.land.clear();
      const projection = projected(this.around, { width, height, zoom, focus });
      const path = d3.geoPath(projection).digits(1), g = d3.create("svg:g");
      const homes = new Set(this.around.homes.map((p) => p.country));
      g.append("path").attr("class", "sea").attr("d", path({ type: "Sphere" }));
      g.append("path").attr("class", "land").attr("d", path(this.shapes.land));
      for (const c of this.shapes.countries) if (homes.has(c.name)) g.append("path").attr("class", "home").attr("d", path(c.geometry));
      g.append("path").attr("class", "coast").attr("d", path(this.shapes.coasts));
      g.append("path").attr("class", "border").attr("d", path(this.shapes.borders));
      const names = this.shapes.countries.map(({ name, geometry }) => {
        const [[x0, y0], [x1, y1]] = path.bounds(geometry), w = wide(name, 11.5);
        if (!(x1 - x0 > 1.1 * w && y1 - y0 > 18)) return null;
        const [x, y] = path.centroid(geometry);
        return d3.geoContains(geometry, projection.invert([x, y])) && { name, x, y, room: x1 - x0, area: path.area(geometry) };
      }).filter(Boolean).sort((a, b) => b.area - a.area).slice(0, 24);
      this.land.set(key, { node: g.node(), projection, names });
    }
    return this.land.get(key);
  }
}

const at = (spot) => [spot.lon, spot.lat];
const box = (x, y, w, h, id) => ({ x, y, w, h, id });
const over = (a, b) => a.x < b.x + b.w && b.x < a.x + a.w && a.y < b.y + b.h && b.y < a.y + a.h;
const within = (b, { width, height }) => b.x >= 2 && b.y >= 2 && b.x + b.w <= width - 2 && b.y + b.h <= height - 2;

/** Rings may lie over one another by a part; the circle of a region is at least so wide, px. */
const APART = 0.55, SOFT = 28;

/** Where circles stand: on their places or, where they would lie over one another, beside them. The same on all days. */
function arranged(spots, rows, size, projection, { width, height }, live) {
  const nodes = spots.map((s) => {
    const [px, py] = projection(at(s)) ?? [NaN, NaN];
    const widest = (k) => size(d3.max(rows[s.id][k], (v) => Math.abs(v ?? 0)) ?? 0);
    const r = Math.max(live ? SOFT : 4, widest(1), APART * Math.max(widest(0), widest(2)));
    return { ...s, px, py, x: px, y: py, r };
  }).filter((n) => n.px >= 0 && n.py >= 0 && n.px <= width && n.py <= height);
  const force = d3.forceSimulation(nodes).stop()
    .force("x", d3.forceX((n) => n.px).strength(0.2)).force("y", d3.forceY((n) => n.py).strength(0.2))
    .force("apart", d3.forceCollide((n) => n.r + 3).iterations(4).strength(1));
  for (let i = 0; i < 160; i += 1) {
    force.tick();
    for (const n of nodes) {
      n.x = Math.max(n.r + 2, Math.min(width - n.r - 2, n.x));
      n.y = Math.max(n.r + 2, Math.min(height - n.r - 2, n.y));
    }
  }
  return nodes.sort((a, b) => b.r - a.r || (a.id < b.id ? -1 : 1));
}

/** The middle as a disc, the ends of the range as a core and a ring; more and fewer by colour and by dashes. */
function circle(g, p, told, size, { signed, live, chosen, choose }) {
  const way = (v) => (signed && v < 0 ? "fewer" : signed ? "more" : "people");
  const spot = g.append("g").attr("class", `spot${live ? " region" : ""}${chosen ? " chosen-spot" : ""}`).attr("data-place", p.id);
  if (choose) spot.on("click", () => choose(p.id));
  const disc = (v, kind) => v && spot.append("circle").attr("class", `${kind} ${way(v)}`).attr("cx", p.x).attr("cy", p.y)
    .attr("r", Math.max(kind === "ring" ? 0.5 : 0, size(Math.abs(v)))).attr("data-value", v);
  if (live) spot.append("circle").attr("class", "somewhere").attr("cx", p.x).attr("cy", p.y).attr("r", p.r);
  const [low, middle, top] = told ?? [0, 0, 0];
  const ends = [low, top].sort((a, b) => Math.abs(b ?? 0) - Math.abs(a ?? 0));
  const apart = low !== null && top !== null && low * top < 0;
  disc(ends[0], "ring");
  disc(middle, "middle-disc");
  disc(ends[1], apart ? "ring" : "core");
  if (chosen) spot.append("circle").attr("class", "around").attr("cx", p.x).attr("cy", p.y)
    .attr("r", Math.max(5, ...[...ends, middle].map((v) => size(Math.abs(v ?? 0))), live ? p.r : 0) + 2.5);
}

/** Where a place lies, and a line to its circle where that had to move. */
function pin(g, p) {
  if (Math.hypot(p.x - p.px, p.y - p.py) > 3) {
    g.append("line").attr("class", "leader").attr("x1", p.px).attr("y1", p.py).attr("x2", p.x).attr("y2", p.y);
  }
  g.append("circle").attr("class", "pin").attr("data-place", p.id).attr("cx", p.px).attr("cy", p.py).attr("r", 2);
}

/** Name and middle beside the circle, where there is room; the table has them all. */
function label(g, p, told, taken, { signed, live, chosen, view }) {
  const words = `${p.name}${live ? " (somewhere in it)" : ""}`, value = told ? short(told[1], signed) : "";
  const w = Math.max(wide(words, 12, 600), wide(value, 12)) + 4, h = value ? 29 : 16, r = p.r + 4;
  const spot = [[r, -h / 2, "start"], [-r - w, -h / 2, "end"], [-w / 2, r - 2, "middle"], [-w / 2, -r - h, "middle"],
    [r * 0.7, r * 0.6, "start"], [r * 0.7, -r * 0.6 - h, "start"], [-r * 0.7 - w, r * 0.6, "end"], [-r * 0.7 - w, -r * 0.6 - h, "end"]]
    .map(([dx, dy, anchor]) => ({ ...box(p.x + dx, p.y + dy, w, h), anchor }))
    .find((b) => within(b, view) && !taken.some((t) => t.id !== p.id && over(t, b)));
  if (!spot) return;
  taken.push(spot);
  const x = spot.x + { start: 2, middle: w / 2, end: w - 2 }[spot.anchor];
  const say = (text, y, kind) => g.append("text").attr("class", kind).attr("x", x).attr("y", y).attr("text-anchor", spot.anchor).text(text);
  say(words, spot.y + 12, `city${chosen ? " now" : ""}`);
  if (value) say(value, spot.y + 26, "count");
}

/** How many people a circle is, in a corner without circles; gives the box it takes. */
function legend(g, size, most, { width, height }, signed, placed) {
  const step = 10 ** Math.floor(Math.log10(most / 2)), top = Math.max(1, Math.floor(most / 2 / step) * step);
  const told = [...new Set([top, Math.max(1, Math.round(top / 10))])], r = size(top);
  const texts = told.map((v) => `${figure(v, "people")} people${signed ? " more or fewer" : ""}`);
  const w = 2 * r + 22 + Math.max(...texts.map((t) => wide(t, 11.5))), h = Math.max(2 * r, 30) + 12;
  const corners = [[6, height - h - 6], [6, 6], [width - w - 6, 6], [width - w - 6, height - h - 26]].map(([x, y]) => box(x, y, w, h));
  const free = (b) => !placed.some((p) => over(b, box(p.x - p.r, p.y - p.r, 2 * p.r, 2 * p.r)));
  const here = corners.find(free) ?? corners[0];
  const key = g.append("g").attr("class", "key").attr("transform", `translate(${here.x + 4},${here.y + h - 6})`);
  key.append("rect").attr("class", "ground").attr("x", -4).attr("y", 6 - h).attr("width", w).attr("height", h).attr("rx", 3);
  told.forEach((v, i) => {
    const y = i ? -7 : -Math.max(2 * r, 24);
    key.append("circle").attr("cx", r).attr("cy", -size(v)).attr("r", size(v));
    key.append("line").attr("x1", r).attr("x2", 2 * r + 8).attr("y1", -2 * size(v)).attr("y2", i ? y : -2 * r);
    key.append("text").attr("x", 2 * r + 11).attr("y", y + 4).text(texts[i]);
  });
  return [here];
}
