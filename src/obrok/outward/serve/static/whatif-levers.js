// One lever: a slider that is idle until it is moved, the date from which it holds, how fast it builds up.
import { el } from "./dom.js";

/** A value in words. */
export function inUnit(value, unit) {
  if (unit === "share") return `${Math.round(100 * value)} %`;
  if (unit === "USD/month") return `$${Math.round(value).toLocaleString("en")} a month`;
  if (unit === "1/week") return `${+value.toFixed(2)} a week`;
  if (unit === "cases") return `${+value.toFixed(2)} cases`;
  return `${+value.toFixed(2)} ×`;
}

/** The same within a sentence that names what it counts. */
export function bare(value, unit) {
  return unit === "share" || unit === "USD/month" ? inUnit(value, unit).replace(" a month", "") : `${+value.toFixed(2)}`;
}

/** `set(change)` is called with {value, date, ramp}, or null where the lever is idle again. `given`: as it was left. */
export function lever(l, told, given, set) {
  const id = `lever-${l.what}`;
  const idle = () => (l.reported ? l.reported[1] : l.low);
  const last = new Date(Date.parse(told.start) + (told.days - 1) * 864e5).toISOString().slice(0, 10);
  const slider = el("input", { type: "range", id, min: l.low, max: l.high, step: l.step, "aria-describedby": `${id}-says`, value: given?.value ?? idle() });
  const when = el("input", { type: "date", id: `${id}-date`, min: told.start, max: last, value: given?.date ?? told.window[0] });
  const pace = el("select", { id: `${id}-ramp` }, [[0, "at once"], [7, "half of it in a week"], [30, "half of it in a month"], [90, "half of it in three months"]]
    .map(([days, words]) => el("option", { value: days }, words)));
  pace.value = String(given?.ramp ?? 0);
  const says = el("output", { for: id, class: "value" });
  const back = el("button", { type: "button", class: "back", "aria-label": `Undo: ${l.label} as reported`, onclick: () => { reset(); set(null); slider.focus(); } }, "Undo");
  const more = el("p", { class: "when" },
    el("label", { for: `${id}-date` }, "from "), when, " ", el("label", { for: `${id}-ramp`, class: "hidden" }, `${l.label}: how fast`), pace);
  let moved = Boolean(given);

  function tell() {
    says.textContent = moved ? inUnit(+slider.value, l.unit) : "as reported";
    slider.setAttribute("aria-valuetext", says.textContent);
    node.classList.toggle("moved", moved);
    back.hidden = more.hidden = !moved;
  }
  function reset() {
    moved = false;
    slider.value = idle();
    tell();
  }
  function act() {
    moved = true;
    tell();
    if (when.validity.valid && when.value) set({ value: +slider.value, date: when.value, ramp: +pace.value });
  }
  slider.addEventListener("input", act);
  when.addEventListener("change", act);
  pace.addEventListener("change", act);

  const at = (v) => 100 * Math.min(1, Math.max(0, (v - l.low) / (l.high - l.low || 1)));
  const band = l.reported && el("div", { class: "band", "aria-hidden": "true" },
    (() => { const b = el("span", {}); b.style.left = `${at(l.reported[0])}%`; b.style.width = `${Math.max(1, at(l.reported[2]) - at(l.reported[0]))}%`; return b; })());
  const range = l.reported ? (l.reported[0] === l.reported[2] ? inUnit(l.reported[0], l.unit) : `${inUnit(l.reported[0], l.unit)} to ${inUnit(l.reported[2], l.unit)}`) : null;
  const node = el("div", { class: "lever" },
    el("div", { class: "head" }, el("label", { for: id }, l.label), says, back),
    slider, band,
    el("p", { class: "small", id: `${id}-says` }, l.explained, range && ` As reported, at the end: ${range}.`),
    more);
  tell();
  return { node, reset };
}
