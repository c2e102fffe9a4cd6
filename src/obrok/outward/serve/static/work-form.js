// A claim being written: what it says in our own words, what it is for, how its words are read.
import { el } from "./dom.js";
import { chooser } from "./hedge-chooser.js";
import { act, field, workbench } from "./work.js";

const ROLE = { context: "keep it, for no figure yet", input: "how large something is", outcome: "what happened", confirmation: "that another source is right", held_back: "what happened, kept back to score predictions" };
const ROUTES = [["", "whoever left"], ["nearby", "those who work nearby"], ["remote", "those who hide far away"]];
const SECTORS = [["", "in any work"], ["construction", "in building"], ["logging", "in logging"]];
const option = (value, label, chosen) => el("option", { value, selected: value === chosen }, label);

/**
 * The form. `entry`: as the server has it (work.on_document), or only what is known so far; `bench`: the workbench;
 * `claims`: [{id, text}] that it may bear out; `save(set)`: gives what was changed, raises what stands in the way.
 */
export function claimForm({ entry, bench, claims, save, cancel, label = "Save" }) {
  const was = { informs: "context", value: null, about: null, where: null, confirms: [], ...entry };
  const now = { ...was };
  const wrong = el("div", { class: "warn", role: "alert", hidden: true }, el("p", {}));
  const later = el("div", { class: "of-role" });
  const text = el("textarea", { rows: 3, required: true, lang: "en" });
  text.value = was.paraphrase ?? "";
  const role = el("select", { onchange: () => { now.informs = role.value; roleFields(); } },
    Object.entries(ROLE).map(([r, words]) => option(r, `${r.replace("_", " ")}: ${words}`, was.informs)));
  const source = sourceField(bench, was.source);
  const about = spanFields(bench, was.about);
  let read = () => ({});

  function roleFields() {
    const kept = { ...now, ...read() };
    Object.assign(now, kept);
    if (now.informs === "confirmation") {
      const list = el("select", { multiple: true, size: 5 }, claims.filter((c) => c.id !== was.id).map((c) => el("option", { value: c.id, selected: now.confirms.includes(c.id) }, `${c.id}: ${c.text}`)));
      later.replaceChildren(field("It bears out", list, "Claims of other sources."));
      read = () => ({ confirms: [...list.selectedOptions].map((o) => o.value) });
    } else if (now.informs === "context") {
      const why = el("input", { type: "text" });
      why.value = now.unused ?? "";
      later.replaceChildren(field("Why no figure comes of it", why, "Told in the report, among what the model cannot use."));
      read = () => ({ unused: why.value });
    } else {
      const figures = figureFields(bench, now);
      later.replaceChildren(...figures.nodes);
      read = figures.read;
    }
  }

  const form = el("form", { class: "claim-form", "data-keep": true, onsubmit: async (event) => {
    event.preventDefault();
    const all = { paraphrase: text.value.trim(), informs: role.value, source: source.value(), about: about.value(), ...read() };
    const set = Object.fromEntries(Object.entries(all).filter(([k, v]) => JSON.stringify(v ?? null) !== JSON.stringify(was[k] ?? null)));
    const button = form.querySelector("button.main");
    button.disabled = true;
    wrong.hidden = true;
    try {
      await save(set);
    } catch (error) {
      wrong.hidden = false;
      wrong.firstChild.textContent = error.message;
      wrong.scrollIntoView({ block: "nearest" });
    }
    button.disabled = false;
  } },
  field("In our own words", text, "Not those of the text: they stay in the archive."),
  field("It says", role),
  later,
  about.node,
  source.node,
  was.in_file?.length ? el("p", { class: "small" }, `In the file it also has ${was.in_file.map((k) => `“${k}”`).join(" and ")}, which stay as they are.`) : null,
  wrong,
  el("p", { class: "steps" }, el("button", { class: "main" }, label), el("button", { type: "button", onclick: cancel }, "Cancel"),
    el("span", { class: "small" }, "Ctrl+Enter saves, Esc leaves it.")));
  form.addEventListener("keydown", (event) => {
    if (event.key === "Escape") { event.stopPropagation(); cancel(); }
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) { event.preventDefault(); form.requestSubmit(); }
  });
  roleFields();
  form.start = () => text.focus();
  return form;
}

