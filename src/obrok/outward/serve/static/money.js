// Where the money goes: one picture of flows that balance, the same in words, over time, and beside another policy.
import { get } from "./api.js";
import { el, MEANINGS, term, upper } from "./dom.js";
import { quotes } from "./copy.js";
import { folds } from "./folds.js";
import { picture, table } from "./out.js";
import { between, choose, difference, eventsOf, figure, lines, panels, span, wide } from "./days.js";

/** Node of the flow → its name, and the account whose range is told with it. */
const NODES = {
  employers: ["Employers paid", "gross"], "side jobs": ["Side jobs paid", "side"], "work outside": ["Work outside paid", "outside"],
  state: ["The state", "to_state"], enterprise: ["The enterprise", "to_enterprise"],
  workers: ["Workers at their posts", "in_hand"], leavers: ["People who left", "outside"],
  home: ["Sent home", "sent_home"], living: ["Left to live on", "left_over"],
};
const COLOURS = {
  to_state: "--c2", to_enterprise: "--c6", kept: "--c1", side: "--c3", sent_home: "--c5", left_over: "--c8", outside: "--c4",
};
/** Bars where there is no room for a flow: heading → accounts. */
const GROUPS = [
  ["Out of what employers paid", ["gross", "to_state", "to_enterprise", "kept"]],
  ["In the workers' hands", ["kept", "side", "in_hand"]],
  ["Out of what is in their hands", ["sent_home", "left_over"]],
  ["People who left", ["outside"]],
];
const BARE = 620;

