"""The dashboard's map: figures by city are those of the days on disk, the world's shapes do not smear at 180°, of a live case no
city is told, and the page can be used by everybody."""

from __future__ import annotations

import asyncio
import dataclasses
import importlib.util
import json
import re
import shutil
import socket
import tempfile
import threading
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from obrok.case.reading import City, Place
from obrok.engine.tables import SERIES
from obrok.outward.serve import days, places
from obrok.outward.serve.desk import Ready
from obrok.worlds import store
from tests.conftest import ROOT

STATIC = ROOT / "src" / "obrok" / "outward" / "serve" / "static"
SHAPES = STATIC / "vendor" / "world.json"
TOOL = ROOT / "tools" / "map_shapes.py"
TOKEN = "not-a-real-token-1234567890abcdef"
PATIENCE = 30_000
#: on both sides of 180°; one without coordinates; the regions of the last four are the widest places
PLACES = {
    place.id: place
    for place in (
        Place("russia", None, None, None),
        Place("chita", "russia", 52.03, 113.50),
        Place("chukotka", None, 67.3, 170.8),
        Place("kamchatka", None, None, None),
        Place("anadyr", "chukotka", 64.73, 177.51),
        Place("provideniya", "chukotka", 64.42, -173.23),
        Place("petropavlovsk", "kamchatka", 53.02, 158.65),
        Place("the-coast", "kamchatka", None, None),
    )
}
#: city → its people, as a part of those of the run
CITIES = {"chita": 1, "anadyr": 0.24, "provideniya": 0.1, "petropavlovsk": 0.4, "the-coast": 0.16}


# --- a finished run with five cities ---------------------------------------------------------------------------------
@pytest.fixture(scope="module")
def ready(small_run, tmp_path_factory):
    """The days of the small run, city by city: each has its part of the people, and its own luck: that of another world."""
    rows = store.read_tables(sorted((small_run.folder / "series").glob("batch-*.parquet")))
    order = np.lexsort((rows["day"], rows["world"], rows["policy"]))
    rows = {name: x[order] for name, x in rows.items()}
    worlds, policies = len(np.unique(rows["world"])), len(np.unique(rows["policy"]))
    cities = []
    for i, (city, part) in enumerate(CITIES.items()):
        here = dict(rows) | {"place": np.full(len(order), city)}
        for name in SERIES:
            other = np.roll(rows[name].reshape(policies, worlds, -1), 7 * i, axis=1)
            here[name] = np.floor(other.reshape(-1) * part).astype(np.int64)
        cities.append(here)
    folder = tmp_path_factory.mktemp("map")
    both = {name: np.concatenate([c[name] for c in cities]) for name in rows}
    store.write_table(folder / "series" / "batch-00000.parquet", both)
    places_ = tuple(City(city, ()) for city in CITIES)
    case = dataclasses.replace(small_run.case, title="People on two coasts", places=PLACES, cities=places_)
    return Ready(case, dataclasses.replace(small_run, folder=folder))


def otherwise(ready, **changes) -> Ready:
    """The same days of a case that is changed, in a folder of their own: what was told of the one is not told of the other."""
    folder = Path(tempfile.mkdtemp(dir=ready.folder.parent))
    shutil.copytree(ready.folder / "series", folder / "series")
    return Ready(dataclasses.replace(ready.case, **changes), dataclasses.replace(ready.result, folder=folder))


@pytest.fixture(scope="module")
def live(ready):
    return otherwise(ready, live=True)


@pytest.fixture(scope="module")
def rows(ready):
    """The days as they lie on disk: (policy, city) → column → (worlds, days), in order of both."""
    found = store.read_tables(sorted((ready.folder / "series").glob("batch-*.parquet")))
    order = np.lexsort((found["day"], found["world"], found["place"], found["policy"]))
    days_kept, out = len(np.unique(found["day"])), {}
    for some in np.split(order, len(ready.policies) * len(CITIES)):
        columns = {n: x[some].reshape(-1, days_kept) for n, x in found.items() if n != "date"}
        out[str(found["policy"][some[0]]), str(found["place"][some[0]])] = columns
    return out