/** Quantity, figures, unit, word; of what happened, also of whom. */
function figureFields(bench, now) {
  const offered = bench.quantities[now.informs === "input" ? "input" : "outcome"];
  const fits = (q) => !now.unit || q.units.includes(now.unit);
  const first = offered.filter(fits), rest = offered.filter((q) => !fits(q));
  const named = (q) => option(q.name, now.informs === "input" ? `${q.meaning} (${q.name})` : q.meaning, now.quantity);
  const quantity = el("select", { required: true, onchange: () => { units(); words(); } }, option("", "choose …"),
    rest.length && first.length ? [el("optgroup", { label: `in ${now.unit}` }, first.map(named)), el("optgroup", { label: "in other units" }, rest.map(named))] : offered.map(named));
  const [low, high] = [0, 1].map(() => el("input", { type: "number", step: "any", min: 0, oninput: () => words() }));
  const value = now.value === null || now.value === undefined ? [] : [now.value].flat();
  if (value.length) low.value = value[0];
  if (value.length > 1 && value[1] !== value[0]) high.value = value[1];
  const unit = el("select", { onchange: () => words() });
  const route = el("select", {}, ROUTES.map(([v, l]) => option(v, l, now.where?.route ?? "")));
  const sector = el("select", {}, SECTORS.map(([v, l]) => option(v, l, now.where?.sector ?? "")));
  const of = el("select", {}, option("", "all", now.of ?? ""), bench.found.map((id) => option(id, `those found in “${id}”`, now.of ?? "")));
  const nested = now.in_file?.includes("where") || now.in_file?.includes("readings");
  const chosen = () => offered.find((q) => q.name === quantity.value);
  const figures = () => [low, high].filter((f) => f.value !== "").map((f) => Number(f.value));
  let word = now.hedge ?? "";
  const pictures = el("details", { class: "word-of" }, el("summary", {}));
  let hedges = null;

  function units() {
    const q = chosen();
    const had = unit.value || now.unit || "";
    unit.replaceChildren(...(q ? q.units : had ? [had] : []).map((u) => option(u, u === "1" ? "times" : u, q?.units.includes(had) ? had : q?.unit)));
  }
  function words() {
    const q = chosen();
    pictures.firstChild.textContent = word ? `Said with the word “${word}”: choose another` : "Choose the word it is said with, from its picture";
    if (!q || !pictures.open) return;
    const asked = { quantity: q.name, unit: unit.value, value: figures(), hedge: word, informs: now.informs };
    if (hedges) { hedges.update(asked); return; }
    hedges = chooser({ ...asked, onchange: (w) => { word = w; none.hidden = false; words.told(); } });
    pictures.append(hedges, none);
  }
  words.told = () => { pictures.firstChild.textContent = word ? `Said with the word “${word}”: choose another` : "Choose the word it is said with, from its picture"; };
  const none = el("button", { type: "button", hidden: !word, onclick: () => { word = ""; none.hidden = true; hedges?.update({ hedge: "" }); words.told(); } }, "No word");
  pictures.addEventListener("toggle", words);
  units();
  words();
  return {
    nodes: [
      field(now.informs === "input" ? "What is so large" : "What happened to how many", quantity,
        now.informs === "input" ? "The case then rests this figure on the claim; what was assumed is its fallback." : "Versions that do not agree with it count for less."),
      el("div", { class: "pair" }, field("Figure", low), field("to (of a range)", high), field("Unit", unit)),
      pictures,
      ...(now.informs === "input" || nested ? [] : [el("div", { class: "pair" }, field("Of", route), field("and", sector), bench.found.length ? field("Counted among", of) : null)]),
    ],
    read: () => {
      const both = figures();
      const out = { quantity: quantity.value || null, value: both.length ? (both.length > 1 && both[0] !== both[1] ? both : both[0]) : null, unit: unit.value || null, hedge: word || null };
      if (now.informs !== "input" && !nested) {
        const where = { ...(route.value && { route: route.value }), ...(sector.value && { sector: sector.value }) };
        out.where = Object.keys(where).length ? where : null;
        out.of = of.value || null;
      }
      return out;
    },
  };
}

