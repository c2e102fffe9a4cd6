"""People by city and day: what the map draws. Of a live case regions take the place of cities, and no city is told."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from obrok.answers.asked import place_name
from obrok.answers.quantiles import column_quantiles
from obrok.case.case import Case, Place
from obrok.case.reading import around
from obrok.outward.serve import days
from obrok.outward.serve.daily import series_of
from obrok.outward.serve.desk import Ready

#: what a page has asked for, kept while the result is the same: so many answers
MOST_KEPT = 40
#: a region's own spot that lies so near one of its cities (degrees) would give the city away
NEAR = 0.5
#: a live case's cities around which no region is named
UNNAMED = "?"

_made: dict[tuple, dict] = {}
_making = threading.Lock()


@dataclass(frozen=True)
class Spot:
    """What has a figure of its own: a city or, of a live case, all cities of a region. `cities`: their ids; degrees are None
    where it has no place on the map."""

    id: str
    name: str
    within: str
    lat: float | None
    lon: float | None
    cities: tuple[str, ...]

    def told(self) -> dict:
        return {k: v for k, v in self.__dict__.items() if k != "cities"}


def spots(case: Case) -> list[Spot]:
    """The cities of a case, in its order; the regions of a live one."""
    if case.live:
        return _regions(case)
    out = []
    for city in case.cities:
        place, wider = case.places[city.place], around(city.place, case.places)
        within = place_name(case, wider[0]) if wider else ""
        out.append(Spot(place.id, place_name(case, place.id), within, place.lat, place.lon, (place.id,)))
    return out


def _regions(case: Case) -> list[Spot]:
    """Cities by their widest region. Its spot is its own, never found from its cities, and told in whole degrees."""
    parts: dict[str, list[str]] = {}
    for city in case.cities:
        wider = around(city.place, case.places)
        is_region = any(p.within == city.place for p in case.places.values())
        parts.setdefault(wider[-1] if wider else city.place if is_region else UNNAMED, []).append(city.place)
    out = []
    for region, cities in parts.items():
        if region == UNNAMED:
            out.append(Spot(UNNAMED, "Region not named", "", None, None, tuple(cities)))
            continue
        lat, lon = _whole_degrees(case, case.places[region], cities)
        out.append(Spot(region, place_name(case, region), "", lat, lon, tuple(cities)))
    return out


def _whole_degrees(case: Case, region: Place, cities: Sequence[str]) -> tuple[float | None, float | None]:
    inside = [p for p in case.places.values() if p.id != region.id and region.id in around(p.id, case.places)]
    if region.lat is None or region.lon is None or region.id in cities:
        return None, None
    for p in inside:
        if p.lat is not None and p.lon is not None and max(abs(p.lat - region.lat), abs(p.lon - region.lon)) < NEAR:
            return None, None
    return float(round(region.lat)), float(round(region.lon))


def view(ready: Ready) -> dict:
    """Where there are figures of their own, what is counted, under which policies, on which days: days, policies and
    measures as the page on time has them (`days.view`)."""
    told = days.view(ready)
    shared = ("period", "fitting", "live", "policies", "at", "dates", "window", "versions")
    return {name: told[name] for name in shared} | {
        "measures": [m for m in told["measures"] if m["kind"] != "mood"],
        "pairs": list(told["differences"]),
        "places": [spot.told() for spot in spots(ready.case)],
    }


def figures(ready: Ready, policy: str, versus: str | None, measure: str) -> dict:
    """`places[id]`: three rows, 5, 50 and 95 % by day, as in `days.view`; with `versus`, of the difference world by world.
    `together`: the same of all places (None: of a live case, where it would tell what is hidden). Raises KeyError where
    the result has no such policy, pair or measure."""
    key = (str(ready.folder), ready.result.record["answers_sha256"], policy, versus, measure)
    with _making:
        if key not in _made:
            made = _figures(ready, policy, versus, measure)
            for old in [k for k in _made if k[:2] != key[:2]] or list(_made)[: max(0, len(_made) - MOST_KEPT + 1)]:
                del _made[old]
            _made[key] = made
        return _made[key]


def _figures(ready: Ready, policy: str, versus: str | None, measure: str) -> dict:
    case, told, where = ready.case, days.view(ready), spots(ready.case)
    kinds = {m["id"]: m["kind"] for m in told["measures"] if m["kind"] != "mood"}
    kind = kinds[measure]
    together = told["differences"][f"{policy}|{versus}"] if versus else told["series"][policy]
    if len(where) == 1 and not case.live:  # what is told of all versions elsewhere is told here
        return {"places": {where[0].id: together[measure]}, "together": together[measure]}
    columns = days.FLOWS[measure.removeprefix("flow_")][0] if kind == "flow" else (measure,)
    at, (first, _) = np.array(told["at"]), case.window
    # what flowed counts from the window on; where that begins on the first day, from nothing
    eve = int(np.searchsorted(at, first - 1)) if kind == "flow" and first else None
    times, values = series_of(ready, columns, at, [policy, versus] if versus else [policy])
    out = {}
    for spot in where:
        x = np.sum([values[policy][c] - (values[versus][c] if versus else 0) for c in spot.cities], axis=0)
        x = x if eve is None else x - x[:, [eve]]
        start = int(np.searchsorted(at, first)) if kind == "flow" else 0
        out[spot.id] = days.as_told(column_quantiles(x, times), case, versus is not None, start)
    return {"places": out, "together": None if case.live else together[measure]}
