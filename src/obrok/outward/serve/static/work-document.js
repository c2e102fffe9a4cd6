// What is told of a document, a source, the case: small forms.
import { el } from "./dom.js";
import { sourceForm } from "./work-form.js";
import { act, field } from "./work.js";

/** A form of text fields that does one thing. `fields`: [[key, label, value, hint]]; `asked(values)`: what is done. */
function small(label, fields, asked, done) {
  const inputs = new Map(fields.map(([key, , value, , kind]) => [key, kind === "flag" ? el("input", { type: "checkbox", checked: value }) : el("input", { type: kind ?? "text", value: value ?? "" })]));
  const wrong = el("p", { class: "warn", role: "alert", hidden: true });
  return el("form", { class: "claim-form", onsubmit: async (event) => {
    event.preventDefault();
    wrong.hidden = true;
    const values = Object.fromEntries([...inputs].map(([key, input]) => [key, input.type === "checkbox" ? input.checked : input.value.trim()]));
    try { await act(asked(values)); await done(); } catch (error) { wrong.hidden = false; wrong.textContent = error.message; }
  } }, fields.map(([key, name, , hint]) => field(name, inputs.get(key), hint)), wrong, el("button", { class: "main" }, label));
}

/** Edits what is told of a document; only what was changed is written. */
export function documentForm(d, done) {
  const was = { title: d.title, author: d.author ?? "", publisher: d.publisher, address: d.address ?? "", language: d.language, origin: d.origin };
  return el("details", {}, el("summary", {}, "Edit what is told of it"), small("Save", [
    ["title", "Title", was.title], ["author", "Author", was.author, "As the byline has it; of nobody who has to be protected."], ["publisher", "Publisher", was.publisher],
    ["address", "Address", was.address], ["language", "Language", was.language, "Its code, such as en."],
    ["origin", "Origin", was.origin, "Documents of one origin count once."],
    ["published", "Appeared on", "", `Empty: stays ${d.published}. A day, a month, a year, or two of them with a slash.`],
    ["why", "How that is known", "", "Only where the day does not stand in the document."],
    ["protected", "Its source is protected", false, "Published copies and pictures then withhold title, address, positions and digests.", "flag"],
  ], ({ protected: hidden, published, why, ...texts }) => ({
    do: "document", id: d.id,
    set: { ...Object.fromEntries(Object.entries(texts).filter(([k, v]) => v !== was[k])), ...(published && { published, why }), ...(hidden && { protected: true }) },
  }), done));
}

/** The sources: those that nobody has judged first. */
export function sourcesPart(bench, draw) {
  if (!bench.sources.length) return [];
  const waits = (s) => s.why === "not yet judged";
  const row = (s) => el("details", { class: "card", open: waits(s) && bench.sources.filter(waits).length < 4 },
    el("summary", {}, `${s.id}, ${s.kind}: `, waits(s) ? "not yet judged" : `believed ${Math.round(100 * s.credence)} %, ${s.why}`),
    bench.can ? sourceForm(bench, waits(s) ? { ...s, why: "" } : s, draw) : null);
  return [
    el("h2", {}, "Sources"),
    el("p", {}, "How likely each is to know what it speaks of. A claim weighs as far as its source is believed."),
    ...[...bench.sources].sort((a, b) => waits(b) - waits(a)).map(row),
  ];
}

/** The days that the case is about, and its title. */
export function casePart(bench, told, draw) {
  if (!bench.can) return [];
  return [
    el("h2", {}, "What the case is about"),
    el("div", { class: "card begin" }, small("Save", [
      ["title", "Title", told.called], ["first", "The answers are about the days from", bench.days[0], "A year before them is lived, too; events outside are put on the first of these days.", "date"], ["last", "to", bench.days[1], "", "date"],
    ], (values) => ({ do: "days", ...values }), draw)),
  ];
}
