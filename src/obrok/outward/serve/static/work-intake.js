// Documents dropped in, and a case of one's own begun.
import { post } from "./api.js";
import { el } from "./dom.js";
import { plural } from "./evidence-claims.js";
import { refreshed } from "./told.js";
import { field, takeIn, workbench } from "./work.js";

const TYPES = ".txt,.html,.htm,.pdf,.warc,.gz,.md,.xhtml";

/** What is said of new documents, where they do not say it themselves. */
function aboutFields() {
  const published = el("input", { type: "text", placeholder: "2015-06-15", autocomplete: "off" });
  const [title, publisher, language] = [el("input", { type: "text" }), el("input", { type: "text" }), el("input", { type: "text", size: 6, placeholder: "en" })];
  return {
    node: el("div", { class: "about" },
      field("Appeared on", published, "A day, a month, a year, or two of them with a slash. Empty: as the document says."),
      el("details", {}, el("summary", {}, "More about it"), field("Title", title), field("Publisher", publisher), field("Language", language, "Its code, such as ko."))),
    given: () => ({ published: published.value.trim(), title: title.value.trim(), publisher: publisher.value.trim(), language: language.value.trim() }),
    published,
  };
}

/** A place to drop files on, or to choose them. `after(told, file)` is called for each that was taken in. */
export function dropZone({ many = true, chosen = null } = {}) {
  const input = el("input", { type: "file", multiple: many, accept: TYPES, class: "unseen", id: "documents-to-take-in" });
  const label = el("span", {}, many ? "Drop documents here, or " : "Drop a document here, or ");
  const zone = el("div", { class: "drop" }, label,
    el("label", { for: input.id, class: "as-button" }, many ? "choose files" : "choose a file"), input,
    el("span", { class: "small aside" }, "Text, web page, PDF or web archive. They are kept on this machine, in the archive of the case, and nowhere else."));
  const take = (files) => { if (files.length) chosen([...files]); };
  input.addEventListener("change", () => { take(input.files); input.value = ""; });
  for (const [kind, over] of [["dragenter", true], ["dragover", true], ["dragleave", false], ["drop", false]]) {
    zone.addEventListener(kind, (event) => {
      event.preventDefault();
      zone.classList.toggle("over", over);
      if (kind === "drop") take(event.dataTransfer.files);
    });
  }
  return zone;
}

/** Takes documents in, one after the other, and tells what became of each. The section stays the same while the page around
 *  it is drawn anew: what it told, and what was written into it, is still there. `after()`: when something was taken in. */
export function intake(after) {
  section ??= intakeSection();
  section.after = after;
  return section;
}
let section = null;

function intakeSection() {
  const about = aboutFields();
  const told = el("ul", { class: "taken" });
  const status = el("p", { class: "small", role: "status" });
  const rows = new Map();
  const take = async (files) => {
    let some = false;
    for (const [i, file] of files.entries()) {
      status.textContent = `Reading ${file.name}${files.length > 1 ? ` (${i + 1} of ${files.length})` : ""} …`;
      rows.get(file.name)?.remove();
      const row = el("li", {});
      rows.set(file.name, row);
      try {
        row.append(...whatBecame(file, await takeIn(file, about.given())).filter(Boolean));
        some = true;
      } catch (error) {
        row.append(el("div", { class: "warn", role: "alert" }, el("p", {}, `${file.name}: ${error.message.replace(/add, for example, --published .*$/s, "say when it appeared in the field above, and drop it again.")}`)));
        if (error.message.includes("appeared")) about.published.focus();
      }
      told.prepend(row);
    }
    status.textContent = "";
    if (some) root.after();
  };
  const root = el("section", { class: "intake", "aria-label": "Take documents in" }, dropZone({ chosen: take }), about.node, status, told);
  return root;
}

function whatBecame(file, taken) {
  const found = taken.candidates ? `, ${plural(taken.candidates, "candidate claim")} found` : "";
  const [first] = taken.documents;
  const link = taken.documents.length === 1 ? el("a", { href: `#evidence/document/${first.id}` }, taken.candidates ? "Judge them beside the text" : "Read it") : null;
  return [
    `${file.name}: ${taken.documents.length === 1 ? (first.new ? "taken in" : "known already, by its digest") : plural(taken.documents.length, "document")}${found}. `, link,
    ...[...taken.problems, ...taken.documents.flatMap((d) => d.notes)].map((note) => el("span", { class: "small aside" }, note)),
  ];
}

/** The page on which a case of one's own is begun. */
export async function beginPage(told) {
  const bench = await workbench();
  const name = el("input", { type: "text", required: true, value: "my-case", autocomplete: "off" });
  const title = el("input", { type: "text", autocomplete: "off" });
  const first = el("input", { type: "date", required: true, value: bench.days[0] });
  const last = el("input", { type: "date", required: true, value: bench.days[1] });
  const about = aboutFields();
  const files = [], list = el("ul", { class: "taken" });
  const zone = dropZone({ chosen: (some) => {
    files.push(...some);
    list.replaceChildren(...files.map((f) => el("li", {}, `${f.name}, ${Math.max(1, Math.round(f.size / 1000)).toLocaleString("en")} kB`)));
  } });
  const status = el("p", { role: "status" });
  const wrong = el("div", { class: "warn", role: "alert", hidden: true }, el("p", {}));
  const go = (asked) => async (event) => {
    event.preventDefault();
    wrong.hidden = true;
    status.textContent = "Making the folder …";
    try {
      await post("api/cases", asked());
      let place = "#evidence";
      await refreshed();
      for (const file of asked().copy ? [] : files) {
        status.textContent = `Reading ${file.name} …`;
        const taken = await takeIn(file, about.given());
        place = `#evidence/document/${taken.documents[0].id}`;
      }
      location.hash = place;
    } catch (error) {
      status.textContent = "";
      wrong.hidden = false;
      wrong.firstChild.textContent = error.message;
    }
  };
  const copyName = el("input", { type: "text", required: true, value: `my-${told.id}`, autocomplete: "off" });
  return [
    el("h1", {}, "A case of your own"),
    el("p", {}, "A case is a folder with three files that you can read and edit by hand, too. It is made where ", el("code", {}, "obrok serve"), " was started, and the dashboard turns to it."),
    el("form", { class: "card begin", "data-keep": true, onsubmit: go(() => ({ name: name.value.trim(), title: title.value, first: first.value, last: last.value })) },
      el("h2", {}, "From a document"),
      field("Short name", name, "Letters, digits and hyphens: the folder is called so."),
      field("Title", title, "What it is about, for whoever reads the answers. It can be changed."),
      el("div", { class: "pair" }, field("The answers are about the days from", first), field("to", last)),
      el("p", { class: "small" }, "A year before them is lived, too, so that things have settled."),
      zone, list, about.node,
      el("p", { class: "small" }, "Every figure that no document gives is an assumption, with its reason: the new case begins with those of the blank case, and answers right away."),
      el("button", { class: "main" }, "Make the case")),
    el("form", { class: "card begin", onsubmit: go(() => ({ name: copyName.value.trim(), copy: true })) },
      el("h2", {}, "As a copy of the case that is open"),
      el("p", {}, `“${told.called}” is copied with its claims and policies; the texts of its documents stay where they are kept.`),
      field("Short name", copyName),
      el("button", {}, "Make the copy")),
    status, wrong,
  ];
}
