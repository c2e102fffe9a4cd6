// The map: how many people, city by city, on a day that can be moved; regions alone where a case is live.
import { get } from "./api.js";
import { day, el, MEANINGS, term, upper } from "./dom.js";
import { picture, table } from "./out.js";
import { dayBar, difference, eventsOf, panels, span } from "./days.js";
import { Drawing, short } from "./map-draw.js";
import { world, ZOOMS } from "./map-shapes.js";
import { keep } from "./state.js";

const LINES = "Coasts and borders are Natural Earth’s, version 4.1 of 2018, which is in the public domain.";
const WHOSE = `${LINES} Borders run as they are held in fact, by its editors’ judgement; obrok takes no view on who ought to hold what. Crimea, for one, is drawn with Russia; that is disputed.`;
/** Play: so long a day, ms; where motion is not wanted, a few days, each for longer. */
const PACE = 130, CALM = 1600, CALM_DAYS = 20;

export async function show(root, _parts, _told, given) {
  const [told, shapes] = await Promise.all([get("api/map"), world()]);
  const page = new Page(told, given, shapes);
  await page.ask();
  page.build(root);
  const main = document.getElementById("main"); // the view before this one leaves first
  root.addEventListener("shown", () => main.addEventListener("left", () => page.left(), { once: true }));
}

class Page {
  constructor(told, given, shapes) {
    Object.assign(this, { told, spots: told.places, at: told.window[1] });
    const of = (list, id) => list.find((x) => x.id === id);
    this.policy = of(told.policies, given.get("policy")) ?? told.policies.find((p) => p.factual) ?? told.policies[0];
    this.versus = of(this.others(), given.get("versus")) ?? null;
    this.measure = of(told.measures, given.get("measure")) ?? of(told.measures, "flow_left") ?? told.measures[0];
    if (/^\d{4}-\d\d-\d\d$/.test(given.get("day") ?? "")) this.at = Math.max(0, d3.bisectRight(told.dates, given.get("day")) - 1);
    this.place = of(this.spots, given.get("place")) ?? null;
    this.zoom = Math.max(ZOOMS[0], Math.min(ZOOMS[1], Math.round(Number(given.get("zoom")) || 0)));
    this.from = 0;
    if (this.spots.some((s) => s.lat !== null && s.lon !== null)) this.drawing = new Drawing(shapes, this.spots);
  }

  /** Policies that this one can be set against. */
  others() {
    return this.told.policies.filter((p) => this.told.pairs.some((pair) => [`${this.policy.id}|${p.id}`, `${p.id}|${this.policy.id}`].includes(pair)));
  }

  /** The figures of what is chosen; turned round where the server has the pair the other way. */
  async ask() {
    const { policy, versus, measure } = this, turned = versus && !this.told.pairs.includes(`${policy.id}|${versus.id}`);
    const [a, b] = turned ? [versus, policy] : [policy, versus];
    const asked = new URLSearchParams({ policy: a.id, versus: b?.id ?? "", measure: measure.id });
    const found = await get(`api/map/figures?${asked}`);
    if (this.policy !== policy || this.versus !== versus || this.measure !== measure) return false; // chosen anew meanwhile
    const other = (rows) => rows && (turned ? [2, 1, 0].map((k) => rows[k].map((v) => (v ? -v : v))) : rows);
    this.rows = Object.fromEntries(Object.entries(found.places).map(([id, rows]) => [id, other(rows)]));
    this.together = other(found.together);
    this.from = measure.kind === "flow" ? this.told.window[0] : 0;
    const seen = this.drawing?.spots ?? this.spots;
    this.place ??= seen[d3.maxIndex(seen, (s) => Math.abs(this.rows[s.id][1][this.told.window[1]] ?? 0))];
    return true;
  }

  // --- words
  what() {
    const { measure, told } = this;
    return upper(measure.label) + (measure.kind === "flow" ? ` since ${day(told.dates[told.window[0]])}` : "");
  }
  under() { return this.versus ? `${this.policy.name}: more or fewer than ${this.versus.name}` : this.policy.name; }
  say(rows) {
    if (this.at < this.from) return "not counted yet";
    return (this.versus ? difference : span)(rows.map((row) => row[this.at]), "people");
  }
  kind() { return this.told.live ? "region" : "city"; }
  date() { return day(this.told.dates[this.at]); }
  band() {
    const whole = this.versus ? "Rings: the two ends of the range of the difference" : "Ring: the high end of the range; dark core: the low end";
    return `Area: number of people. Disc: the middle version. ${whole}, ${this.told.fitting}.`;
  }
  few() { return this.told.live ? " Counts of 1 to 4 are not told in a live case." : ""; }

