// A link that brings back what is shown: in this dashboard as long as it runs, later or elsewhere by a command.
import { copy } from "./copy.js";
import { el } from "./dom.js";
import { settle } from "./state.js";

const MADE = /^([0-9a-f]{12})-(\d{1,20})-(\d{1,9})$/;

/** What a link says of the result that it was made from: digest, seed, versions. */
const madeFrom = (result) => `${result.sha256.slice(0, 12)}-${result.seed}-${result.worlds}`;

/** What is shown, as the part of an address after `#`; with the result that it was made from. */
export function view(told) {
  settle();
  const [path, ...rest] = (location.hash.slice(1) || "answers").split("?"), given = new URLSearchParams(rest.join("?"));
  given.delete("made");
  if (told.result) given.set("made", madeFrom(told.result));
  return `${path}?${given}`.replace(/\?$/, "").replaceAll("'", "%27");
}

/** A line, where the link was made from another result than the one that is shown; else null. */
export function otherResult(given, told) {
  const made = MADE.exec(given.get("made") ?? "");
  if (!made || !told.result || made[0] === madeFrom(told.result)) return null;
  const versions = Number(made[3]).toLocaleString("en");
  return el("p", { class: "small other-result", role: "note" },
    `This link was made from another result (seed ${made[2]}, ${versions} versions, digest ${made[1]}): figures may differ from those that were meant.`);
}

/** The button for the frame, and the panel that it opens. `told()`: the case as it now is. */
export function sharing(told) {
  const link = el("code", {}), command = el("code", {});
  const address = () => `${location.href.split("#")[0]}#${view(told())}`;
  const typed = () => `obrok serve ${told().id} --view '${view(told())}'`;
  const row = (label, code, words, said) => el("div", {}, el("p", { class: "for" }, label), el("p", { class: "card" }, code), el("p", { class: "acts" }, copy(words, said, " ")));
  const case_ = el("p", { class: "small" });
  const panel = el("section", { id: "link-panel", class: "sharing", "aria-label": "A link to this view", hidden: true },
    row("A link, while this dashboard runs on this machine", link, address, "the link"),
    row("A command, for later or another machine that has the case", command, typed, "the command"),
    case_,
    el("p", { class: "small" }, "The long word in the link is the key of this dashboard: whoever has it can read the case, so treat the link like the case. Each start makes another key. The command holds none; it says which view, what is chosen in it, and the digest of the answers. Words typed into a search are part of both."));
  const button = el("button", { type: "button", id: "link", "aria-expanded": "false", "aria-controls": "link-panel", onclick: () => show(panel.hidden) }, "Link to this view");
  let again = 0;
  function tell() {
    if (link.textContent !== address()) link.textContent = address();
    if (command.textContent !== typed()) command.textContent = typed();
    case_.textContent = told().shipped ? "" : `${told().id}: the folder of the case there.`;
    case_.hidden = told().shipped;
  }
  function show(open) {
    panel.hidden = !open;
    button.setAttribute("aria-expanded", String(open));
    clearInterval(again);
    if (open) { tell(); again = setInterval(tell, 500); } // what is chosen meanwhile is in it
  }
  panel.addEventListener("keydown", (event) => { if (event.key === "Escape") { show(false); button.focus(); } });
  return { button, panel };
}
