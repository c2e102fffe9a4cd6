// The world's shapes, and how a part of it is laid on a picture. Rings run on across 180°: d3-geo alone cuts the world, at the
// picture's own edge.
import { get } from "./api.js";

let known = null;

/**
 * The shapes, read once: `countries` [{name, geometry, pieces: [{country, geometry}]}], `land` (all of them), `borders` (lines
 * between two countries), `coasts` (the others).
 */
export function world() {
  known ??= get("static/vendor/world.json").then(decoded).catch((error) => { known = null; throw error; });
  return known;
}

/** A TopoJSON of MultiPolygons, as GeoJSON. */
export function decoded({ arcs: told, transform: { scale, translate }, objects }) {
  const arcs = told.map((arc) => {
    let x = 0, y = 0;
    return arc.map(([dx, dy]) => [(x += dx) * scale[0] + translate[0], (y += dy) * scale[1] + translate[1]]);
  });
  const line = (at) => (at >= 0 ? arcs[at] : arcs[~at].slice().reverse());
  const ring = (parts) => parts.flatMap((at, i) => (i ? line(at).slice(1) : line(at)));
  const users = arcs.map(() => new Set());
  const countries = objects.countries.geometries.map(({ arcs: pieces, properties: { name } }) => {
    for (const at of pieces.flat(2)) users[at >= 0 ? at : ~at].add(name);
    const coordinates = pieces.map((rings) => rings.map(ring));
    return { name, geometry: { type: "MultiPolygon", coordinates },
      pieces: coordinates.map((c) => ({ country: name, geometry: { type: "Polygon", coordinates: c } })) };
  });
  const lines = (keep) => ({ type: "MultiLineString", coordinates: arcs.filter((_, i) => keep(users[i].size)) });
  return {
    countries, borders: lines((n) => n > 1), coasts: lines((n) => n === 1),
    land: { type: "MultiPolygon", coordinates: countries.flatMap((c) => c.geometry.coordinates) },
  };
}

/** The piece of land that a point lies in, or the nearest: coasts are drawn roughly, and a port may lie beyond one. */
export function homeOf({ countries }, at) {
  const pieces = countries.flatMap((c) => c.pieces);
  const inside = pieces.find((p) => {
    const [west, east] = d3.extent(p.geometry.coordinates[0], (q) => q[0]), across = east - west > 180; // 180°
    return (across || (at[0] >= west && at[0] <= east)) && d3.geoContains(p.geometry, at);
  });
  const far = (p) => d3.min(p.geometry.coordinates[0], (q) => d3.geoDistance(q, at));
  return inside ?? pieces[d3.minIndex(pieces, far)];
}

/** So many degrees are shown at the least, from west to east and from south to north: a small country with its neighbours. */
const LEAST = [24, 14];
/** A case that spans more of the world is centred where Russia, right across 180°, is whole. */
const WORLDWIDE = 250, MIDDLE = 100;
export const ZOOMS = [-4, 8], STEP = 1.6;

/** What a picture shows of the world where points [lon, lat] lie: `homes` (pieces of land), all of `shown`, its `middle`. */
export function surroundings(shapes, points) {
  const homes = [...new Set(points.map((at) => homeOf(shapes, at)))];
  const outline = { type: "MultiPolygon", coordinates: homes.map((p) => p.geometry.coordinates) };
  const [[west, south], [east, north]] = d3.geoBounds({ type: "GeometryCollection", geometries: [outline, { type: "MultiPoint", coordinates: points }] });
  const span = east < west ? east - west + 360 : east - west, wide = span > WORLDWIDE;
  const middle = [wide ? MIDDLE : west + span / 2, (south + north) / 2];
  const reach = [Math.max(span, LEAST[0]) / 2, Math.max(north - south, LEAST[1]) / 2];
  const corners = wide ? [] : [-1, 1].flatMap((x) => [-1, 1].map((y) =>
    [middle[0] + x * LEAST[0] / 2, Math.max(-85, Math.min(85, middle[1] + y * reach[1]))]));
  return { homes, middle, shown: { type: "GeometryCollection", geometries: [outline, { type: "MultiPoint", coordinates: [...points, ...corners] }] } };
}

const MARGIN = 0.06;
/** How high a picture of that width is: as the case lies, with room for what is around it. */
export function heightFor({ middle, shown }, width) {
  const [[x0, y0], [x1, y1]] = d3.geoPath(d3.geoNaturalEarth1().rotate([-middle[0], 0])).bounds(shown);
  return Math.round(Math.max(0.5 * width, 290, Math.min(0.75 * width, 620, (y1 - y0) / (x1 - x0) * width)));
}

/** The projection for a picture so wide and high. `zoom` 0: the whole of `place`; n: STEP ** n as near, about `focus`. */
export function projected({ middle, shown }, { width, height, zoom = 0, focus = middle }) {
  const margin = MARGIN * width;
  const projection = d3.geoNaturalEarth1().rotate([-middle[0], 0])
    .fitExtent([[margin, margin], [width - margin, height - margin]], shown);
  const pole = projection([middle[0], 90])[1], room = d3.geoPath(projection).bounds(shown)[0][1] - margin / 2;
  const [x, y] = projection.translate();
  projection.translate([x, y - Math.max(0, Math.min(pole, room))]); // nothing lies beyond a pole
  if (zoom > 0) {
    projection.rotate([-focus[0], 0]).scale(projection.scale() * STEP ** zoom).translate([0, 0]);
    const [x, y] = projection(focus), beyond = height / 2 - y + projection([focus[0], 90])[1];
    projection.translate([width / 2 - x, height / 2 - y - Math.max(0, Math.min(beyond, height / 4))]);
  } else if (zoom < 0) { // about the middle, and no smaller than the world fits
    const world = d3.geoNaturalEarth1().fitSize([width, height], { type: "Sphere" });
    const [x, y] = projection.translate(), part = Math.max(STEP ** zoom, Math.min(1, world.scale() / projection.scale()));
    projection.scale(projection.scale() * part).translate([width / 2 + (x - width / 2) * part, height / 2 + (y - height / 2) * part]);
    if (part > STEP ** zoom) projection.translate(world.translate());
  }
  return projection.clipExtent([[-2, -2], [width + 2, height + 2]]);
}
