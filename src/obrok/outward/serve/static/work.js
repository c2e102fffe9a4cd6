// Working on evidence: what can be chosen from, what is done, and how it is undone. Everything done is written to the case's
// files by the server, as one step.
import { get, post, send } from "./api.js";
import { el } from "./dom.js";
import { refreshed } from "./told.js";

let known = null;

/** What an editor offers, as the case is now (asked anew after each deed). */
export async function workbench(anew = false) {
  if (!known || anew) known = await get("api/work");
  return known;
}

/** Does one thing (`{do: "accept", ids: […]}` …) and tells the frame. Raises what stands in the way, in words. */
export async function act(asked) {
  const told = await post("api/work", asked);
  known = null;
  await refreshed();
  say(told.told);
  return told;
}

/** What was done last, for whoever cannot see it happen. */
let voice = null;
export function say(words) {
  voice ??= document.body.appendChild(el("p", { class: "unseen", role: "status", "aria-live": "polite" }));
  voice.textContent = words;
}

/** Undo and redo, in words. `after`: draws anew what is shown. */
export function undoBar(bench, after) {
  if (!bench.can || !(bench.history.undo || bench.history.redo)) return null;
  const wrong = el("span", { class: "small" });
  const go = (what) => async () => {
    try {
      await act({ do: what });
      await after();
    } catch (error) { wrong.textContent = error.message; }
  };
  const { undo, redo } = bench.history;
  return el("p", { class: "undo" },
    undo ? el("button", { type: "button", onclick: go("undo") }, `Undo: ${undo}`) : null,
    redo ? el("button", { type: "button", onclick: go("redo") }, `Do again: ${redo}`) : null, wrong);
}

/** Why nothing can be changed here, and what to do about it; nothing where it can. */
export function whyNot(bench) {
  if (bench.can) return null;
  return el("p", { class: "card" }, bench.shipped
    ? ["This case comes with obrok and stays as it is. To work on its evidence, ", el("a", { href: "#evidence/begin" }, "make a copy that is yours, or begin a case of your own"), "."]
    : "The files of this case cannot be written: look at the permissions of its folder.");
}

/** A field with its label. */
let fields = 0;
export function field(label, input, hint) {
  input.id ||= `field-${++fields}`;
  const told = hint && el("span", { class: "small", id: `${input.id}-hint` }, hint);
  if (told) input.setAttribute("aria-describedby", told.id);
  return el("div", { class: "field" }, el("label", { for: input.id }, label), input, told);
}

/** Sends a file to be taken in. */
export async function takeIn(file, about) {
  const asked = new URLSearchParams({ name: file.name });
  for (const [key, value] of Object.entries(about)) if (value) asked.set(key, value);
  const told = await send(`api/intake?${asked}`, file);
  known = null;
  await refreshed();
  return told;
}