  // --- the page
  build(root) {
    const { told } = this, many = this.spots.length > 1;
    const { bar, to } = dayBar({ dates: told.dates, start: this.at, changed: (at) => { this.at = at; this.moved(true); } });
    this.to = to;
    this.button = el("button", { type: "button", class: "play", onclick: () => (this.playing ? this.pause() : this.play()) }, "Play");
    bar.prepend(this.button);
    const slider = bar.querySelector("input[type=range]"), track = el("div", { class: "track" });
    this.marks = el("div", { class: "marks", "aria-hidden": "true" });
    slider.replaceWith(track);
    track.append(slider, this.marks);
    this.events = el("p", { class: "events small" });
    this.beside = el("div", { class: "of-the-day" });
    this.curve = this.curvePicture();
    this.choices = el("div", { class: "choices" });
    root.append(
      el("h1", {}, "Map"),
      el("p", {}, `How many people, ${many ? `${this.kind()} by ${this.kind()}` : `in one ${this.kind()}`}, day by day. Each is counted where the post is, or was: where people went is not shown. The figures are estimates; the middle of the `,
        term("versions", MEANINGS.version), " and their range are told together."),
      this.choices, bar, this.events,
      el("div", { class: "map-and-table" }, el("div", { class: "drawn" }, this.drawing ? this.mapFigure() : this.noMap()), this.beside),
      this.curve);
    this.fill();
    this.chosenAnew();
  }

  fill() {
    const pick = (key, label, list, chosen, none) => {
      const select = el("select", { id: `map-${key}`, onchange: () => this.choose(key, select.value) },
        none && el("option", { value: "", selected: !chosen }, none),
        list.map((x) => el("option", { value: x.id, selected: x === chosen }, upper(x.name ?? x.label))));
      return el("p", {}, el("label", { for: select.id }, label), select);
    };
    const { policy, versus } = this, focused = document.activeElement?.id;
    this.choices.replaceChildren(
      pick("measure", "What is counted", this.told.measures, this.measure),
      pick("policy", "Course of events", this.told.policies, policy),
      this.others().length ? pick("versus", "Compared with", this.others(), versus, "Nothing") : "",
      el("p", { class: "small", "aria-live": "polite" }, el("b", {}, `${upper(policy.name)}: `), policy.meaning,
        versus ? [" ", el("b", {}, `${upper(versus.name)}: `), versus.meaning, " Both have the same people and the same luck: the difference is taken version by version."] : ""));
    document.getElementById(focused)?.focus({ preventScroll: true });
  }

  async choose(key, id) {
    this[key] = { policy: this.told.policies, versus: this.others(), measure: this.told.measures }[key].find((x) => x.id === id) ?? null;
    if (key === "policy" && !this.others().includes(this.versus)) this.versus = null;
    keep({ policy: this.policy.id, versus: this.versus?.id, measure: this.measure.id });
    this.fill();
    try {
      if (await this.ask()) this.chosenAnew();
    } catch (error) {
      this.beside.replaceChildren(el("div", { class: "warn", role: "alert" }, el("p", {}, error.message)));
    }
  }

  /** After another policy or measure: everything. */
  chosenAnew() {
    const { dates } = this.told, last = dates.length - 1, place = (k) => `calc(8px + (100% - 16px) * ${k / last})`;
    const happened = eventsOf(this.policy, this.versus).map((e) => ({ ...e, k: Math.max(0, d3.bisectRight(dates, e.date) - 1) }));
    const [first, end] = this.told.window, shade = el("span", { class: "span" });
    shade.style.left = place(first);
    shade.style.width = `calc((100% - 16px) * ${(end - first) / last})`;
    this.marks.replaceChildren(shade, ...happened.map(({ k }) => { const mark = el("span", { class: "mark" }); mark.style.left = place(k); return mark; }));
    this.events.replaceChildren(...(happened.length ? ["Marked on the slider: ", happened.map((e, i) => [i ? " " : "", el("button", { type: "button", onclick: () => { this.pause(); this.to(e.k); } },
      `${upper(e.text)}, ${day(e.date)}`)])].flat(Infinity) : []), ` The shaded part is what the answers are about.`);
    this.curve.redraw();
    this.moved();
  }

