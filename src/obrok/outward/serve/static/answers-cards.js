// A card an answer: the range, the sentence, before and after weighing; and the button that copies it with its citation.
import { copy, unseen } from "./copy.js";
import { el } from "./dom.js";
import { small } from "./answers-pictures.js";

/** The address of an answer's trail. */
export const trail = (a) => `#answers/${encodeURIComponent([a.id, a.policy, a.versus].filter(Boolean).join("/"))}`
  .replaceAll("%2F", "/");

export const same = (a, id, policy, versus = null) => a.id === id && a.policy === policy && a.versus === versus;

/** Figure and unit, day and month stay on one line. */
export const together = (text) => text.replace(
  /(\d) (?=%|million|more\b|fewer\b|days\b|(January|February|March|April|May|June|July|August|September|October|November|December))/g,
  "$1\u00a0");

/** “Sentence” and how to cite it. */
export const quoted = (a, data) => `“${a.text}” ${data.cite}`;

/** Bars of an answer: before and after weighing, in words. Of a difference: over all versions. */
export function bars(a, data, weighing = " weighing") {
  const after = { words: `${data.about.weighed ? `after${weighing}: ` : ""}${a.after}`, q: a, style: "after" };
  return data.about.weighed ? [{ words: `before${weighing}: ${a.before}`, q: a.prior, style: "before" }, after] : [after];
}

/** An answer as a card. `level`: its heading. */
export function card(a, data, level = "h3") {
  const rows = bars(a, data, ""), name = data.names[a.id];
  const svg = small(250, rows, a.unit);
  svg.setAttribute("role", "img");
  svg.setAttribute("aria-label", `${a.versus ? "In all versions" : "Nine of ten versions"}, ${rows.map((r) => r.words).join("; ")}`);
  return el("li", { class: "card answer", "data-answer": [a.id, a.policy, a.versus].filter(Boolean).join("/") },
    el("div", { class: "figures" },
      el(level, {}, name),
      el("p", { class: "figure" }, together(a.figure)),
      el("p", { class: "small" }, a.middle && `middle version: ${together(a.middle)}`)),
    el("div", { class: "words" },
      el("p", { class: "said" }, together(a.text)),
      el("p", { class: "acts" },
        el("a", { href: trail(a), class: "way" }, "How do you know?", unseen(` ${name}`)),
        copy(quoted(a, data), name))),
    el("div", { class: "bars" },
      el("p", { class: "small" }, [a.versus ? "In all versions" : "", data.about.weighed ? "before and after weighing" : ""].filter(Boolean).join(", ").replace(/^b/, "B")),
      svg));
}
