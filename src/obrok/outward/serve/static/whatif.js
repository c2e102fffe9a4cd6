// What if: levers on the left, what would come of them on the right, while one drags.
import { get, post, stream } from "./api.js";
import { quotes } from "./copy.js";
import { MEANINGS, day, el, term } from "./dom.js";
import { refreshed } from "./told.js";
import { folds } from "./folds.js";
import { picture, table } from "./out.js";
import { keep, keepParts, keepSoon } from "./state.js";
import { curves, differences } from "./whatif-curves.js";
import { EMPTY, known, read, remember, remembered, written } from "./whatif-draft.js";
import { bare, lever } from "./whatif-levers.js";

let { draft, curve, start } = { draft: structuredClone(EMPTY), curve: "left", start: null, ...remembered() };

const changed = () => draft.without.length + draft.keep.length + draft.with.length + Object.keys(draft.changes).length > 0;
const asked = () => ({ ...draft, changes: Object.entries(draft.changes).map(([what, c]) => ({ what, ...c })) });

export async function show(root, parts, told, given) {
  const begun = await get("api/whatif");
  const named = told.policies.find((p) => p.id === parts[0]);
  const from = named && { curve, start: named.id, draft: { ...structuredClone(EMPTY), without: [...named.without], keep: [...named.keep], with: [...named.with] } };
  ({ draft, curve, start } = known(read(given, begun, told) ?? from ?? { draft, curve, start }, begun, told));
  new View(root, begun, told);
  folds(root, given);
}

class View {
  constructor(root, begun, told) {
    Object.assign(this, { root, begun, told, seen: null, exact: false, running: null, waiting: false, since: 0 });
    this.says = el("p", { class: "says small", role: "status" });
    this.bar = el("progress", { max: 1, value: 0, hidden: true, "aria-label": "Working out the exact answer" });
    this.sentences = el("section", { class: "effects" });
    this.answers = el("div", { class: "answers" });
    this.trouble = el("div", {});
    this.saved = el("div", { role: "status" });
    const unit = () => begun.curves.find((c) => c.id === curve);
    const which = () => (changed() ? ` What if: ${this.policy()}.` : "");
    this.main = picture({
      title: () => `${unit().name}: as reported${changed() ? ", and what if" : ""}`, level: "h2",
      alt: () => this.inWords(), note: "Lines: the middle version. Bands: nine of ten versions that fit the reports lie inside.",
      range: () => `Lines: the middle version. Bands: nine of ten versions that fit the reports lie inside.${which()}`,
      draw: (width) => curves(width, this.seen?.curve, begun, told, unit(), this.dates(), changed()),
    });
    this.other = picture({
      title: () => `${unit().name}: what the what-if changes`, level: "h2",
      note: "The same people, the same luck: the what-if less what was reported, version by version. The middle, and the range of nine of ten.",
      alt: () => this.inWords(), range: () => `The what-if less what was reported, version by version: the middle, and the range of nine of ten.${which()}`,
      draw: (width) => differences(width, this.seen?.curve, begun, told, unit(), this.dates()),
    });
    root.append(
      el("h1", {}, "What if"),
      el("p", {}, "Set what a state, an employer or a UN body could be asked to do, and from when on. ",
        "Every ", term("version", MEANINGS.version), " is lived again; nobody whom the change does not touch moves, so what differs is its doing: a ",
        term("paired difference", MEANINGS["paired difference"]), "."),
      this.trouble,
      el("div", { class: "bench" },
        el("div", { class: "steer" },
          el("div", { class: "seen" }, this.chooser(), this.main, el("p", { class: "doing" }, this.says, this.bar)),
          this.controls()),
        el("div", { class: "rest" }, this.sentences, this.other, this.answers)));
    root.addEventListener("shown", () => {
      keepParts("whatif", []);
      keep(written({ draft, curve, start }));
      this.redraw();
      this.ask();
    });
    document.getElementById("main").addEventListener("left", () => this.running?.abort(), { once: true });
  }

  // -- controls
  chooser() {
    const select = el("select", { id: "curve", onchange: () => { curve = select.value; this.keep(); this.ask(); } },
      this.begun.curves.map((c) => el("option", { value: c.id }, c.name)));
    select.value = curve;
    return el("p", { class: "choose" }, el("label", { for: "curve" }, "Show "), select);
  }