  /** After another day; `chosen`: by whoever reads, who wants it back. */
  moved(chosen = false) {
    cancelAnimationFrame(this.waiting);
    clearTimeout(this.resting);
    this.waiting = requestAnimationFrame(() => {
      this.figure?.redraw();
      this.tabled();
    });
    this.unkept ||= chosen;
    this.resting = setTimeout(() => { // browsers refuse to have the address changed often
      this.curve.redraw();
      if (this.unkept && !this.playing) keep({ day: this.told.dates[this.at] });
    }, 250);
  }

  // --- Play
  play() {
    const calm = matchMedia("(prefers-reduced-motion: reduce)").matches, last = this.told.dates.length - 1;
    const step = calm ? Math.ceil(last / CALM_DAYS) : 1;
    if (this.at >= last) this.to(0);
    this.button.textContent = "Pause";
    this.playing = setInterval(() => {
      this.to(Math.min(last, this.at + step));
      if (this.at >= last) this.pause();
    }, calm ? CALM : PACE);
  }
  pause() {
    clearInterval(this.playing);
    this.playing = null;
    this.button.textContent = "Play";
    this.moved();
  }
  left() {
    clearInterval(this.playing);
    clearTimeout(this.resting);
    cancelAnimationFrame(this.waiting);
  }

  // --- the map
  mapFigure() {
    const draw = (saved) => (width) => this.drawing.draw(width, {
      rows: this.rows, k: this.at, from: this.from, zoom: this.zoom, chosen: this.place.id, signed: Boolean(this.versus), live: this.told.live,
      choose: saved ? null : (id) => this.toPlace(id),
    });
    this.figure = picture({
      level: "h2", draw: draw(false),
      title: () => `${this.what()}, by ${this.kind()}, ${this.date()}: ${this.under()}`,
      range: () => `${this.band()}${this.few()} Day shown: ${this.date()}. ${WHOSE}`,
      alt: () => `A map. On ${this.date()}: ${this.spots.map((s) => `${s.name}: ${this.say(this.rows[s.id])}`).join("; ")}. The table tells the same.`,
      note: this.noteOfMap(),
    });
    const zoom = (to) => { this.zoom = Math.max(ZOOMS[0], Math.min(ZOOMS[1], to)); keep({ zoom: this.zoom || null }); this.figure.redraw(); ends(); };
    const button = (label, name, go) => el("button", { type: "button", "aria-label": name, onclick: go }, label);
    const near = button("+", "Nearer", () => zoom(this.zoom + 1)), far = button("−", "Farther", () => zoom(this.zoom - 1));
    const ends = () => { near.disabled = this.zoom === ZOOMS[1]; far.disabled = this.zoom === ZOOMS[0]; };
    ends();
    this.figure.querySelector(".drawing").after(el("p", { class: "zooms", role: "group", "aria-label": "Nearer or farther" },
      near, far, button("Whole", "The whole of the case", () => zoom(0)),
      el("span", { class: "small" }, " “+” goes to the place chosen in the table, or on the map.")));
    return this.figure;
  }

  noteOfMap() {
    return [
      el("span", {}, "Area: number of people. The disc is the middle version; the dark core and the ring are the low and the high end of the range, ",
        `${this.told.fitting}. Of a difference: orange is more, blue with dashes is fewer. `,
        this.told.live ? `Each circle stands for a whole region, somewhere in it: the case is live, and no city is shown.${this.few()} ` :
          "Circles that would lie over one another are moved apart; a line leads to the place. Where there is no room for a name, the table has it. "),
      el("span", { class: "whose" }, `${LINES} Whose lines: borders run as they are held in fact, by the judgement of Natural Earth’s editors at that time; that is nobody’s view here on who ought to hold what. ` +
        "Crimea and the southern Kurils are drawn with Russia, the Golan with Israel; Abkhazia and South Ossetia with Georgia, the part of Western Sahara that Morocco holds with Morocco; Kosovo, Taiwan, Somaliland and Northern Cyprus each by itself. All of this is disputed, and what has changed since 2018 is not in it."),
    ];
  }

