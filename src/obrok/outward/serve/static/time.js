// People over time: by status, by what has happened so far, by mood; one policy, or two and their paired difference.
import { get } from "./api.js";
import { day, el, MEANINGS, term } from "./dom.js";
import { picture, table } from "./out.js";
import { between, choose, dayBar, difference, eventsOf, figure, panels, span } from "./days.js";

const upper = (text) => text[0].toUpperCase() + text.slice(1);

export async function show(root, parts) {
  const told = await get("api/days");
  const { dates, measures, series, differences } = told, [first, last] = told.window;
  const kind = (m) => (m.kind === "mood" ? "share" : "people");
  const of = (...kinds) => measures.filter((m) => kinds.includes(m.kind));
  let chosen = last, waiting = 0, resting = 0;

  const pairs = el("div"), figures = el("div");
  const { box, state } = choose({ view: "time", parts, policies: told.policies, pairs: differences, label: "Lay over it", changed: () => { compare(); redraw(); } });
  const { bar, to } = dayBar({ dates, start: chosen, changed: (at) => { chosen = at; redraw(); } });

  const band = `Bands: ${told.fitting}, each day by itself. Lines: the middle version.`;
  const windowName = `the days that the answers are about, ${day(dates[first])} to ${day(dates[last])}`;
  const labels = () => [state.a, state.b].filter(Boolean).map((p) => ({ label: upper(p.name), short: p.name }));
  const rows = (p, m) => p && series[p.id][m.id];

  function drawn(which, from) {
    return (width) => panels({
      width, dates, window: told.window, windowName, layers: labels(), events: eventsOf(state.a, state.b), chosen, live: told.live, from,
      onDay: to,
      panels: which.map((m) => ({ title: m.label, kind: kind(m), layers: [rows(state.a, m), rows(state.b, m)].filter(Boolean) })),
    });
  }
  const inWords = (which, from = 0) => () => chosen < from ? "Not counted yet on the day chosen." :
    `On ${day(dates[chosen])}, ${[state.a, state.b].filter(Boolean).map((p) => `${p.name}: ${which.map((m) =>
      `${m.label} ${span(rows(p, m).map((r) => r[chosen]), kind(m))}`).join("; ")}`).join(". ")}. The table below tells any day.`;

  const few = told.live ? " Counts of 1 to 4 are not told in a live case." : "";
  const people = picture({
    level: "h2", title: "People, by where they are", range: band, draw: drawn(of("people"), 0), alt: inWords(of("people")),
    note: `${band} Each panel has its own scale, so that a few people can be seen beside many. “So far” counts from ${day(dates[0])}.${few} ` +
      (first > 0 ? `The days before ${day(dates[first])} let the model settle: no answer is read from them.` : ""),
  });
  const flows = picture({
    level: "h2", title: `What has happened since ${day(dates[first])}`, range: band, draw: drawn(of("flow"), first), alt: inWords(of("flow"), first),
    note: `${band} Each person counts once, when it first happens to them.${few}`,
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
    const title = `What differs, day by day: ${a.name}, less ${b.name}`;
    const range = `Bands: the difference ${told.fitting}, version by version, each day by itself. Lines: the middle of the differences.`;
    const sorry = same.length && el("p", { class: "small" }, `No difference on any day ${told.fitting}: ${same.map((m) => m.label.split(":").at(m.kind === "mood" ? 0 : -1).trim()).join("; ")}.`);
    if (!some.length) {
      pairs.replaceChildren(el("h2", {}, title), el("p", {}, `There is no difference on any day, ${told.fitting}.`));
      return;
    }
    gap = picture({
      level: "h2", title, range,
      note: [range, " Both courses have ", term("the same people and the same luck", MEANINGS["paired difference"]), `, so that only what is changed moves.${few}`],
      alt: () => `On ${day(dates[chosen])}, ${a.name} less ${b.name}: ${some.map((m) => `${m.label}: ${difference(rowsOf(m).map((r) => r[chosen]), kind(m))}`).join("; ")}.`,
      draw: (width) => panels({
        width, dates, window: told.window, windowName, layers: [{ label: `${upper(a.name)}, less ${b.name}`, short: "" }],
        events: eventsOf(a, b), chosen, live: told.live, onDay: to,
        panels: some.map((m) => ({ title: m.label, kind: kind(m), signed: true, layers: [rowsOf(m)] })),
      }),
    });
    pairs.replaceChildren(gap, sorry || "");
  }

  function asTable() {
    const { a, b } = state, at = (r) => r && r.map((row) => row[chosen]);
    const list = measures.filter((m) => m.kind !== "flow" || chosen >= first).map((m) => ({
      m, a: at(rows(a, m)), b: at(rows(b, m)), d: b && at(between(differences, a.id, b.id, m.id)),
    }));
    const ends = (key, name, signed) => [["low", 0, "low end"], ["high", 2, "high end"], ["middle", 1, "middle"]].map(([short, k, label]) => ({
      name: `${key}_${short}`, label: `${name}: ${label}`, number: true, value: (r) => r[key === "first" ? "a" : key === "second" ? "b" : "d"][k],
      text: (r) => { const v = r[key === "first" ? "a" : key === "second" ? "b" : "d"][k]; return signed ? difference([v, v, v], kind(r.m)) : figure(v, kind(r.m)); },
    }));
    figures.replaceChildren(table({
      level: "h2", title: `The figures of ${day(dates[chosen])}`, rows: list,
      columns: [
        { name: "what", label: "What", value: (r) => r.m.label, text: (r) => upper(r.m.label) + (r.m.kind === "flow" ? `, since ${day(dates[first])}` : "") },
        ...ends("first", upper(a.name)), ...(b ? [...ends("second", upper(b.name)), ...ends("difference", "Difference", true)] : []),
      ],
      note: `Between the low end and the high end lie nine of ten versions. ${told.live ? "An empty cell in the file: fewer than 5. " : ""}` +
        "Differences are found version by version, so they are not the ends of one less the ends of the other.",
    }));
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
      " of each day, the line is the middle one. Choose a day to read its figures: a red line in the pictures moves along, and the table at the end follows."),
    box, bar, people, flows, moods, pairs, figures);
  compare();
  asTable();
}