def by_world(rows, cities, policy: str, columns, day: int) -> np.ndarray:
    """People of one day in some cities, a value a world and each as often as it is picked."""
    out = 0
    for city in cities:
        here = rows[policy, city]
        (k,) = np.flatnonzero(here["day"][0] == day)
        out = out + np.repeat(sum(here[c][:, k] for c in columns), here["picked"][:, k])
    return out


def plain(values: np.ndarray) -> list:
    return np.percentile(values, [5, 50, 95], method="inverted_cdf").tolist()


def column(told: dict, place: str, k: int) -> list:
    return [row[k] for row in told["places"][place]]


def test_figures_are_weighted_quantiles_of_the_days_on_disk(ready, rows):
    told = places.view(ready)
    assert [p["id"] for p in told["places"]] == list(CITIES)
    for k in (20, len(told["at"]) - 2):
        day = told["at"][k]
        for measure in days.PEOPLE:
            if measure not in [m["id"] for m in told["measures"]]:
                continue
            found = places.figures(ready, "conduct-as-before", None, measure)
            for city in CITIES:
                expected = plain(by_world(rows, [city], "conduct-as-before", [measure], day))
                assert column(found, city, k) == expected, (measure, city, day)
    assert max(places.figures(ready, "as-reported", None, "at_post")["places"]["chita"][1]) > 20


def test_what_flowed_counts_from_the_window_on_and_differences_by_world(ready, rows):
    told, (first, last) = places.view(ready), ready.case.window
    pair, parts = ("as-reported", "conduct-as-before"), days.FLOWS["left"][0]
    assert "|".join(pair) in told["pairs"]
    k = told["at"].index(last)
    left = {
        p: {c: by_world(rows, [c], p, parts, last) - by_world(rows, [c], p, parts, first - 1) for c in CITIES}
        for p in pair
    }
    one, gap = places.figures(ready, pair[0], None, "flow_left"), places.figures(ready, *pair, "flow_left")
    for c in CITIES:
        assert column(one, c, k) == plain(left[pair[0]][c])
        assert column(gap, c, k) == plain(left[pair[0]][c] - left[pair[1]][c])
        assert column(one, c, told["at"].index(first - 1)) == [None] * 3
        assert None not in column(one, c, told["at"].index(first))
    assert any(any(column(gap, c, k)) for c in CITIES)


def test_days_that_matter_are_among_those_told(ready):
    told, case = places.view(ready), ready.case
    assert {0, case.days - 1, *case.window, *(e.day for e in case.events)} <= set(told["at"])
    assert max(b - a for a, b in pairwise(told["at"])) <= 7  # a case of two years moves week by week
    assert all(len(row) == len(told["at"]) for row in places.figures(ready, "as-reported", None, "at_post")["together"])


def test_all_together_and_a_case_of_one_city_say_what_the_page_on_time_says(ready, small_run):
    over_time = days.view(ready)
    assert (
        places.figures(ready, "as-reported", None, "flow_left")["together"]
        == over_time["series"]["as-reported"]["flow_left"]
    )
    one = Ready(small_run.case, small_run)
    found = places.figures(one, "as-reported", None, "flow_left")["places"]
    assert found == {"chita": days.view(one)["series"]["as-reported"]["flow_left"]}


def test_an_answer_is_made_once_and_few_are_kept(ready, monkeypatch):
    told = places.view(ready)
    first = places.figures(ready, "as-reported", None, "at_post")
    assert places.figures(ready, "as-reported", None, "at_post") is first
    monkeypatch.setattr(places, "MOST_KEPT", 4)
    for measure in told["measures"]:
        places.figures(ready, "as-reported", None, measure["id"])
    assert len(places._made) == 4


