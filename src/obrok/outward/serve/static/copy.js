// Texts that leave by the clipboard, and the button for it.
import { el } from "./dom.js";
import { facts } from "./out.js";

/** Words for those who listen alone. */
export const unseen = (...words) => el("span", { class: "unseen" }, ...words);

/** Puts a text on the clipboard; without leave to, by a selection. True where it is there. */
async function put(words) {
  try {
    await navigator.clipboard.writeText(words);
    return true;
  } catch {
    const box = el("textarea", { class: "unseen", readonly: true, "aria-hidden": "true", tabindex: "-1" }, words);
    document.body.append(box);
    box.select();
    const done = document.execCommand("copy");
    box.remove();
    return done;
  }
}

/**
 * A button that copies `words` (or what a function says when it is pressed); it says so, to the eye and to the ear, and
 * keeps the focus. `named`: whose words, for those who listen alone; `what`: what is copied of it.
 */
export function copy(words, named, what = " the sentence with its range and how to cite: ") {
  const told = el("span", { role: "status", class: "copied" });
  const button = el("button", {
    type: "button",
    onclick: async () => {
      const done = await put(typeof words === "function" ? words() : words);
      button.focus();
      told.textContent = done ? "Copied" : "Not copied: select the words and copy them by hand.";
      setTimeout(() => { told.textContent = ""; }, 6000);
    },
  }, "Copy", unseen(what + named));
  return el("span", { class: "copying" }, button, told);
}

/** Sentences with their ranges, folded up, each with a button that copies it with how to cite it. `after`: what a reader must know with each. */
export function quotes(lines, after = "") {
  const cited = (line) => [`“${line}”`, after, facts.cite].filter(Boolean).join(" ");
  return el("details", { class: "quotes" }, el("summary", {}, "As sentences, to quote"),
    el("ul", {}, lines.map((line) => el("li", {}, el("p", {}, line), el("p", { class: "acts" }, copy(cited(line), line.slice(0, 60)))))),
    el("p", { class: "small" }, [after, facts.cite].filter(Boolean).join(" ")));
}