export async function show(root, parts, _, given) {
  const told = await get("api/money");
  const { accounts, totals, shares, by_head, series, differences, series_differences } = told;
  const range = (id, name) => { const t = totals[id][name]; return [t.p05, t.p50, t.p95]; };
  const usd = (id, name) => span(range(id, name), "usd");
  const last = told.dates.length - 1;
  const gaps = el("div"), words = el("div", { class: "card" }), figures = el("div");
  const { box, state } = choose({ view: "money", parts, policies: told.policies, pairs: differences, label: "Compare with", changed: all });
  const band = `Bands: ${told.fitting}, each day by itself. Lines: the middle version.`;

  const sample = ` Drawn from a sample of ${told.versions} versions; the figures of the last day are of all.`;

  // --- the flow ------------------------------------------------------------------------------------------------------
  const flow = picture({
    level: "h2", title: "Where the money goes",
    range: `${upper(told.period)}: widths are means, which add up; figures are ranges, ${told.fitting}.`,
    note: ["Widths are means over the ", term("versions", MEANINGS.version), ": means add up, so that what comes in goes out. ",
      `The figures are ranges, ${told.fitting}; the ends of ranges do not add up. Counted ${told.period}.`],
    alt: () => `${upper(state.a.name)}, ${told.period}: ` + Object.keys(accounts).map((n) => `${accounts[n]}: ${usd(state.a.id, n)}`).join("; ") + ".",
    draw: (width) => (width < BARE ? bars(width, state.a.id) : sankey(width, state.a.id)),
  });

  const heading = (id) => `${upper(told.policies.find((p) => p.id === id).name)}, ${told.period}`;

  function sankey(width, id) {
    const sides = 14 + Math.max(...Object.values(NODES).map(([name, account]) => Math.max(wide(name, 13, 600), wide(usd(id, account))))), height = 480;
    const links = told.links[id].map((l) => ({ ...l }));
    const names = Object.keys(NODES).filter((n) => links.some((l) => l.source === n || l.target === n));
    const svg = d3.create("svg").attr("width", width).attr("class", "money");
    svg.append("text").attr("y", 12).attr("class", "soft").text(heading(id));
    if (!links.length) return nothing(svg, width);
    const flows = d3.sankey().nodeId((n) => n.id).nodeWidth(14).nodePadding(44).nodeAlign(d3.sankeyLeft)
      .nodeSort((a, b) => names.indexOf(a.id) - names.indexOf(b.id))
      .extent([[sides, 44], [width - sides, height]]);
    const graph = flows({ nodes: names.map((n) => ({ id: n })), links });
    // what workers send home goes straight on, so that their label has room above
    const [workers, home, living] = ["workers", "home", "living"].map((id) => graph.nodes.find((n) => n.id === id));
    let next = workers?.y0;
    for (const n of [home, living].filter(Boolean)) { const high = n.y1 - n.y0; [n.y0, n.y1] = [next, next + high]; next += high + 44; }
    flows.update(graph);
    const lowest = Math.max(height, next ? next - 36 : 0);
    const colour = (account) => `var(${COLOURS[account]})`;
    svg.append("g").selectAll("path").data(graph.links).join("path")
      .attr("d", d3.sankeyLinkHorizontal()).attr("fill", "none").attr("stroke", (l) => colour(l.account))
      .attr("stroke-opacity", 0.5).attr("stroke-width", (l) => Math.max(1, l.width));
    for (const n of graph.nodes) {
      svg.append("rect").attr("x", n.x0).attr("y", n.y0).attr("width", n.x1 - n.x0).attr("height", Math.max(1, n.y1 - n.y0)).attr("class", "node");
      const [name, account] = NODES[n.id], middle = (n.y0 + n.y1) / 2;
      if (n.id === "workers") { // what comes and goes leaves room above only
        label([name, usd(id, account)], n.x0, n.y0 - 24, "start");
      } else {
        const before = n.layer === 0;
        label([name, usd(id, account)], before ? n.x0 - 8 : n.x1 + 8, middle - 4, before ? "end" : "start");
      }
    }
    const kept = graph.links.find((l) => l.account === "kept" && l.target.id === "workers");
    if (kept) {
      const x = kept.source.x1 + (kept.target.x0 - kept.source.x1) * 0.5;
      label(["Kept out of pay", usd(id, "kept")], x, (kept.y0 + kept.y1) / 2 - 4, "middle");
    }
    function label(texts, x, y, anchor) {
      texts.forEach((text, i) => svg.append("text").attr("x", x).attr("y", y + 16 * i).attr("text-anchor", anchor)
        .attr("class", i ? "over" : "over head").text(text));
    }
    // what never came is told beside, on the same scale
    const per = graph.nodes[0] && (graph.nodes[0].y1 - graph.nodes[0].y0) / graph.nodes[0].value;
    const lost = Math.max(2, totals[id].fees_lost.mean * per), top = lowest + 26;
    svg.append("rect").attr("x", sides).attr("y", top).attr("width", 14).attr("height", lost).attr("class", "lost");
    svg.append("text").attr("x", sides + 24).attr("y", top + Math.max(11, lost / 2 + 4)).text(`Beside this, on the same scale: ${accounts.fees_lost}: ${usd(id, "fees_lost")}`);
    const bottom = top + Math.max(18, lost) + 8;
    return svg.attr("height", bottom).attr("viewBox", `0 0 ${width} ${bottom}`).node();
  }

  function nothing(svg, width) {
    svg.append("text").attr("x", 0).attr("y", 34).text("No money moves in these days.");
    return svg.attr("height", 42).attr("viewBox", `0 0 ${width} 42`).node();
  }

  /** The same as bars, one under another. */
  function bars(width, id) {
    const most = d3.max(Object.values(totals[id]), (t) => t.mean) || 1;
    const svg = d3.create("svg").attr("width", width).attr("class", "money");
    let y = 12;
    for (const line of lines(heading(id), width)) { svg.append("text").attr("y", y).attr("class", "soft").text(line); y += 16; }
    y += 8;
    const bar = (name, shown) => {
      for (const line of lines(`${upper(accounts[name])}: ${usd(id, name)}`, width)) { svg.append("text").attr("x", 0).attr("y", y).text(line); y += 16; }
      svg.append("rect").attr("x", 0).attr("y", y - 10).attr("height", 12).attr("width", Math.max(1, Math.abs(totals[id][name].mean) / most * width)).attr("class", shown).attr("fill", `var(${COLOURS[name] ?? "--edge"})`);
      y += 20;
    };
    for (const [heading, some] of GROUPS) {
      svg.append("text").attr("x", 0).attr("y", y).attr("class", "head").text(heading);
      y += 20;
      some.forEach((name) => bar(name, "bar"));
      y += 8;
    }
    svg.append("text").attr("x", 0).attr("y", y).attr("class", "head").text("Beside this");
    y += 20;
    bar("fees_lost", "lost");
    return svg.attr("height", y).attr("viewBox", `0 0 ${width} ${y}`).node();
  }

  // --- the same in words ----------------------------------------------------------------------------------------------
  const cents = ([low, , high]) => { const a = Math.round(100 * low), b = Math.round(100 * high); return a === b ? `${a}` : `${a} to ${b}`; };
  function inWords() {
    const { a, b } = state, head = by_head[a.id], month = (n) => span(head[n], "usd");
    const of = shares[a.id];
    words.replaceChildren(...[
      el("p", {}, el("b", {}, `${upper(a.name)}: `), `of each 100 dollars that employers paid, ${cents(of.to_state)} went to the state, ${cents(of.to_enterprise)} to the enterprise, and the workers kept ${cents(of.kept)}, ${told.fitting}.`),
      el("p", {}, `For each worker at a post and each month, employers paid ${month("gross")}: ${month("to_state")} went to the state, and the worker kept ${month("kept")}. Side jobs brought ${month("side")} more, spread over all workers; ${month("sent_home")} was sent home.`),
      el("p", {}, `When people leave, the state loses their dues: ${usd(a.id, "fees_lost")} ${told.period}. Those who left earned ${usd(a.id, "outside")} outside. What they sent home of it is not reckoned.`),
      b && el("p", {}, el("b", {}, `${upper(b.name)}: `), `of each 100 dollars, ${cents(shares[b.id].to_state)} went to the state, ${cents(shares[b.id].to_enterprise)} to the enterprise, and the workers kept ${cents(shares[b.id].kept)}.`),
    ].filter(Boolean));
  }

  // --- over time -------------------------------------------------------------------------------------------------------
  const shown = Object.keys(accounts);
  const labels = () => [state.a, state.b].filter(Boolean).map((p) => ({ label: upper(p.name), short: p.name }));
  const inside = (a, b) => eventsOf(a, b).filter((e) => e.date >= told.dates[0] && e.date <= told.dates[last]);
  const calendar = { dates: told.dates, window: [0, last], windowName: null, chosen: last, live: false };
  const time = picture({
    level: "h2", title: "Dollars so far, day by day", range: band, note: `${band} Counted ${told.period}. Each panel has its own scale.${sample}`,
    alt: () => [state.a, state.b].filter(Boolean).map((p) => `At the end, ${p.name}: ${shown.map((n) => `${accounts[n]} ${usd(p.id, n)}`).join("; ")}.`).join(" "),
    draw: (width) => panels({
      ...calendar, width, layers: labels(), events: inside(state.a, state.b),
      panels: shown.map((n) => ({ title: accounts[n], kind: "usd", layers: [series[state.a.id][n], state.b && series[state.b.id][n]].filter(Boolean) })),
    }),
  });

  /** A difference at the end of the window, in the direction asked for. */
  function ends(name) {
    const { a, b } = state, straight = differences[`${a.id}|${b.id}`]?.[name], turned = differences[`${b.id}|${a.id}`]?.[name];
    const less = (v) => (v ? -v : 0);
    return straight ? { q: [straight.p05, straight.p50, straight.p95], more: straight.more, less: straight.less }
      : { q: [less(turned.p95), less(turned.p50), less(turned.p05)], more: turned.less, less: turned.more };
  }

  function compare() {
    const { a, b } = state;
    if (!b) return gaps.replaceChildren(...(told.policies.length > 1 ? [el("h2", {}, "What differs"),
      el("p", {}, "Choose a second course of events to compare with, at the top of this page.")] : []));
    const moved = shown.filter((n) => ends(n).q.some((v) => Math.abs(v) >= 0.5));
    const title = `${upper(a.name)}: more or less than ${b.name}`;
    if (!moved.length) return gaps.replaceChildren(el("h2", {}, title), el("p", {}, `There is no difference in money, ${told.fitting}.`));
    const range = `Bands: the difference ${told.fitting}, version by version. Lines: the middle of the differences.`;
    const same = shown.filter((n) => !moved.includes(n));
    return gaps.replaceChildren(
      picture({
        level: "h2", title, range,
        note: [range, " Both courses have ", term("the same people and the same luck", MEANINGS["paired difference"]), ", so that only what is changed moves.", sample],
        alt: () => `At the end, ${title}: ${moved.map((n) => `${accounts[n]}: ${difference(ends(n).q, "usd")}`).join("; ")}.`,
        draw: (width) => panels({
          ...calendar, width, layers: [{ label: title, short: "" }], events: inside(a, b),
          panels: moved.map((n) => ({ title: accounts[n], kind: "usd", signed: true, layers: [between(series_differences, a.id, b.id, n)] })),
        }),
      }),
      same.length ? el("p", { class: "small" }, `No difference ${told.fitting}: ${same.map((n) => accounts[n]).join("; ")}.`) : "");
  }

  function asTable() {
    const { a, b } = state;
    const three = (key, label, of, show) => [["low", 0, "low end"], ["high", 2, "high end"], ["middle", 1, "middle"]].map(([end, k, name]) => ({
      name: `${key}_${end}`, label: `${label}: ${name}`, number: true, value: (n) => of(n)?.[k], text: (n) => { const q = of(n); return q ? show(q[k]) : "–"; },
    }));
    const plain = (v) => figure(v, "usd"), chance = (v) => (v > 0 && v < 0.005 ? "under 1 %" : v < 1 && v > 0.995 ? "over 99 %" : `${Math.round(100 * v)} %`);
    figures.replaceChildren(
      table({
        level: "h2", title: `The figures, in US dollars, ${told.period}`, rows: shown,
        columns: [{ name: "account", label: "What", value: (n) => n, text: (n) => upper(accounts[n]) },
          ...three(a.id, upper(a.name), (n) => range(a.id, n), plain),
          ...(b ? three(b.id, upper(b.name), (n) => range(b.id, n), plain) : []),
          ...(b ? three("difference", "Difference", (n) => ends(n).q, (v) => difference([v, v, v], "usd")) : []),
          ...(b ? [["more", "More, in so many versions"], ["less", "Less, in so many versions"]].map(([k, label]) => ({ name: `chance_${k}`, label, number: true, value: (n) => ends(n)[k], text: (n) => chance(ends(n)[k]) })) : []),
        ],
        note: `Between the low end and the high end: ${told.fitting}. Differences are found version by version, so they are not the ends of one less the ends of the other.`,
      }),
      table({
        level: "h2", title: "For each worker at a post, and each month", rows: shown.filter((n) => by_head[a.id][n]),
        columns: [{ name: "account", label: "What", value: (n) => n, text: (n) => upper(accounts[n]) },
          ...three(a.id, upper(a.name), (n) => by_head[a.id][n], plain),
          ...(b ? three(b.id, upper(b.name), (n) => by_head[b.id][n], plain) : [])],
        note: "All dollars of these days, by all days that people spent at their posts; a month is a twelfth of a year.",
      }),
      quotes(sentences()));
  }

  /** What the cards and the table tell, to quote. */
  function sentences() {
    const { a, b } = state, middle = (id, n) => figure(totals[id][n].p50, "usd");
    const one = (p) => [...shown.map((n) => `${upper(p.name)}: ${accounts[n]}: ${usd(p.id, n)} ${told.period}, ${told.fitting}; the middle version has ${middle(p.id, n)}.`),
      `${upper(p.name)}: of each 100 dollars that employers paid ${told.period}, ${cents(shares[p.id].to_state)} went to the state, ${cents(shares[p.id].to_enterprise)} to the enterprise, and the workers kept ${cents(shares[p.id].kept)}, ${told.fitting}.`];
    return [...one(a), ...(b ? [...one(b), ...shown.map((n) =>
      `${upper(a.name)} beside ${b.name}: ${accounts[n]}: ${difference(ends(n).q, "usd")} ${told.period}, ${told.fitting}, each against the same version.`)] : [])];
  }

  function all() {
    inWords();
    flow.redraw();
    time.redraw();
    compare();
    asTable();
  }

  root.append(el("h1", {}, "Where the money goes"),
    el("p", {}, "Employers pay for the work. The state and its enterprise take their part before the workers see theirs. Side jobs and, for those who leave, work outside bring in more."),
    box, words, flow, time, gaps, figures);
  inWords();
  compare();
  asTable();
  folds(root, given);
}