@pytest.mark.parametrize("asked", [("nobody", None, "at_post"), ("as-reported", "nobody", "at_post"), ("as-reported", None, "watch"),
                                   ("as-reported", None, "picked"), ("as-reported", "as-reported", "at_post")])  # fmt: skip
def test_what_the_result_does_not_have_is_missed(ready, asked):
    with pytest.raises(KeyError):
        places.figures(ready, *asked)


# --- a live case -----------------------------------------------------------------------------------------------------
def everything(ready) -> str:
    """All that the server says of the map."""
    told = places.view(ready)
    pairs = [(p["id"], None) for p in told["policies"]] + [tuple(x.split("|")) for x in told["pairs"]]
    return json.dumps(
        [told, *(places._figures(ready, *pair, m["id"]) for pair in pairs[:5:2] for m in told["measures"][::4])]
    )


def test_of_a_live_case_no_city_and_no_coordinates_of_one_are_told(live, ready):
    told = everything(live)
    for city in CITIES:
        assert city not in told.lower() and city.replace("-", " ") not in told.lower()
    for place in ready.case.places.values():
        for degrees in (place.lat, place.lon):
            assert degrees is None or not re.search(rf"[\s\[]{re.escape(str(degrees))}[,\s\]}}]", told)
    regions = {p["id"]: p for p in places.view(live)["places"]}
    assert list(regions) == ["russia", "chukotka", "kamchatka"]
    assert (regions["chukotka"]["lat"], regions["chukotka"]["lon"]) == (67.0, 171.0)  # its own, in whole degrees
    assert regions["kamchatka"]["lat"] is None and regions["russia"]["lon"] is None  # never found from its cities
    assert "64.73" in everything(ready)


def test_of_a_live_case_figures_are_of_whole_regions_and_small_ones_are_hidden(live, rows):
    told, hidden = places.view(live), 0
    for measure in ("at_post", "nearby"):
        found = places._figures(live, "as-reported", None, measure)
        assert found["together"] is None
        for k in range(5, len(told["at"]), 9):
            expected = plain(by_world(rows, ["anadyr", "provideniya"], "as-reported", [measure], told["at"][k]))
            assert column(found, "chukotka", k) == [None if v < 5 else v for v in expected]
            hidden += sum(0 < v < 5 for v in expected)
    assert hidden
    gap = places._figures(live, "as-reported", "conduct-as-before", "nearby")
    assert all(v is None or v == 0 or abs(v) >= 5 for rows in gap["places"].values() for row in rows for v in row)


def changed(live, **more) -> Ready:
    return otherwise(live, places={**live.case.places, **more})


def test_a_region_that_would_give_its_city_away_is_not_drawn(live):
    near = changed(live, kamchatka=Place("kamchatka", None, 53.2, 158.9))
    assert [p["lat"] for p in places.view(near)["places"]] == [None, 67.0, None]
    alone = changed(live, chita=Place("chita", None, 52.03, 113.5))  # a city in no region
    assert places.view(alone)["places"][0] == {
        "id": "?",
        "name": "Region not named",
        "within": "",
        "lat": None,
        "lon": None,
    }
    assert "chita" not in everything(alone).lower()
    posts_in_it = changed(live, chukotka=Place("chukotka", "russia", 67.3, 170.8))
    assert [p["id"] for p in places.view(posts_in_it)["places"]] == ["russia", "kamchatka"]  # the widest alone


# --- the shapes ------------------------------------------------------------------------------------------------------
@pytest.fixture(scope="module")
def countries():
    """Name → polygons, each a list of rings of (lon, lat)."""
    told = json.loads(SHAPES.read_text("utf-8"))
    step, arcs = told["transform"]["scale"], []
    for arc in told["arcs"]:
        arcs.append((np.cumsum(arc, axis=0) * step).tolist())
    used = set()

    def ring(parts):
        out = []
        for at in parts:
            used.add(at if at >= 0 else ~at)
            line = arcs[at] if at >= 0 else arcs[~at][::-1]
            assert not out or out[-1] == line[0]
            out += line[1:] if out else line
        assert out[0] == out[-1] and len(out) >= 4
        return out

    found = {
        g["properties"]["name"]: [[ring(r) for r in piece] for piece in g["arcs"]]
        for g in told["objects"]["countries"]["geometries"]
    }
    assert used == set(range(len(arcs)))
    return found


