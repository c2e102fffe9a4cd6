// Elements from plain values. Text goes in as text: nothing that is shown can become markup.

/** An element: `el("p", {class: "small", onclick: f, "aria-label": "…"}, "text", child, [children])`. */
export function el(tag, given = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(given)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (name === "value" || name === "checked" || name === "disabled") node[name] = value;
    else node.setAttribute(name, value === true ? "" : String(value));
  }
  node.append(...children.flat(Infinity).filter((c) => c !== null && c !== undefined && c !== false));
  return node;
}

/** A word that is explained where it stands: opens on click, Enter or Space, and reads as text. */
let explained = 0;
export function term(word, meaning) {
  const id = `term-${++explained}`;
  const text = el("span", { id, class: "meaning", hidden: true }, ` (${meaning})`);
  const button = el("button", {
    type: "button", class: "term", "aria-expanded": "false", "aria-controls": id,
    onclick: () => { text.hidden = !text.hidden; button.setAttribute("aria-expanded", String(!text.hidden)); },
  }, word);
  return el("span", {}, button, text);
}

/** Words explained in many places, each said once. */
export const MEANINGS = {
  version: "one imagined course of what was reported: a draw of everything that is not known, then lived person by person, day by day",
  range: "nine of ten versions lie inside it, each counted by how well it fits the reports",
  weighing: "versions in which the reports would hardly have been written as they were count for less",
  "paired difference": "the same people and the same luck under both policies, so that only what the policy touches moves",
  claim: "one statement of a source, kept as a paraphrase with its place in the document",
  assumption: "a figure nobody reported, given with its reason",
  leverage: "how much an answer moves when a claim is left out",
  origin: "documents that go back to one and the same telling have one origin, and count once",
};

/** A sentence whose figures stay with their signs. */
export const tied = (text) => text.replace(/(\d) %/g, "$1\u00a0%");

/** A text with its first letter large. */
export const upper = (text) => text[0].toUpperCase() + text.slice(1);

/** "9 May 2015" of an ISO date. */
const MONTHS = "January February March April May June July August September October November December".split(" ");
export function day(iso) {
  const [year, month, date] = iso.split("-").map(Number);
  return `${date} ${MONTHS[month - 1]} ${year}`;
}
