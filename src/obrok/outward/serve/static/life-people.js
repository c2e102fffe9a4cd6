// Whom to follow: people of a version in a list, those whose lives part first, a page at a time.
import { get } from "./api.js";
import { day, el, upper } from "./dom.js";
import { keep } from "./state.js";

const GROUPS = {
  parting: "whose lives part",
  leaving: "who leave under both alike",
  other: "all others",
};

/** The list, closed until it is asked for. `pick(person)`: somebody is chosen. */
export function peopleList({ life, asked, given, pick }) {
  const state = { group: given.get("group") ?? "", words: given.get("words") ?? "", page: Number(given.get("page")) || 0 };
  if (!(state.group in GROUPS)) state.group = Object.keys(GROUPS).find((g) => life.people[g] !== "0") ?? "other";
  const group = el("select", { id: "life-group" }, Object.entries(GROUPS).map(([id, label]) => el("option", { value: id, selected: id === state.group }, `${life.people[id]} ${label}`)));
  const words = el("input", { type: "text", id: "life-words", value: state.words, autocomplete: "off" });
  const found = el("p", { class: "small", role: "status" }), list = el("ul", { class: "people" });
  const turn = el("p", { class: "acts" });
  let mine = 0, resting = 0;

  async function fill(changes = {}) {
    const now = ++mine;
    Object.assign(state, changes);
    Object.assign(asked, changes);
    keep({ group: state.group, words: state.words, page: state.page || null });
    for (const [key, value] of Object.entries(state)) given.set(key, value);
    try {
      const told = await get(`api/life/people?${new URLSearchParams({ version: life.version, a: life.a, b: life.b, place: life.place, ...state })}`);
      if (now !== mine || told.state !== "ready") return;
      found.textContent = told.count === "0" ? "Nobody." : `${told.count} ${told.count === "1" ? "person" : "people"}${told.pages > 1 ? `, page ${told.page + 1} of ${told.pages}` : ""}`;
      list.replaceChildren(...told.people.map((p) => el("li", {}, el("button", { type: "button", class: "person", "aria-current": p.person === life.person ? "true" : null, onclick: () => pick(p.person) },
        el("b", {}, `Person ${p.person}`), ` (${p.where}) `, el("span", {}, p.date && state.group === "parting" ? `${day(p.date)}: ${p.text}` : upper(p.text))))));
      const step = (label, by) => el("button", { type: "button", onclick: () => fill({ page: told.page + by }) }, label);
      turn.replaceChildren(...[told.page > 0 && step("Page before", -1), told.page < told.pages - 1 && step("Next page", 1)].filter(Boolean));
    } catch (error) {
      found.textContent = error.message;
    }
  }
  group.addEventListener("change", () => fill({ group: group.value, page: 0 }));
  words.addEventListener("input", () => { clearTimeout(resting); resting = setTimeout(() => fill({ words: words.value, page: 0 }), 200); });
  const where = life.live ? "Post" : "Post, firm or city";
  const box = el("details", { class: "whom", open: given.get("list") === "open" }, el("summary", {}, "Choose a person"),
    el("div", { class: "choices" }, el("p", {}, el("label", { for: group.id }, "People"), group), el("p", {}, el("label", { for: words.id }, where), words)),
    found, list, turn);
  box.addEventListener("toggle", () => {
    given.set("list", box.open ? "open" : "");
    keep({ list: box.open ? "open" : null });
    if (box.open) fill();
  });
  return box;
}
