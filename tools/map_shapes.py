"""Makes the shapes of the dashboard's map from Natural Earth, as the npm package world-atlas has them.

    npm pack world-atlas@2.0.2
    python tools/map_shapes.py world-atlas-2.0.2.tgz

The package holds Natural Earth 4.1.0, Admin 0 countries, 1:50m, as TopoJSON. Its rings run on across 180°, so that Russia
is one piece and the projection alone cuts the world, where the picture has its edge. What is done to it: Antarctica and
islands too small to be seen go (a country keeps its largest); lines lose the points that the map cannot show (Visvalingam
and Whyatt 1993, border by border, so that neighbours still fit); coordinates are rounded to a fiftieth of a degree. The
same package gives the same file, to the byte.
"""

from __future__ import annotations

import heapq
import json
import sys
import tarfile
from hashlib import sha256
from itertools import pairwise
from math import cos, radians
from pathlib import Path

TARGET = Path(__file__).parents[1] / "src" / "obrok" / "outward" / "serve" / "static" / "vendor" / "world.json"
#: of package/countries-50m.json in world-atlas 2.0.2
DIGEST = "04342cdc1e3016bcd7db1630de95684d67b79fe3c8c460321e87aef469502394"
#: coordinates are told in so many degrees; a point goes that turns a line by less than an area; an island goes that is
#: smaller than another (square degrees at the equator)
STEP, LINE, ISLAND = 0.02, 0.0008, 0.02
LEFT_OUT = {"Antarctica"}
#: names that have changed since
NAMES = {"Macedonia": "North Macedonia", "eSwatini": "Eswatini", "Faeroe Is.": "Faroe Is."}

Point = tuple[float, float]
Arc = list[Point]


def made(atlas: dict) -> dict:
    """The topology that is shipped, of the one in the package."""
    arcs = [thinned(arc) for arc in decoded(atlas)]
    countries = []
    for found in atlas["objects"]["countries"]["geometries"]:
        name = found["properties"]["name"]
        if name in LEFT_OUT or "arcs" not in found:
            continue
        pieces = found["arcs"] if found["type"] == "MultiPolygon" else [found["arcs"]]
        if pieces := seen(pieces, arcs):
            countries.append((NAMES.get(name, name), pieces))
    countries.sort()
    used = sorted(
        {at if at >= 0 else ~at for _, pieces in countries for piece in pieces for ring in piece for at in ring}
    )
    place = {old: new for new, old in enumerate(used)}
    moved = lambda at: place[at] if at >= 0 else ~place[~at]  # noqa: E731
    return {
        "type": "Topology",
        "source": "Natural Earth 4.1.0, Admin 0 countries, 1:50m, by way of world-atlas 2.0.2; public domain",
        "transform": {"scale": [STEP, STEP], "translate": [0, 0]},
        "objects": {"countries": {"type": "GeometryCollection", "geometries": [
            {"type": "MultiPolygon", "properties": {"name": name},
             "arcs": [[[moved(at) for at in ring] for ring in piece] for piece in pieces]}
            for name, pieces in countries]}},
        "arcs": [deltas(arcs[old]) for old in used],
    }  # fmt: skip


def decoded(atlas: dict) -> list[Arc]:
    """Arcs in steps of STEP degrees (TopoJSON: each point is told as its distance from the one before)."""
    (sx, sy), (tx, ty) = atlas["transform"]["scale"], atlas["transform"]["translate"]
    out = []
    for arc in atlas["arcs"]:
        x = y = 0
        points: Arc = []
        for dx, dy in arc:
            x, y = x + dx, y + dy
            point = (round((x * sx + tx) / STEP), round((y * sy + ty) / STEP))
            if not points or point != points[-1]:
                points.append(point)
        out.append(points if len(points) > 1 else points * 2)
    return out


def thinned(arc: Arc) -> Arc:
    """An arc without the points that make less than LINE of difference; both ends stay, and a ring stays a ring."""
    least = 4 if arc[0] == arc[-1] else 2
    before, after = list(range(-1, len(arc) - 1)), list(range(1, len(arc) + 1))
    there = len(arc)
    heap = [(turn(arc, i - 1, i, i + 1), i) for i in range(1, len(arc) - 1)]
    now = dict((i, area) for area, i in heap)
    heapq.heapify(heap)
    while heap and there > least:
        area, i = heapq.heappop(heap)
        if now.get(i) != area:
            continue
        if area >= LINE:
            break
        del now[i]
        there -= 1
        a, b = before[i], after[i]
        after[a], before[b] = b, a
        for k in (a, b):
            if k in now:
                now[k] = max(area, turn(arc, before[k], k, after[k]))
                heapq.heappush(heap, (now[k], k))
    return [arc[0], *(arc[i] for i in sorted(now)), arc[-1]]


def turn(arc: Arc, *three: int) -> float:
    """Area of the triangle of three points, in square degrees as at the equator."""
    (ax, ay), (bx, by), (cx, cy) = (arc[i] for i in three)
    bx, cx = ax + near(bx - ax), ax + near(cx - ax)
    return abs((bx - ax) * (cy - ay) - (cx - ax) * (by - ay)) / 2 * STEP**2 * cos(radians(by * STEP))


def near(dx: float) -> float:
    """A difference of longitudes the short way round, in steps."""
    round_ = 360 / STEP
    return (dx + round_ / 2) % round_ - round_ / 2


def seen(pieces: list, arcs: list[Arc]) -> list:
    """The polygons of a country that can be seen, the largest always; holes too small go, too."""
    sized = [(size(piece[0], arcs), piece) for piece in pieces]
    least = min(ISLAND, max(area for area, _ in sized))
    return [
        [piece[0], *(hole for hole in piece[1:] if size(hole, arcs) >= ISLAND)]
        for area, piece in sized
        if 0 < area >= least
    ]


def size(ring: list[int], arcs: list[Arc]) -> float:
    """The area within a ring, in square degrees as at the equator."""
    points: Arc = []
    for at in ring:
        arc = arcs[at] if at >= 0 else arcs[~at][::-1]
        points += arc[1:] if points else arc
    x, lon = 0.0, [0.0]
    for (ax, _), (bx, _) in pairwise(points):
        x += near(bx - ax)
        lon.append(x)
    lat = [y for _, y in points]
    whole = sum(lon[i] * lat[i + 1] - lon[i + 1] * lat[i] for i in range(len(lat) - 1)) / 2
    return abs(whole) * STEP**2 * cos(radians(sum(lat) / len(lat) * STEP))


def deltas(arc: Arc) -> list[list[int]]:
    x = y = 0
    out = []
    for px, py in arc:
        out.append([int(px - x), int(py - y)])
        x, y = int(px), int(py)
    return out


def main() -> None:
    with tarfile.open(sys.argv[1]) as package:
        member = package.extractfile("package/countries-50m.json")
        assert member is not None
        data = member.read()
    if (found := sha256(data).hexdigest()) != DIGEST:
        sys.exit(f"these are other shapes than those of world-atlas 2.0.2: {found}")
    text = json.dumps(made(json.loads(data)), ensure_ascii=False, separators=(",", ":")) + "\n"
    TARGET.write_text(text, "utf-8")
    print(f"{TARGET.name}: {len(text.encode()):,} bytes")


if __name__ == "__main__":
    main()