def drawn_with(countries, lon: float, lat: float) -> list[str]:
    """Countries in which a point lies, by the even-odd rule."""

    def inside(ring) -> bool:
        at = np.array(ring)
        x = np.cumsum([(at[0, 0] - lon + 180) % 360 - 180, *((np.diff(at[:, 0]) + 180) % 360 - 180)])
        y = at[:, 1] - lat
        crosses = (y[:-1] > 0) != (y[1:] > 0)
        with np.errstate(divide="ignore", invalid="ignore"):
            meets = x[:-1] - y[:-1] * (x[1:] - x[:-1]) / (y[1:] - y[:-1])
        return int((crosses & (meets > 0)).sum()) % 2 == 1

    return [
        name for name, pieces in countries.items() if any(inside(p[0]) and not any(map(inside, p[1:])) for p in pieces)
    ]


def test_the_shapes_are_small_whole_and_of_everybody(countries):
    assert SHAPES.stat().st_size < 500_000
    assert "Antarctica" not in countries and len(countries) > 230
    assert {"Singapore", "Malta", "Qatar", "North Korea", "South Korea", "Kazakhstan", "Bahrain"} <= set(countries)
    lons = np.array([p for pieces in countries.values() for piece in pieces for r in piece for p in r])
    assert np.abs(lons[:, 0]).max() <= 180 and lons[:, 1].min() > -60


def test_russia_is_one_piece_across_180(countries):
    main = max(countries["Russia"], key=lambda piece: len(piece[0]))[0]
    lon = np.array(main)[:, 0]
    assert lon.min() < -169.5 and ((lon > 27) & (lon < 60)).any()
    steps = (np.diff(lon) + 180) % 360 - 180
    assert np.abs(steps).max() < 5 and (np.abs(np.diff(lon)) > 300).sum() == 2  # across and back, not along 180°


def test_whose_lines_is_true_of_the_shapes(countries):
    """What the page says of disputed places is what is drawn."""
    said = (STATIC / "map.js").read_text("utf-8")
    for words, lon, lat, name in (
        ("Crimea", 34.1, 45.2, "Russia"), ("southern Kurils", 147.9, 45.0, "Russia"), ("Golan", 35.75, 33.0, "Israel"),
        ("Kosovo", 21.0, 42.6, "Kosovo"), ("Taiwan", 121.0, 24.0, "Taiwan"), ("Western Sahara", -12.5, 26.0, "Morocco"),
        ("Somaliland", 44.5, 9.6, "Somaliland"), ("Northern Cyprus", 33.4, 35.3, "N. Cyprus"),
        ("Abkhazia", 41.0, 43.0, "Georgia"), ("South Ossetia", 43.97, 42.25, "Georgia"),
    ):  # fmt: skip
        assert words in said and drawn_with(countries, lon, lat) == [name], words
    assert drawn_with(countries, -172, 66) == drawn_with(countries, 113.5, 52.03) == ["Russia"]
    assert "public domain" in said and "world.json" in (STATIC / "vendor" / "LICENSES.txt").read_text("utf-8")