  controls() {
    const { levers, undone, what_ifs, keep } = this.begun;
    const groups = [...new Set(levers.map((l) => l.who))];
    this.levers = levers.map((l) => lever(l, this.told, draft.changes[l.what], (change) => {
      if (change) draft.changes[l.what] = change; else delete draft.changes[l.what];
      this.moved();
    }));
    this.boxes = [];
    const box = (key, id, label) => {
      const input = el("input", { type: "checkbox", checked: draft[key].includes(id), onchange: () => {
        draft[key] = input.checked ? [...draft[key], id] : draft[key].filter((x) => x !== id);
        this.moved();
      } });
      this.boxes.push([input, key, id]);
      return el("label", { class: "box" }, input, " ", label);
    };
    const events = [
      ...undone.map((e) => box("without", e.id, `without the ${e.name} of ${day(e.date)}`)),
      ...what_ifs.map((e) => box("with", e.id, `with the ${e.name} of ${day(e.date)} (a what-if of the case)`)),
    ];
    const from = el("select", { id: "start", onchange: () => {
      const p = this.told.policies.find((x) => x.id === from.value);
      start = p.id;
      draft = { ...draft, without: [...p.without], keep: [...p.keep], with: [...p.with] };
      for (const [input, key, id] of this.boxes) input.checked = draft[key].includes(id);
      this.moved();
    } }, this.told.policies.map((p) => el("option", { value: p.id }, p.name)));
    from.value = start;
    return el("form", { class: "controls", "aria-label": "What is changed", onsubmit: (event) => event.preventDefault() },
      el("p", {}, el("label", { for: "start" }, "Start from "), from),
      groups.map((who) => el("fieldset", {}, el("legend", {}, who),
        levers.map((l, i) => l.who === who && this.levers[i].node))),
      el("fieldset", {}, el("legend", {}, "What was reported to have happened"),
        events.length ? events : el("p", { class: "small" }, "The case has no dated events."),
        keep.length > 0 && el("details", { open: draft.keep.length > 0 }, el("summary", {}, "Leave as it was before"),
          keep.map((k) => box("keep", k.id, k.name)))),
      this.keeping());
  }

  keeping() {
    const name = el("input", { type: "text", id: "policy-name", autocomplete: "off", spellcheck: "false", maxlength: 60, placeholder: "nobody-handed-over" });
    const act = (look) => async () => {
      this.saved.replaceChildren();
      try {
        const done = await post("api/policies", { draft: asked(), name: name.value, look });
        const lines = Object.entries(done.lines).map(([key, items]) => `${key}:\n${items.map((x) => `  - ${x}`).join("\n")}`).join("\n");
        if (!look) await refreshed();
        this.saved.replaceChildren(...[
          el("p", {}, look ? "These lines would be added to case.yaml:" : `Saved as the policy ${done.name}. Added to case.yaml, all else in it as it was:`),
          el("pre", { tabindex: "0" }, lines),
          !look && el("p", {}, "Run the case again (above) to have the policy in every answer and in the report."),
        ].filter(Boolean));
      } catch (error) { this.saved.replaceChildren(el("div", { class: "warn", role: "alert" }, el("p", {}, error.message))); }
    };
    return el("fieldset", { class: "keeping" }, el("legend", {}, "Keep it, or drop it"),
      el("p", {}, el("label", { for: "policy-name" }, "Name "), name),
      el("p", { class: "buttons" },
        el("button", { type: "button", class: "main", onclick: act(false) }, "Save as a policy"),
        el("button", { type: "button", onclick: act(true) }, "Show the lines"),
        el("button", { type: "button", onclick: () => this.drop() }, "Drop it all")),
      this.told.shipped && el("p", { class: "small" }, `This case comes with obrok and stays as it is. To save, make a copy of your own first: obrok new my-${this.told.id} --from ${this.told.id}`),
      this.saved);
  }

  drop() {
    draft = structuredClone(EMPTY);
    for (const l of this.levers) l.reset();
    for (const [input] of this.boxes) input.checked = false;
    start = this.told.policies[0].id;
    this.root.querySelector("#start").value = start;
    this.saved.replaceChildren();
    this.moved();
  }

  keep() {
    remember({ draft, curve, start });
    keepSoon(written({ draft, curve, start }));
  }

  // -- asking
  moved() {
    this.keep();
    this.ask();
  }

  /** Asks for the draft as it now is; where a first look is still awaited, once that is there. */
  ask() {
    this.since ||= performance.now();
    if (this.running?.quick) { this.waiting = true; return; }
    this.running?.abort();
    this.waiting = false;
    const mine = new AbortController(), since = this.since;
    this.since = 0;
    this.running = Object.assign(mine, { quick: true });
    this.says.textContent ||= "Working it out …";
    this.bar.hidden = true;
    stream("api/whatif", { draft: asked(), curve }, (line) => { if (!mine.signal.aborted) this.heard(line, mine, since); }, mine.signal)
      .then(() => this.trouble.replaceChildren())
      .catch((error) => {
        mine.quick = false;
        if (error.name === "AbortError") return;
        this.trouble.replaceChildren(el("div", { class: "warn", role: "alert" }, el("p", {}, error.message)));
        this.says.textContent = "";
        if (this.waiting) this.ask();
      });
  }

