"""Days of the weighted resample, read from a result folder, few enough to draw: all places together, or city by city."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from obrok.answers.quantiles import column_quantiles
from obrok.case.case import Case
from obrok.outward.serve.desk import Ready
from obrok.problems import Problem, ProblemsFound

#: about so many days are sent to a page: more cannot be told apart in a picture
DRAWN = 120
#: means over posts: all other columns are added up over places
MEANS = ("watch", "belief")


@dataclass(frozen=True)
class Daily:
    """`values[policy][column]`: (worlds, days); each world picked `times` times; `at`: which days; `person_days[policy]`:
    days at posts in the window, of all people together, (worlds,)."""

    times: np.ndarray
    at: np.ndarray
    values: dict[str, dict[str, np.ndarray]]
    person_days: dict[str, np.ndarray]

    def on(self, day: int) -> int:
        """Where a day that is kept stands among the days."""
        return int(np.searchsorted(self.at, day))

    def quantiles(self, values: np.ndarray) -> np.ndarray:
        """5, 50 and 95 % of each column over picked worlds; counts stay whole. Shape (3, columns)."""
        return column_quantiles(values, self.times)


def drawn_days(case: Case, kept: np.ndarray) -> np.ndarray:
    """Of the days kept: the first and the last, those of the window and its eve, those of events, and some between."""
    first, last = case.window
    always = [first - 1, first, last, *(d for e in case.events for d in (e.day - 1, e.day))]
    some = kept[np.unique(np.linspace(0, len(kept) - 1, DRAWN).round().astype(int))]
    return np.unique(np.concatenate([some, np.intersect1d(kept, always)]))


def _files(ready: Ready) -> list[str]:
    files = [str(p) for p in sorted((ready.folder / "series").glob("batch-*.parquet"))]
    if not files:
        mend = f"run the case again, with --force: obrok run {ready.case.id} --force"
        raise ProblemsFound([Problem(f"{ready.folder.name}/series", 0, "the days of this result are gone", mend)])
    return files


def series_of(
    ready: Ready, columns: Sequence[str], at: np.ndarray, policies: Sequence[str]
) -> tuple[np.ndarray, dict[str, dict[str, np.ndarray]]]:
    """How often each world is picked, and `values[policy][city]`, (worlds, days): what these columns add up to on these
    days. Raises ProblemsFound where the days are gone."""
    import duckdb

    files, some = _files(ready), ", ".join(str(int(d)) for d in at)
    with duckdb.connect(config={"threads": 1}) as db:
        db.read_parquet(files).filter("picked > 0").create_view("days")
        rows = db.execute(
            f"""SELECT policy, place, world, picked, {" + ".join(columns)} AS people FROM days
            WHERE day IN ({some}) AND policy IN (SELECT unnest($1)) ORDER BY policy, place, world, day""",
            [list(policies)],
        ).fetchnumpy()
    names, places = sorted(set(policies)), sorted(c.place for c in ready.case.cities)
    shape = (len(names), len(places), -1, len(at))
    people = np.asarray(rows["people"]).reshape(shape).astype(np.int64)
    times = np.asarray(rows["picked"]).reshape(shape)[0, 0, :, 0]
    return times, {p: dict(zip(places, people[k], strict=True)) for k, p in enumerate(names)}


def read(ready: Ready, columns: Sequence[str], within: tuple[int, int] | None = None) -> Daily:
    """These columns of the days that are drawn, out of all or of those `within` two (both included). Raises ProblemsFound
    where the days are gone."""
    import duckdb

    case, files = ready.case, _files(ready)
    added = ", ".join(f"sum({c})::BIGINT AS {c}" for c in columns if c not in MEANS)
    # over places a mean counts each by its posts: by who was there on the first day
    meant = ", ".join(
        f"coalesce(sum({c} * posts) / nullif(sum(posts), 0), avg({c})) AS {c}" for c in columns if c in MEANS
    )
    with duckdb.connect(config={"threads": 1}) as db:
        db.read_parquet(files).filter("picked > 0").create_view("days")
        kept = db.execute("SELECT DISTINCT day FROM days ORDER BY day").fetchnumpy()["day"]
        first, last = within or (0, case.days)
        at = drawn_days(case, kept[(kept >= first) & (kept <= last)])
        some = ", ".join(str(int(d)) for d in at)
        rows = db.execute(
            f"""WITH first AS (SELECT world, place, created AS posts FROM days WHERE day = 0 AND policy = ?)
            SELECT policy, world, any_value(picked) AS picked, {", ".join(filter(None, (added, meant)))}
            FROM days JOIN first USING (world, place) WHERE day IN ({some})
            GROUP BY policy, world, day ORDER BY policy, world, day""",
            [case.factual.id],
        ).fetchnumpy()
        held = db.execute(
            """SELECT policy, world, day, sum(at_post)::BIGINT AS at_post FROM days WHERE day BETWEEN $1 AND $2
            GROUP BY policy, world, day ORDER BY policy, world, day""",
            list(case.window),
        ).fetchnumpy()
    policies = sorted({str(p) for p in rows["policy"]})
    shape = (len(policies), -1, len(at))
    by_column = {c: np.asarray(rows[c]).reshape(shape) for c in columns}
    values = {p: {c: x[k] for c, x in by_column.items()} for k, p in enumerate(policies)}
    times = np.asarray(rows["picked"]).reshape(shape)[0, :, 0]
    days = np.unique(held["day"])
    # a record stands for the days up to the next one
    spans = np.diff(np.append(days, case.window[1] + 1))
    months = np.asarray(held["at_post"]).reshape(len(policies), len(times), len(days)) @ spans
    return Daily(times, at, values, dict(zip(policies, months, strict=True)))