@pytest.mark.skipif(not TOOL.exists(), reason="the tool is not in a source distribution")
def test_neighbours_still_fit_and_islands_go_where_the_shapes_are_made():
    spec = importlib.util.spec_from_file_location("map_shapes", TOOL)
    tool = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(tool)
    # two squares with a border that wriggles by next to nothing, on both sides of 180°; an island a hundredth of a degree wide
    border = [[17900, 0], [0, 500], [1, 500], [-1, 500], [0, 500]]
    east = [[17900, 2000], [200, 0], [0, -2000], [-200, 0]]
    west = [[17900, 0], [-2000, 0], [0, 2000], [2000, 0]]
    island = [[1000, 1000], [1, 0], [0, 1], [-1, 0], [0, -1]]
    shapes = [
        ("Macedonia", "Polygon", [[0, 1]]),
        ("West", "MultiPolygon", [[[~0, 2]], [[3]]]),
        ("Antarctica", "Polygon", [[3]]),
    ]
    atlas = {
        "transform": {"scale": [0.01, 0.01], "translate": [0, 0]}, "arcs": [border, east, west, island],
        "objects": {"countries": {"geometries": [{"type": t, "arcs": a, "properties": {"name": n}} for n, t, a in shapes]}},
    }  # fmt: skip
    made = tool.made(atlas)
    assert made == tool.made(atlas)
    found = made["objects"]["countries"]["geometries"]
    assert [(g["properties"]["name"], g["arcs"]) for g in found] == [
        ("North Macedonia", [[[0, 1]]]),
        ("West", [[[~0, 2]]]),
    ]
    assert made["arcs"][0] == [[8950, 0], [0, 1000]]  # in fiftieths of a degree, straight


# --- over the wire ---------------------------------------------------------------------------------------------------
class Fixed:
    """A desk with one finished result, whatever the files say."""

    def __init__(self, ready):
        from obrok.outward.options import Options
        from obrok.outward.serve.desk import Desk

        self.desk = Desk(ready.case, Options(480, 3), ready.folder)
        self.desk._ready = ready
        self.desk._case = ready.case
        self.desk.ready_or_none = lambda: ready

    def guard(self, hosts):
        from obrok.outward.serve.app import make_app
        from obrok.outward.serve.guard import Guard

        return Guard(make_app(self.desk), TOKEN, hosts)


def test_what_is_not_there_is_refused_in_words(ready):
    from tests.test_dashboard_server import answered, request

    guard = Fixed(ready).guard(["127.0.0.1:8765"])

    def ask(path, query=""):
        return asyncio.run(answered(guard, request(f"/{TOKEN}/{path}") | {"query_string": query.encode()}))

    assert ask("api/map").json() == json.loads(json.dumps(places.view(ready)))
    found = ask("api/map/figures", "policy=as-reported&measure=at_post")
    assert found.status == 200 and len(found.body) < 60_000 and set(found.json()["places"]) == set(CITIES)
    for query in (
        "",
        "policy=as-reported",
        "measure=at_post",
        "policy=as-reported&measure=%00",
        "policy=a&versus=b&measure=at_post",
    ):
        told = ask("api/map/figures", query)
        assert told.status == 404 and "no such policy" in told.json()["error"]


# --- in a browser ----------------------------------------------------------------------------------------------------
@pytest.fixture(scope="module")
def browser():
    api = pytest.importorskip("playwright.sync_api", reason="the browser tests need playwright")
    from tests.test_dashboard_browser import BROWSER, os

    if BROWSER is None:
        pytest.skip("no Chromium on this machine (OBROK_BROWSER names one)")
    with api.sync_playwright() as p:
        nowhere = "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"
        launched = p.chromium.launch(executable_path=BROWSER, args=[nowhere, *["--no-sandbox"] * (os.geteuid() == 0)])
        yield launched
        launched.close()


def listening(ready):
    """A server in a thread, for as long as it is wanted."""
    import uvicorn

    sock = socket.socket()
    sock.bind(("127.0.0.1", 0))
    host = f"127.0.0.1:{sock.getsockname()[1]}"
    config = uvicorn.Config(Fixed(ready).guard([host]), lifespan="off", log_config=None, log_level="error", ws="none")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [sock]})
    thread.start()
    yield SimpleNamespace(address=f"http://{host}/{TOKEN}/")
    server.should_exit = True
    thread.join(10)


