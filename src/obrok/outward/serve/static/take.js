// What can be taken away: the report, the figures, the record; how to cite, and how to make them anew.
import { answers } from "./answers.js";
import { getBlob } from "./api.js";
import { copy } from "./copy.js";
import { el, term } from "./dom.js";
import { folds } from "./folds.js";
import { save } from "./out.js";

const FILES = {
  "answers.csv": ["The answers as a table", "Opens in any spreadsheet: an answer a row, with its range before and after weighing, its sentence and its unit."],
  "answers.json": ["The answers for programs", "The same with what each answer leans on: claims, assumptions, and what is left without each claim."],
  "explain.json": ["How sure the answers are", "What the spread of each leading answer is due to, how other readings would move it, and what to find out next."],
  "record.json": ["The record", "How these figures were made: program, case, seed and options, each with its digest. No name of a person, machine or folder stands in it."],
};

export async function show(root, parts, told, given) {
  const data = await answers(told), { remake } = data;
  const size = (name) => (data.files[name] > 1e6 ? `${(data.files[name] / 1e6).toFixed(1)} MB` : `${Math.max(1, Math.round(data.files[name] / 1e3))} kB`);
  const said = el("span", { role: "status", class: "small" });
  const asPdf = el("button", { type: "button", onclick: async () => {
    asPdf.disabled = true;
    said.textContent = "Setting the pages, some seconds …";
    try {
      save(await getBlob("files/report.pdf"), `${told.id}-report.pdf`);
      said.textContent = "Saved.";
    } catch (error) {
      said.textContent = error.message;
    }
    asPdf.disabled = false;
    asPdf.focus();
  } }, "Save as PDF");
  root.replaceChildren(...[
    el("h1", {}, "Take away"),
    el("p", {}, "Everything here is an estimate from a model, not a count. Take the range along with each figure, and how to cite it."),
    told.live && el("div", { class: "warn", role: "note" }, el("p", {}, el("strong", {}, "This case is live. "),
      "Before anything leaves this machine, make a copy that is safe to give away: ", el("code", {}, "obrok publish CASE"), ".")),
    el("h2", {}, "The report"),
    el("p", {}, "One page with every answer, picture, claim and assumption. It opens without a network and without this program, and prints. As a PDF: the same page on A4, with an outline and working links."),
    el("p", { class: "acts" },
      el("a", { href: "files/report.html", target: "_blank", rel: "noopener" }, "Open the report", el("span", { class: "unseen" }, " (in a new tab)")),
      el("a", { href: "files/report.html", download: `${told.id}-report.html` }, `Save the report (${size("report.html")})`),
      asPdf, said),
    el("p", { class: "small" }, "To check it: its last table, Record, names the program, the case and the seed. The same three give the same figures."),
    el("h2", {}, "Files"),
    el("ul", { class: "takings" }, Object.entries(FILES).filter(([name]) => name in data.files).map(([name, [title, what]]) => el("li", { class: "card" },
      el("h3", {}, title),
      el("p", {}, what),
      el("p", { class: "acts" }, el("a", { href: `files/${name}`, download: `${told.id}-${name}` }, `Save ${name} (${size(name)})`))))),
    el("p", { class: "small" }, "To check them: run the command below on another machine that has the same texts. The files of the answers come out the same, byte for byte; record.json holds a ",
      term("digest", "a fingerprint of a text or file: another text has another one"), " of the answers: ", el("code", {}, remake.answers.slice(0, 16)), "…"),
    el("h2", {}, "How to cite"),
    el("blockquote", { class: "card" }, el("p", {}, data.cite)),
    el("p", { class: "acts" }, copy(data.cite, "how to cite", " ")),
    el("details", {}, el("summary", {}, "BibTeX: the estimate, and the program"),
      el("pre", { class: "card bibtex", tabindex: "0" }, data.bibtex), el("p", { class: "acts" }, copy(data.bibtex, "BibTeX", " "))),
    el("p", { class: "small" }, "Each answer, each effect of a what-if, and each figure of Time and Money has a button that copies its sentence, its range and this line together."),
    el("h2", {}, "How to make it anew"),
    el("p", {}, `With obrok ${remake.obrok} and the ${remake.shipped ? "case that comes with it" : "folder of this case"}, this command gives the same figures again:`),
    el("p", { class: "card" }, el("code", {}, remake.command)),
    el("p", { class: "acts" }, copy(remake.command, "the command", " ")),
    el("dl", { class: "made" },
      [["Program", `obrok ${remake.obrok}, digest ${remake.code.slice(0, 16)}…`], ["Case", `${told.id}, digest ${remake.case.slice(0, 16)}…`],
        ["Seed", remake.seed], ["Versions", remake.worlds.toLocaleString("en")],
        ["Claims checked against their texts", `${remake.checked} of ${data.about.claims}`]]
        .map(([k, v]) => [el("dt", {}, k), el("dd", {}, String(v))])),
    el("p", { class: "small" }, "The ", term("seed", "the number that all luck is drawn from: the same seed, the same luck"),
      " and the number of versions are part of it: more versions give steadier ranges, not other ones. A machine without the texts gives the same figures, and says that the claims were not checked."),
    el("h2", {}, "Pictures and tables"),
    el("p", {}, "Each picture has the buttons SVG (for print) and PNG (for the web); each table has CSV. A saved picture says the case, its dates, what its range means, and “model estimate”."),
    el("ul", {},
      [["#answers", "Answers", "ranges before and after weighing, the case’s own questions over time, what another policy would change; and in each trail, what its spread is due to"],
        ["#time", "Time", "people by day, as reported and under each policy"], ["#money", "Money", "where the pay goes"],
        ["#evidence", "Evidence", "claims, documents and their origins"], ["#whatif", "What if", "what you change there"]]
        .map(([href, name, what]) => el("li", {}, el("a", { href }, name), `: ${what}.`))),
    el("p", { class: "small" }, "An estimate is no proof of what happened at one place or to one person. Nobody simulated is a real person."),
  ].filter(Boolean));
  folds(root, given);
}
