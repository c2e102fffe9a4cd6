// To choose a hedge from pictures of what each word is taken to say.
import { get } from "./api.js";
import { el } from "./dom.js";
import { hedgePicture, thumbnail } from "./evidence-hedge.js";

/** Groups of words that lie open; the others are opened by hand, or because the word chosen is among them. */
const OPEN = ["words beside a figure", "common words", "remarks", "more or less than before"];
let made = 0;

/**
 * An element with a picture for every word of the case's table that fits. `informs`: input, outcome or held_back;
 * `quantity`: a parameter or an outcome; `unit`: one that the quantity may be told in ("" for its own); `value`: [] for a
 * word alone, [figure], or [from, to]; `hedge`: the word that is chosen to begin with; `skip`: words that are not offered.
 * `onchange(word, told)` is called when the user chooses; `told`: {word, group, source, own, picture}.
 *
 * `.chosen`: the word, or ""; `.update({…})`: any of these anew; `.ready`: a promise of when the words are there.
 */
export function chooser({ onchange = () => {}, ...given }) {
  const name = `hedge-${++made}`, now = { quantity: "", unit: "", value: [], hedge: "", informs: "outcome", skip: [], ...given };
  const status = el("p", { class: "small", role: "status" }), place = el("div", { class: "words" }), shown = el("div", {});
  const root = el("fieldset", { class: "hedges" }, el("legend", {}, "The word it is said with"), status, place, shown);
  let words = [], asked = 0;

  const explain = () => {
    const w = words.find((x) => x.word === root.chosen);
    shown.replaceChildren(...(w ? [
      el("p", { class: "small" }, el("strong", {}, `“${w.word}”`), ": ", w.picture ? w.picture.alt : "no picture can be drawn of it."),
      el("details", {}, el("summary", {}, "Its picture, larger, and where the word's reading comes from"),
        w.picture ? hedgePicture({ said: `“${w.word}”` }, w.picture, "h4") : null,
        el("p", { class: "small" }, `${w.source}${w.own ? " (the case's own table)" : ""}`))] : []));
  };
  const choose = (w) => { root.chosen = w.word; explain(); onchange(w.word, w); };

  const card = (w, i) => {
    const id = `${name}-${i}`;
    return el("label", { class: "word", for: id },
      el("input", { type: "radio", name, id, value: w.word, checked: w.word === root.chosen, "aria-describedby": `${id}-says`, onchange: () => choose(w) }),
      el("span", {}, w.word), w.picture ? thumbnail(w.picture) : null,
      el("span", { id: `${id}-says`, hidden: true }, w.picture ? w.picture.alt : "No picture can be drawn of it."));
  };

  function draw() {
    const groups = d3.group(words.map((w, i) => [w, i]), ([w]) => w.group);
    place.replaceChildren(...[...groups].map(([group, rows]) => {
      const cards = el("div", { class: "cards" }, rows.map(([w, i]) => card(w, i)));
      if (groups.size === 1) return cards;
      return el("details", { open: OPEN.includes(group) || rows.some(([w]) => w.word === root.chosen) },
        el("summary", {}, `${group[0].toUpperCase()}${group.slice(1)} (${rows.length})`), cards);
    }));
    status.textContent = words.length ? "" : now.value.length ? "" : "No word alone says how large this is: give a figure.";
    explain();
  }

  async function ask() {
    const mine = ++asked, query = new URLSearchParams({ informs: now.informs, quantity: now.quantity, unit: now.unit });
    for (const v of now.value) query.append("value", v);
    try {
      const told = await get(`api/hedges?${query}`);
      if (mine !== asked) return;
      words = told.words.filter((w) => !now.skip.includes(w.word));
      if (!words.some((w) => w.word === root.chosen)) root.chosen = "";
      draw();
    } catch (error) {
      if (mine !== asked) return;
      words = [];
      draw();
      status.textContent = error.message;
    }
  }

  root.chosen = now.hedge;
  root.update = (changes) => {
    Object.assign(now, changes);
    if ("hedge" in changes) root.chosen = changes.hedge;
    root.ready = ask();
    return root.ready;
  };
  root.ready = ask();
  return root;
}