@pytest.fixture(scope="module")
def served(ready):
    yield from listening(ready)


@pytest.fixture(scope="module")
def served_live(live):
    yield from listening(live)


@pytest.fixture
def opened(browser, request):
    """Opens an address in a window that refuses what goes beyond the machine; no error may be left at the end."""
    from tests.test_dashboard_browser import Window

    windows = []

    def at(server, address="map", **more):
        window = Window(browser, server, **more)
        windows.append(window)
        page = window.page
        page.set_default_timeout(PATIENCE)
        page.goto(f"{server.address}#{address}")
        page.locator(".view.map table tbody tr").first.wait_for()
        page.locator("svg.map .spot, .drawn .card").first.wait_for(state="attached")
        return page

    yield at
    for window in windows:
        window.close()


def table(page) -> dict[str, list[str]]:
    return {
        row[0].split("\n")[0]: row[1:]
        for row in (r.locator("th, td").all_inner_texts() for r in page.locator(".of-the-day tbody tr").all())
    }


#: the longest step of any line drawn, as a part of the picture's width; curves have none, as d3 draws lines
LONGEST = """() => Math.max(...[...document.querySelectorAll('svg.map path')].flatMap((path) => {
  const out = []; let at = null;
  for (const [, kind, x, y] of path.getAttribute('d').matchAll(/([ML])(-?[\\d.e-]+),(-?[\\d.e-]+)/g)) {
    const now = [Number(x), Number(y)];
    if (kind === 'L' && path.classList[0] !== 'sea') {
      const edge = (p) => [[0, 'w'], [1, 'h']].some(([i, s]) => p[i] < 0 || p[i] > (s === 'w' ? WIDTH : HEIGHT));
      if (!(edge(at) && edge(now))) out.push(Math.hypot(now[0] - at[0], now[1] - at[1]));
    }
    at = now;
  }
  return out;
})) / WIDTH"""


def longest(page) -> float:
    box = page.locator("svg.map").bounding_box()
    code = LONGEST.replace("WIDTH", str(round(box["width"]))).replace("HEIGHT", str(round(box["height"])))
    return page.evaluate(code)


def pin(page, place: str) -> float:
    return float(page.locator(f"svg.map .pin[data-place='{place}']").get_attribute("cx"))


@pytest.mark.slow
def test_drawn_whole_across_180_at_every_zoom(opened, served):
    for zoom in (-4, -1, 0, 2):
        page = opened(served, f"map?zoom={zoom}&place=provideniya")
        assert 0 < longest(page) < (0.12 if zoom <= 0 else 0.4), zoom  # a straight border may be long
        assert page.locator("svg.map path.land").get_attribute("d").count("L") > 500
        if zoom <= 0:
            lie = [pin(page, p) for p in ("chita", "petropavlovsk", "anadyr", "provideniya")]
            assert lie == sorted(lie) and lie[-1] - lie[0] > 50  # Chukotka lies right of Kamchatka, in one piece
    page.get_by_role("button", name="Farther").click()
    assert "zoom=1" in page.url
    page.get_by_role("button", name="The whole of the case").click()
    assert "zoom" not in page.url and pin(page, "provideniya") > pin(page, "chita")


@pytest.mark.slow
def test_table_and_circles_tell_the_figures_of_the_day(opened, served, ready):
    k = 60
    told, found = places.view(ready), places.figures(ready, "as-reported", None, "at_post")
    page = opened(served, f"map?measure=at_post&day={told['dates'][k]}")
    shown = table(page)
    for name, id in (("Chita", "chita"), ("Anadyr", "anadyr"), ("The Coast", "the-coast")):
        low, middle, high = column(found, id, k)
        assert shown[name] == [f"{middle:.0f}", f"{low:.0f} to {high:.0f}"], name
    assert "not on the map" in page.locator(".of-the-day").inner_text() and "All together" in shown
    assert page.locator("svg.map [data-place='the-coast']").count() == 0
    discs = page.locator("svg.map .spot[data-place='chita']")
    values = {
        kind: float(discs.locator(f".{kind}").get_attribute("data-value")) for kind in ("core", "middle-disc", "ring")
    }
    assert list(values.values()) == column(found, "chita", k)
    radii = [float(discs.locator(f".{kind}").get_attribute("r")) for kind in values]
    assert (radii[2] / radii[1]) ** 2 == pytest.approx(values["ring"] / values["middle-disc"], rel=1e-3)  # by area
    page.get_by_role("button", name="Petropavlovsk").click()
    page.get_by_role("heading", name=re.compile("^Petropavlovsk, day by day")).wait_for()
    assert "place=petropavlovsk" in page.url