/** The days and the place that it is about. What the form cannot say stays as it is. */
function spanFields(bench, was) {
  const simple = !was || Object.keys(was).every((k) => ["from", "to", "on", "place"].includes(k)) && ![was.from, was.to, was.on].includes("published");
  if (!simple) {
    const told = Object.entries(was).map(([k, v]) => `${k} ${v}`).join(", ");
    return { node: el("p", { class: "small" }, `About: ${told} (edited in the file).`), value: () => was };
  }
  const from = el("input", { type: "date", value: was?.from ?? was?.on ?? "" });
  const to = el("input", { type: "date", value: was?.to ?? was?.on ?? "" });
  const place = el("select", {}, option("", "not said", was?.place ?? ""), bench.places.map((p) => option(p.id, p.name, was?.place ?? "")));
  return {
    node: el("div", { class: "pair" }, field("About the days from", from), field("to", to), field("Place", place)),
    value: () => {
      if (was && from.value === (was.from ?? was.on ?? "") && to.value === (was.to ?? was.on ?? "") && place.value === (was.place ?? "")) return was;
      const days = from.value && to.value && from.value === to.value ? { on: from.value } : { ...(from.value && { from: from.value }), ...(to.value && { to: to.value }) };
      const said = { ...days, ...(place.value && { place: place.value }) };
      return Object.keys(said).length ? said : null;
    },
  };
}

/** Who said it: a source of the case, or one that is added. */
function sourceField(bench, was) {
  const known = bench.sources.some((s) => s.id === was);
  const select = el("select", { required: true }, known || !was ? option("", "choose …", was ?? "") : option(was, `${was} (not yet judged)`, was),
    bench.sources.map((s) => option(s.id, `${s.id}, ${s.kind}`, was ?? "")));
  const adding = el("details", {}, el("summary", {}, "Another source"));
  const form = sourceForm(bench, null, (id) => {
    select.append(option(id, `${id}, new`, id));
    select.value = id;
    adding.open = false;
  });
  adding.append(form);
  return { node: el("div", {}, field("Said by", select, "A code and a kind; never a name."), adding), value: () => select.value || null };
}

/** A source to be judged; `done(id)` when it is written. Not a form of its own: it may stand inside one. */
export function sourceForm(bench, source, done) {
  const kind = el("select", {}, bench.kinds.map((k) => option(k, k, source?.kind)));
  const near = el("select", {}, bench.near.map((n) => option(n, n, source?.near ?? "unknown")));
  const credence = el("input", { type: "range", min: 0, max: 1, step: 0.05, value: source?.credence ?? 0.8, oninput: () => told() });
  const out = el("output", {});
  const why = el("input", { type: "text", value: source?.why ?? "" });
  const wrong = el("p", { class: "warn", role: "alert", hidden: true });
  const told = () => { out.textContent = ` ${Math.round(100 * credence.value)} %`; };
  told();
  const save = async () => {
    wrong.hidden = true;
    try {
      const set = { kind: kind.value, near: near.value, credence: Number(credence.value), why: why.value };
      if (source && source.independence !== 0.3) set.independence = source.independence;
      const { id } = await act({ do: "source", ...(source && { id: source.id }), set });
      Object.assign(bench, await workbench());
      done(id);
    } catch (error) { wrong.hidden = false; wrong.textContent = error.message; }
  };
  const node = el("div", { class: "source-form" },
    el("div", { class: "pair" }, field("Kind", kind), field("How near to what it tells", near)),
    field("Chance that it knows what it speaks of", credence), out,
    field("Why", why, "For example: unnamed, in the country, right before. No name, sex, age, employer or rank."),
    wrong,
    el("button", { type: "button", onclick: save }, source ? "Save the source" : "Add the source"));
  node.addEventListener("keydown", (event) => { if (event.key === "Enter" && event.target.tagName === "INPUT" && !event.ctrlKey) { event.preventDefault(); save(); } });
  return node;
}
