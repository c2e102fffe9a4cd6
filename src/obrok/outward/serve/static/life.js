// One life: a simulated person followed through two policies, day by day, in sentences; the day and rule where they part.
import { get } from "./api.js";
import { day, el, MEANINGS, term, tied, upper } from "./dom.js";
import { picture } from "./out.js";
import { strips } from "./life-strips.js";
import { peopleList } from "./life-people.js";
import { dayByDay } from "./life-days.js";
import { keep } from "./state.js";

/** Milliseconds until a version that is being lived is asked for again; that the page waits before it shows itself. */
const AGAIN = 500, SOON = 300;

export async function show(root, parts, told, given) {
  const policies = told.policies.filter((p) => told.result?.policies.includes(p.id));
  const asked = Object.fromEntries(["version", "a", "b", "place", "person", "day"].map((key) => [key, given.get(key) ?? ""]));
  const body = el("div", { class: "one" }, el("p", { class: "small" }, "The version is being looked into …")), version = el("input", { type: "number", id: "life-version", min: 0, step: 1, inputmode: "numeric" });
  const choice = (key, label) => {
    const select = el("select", { id: `life-${key}`, onchange: () => go({ [key]: select.value }) },
      policies.map((p) => el("option", { value: p.id }, upper(p.name))));
    return { select, line: el("p", {}, el("label", { for: select.id }, label), select) };
  };
  const first = choice("a", "One course of events"), second = choice("b", "The other");
  const place = el("select", { id: "life-place", onchange: () => go({ place: place.value, person: "", day: "" }) });
  const places = el("p", { hidden: true }, el("label", { for: place.id }, "Place"), place);
  const meaning = el("p", { class: "small", "aria-live": "polite" });
  version.addEventListener("change", () => go({ version: version.value, person: "", day: "" }));
  const other = (label, ask) => el("button", { type: "button", onclick: ask }, label);
  let turn = 0, resting = 0;

  root.append(
    el("h1", {}, "One life"),
    el("p", {}, "Follow one simulated person through two courses of events, with the same luck in both, to the day on which the two lives part. ",
      el("b", {}, "Nobody here is real"), ": each person is made up by the model, and no one stands for anybody in a report."),
    el("div", { class: "choices" }, first.line, second.line, places,
      el("p", {}, el("label", { for: version.id }, "Version"), version),
      el("p", { class: "others" }, other("The typical one", () => go({ version: "typical", person: "", day: "" })), " ",
        other("Another one", async () => go({ version: (await get("api/life/version")).version, person: "", day: "" }))),
      meaning),
    body);

  /** Shows what is asked for now, with changes; `focus`: moves the reader to the person. */
  async function go(changes = {}, focus = false) {
    const mine = ++turn;
    Object.assign(asked, changes);
    keep(asked);
    body.setAttribute("aria-busy", "true");
    try {
      for (;;) {
        const found = await get(`api/life?${new URLSearchParams({ version: asked.version, a: asked.a, b: asked.b, place: asked.place, person: asked.person })}`);
        if (mine !== turn) return;
        chosen(found);
        if (found.state === "ready") {
          Object.assign(asked, { version: String(found.version), a: found.a, b: found.b, person: found.person }); // a link tells all
          keep(asked);
          body.replaceChildren(...page(found));
          if (focus) body.querySelector("#life-person").focus({ preventScroll: false });
          break;
        }
        if (found.state === "large") { large(found); break; }
        waiting(found);
        await new Promise((done) => setTimeout(done, AGAIN));
        if (mine !== turn) return;
      }
    } catch (error) {
      if (mine !== turn) return;
      chosen({ version: asked.version, a: asked.a, b: asked.b });
      body.replaceChildren(el("div", { class: "warn", role: "alert" }, el("p", {}, error.message)));
    } finally {
      if (mine === turn) body.removeAttribute("aria-busy");
    }
  }

  /** What is chosen, in the fields. */
  function chosen({ version: number, imagined, a, b, places: known = [], place: where = "" }) {
    if (known.length > 1) {
      places.hidden = false;
      place.replaceChildren(el("option", { value: "" }, "All places"), ...known.map((p) => el("option", { value: p.id }, upper(p.name))));
      place.value = where;
    }
    version.value = number;
    if (imagined) version.max = imagined - 1;
    first.select.value = a;
    second.select.value = b;
    const of = (id) => policies.find((p) => p.id === id);
    meaning.replaceChildren(...[...new Set([a, b])].map(of).filter(Boolean).flatMap((p) => [el("b", {}, `${upper(p.name)}: `), p.meaning, " "]));
  }

  function waiting({ version: number, done, total }) {
    const words = `Version ${number} is being lived, person by person … `;
    body.replaceChildren(el("div", { class: "run", role: "status" }, el("span", {}, words),
      el("progress", { max: total || 1, value: done, "aria-label": words })));
  }

  /** A version that is too large as a whole: one of its places. */
  function large({ version: number, posts, most, of }) {
    const few = (n) => n.toLocaleString("en");
    body.replaceChildren(el("div", { class: "card" },
      el("p", {}, `Version ${few(number)} has ${few(posts)} posts, and lives are followed person by person, in up to ${few(most)} posts at once. Nothing passes between places, so each can be followed alone: choose one. A large one takes minutes.`),
      el("ul", { class: "people" }, of.map((p) => el("li", {}, p.fits
        ? el("button", { type: "button", class: "person", onclick: () => go({ place: p.id, person: "", day: "" }) }, el("b", {}, upper(p.name)), ` (${p.posts} posts)`)
        : el("span", { class: "small" }, `${upper(p.name)}: ${p.posts} posts, too many`))))));
  }

  function page(life) {
    const names = [life.names[life.a], life.names[life.b]], parting = life.parting;
    const start = asked.day && asked.day >= life.start ? asked.day : null;
    const never = (k) => life.spans[k].every((s) => s.status < 0);
    const days = dayByDay({ life, names, start, asked: { version: life.version, a: life.a, b: life.b, place: life.place, person: life.person },
      changed: (at, iso) => { asked.day = iso; drawn.redraw(); clearTimeout(resting); resting = setTimeout(() => keep({ day: asked.day }), 200); } });
    const drawn = picture({
      level: "h2", title: () => `Two lives of person ${life.person}, version ${life.version}`,
      range: "A simulated person in one imagined version: an example, not a finding. Other versions go otherwise.",
      alt: () => names.map((name, k) => `${upper(name)}: ${life.spans[k].filter((s) => s.status >= 0).map((s) => `from ${day(days.date(s.from))} ${s.name}`).join(", ") || "never sent"}`).join(". ")
        + (parting ? `. The lives part on ${day(parting.date)}.` : ". The lives do not part."),
      draw: (width) => strips({ life, names, width, chosen: days.at(), date: days.date, onDay: days.to }),
    });
    const rest = (rule) => basis(life.rests[rule], rule);
    const line = (h) => el("li", {}, el("p", {}, h.text), el("details", { class: "small" }, el("summary", {}, `By the rule: ${h.rule}`),
      h.by && el("p", {}, tied(`${upper(h.by)}.`)), rest(h.rule)));
    const story = (some) => (some.length ? el("ol", { class: "story" }, some.map(line)) : null);
    const common = life.common.length || !parting
      ? [el("h2", {}, parting ? "Alike in both" : "The same life under both"), story(life.common) ?? el("p", {}, "Nothing happens to this person from the first day to the last.")]
      : [];
    return [
      about(life),
      peopleList({ life, asked, given, pick: (person) => go({ person, day: "" }, true) }),
      el("section", { class: "card who", "aria-labelledby": "life-person" },
        el("h2", { id: "life-person", tabindex: "-1" }, `Person ${life.person}`),
        el("p", {}, life.portrait),
        el("details", { class: "small" }, el("summary", {}, "In numbers"), el("dl", { class: "figures" }, life.figures.flatMap(([what, figure]) => [el("dt", {}, upper(what)), el("dd", {}, figure)]))),
        el("p", { class: "acts" },
          life.next && other("The next whose lives part", () => go({ person: life.next, day: "" }, true)),
          other("Someone else, by chance", async () => go({ person: (await get(`api/life/someone?${new URLSearchParams({ version: life.version, a: life.a, b: life.b, place: life.place })}`)).person, day: "" }, true)))),
      parting ? null : alike(life, names),
      drawn,
      ...common,
      parting && el("section", { class: "card parting", "aria-labelledby": "life-parts" },
        el("h2", { id: "life-parts" }, `The lives part on ${day(parting.date)}`),
        parting.sentences.map((s) => el("p", {}, tied(s))),
        parting.before && el("p", {}, other(`See person ${parting.before}`, () => go({ person: parting.before, day: "" }, true))),
        el("details", { class: "small" }, el("summary", {}, `What the rule rests on: ${parting.rule}`), rest(parting.rule))),
      parting && el("div", { class: "two" }, names.map((name, k) => el("section", {},
        el("h3", {}, upper(name)), story(life.after[k]) ?? (never(k) ? null : el("p", {}, "Nothing more happens to this person.")), el("p", { class: "end" }, life.ends[k])))),
      parting ? null : el("p", { class: "end" }, life.ends[0]),
      days.box,
    ].flat().filter(Boolean);
  }

  /** Which version this is. */
  function about(life) {
    const why = life.typical ? "It is the typical one: of those kept, its leading answers lie nearest the middle."
      : life.first ? "Of those in which lives part between the two, its leading answers lie nearest the middle."
        : life.kept ? "" : "It was imagined, and not kept: others like it stand for it in the answers.";
    const often = life.a === life.b ? "" : ` Answers differ between the two in ${life.parts} of the versions, each counted by its weight.`;
    return el("p", { class: "small" }, `Version ${life.version.toLocaleString("en")} of ${life.imagined.toLocaleString("en")} `,
      term("imagined", MEANINGS.version), `, with ${life.posts.toLocaleString("en")} posts. ${why}${often}`);
  }

  /** The lives do not part: somebody's that do. */
  function alike(life, names) {
    const { person, version: where } = life.offer;
    const text = life.a === life.b ? "Both courses of events are the same one: choose another, and the lives may part."
      : person ? `This person's lives do not part: all is the same, ${names[0]} and ${names[1]}. In this version ${life.people.parting === "1" ? "one life parts" : `${life.people.parting} lives part`}.`
        : life.place ? `In this version no life in this place parts between the two, ${names[0]} and ${names[1]}: try another version, or another place.`
        : where === null ? `In this version no life parts between the two, ${names[0]} and ${names[1]}; nor do the answers in any version that was kept.`
          : `In this version no life parts between the two, ${names[0]} and ${names[1]}.`;
    return el("div", { class: "card" }, el("p", {}, text),
      person && el("p", {}, other("See the first that parts", () => go({ person, day: "" }, true))),
      !person && where !== null && el("p", {}, other(`Go to version ${where}, where lives part`, () => go({ version: String(where), person: "", day: "" }))));
  }
  root.addEventListener("shown", () => document.getElementById("main").addEventListener("left", () => { turn += 1; }, { once: true }), { once: true });
  await Promise.race([go(), new Promise((done) => setTimeout(done, SOON))]); // the page shows how far it is
}

/** What a rule says and rests on. Filled when it is opened: there may be many. */
function basis(rule, name) {
  const box = el("div", {});
  const fill = () => {
    if (box.childElementCount) return;
    box.append(...[
      el("p", {}, rule.means),
      rule.claims.length && el("p", {}, "Its figures rest on claims:"),
      rule.claims.length && el("ul", {}, rule.claims.map((c) => el("li", {}, el("a", { href: `#evidence/claim/${c.id}` }, c.text)))),
      rule.assumed.length && el("p", {}, rule.claims.length ? "and on assumptions:" : "Its figures are assumed:"),
      rule.assumed.length && el("ul", {}, rule.assumed.map((x) => el("li", {}, `${upper(x.text)}: ${x.why ?? "no reason given"}.`))),
      !rule.claims.length && !rule.assumed.length && el("p", {}, `No figure of the case stands behind the rule “${name}”.`),
    ].filter(Boolean));
  };
  box.className = "rests";
  queueMicrotask(() => box.closest("details")?.addEventListener("toggle", fill));
  return box;
}