def expect(what):
    from playwright.sync_api import expect as expected

    return expected(what)


@pytest.mark.slow
def test_moved_by_keyboard_and_brought_back_by_its_address(opened, served, ready):
    dates = places.view(ready)["dates"]
    page = opened(served)
    assert "Have left their posts" in page.locator(".drawn h2").inner_text()
    page.get_by_label("What is counted").select_option("nearby")
    page.get_by_label("Compared with").select_option("conduct-as-before")
    page.locator(".drawn h2", has_text="more or fewer than").wait_for()
    slider = page.get_by_label("Day", exact=True)
    before = table(page)
    slider.focus()
    for _ in range(30):
        page.keyboard.press("ArrowLeft")
    expect(page).to_have_url(re.compile("day="))
    assert table(page) != before
    date = page.get_by_label("Day, as a date").input_value()
    assert date in dates and f"day={date}" in page.url
    shown, title = table(page), page.locator(".drawn h2").inner_text()
    again = opened(served, page.url.split("#")[1])
    assert table(again) == shown and again.locator(".drawn h2").inner_text() == title
    again.get_by_role("button", name=re.compile("^Visit")).press("Enter")
    expect(again).to_have_url(re.compile("day=2015-05-09"))
    again.get_by_role("button", name="Anadyr", exact=True).press("Enter")
    expect(again.get_by_role("heading", name=re.compile("^Anadyr, day by day"))).to_be_visible()
    expect(
        again.get_by_role("button", name="Anadyr", exact=True)
    ).to_be_focused()  # the row that is chosen stays in hand


@pytest.mark.slow
def test_play_runs_to_the_end_and_stops(opened, served, ready):
    dates = places.view(ready)["dates"]
    page = opened(served, f"map?measure=at_post&day={dates[-6]}")
    play = page.locator("button.play")
    play.press("Enter")
    assert play.inner_text() == "Pause"
    expect(page).to_have_url(re.compile(f"day={dates[-1]}"), timeout=PATIENCE)
    assert play.inner_text() == "Play" and page.get_by_label("Day, as a date").input_value() == dates[-1]
    play.press("Enter")  # at the end it begins anew
    expect(page.get_by_label("Day, as a date")).to_have_value(re.compile("^2014"))
    play.press("Enter")
    stopped = page.get_by_label("Day, as a date").input_value()
    page.wait_for_timeout(500)
    assert page.get_by_label("Day, as a date").input_value() == stopped
    calm = opened(served, f"map?day={dates[0]}")
    calm.emulate_media(reduced_motion="reduce")
    calm.locator("button.play").press("Enter")
    calm.wait_for_timeout(1000)
    assert calm.get_by_label("Day, as a date").input_value() == dates[0]  # a few days, each for long
    expect(calm.get_by_label("Day, as a date")).not_to_have_value(dates[0])
    calm.goto(f"{served.address}#time")
    calm.locator(".view.time h1").wait_for()
    calm.wait_for_timeout(2000)
    assert calm.url.endswith("#time")  # a view that is left does nothing more