  noMap() {
    const live = this.told.live;
    return el("div", { class: "card" }, el("p", {}, live ?
      "The case is live: its cities are not shown, and none of its regions has a place on the map. Give a region, never a city in it, its own " :
      "None of the case’s places has coordinates, so there is no map; the table has the figures. Give a place its own ",
      el("code", {}, "lat"), " and ", el("code", {}, "lon"), " in ", el("code", {}, "case.yaml"), ", in degrees, and run the case again:"),
    el("p", {}, el("code", {}, `places: [{id: ${live ? "region" : "city, within: region"}, lat: 12.3, lon: 45.6}]`)));
  }

  // --- the table and the curve
  toPlace(id) {
    this.place = this.spots.find((s) => s.id === id);
    keep({ place: id });
    this.moved();
    this.curve.redraw();
  }

  tabled() {
    const held = this.beside.contains(document.activeElement) ? document.activeElement.dataset.place ?? null : null;
    const counted = this.at >= this.from, cell = (r, k) => (counted ? r.rows[k][this.at] : null), signed = Boolean(this.versus);
    const rows = this.spots.map((spot) => ({ spot, rows: this.rows[spot.id] })), apart = this.drawing && this.spots.some((s) => s.lat === null);
    if (this.together && this.spots.length > 1) rows.push({ spot: null, rows: this.together });
    const fixed = (name, value) => ({ name, label: name, hidden: true, value });
    const button = ({ spot }) => [el("button", { type: "button", class: "term", "data-place": spot.id, "aria-pressed": String(spot === this.place), onclick: () => this.toPlace(spot.id) }, spot.name),
      apart && (spot.lat === null || spot.lon === null) && el("span", { class: "small off" }, " not on the map")];
    const name = (r) => r.spot?.id ?? "all", offered = this.kind();
    this.beside.replaceChildren(table({
      level: "h2", title: `The figures of ${this.date()}`, rows,
      note: `${this.what()}: ${this.under()}. Range: ${this.told.fitting}, from a sample of ${this.told.versions}.${this.together && this.spots.length > 1 ? " “All together” is a range of its own, not the sum of those above it: places are seldom all high, or all low, at once." : ""}${this.few()}`,
      columns: [
        { name: offered, label: upper(offered), value: name, text: (r) => (r.spot ? el("span", {}, button(r)) : "All together") },
        { name: "middle", label: "Middle", number: true, value: (r) => cell(r, 1), text: (r) => (counted ? short(cell(r, 1), signed) : "–") },
        { name: "range", label: "Range", number: true, value: (r) => (counted ? this.say(r.rows) : ""), text: (r) => this.say(r.rows) },
        fixed("low", (r) => cell(r, 0)), fixed("high", (r) => cell(r, 2)), fixed("date", () => this.told.dates[this.at]), fixed("measure", () => this.measure.id),
        fixed("policy", () => this.policy.id), fixed("versus", () => this.versus?.id ?? ""),
      ],
    }));
    if (held !== null) this.beside.querySelector(`[data-place="${CSS.escape(held)}"]`)?.focus({ preventScroll: true });
  }

  curvePicture() {
    const { told } = this, [first, last] = told.window;
    return picture({
      level: "h2", title: () => `${this.place.name}, day by day: ${this.under()}`,
      range: () => `Band: ${told.fitting}, each day by itself. Line: the middle version.${this.few()}`,
      alt: () => `${this.place.name}, ${this.what()}: ${this.say(this.rows[this.place.id])} on ${this.date()}.`,
      draw: (width) => panels({
        width, dates: told.dates, window: [first, last], windowName: `the days that the answers are about, ${day(told.dates[first])} to ${day(told.dates[last])}`,
        layers: [{ label: `${this.place.name}: ${this.under()}`, short: "" }], events: eventsOf(this.policy, this.versus), chosen: this.at, live: told.live, onDay: this.to,
        panels: [{ title: this.what(), kind: "people", signed: Boolean(this.versus), layers: [this.rows[this.place.id]], from: this.from }],
      }),
    });
  }
}