  heard(line, mine, since) {
    if (line.kind === "progress") {
      this.bar.hidden = false;
      this.bar.max = line.total;
      this.bar.value = line.done;
      return;
    }
    this.seen = line;
    this.exact = line.kind === "exact";
    this.bar.hidden = true;
    this.redraw();
    if (line.kind === "quick") {
      mine.quick = false;
      const few = line.versions < 50 ? ", too few for a range to mean much" : "";
      const many = `${line.versions.toLocaleString("en")} versions${few}`;
      this.says.textContent = changed() ? `First look, from ${many}; the exact answer follows.` : `As reported, from ${many}.`;
      this.root.dispatchEvent(new CustomEvent("drawn", { detail: { ms: performance.now() - since, server: line.ms, versions: line.versions } }));
      if (this.waiting) this.ask();
    } else {
      this.says.textContent = `Exact: all ${line.versions.toLocaleString("en")} versions that were kept, each by how well it fits.`;
      this.root.dispatchEvent(new CustomEvent("exact", { detail: line }));
    }
  }

  // -- showing
  dates() {
    return [...new Set(Object.values(draft.changes).map((c) => c.date))];
  }

  redraw() {
    this.main.redraw();
    this.other.redraw();
    if (!this.seen) return;
    this.tell();
    this.tabulate();
  }

  inWords() {
    const row = this.seen?.answers.find((a) => a.id === curve);
    const name = this.begun.curves.find((c) => c.id === curve).name;
    if (!row) return `${name}, day by day, as reported and under the what-if`;
    return `${name} in the window: as reported ${row.own_text}; what if ${row.draft_text}; difference: ${row.difference_text}`;
  }

  /** The draft in words: "hand over 5 % of those found, from 9 May 2015". */
  policy() {
    const set = Object.entries(draft.changes).map(([what, c]) => {
      const l = this.begun.levers.find((x) => x.what === what);
      return `${l.says.replace("{}", bare(c.value, l.unit))}, from ${day(c.date)}${c.ramp ? ", bit by bit" : ""}`;
    });
    const undone = [
      ...draft.without.map((id) => `without the ${id.replaceAll("-", " ")}`),
      ...draft.with.map((id) => `with the ${id.replaceAll("-", " ")}`),
      ...draft.keep.map((id) => `with ${this.begun.keep.find((k) => k.id === id).name} as before`),
    ];
    return [...set, ...undone].join("; ");
  }

  tell() {
    const told = this.begun.headlines.map((id) => this.seen.answers.find((a) => a.id === id)).filter(Boolean);
    const moved = told.filter((a) => a.more + a.less > 0), same = told.filter((a) => a.more + a.less === 0);
    const label = (a) => this.begun.subjects[a.id];
    const items = !changed() ? [el("p", {}, "Nothing is changed yet: move a slider, or take an event away.")] : [
      el("p", {}, el("b", {}, `What if: ${this.policy()}.`)),
      moved.length ? el("ul", {}, moved.map((a) => el("li", {}, el("b", {}, label(a)), `: ${a.difference_text}; the middle version: ${a.difference_middle}. `,
        el("span", { class: "small" }, `More in ${a.more_text} of versions, ${a.unit === "people" ? "fewer" : "less"} in ${a.less_text}.`)))) : null,
      same.length ? el("p", { class: "small" }, `In no version any difference: ${same.map((a) => label(a).toLowerCase()).join("; ")}.`) : null,
    ].filter(Boolean);
    this.sentences.replaceChildren(el("h2", {}, "What it would change"), ...items,
      ...(changed() ? [el("p", { class: "small" }, "In nine of ten versions that fit the reports; each against the same version as reported.")] : []),
      ...(this.exact && moved.length ? [quotes(moved.map((a) => a.effect), `The change: ${this.policy()}.`)] : []));
  }

  tabulate() {
    const focused = this.answers.contains(document.activeElement);
    const others = Object.entries(this.begun.policies).filter(([id]) => id !== this.told.policies[0].id);
    const label = (a) => (this.begun.labels[a.id] ?? a.id.replaceAll("_", " ").replaceAll("-", " ")).replace("…", "leave");
    const three = (key, name) => ["p05", "p50", "p95"].map((q, i) => ({ name: `${name}_${q}`, hidden: true, value: (a) => a[key]?.[i] ?? null }));
    const columns = [
      { name: "answer", label: "In the window", value: (a) => a.id, text: label },
      { name: "as_reported", label: "As reported", value: (a) => a.own_text }, ...three("own", "as_reported"),
      { name: "what_if", label: "What if", value: (a) => a.draft_text }, ...three("draft", "what_if"),
      { name: "difference", label: "Difference", value: (a) => a.difference_text }, ...three("difference", "difference"),
      ...others.map(([id, answers]) => ({ name: id, label: this.told.policies.find((p) => p.id === id)?.name ?? id, value: (a) => answers[a.id] ?? "" })),
    ];
    this.answers.replaceChildren(table({
      title: "Policies side by side", level: "h2", columns, rows: this.seen.answers.filter((a) => this.begun.labels[a.id]),
      note: this.exact ? "Ranges: nine of ten versions that fit the reports." : "First look; the exact figures follow. Ranges: nine of ten versions that fit the reports.",
    }));
    if (focused) this.answers.querySelector("button")?.focus();
  }
}