@pytest.mark.slow
def test_taken_away_it_says_what_it_is(opened, served):
    page = opened(served, "map?measure=at_post&day=2015-05-09")

    def taken(button) -> bytes:
        with page.expect_download() as download:
            button.click()
        return download.value.path().read_bytes()

    svg = taken(page.locator(".drawn .takes").get_by_text("SVG", exact=True)).decode()
    for words in ("People on two coasts", "by city, 9 May 2015", "At their posts", "nine of ten", "Model estimate, not a count",
                  "Natural Earth", "public domain", "held in fact"):  # fmt: skip
        assert words in re.sub(r"</text><text[^>]*>", " ", svg), words
    assert "var(--" not in svg and "color-mix" not in svg and "Chita" in svg
    png = taken(page.locator(".drawn .takes").get_by_text("PNG", exact=True))
    assert png.startswith(b"\x89PNG")
    lines = taken(page.locator(".of-the-day .takes button")).decode("utf-8-sig").splitlines()
    assert lines[0] == "city,middle,range,low,high,date,measure,policy,versus" and len(lines) == 7
    assert lines[1].startswith("chita,") and lines[1].endswith(",2015-05-09,at_post,as-reported,")


@pytest.mark.slow
def test_of_a_live_case_the_page_shows_regions_alone(opened, served_live):
    page = opened(served_live, "map?measure=at_post&place=chita&zoom=3")
    shown = page.locator("main").inner_html().lower()
    for city in CITIES:
        assert city not in shown and city.replace("-", " ") not in shown
    assert page.locator("svg.map .spot").count() == 1 and page.locator("svg.map .pin").count() == 0
    assert (
        "somewhere in it" in page.locator("svg.map").inner_html()
        and "Counts of 1 to 4" in page.locator("main").inner_text()
    )
    assert list(table(page)) == ["Russia", "Chukotka", "Kamchatka"]


@pytest.mark.slow
def test_without_coordinates_a_table_and_what_to_do(opened, ready):
    bare = {id: dataclasses.replace(p, lat=None, lon=None) for id, p in ready.case.places.items()}
    for served in listening(otherwise(ready, places=bare)):
        page = opened(served)
        assert (
            "lat" in page.locator(".drawn .card").inner_text()
            and "case.yaml" in page.locator(".drawn .card").inner_text()
        )
        assert len(table(page)) == 6 and page.locator("svg.map").count() == 0


@pytest.mark.slow
@pytest.mark.parametrize(("width", "dark"), [(1280, False), (390, True)])
def test_readable_by_everybody(opened, served, served_live, width, dark):
    axe = (ROOT / "tests" / "vendor" / "axe.min.js").read_text("utf-8")
    for server, address in (
        (served, "map?policy=as-reported&versus=without-visit&measure=nearby"),
        (served_live, "map"),
    ):
        page = opened(server, address, width=width, dark=dark)
        page.wait_for_timeout(300)
        page.evaluate(axe)
        found = page.evaluate("axe.run()")
        assert [(v["id"], v["nodes"][0]["html"][:200]) for v in found["violations"]] == []
        assert len(found["passes"]) > 10
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert page.locator("main h1").count() == 1


@pytest.mark.slow
def test_no_name_lies_over_another(opened, served):
    """Names of places and their figures, and the names of countries around them."""
    for width, zoom in ((1280, 0), (390, 0), (1280, 3), (390, -4)):
        page = opened(served, f"map?measure=at_post&zoom={zoom}", width=width)
        boxes = page.evaluate("""() => [...document.querySelectorAll('svg.map > g > text')].map((t) => {
          const b = t.getBBox(); return [t.textContent, t.getAttribute('class'), b.x, b.y + 2, b.x + b.width, b.y + b.height - 2]; })""")
        assert len(boxes) >= 6
        for i, (a, kind_a, *p) in enumerate(boxes):
            for b, kind_b, *q in boxes[i + 1 :]:
                assert p[0] >= q[2] or q[0] >= p[2] or p[1] >= q[3] or q[1] >= p[3], (a, kind_a, b, kind_b, width, zoom)
