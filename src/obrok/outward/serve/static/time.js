// People over time: by status, by what has happened so far, by mood; one policy, or two and their paired difference.
import { get } from "./api.js";
import { day, el, MEANINGS, term, upper } from "./dom.js";
import { quotes } from "./copy.js";
import { folds } from "./folds.js";
import { picture, table } from "./out.js";
import { keepSoon } from "./state.js";
import { between, choose, dayBar, difference, eventsOf, figure, panels, span } from "./days.js";


export async function show(root, parts, _, given) {
  const told = await get("api/days");
  const { dates, measures, series, differences } = told, [first, last] = told.window;
  const kind = (m) => (m.kind === "mood" ? "share" : "people");
  const of = (...kinds) => measures.filter((m) => kinds.includes(m.kind));
  let waiting = 0, resting = 0;
  let chosen = dates.includes(given.get("day")) ? dates.indexOf(given.get("day")) : last;

  const pairs = el("div"), figures = el("div");
  const { box, state } = choose({ view: "time", parts, policies: told.policies, pairs: differences, label: "Lay over it", changed: () => { compare(); redraw(); } });
  const { bar, to } = dayBar({ dates, start: chosen, changed: (at) => { chosen = at; keepSoon({ day: at === last ? null : dates[at] }); redraw(); } });

  const band = `Bands: ${told.fitting}, each day by itself. Lines: the middle version.`;
  const windowName = `the days that the answers are about, ${day(dates[first])} to ${day(dates[last])}`;
  const labels = () => [state.a, state.b].filter(Boolean).map((p) => ({ label: upper(p.name), short: p.name }));
  const rows = (p, m) => p && series[p.id][m.id];

  /** `from`: the first day drawn. */
  function drawn(which, from) {
    const part = (p, m) => p && rows(p, m).map((row) => row.slice(from));
    return (width) => panels({
      width, dates: dates.slice(from), window: [first - from, last - from], windowName, layers: labels(),
      events: eventsOf(state.a, state.b).filter((e) => e.date >= dates[from]), chosen: chosen - from, live: told.live, onDay: (k) => to(k + from),
      panels: which.map((m) => ({ title: m.label, kind: kind(m), layers: [part(state.a, m), part(state.b, m)].filter(Boolean) })),
    });
  }
  const inWords = (which, from = 0) => () => chosen < from ? "Not counted yet on the day chosen." :
    `On ${day(dates[chosen])}, ${[state.a, state.b].filter(Boolean).map((p) => `${p.name}: ${which.map((m) =>
      `${m.label} ${span(rows(p, m).map((r) => r[chosen]), kind(m))}`).join("; ")}`).join(". ")}. The table below tells any day.`;

  const sample = ` Drawn from a sample of ${told.versions} versions; the figures of ${day(dates[last])} are of all.`;
  const few = told.live ? " Counts of 1 to 4 are not told in a live case." : "";
  const people = picture({
    level: "h2", title: "People, by where they are", range: band, draw: drawn(of("people"), 0), alt: inWords(of("people")),
    note: `${band} Each panel has its own scale, so that a few people can be seen beside many. “So far” counts from ${day(dates[0])}.${few}${sample} ` +
      (first > 0 ? "The first months let the model settle: do not lean on them." : ""),
  });
  const flows = picture({
    level: "h2", title: `What has happened since ${day(dates[first])}`, range: band, draw: drawn(of("flow"), first), alt: inWords(of("flow"), first),
    note: `${band} Each person counts once, when it first happens to them.${few}${sample}`,
  });
  const moods = picture({
    level: "h2", title: "Being watched, and what people believe", range: band, draw: drawn(of("mood"), 0), alt: inWords(of("mood")),
    note: `${band} Both are means over all posts. They are assumed and reckoned, not reported day by day.`,
  });

  let gap = null;
  function compare() {
    const { a, b } = state;
    gap = null;
    if (!b) {
      pairs.replaceChildren(...(told.policies.length > 1 ? [el("h2", {}, "What differs"),
        el("p", {}, "Lay a second course of events over the first, at the top of this page, to see the difference between them, day by day.")] : []));
      return;
    }
    const rowsOf = (m) => between(differences, a.id, b.id, m.id);
    const some = measures.filter((m) => rowsOf(m).some((row) => row.some((v, i) => v === null ? i >= (m.kind === "flow" ? first : 0) : v !== 0)));
    const same = measures.filter((m) => !some.includes(m));
    const title = `${upper(a.name)}: more or fewer than ${b.name}, day by day`;
    const range = `Bands: the difference ${told.fitting}, version by version, each day by itself. Lines: the middle of the differences.`;
    const sorry = same.length && el("p", { class: "small" }, `No difference on any day ${told.fitting}: ${same.map((m) => m.label.split(":").at(m.kind === "mood" ? 0 : -1).trim()).join("; ")}.`);
    if (!some.length) {
      pairs.replaceChildren(el("h2", {}, title), el("p", {}, `There is no difference on any day, ${told.fitting}.`));
      return;
    }
    gap = picture({
      level: "h2", title, range,
      note: [range, " Both courses have ", term("the same people and the same luck", MEANINGS["paired difference"]), `, so that only what is changed moves.${few}${sample}`],
      alt: () => `On ${day(dates[chosen])}, ${a.name} beside ${b.name}: ${some.filter((m) => m.kind !== "flow" || chosen >= first).map((m) => `${m.label}: ${difference(rowsOf(m).map((r) => r[chosen]), kind(m))}`).join("; ")}.`,
      draw: (width) => panels({
        width, dates, window: told.window, windowName, layers: [{ label: `${upper(a.name)}: more or fewer than ${b.name}`, short: "" }],
        events: eventsOf(a, b), chosen, live: told.live, onDay: to,
        panels: some.map((m) => ({ title: m.label + (m.kind === "flow" ? `, since ${day(dates[first])}` : ""), kind: kind(m), signed: true, layers: [rowsOf(m)], from: m.kind === "flow" ? first : 0 })),
      }),
    });
    pairs.replaceChildren(gap, sorry || "");
  }

  const since = (m) => upper(m.label) + (m.kind === "flow" ? `, since ${day(dates[first])}` : "");
  const note = `Of all days, ${dates.length} are told: the one chosen, or the last before it. Between the low end and the high end lie nine of ten versions. ${told.live ? "An empty cell in the file: fewer than 5. " : ""}` +
    "Differences are found version by version, so they are not the ends of one less the ends of the other.";

  /** A table of some days: a row a day and a measure. */
  function tabled(title, days) {
    const { a, b } = state;
    const list = days.flatMap((at) => measures.filter((m) => m.kind !== "flow" || at >= first).map((m) => ({
      at, m, first: rows(a, m), second: b && rows(b, m), difference: b && between(differences, a.id, b.id, m.id),
    })));
    const ends = (key, name, say) => [["low", 0, "low end"], ["high", 2, "high end"], ["middle", 1, "middle"]].map(([short, k, label]) => ({
      name: `${key === "difference" ? key : key === "first" ? a.id : b.id}_${short}`, label: `${name}: ${label}`, number: true,
      value: (r) => r[key][k][r.at], text: (r) => say(r[key][k][r.at], kind(r.m)),
    }));
    return table({
      level: "h2", title, rows: list, note,
      columns: [
        { name: "what", label: "What", value: (r) => r.m.id.replace("flow_", ""), text: (r) => since(r.m) },
        days.length > 1 && { name: "date", label: "Day", value: (r) => dates[r.at], text: (r) => day(dates[r.at]) },
        ...ends("first", upper(a.name), figure),
        ...(b ? [...ends("second", upper(b.name), figure), ...ends("difference", "Difference", (v, k) => difference([v, v, v], k))] : []),
      ].filter(Boolean),
    });
  }

  const takeAll = el("p", { class: "takes" }, el("button", {
    type: "button", onclick: () => tabled(`People over time, all days: ${[state.a, state.b].filter(Boolean).map((p) => p.id).join(", ")}`, d3.range(dates.length))
      .querySelector(".takes button").click(), // the table is not shown: its file is what is wanted
  }, "CSV of all days"));
  const asTable = () => figures.replaceChildren(tabled(`The figures of ${day(dates[chosen])}`, [chosen]), takeAll, quotes(sentences()));

  /** What the table tells of the day, to quote. */
  function sentences() {
    const { a, b } = state, there = measures.filter((m) => m.kind !== "flow" || chosen >= first);
    const at = (rows) => rows.map((r) => r[chosen]), of = (m) => (kind(m) === "people" ? " people" : "");
    const one = (p) => there.map((m) => `${day(dates[chosen])}, ${p.name}: ${since(m)}: ${span(at(rows(p, m)), kind(m))}${of(m)}, ${told.fitting}; the middle version has ${figure(rows(p, m)[1][chosen], kind(m))}.`);
    return [...one(a), ...(b ? [...one(b), ...there.map((m) =>
      `${day(dates[chosen])}, ${a.name} beside ${b.name}: ${since(m)}: ${difference(at(between(differences, a.id, b.id, m.id)), kind(m))}, ${told.fitting}, each against the same version.`)] : [])];
  }

  /** What is in sight at once, the rest when the hand rests. */
  function redraw() {
    cancelAnimationFrame(waiting);
    clearTimeout(resting);
    const pictures = [people, flows, moods, gap].filter(Boolean);
    const inSight = (one) => { const { top, bottom } = one.getBoundingClientRect(); return bottom > 0 && top < innerHeight; };
    waiting = requestAnimationFrame(() => {
      const now = pictures.filter(inSight);
      for (const one of now) one.redraw();
      resting = setTimeout(() => {
        for (const one of pictures) if (!now.includes(one)) one.redraw();
        asTable();
      }, 150);
    });
  }

  root.append(
    el("h1", {}, "People over time"),
    el("p", {}, "Each picture runs along one calendar. A band holds nine of ten ", term("versions", MEANINGS.version),
      " of each day; the line is the middle one: half of the versions lie below it, half above. Choose a day to read its figures: a red line in the pictures moves along, and the table at the end follows."),
    box, bar, people, flows, moods, pairs, figures);
  folds(root, given);
  compare();
  asTable();
}
