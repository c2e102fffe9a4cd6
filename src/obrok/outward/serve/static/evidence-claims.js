// Claims: a list to filter, and everything that hangs on one.
import { el, MEANINGS, term } from "./dom.js";
import { hedgePicture } from "./evidence-hedge.js";

const NEAR = { close: "close to it", medium: "at some distance", far: "far from it", unknown: "how near is not known" };
/** What the reader looks for and has opened, kept while other pages are read. */
const wanted = { words: "", role: "", document: "", source: "" };
const opened = new Set();

/** Maps of what the server told, by id. */
export function indexed(data) {
  const by = (rows) => new Map(rows.map((row) => [row.id, row]));
  return { ...data, claim: by(data.claims), document: by(data.documents), source: by(data.sources) };
}

export const claimLink = (id) => el("a", { href: `#evidence/claim/${id}` }, id);
const listed = (nodes) => nodes.flatMap((node, i) => (i ? [", ", node] : [node]));
export const plural = (n, one, many = `${one}s`) => `${n.toLocaleString("en")} ${n === 1 ? one : many}`;
export const documentName = (d) => (d.protected ? `Protected document ${d.id}` : d.title);

// --- the list
/** The list of claims with its filter. */
export function claimList(all) {
  const count = el("p", { class: "small", role: "status" });
  const place = el("div", { class: "claims" });
  const items = all.claims.map((c) => [c, haystack(all, c), item(all, c)]);
  const refresh = () => {
    const words = wanted.words.toLowerCase().split(/\s+/).filter(Boolean);
    const fit = items.filter(([c, text]) => words.every((w) => text.includes(w)) && (!wanted.role || c.role === wanted.role)
      && (!wanted.document || c.document === wanted.document) && (!wanted.source || c.source === wanted.source));
    place.replaceChildren(...fit.map(([, , node]) => node));
    const some = Object.values(wanted).some(Boolean);
    count.textContent = !some ? plural(items.length, "claim") : fit.length ? `${fit.length} of ${plural(items.length, "claim")}` : "No claim fits. Take a word or a choice away.";
    everything.hidden = !some;
  };
  const everything = el("button", { type: "button", onclick: () => {
    Object.keys(wanted).forEach((k) => { wanted[k] = ""; });
    for (const field of form.querySelectorAll("input, select")) field.value = "";
    refresh();
  } }, "Show all claims");
  const open = el("button", { type: "button", onclick: () => {
    const close = open.textContent === "Close all";
    for (const node of place.children) node.open = !close;
    open.textContent = close ? "Open all" : "Close all";
  } }, "Open all");
  const labelled = (key, label, field) => {
    field.id = `filter-${key}`;
    return el("div", { class: "field" }, el("label", { for: field.id }, label), field);
  };
  const choice = (key, label, options) => labelled(key, label, el("select", { onchange: (e) => { wanted[key] = e.target.value; refresh(); } },
    el("option", { value: "" }, "any"), options.map(([value, text]) => el("option", { value, selected: value === wanted[key] }, text))));
  const used = (key) => [...new Set(all.claims.map((c) => c[key]))];
  const form = el("form", { class: "filter", role: "search", "aria-label": "Filter the claims", onsubmit: (e) => e.preventDefault() },
    labelled("words", "Words", el("input", { type: "text", value: wanted.words, autocomplete: "off", oninput: (e) => { wanted.words = e.target.value; refresh(); } })),
    choice("role", "Role", used("role").map((r) => [r, r])),
    choice("document", "Document", used("document").map((d) => [d, shortened(documentName(all.document.get(d)))])),
    choice("source", "Source", used("source").map((s) => [s, `${s}, ${all.source.get(s).kind}`])),
    everything, open);
  refresh();
  return el("div", {}, form, count, place);
}

const shortened = (text) => (text.length > 46 ? `${text.slice(0, 44).trimEnd()} …` : text);

function haystack(all, c) {
  const d = all.document.get(c.document);
  return [c.id, c.text, c.said, c.informs, c.source, c.kind, c.role, c.when, c.why, c.unused, d.title, d.publisher].filter(Boolean).join(" ").toLowerCase();
}

function item(all, c) {
  const node = el("details", { class: "card claim", open: opened.has(c.id) },
    el("summary", {}, el("h3", {}, c.text), el("span", { class: "small" }, [c.id, c.role, `${c.source}, ${c.kind}`, c.when].filter(Boolean).join(" · "))));
  const fill = () => { if (node.open && node.childElementCount === 1) node.append(...claimBody(all, c, "h4")); };
  node.addEventListener("toggle", () => { fill(); if (node.open) opened.add(c.id); else opened.delete(c.id); });
  fill();
  return node;
}

// --- one claim
/** Everything about a claim, below its paraphrase. `level`: of its headings. */
export function claimBody(all, c, level) {
  return [
    el("dl", { class: "facts" }, facts(all, c)),
    c.picture && hedgePicture(c, c.picture, level),
    ...leverage(all, c, level),
  ].filter(Boolean);
}

/** The first things about a claim, for beside its text. */
export function claimBrief(all, c, level) {
  const kept = ["Said by", "Wording", "Role", "Informs", "Believed"];
  return [
    el("p", { class: "paraphrase" }, c.text),
    c.picture && hedgePicture(c, c.picture, level),
    el("dl", { class: "facts" }, facts(all, c).filter(([name]) => kept.includes(name.dataset.name))),
    el("p", {}, el("a", { href: `#evidence/claim/${c.id}` }, `All about the claim ${c.id}`)),
  ].filter(Boolean);
}

function fact(name, ...value) {
  const said = value.flat().filter((v) => v !== null && v !== undefined && v !== false && v !== "");
  return said.length ? [[el("dt", { "data-name": name }, name), el("dd", {}, said)]] : [];
}

const small = (...text) => el("span", { class: "small aside" }, text);

function facts(all, c) {
  const s = all.source.get(c.source);
  return [
    ...fact("Said by", `${s.id}, ${s.kind}, ${NEAR[s.near] ?? s.near}`, small(`Taken to know what it speaks of with chance ${s.credence}: ${s.why}`)),
    ...fact("Wording", c.said, c.why ? small(`How it is read: ${c.why}`) : c.word_source && small(`How the word is read: ${c.word_source}`)),
    ...fact("About", c.when),
    ...fact("Role", el("strong", {}, c.role), `: ${all.roles[c.role]}`),
    ...fact("Informs", informs(c)),
    ...fact("Not used", c.unused),
    ...fact("Bears out", listed(c.confirms.map(claimLink))),
    ...fact("Borne out by", listed(c.confirmed_by.map(claimLink))),
    ...fact("Disagrees with", listed(c.against.map(claimLink))),
    ...fact("Believed", believed(c)),
    ...fact("Origin", origin(all, c)),
    ...fact("Place", place(all, c)),
  ];
}

function informs(c) {
  if (c.parameter) {
    const p = c.parameter;
    return [
      p.meaning, " ", el("code", {}, p.name),
      p.with.length ? small("Together with ", listed(p.with.map(claimLink)), p.together ? `, ${p.together}` : "") : null,
      small(`If the source is wrong: ${p.otherwise}; ${p.why}`),
    ];
  }
  if (!c.answers.length) return c.informs;
  return [c.informs, el("span", { class: "small aside" }, "Answers about this: ",
    listed(c.answers.map((a) => el("a", { href: `#answers/${a.id}` }, a.asks))))];
}

function believed(c) {
  if (!c.believed) return null;
  const raised = c.confirmed_by.length ? ", raised by what bears it out" : "";
  return [
    `${c.believed}${raised}`,
    c.believed_after && small(`With room for a slip: ${c.believed_after[0]} before `, term("weighing", MEANINGS.weighing),
      `, ${c.believed_after[1]} after. It falls where claims, or the model, contradict one another.`),
  ];
}

function origin(all, c) {
  const d = all.document.get(c.document);
  const others = d.alike.map((id) => el("a", { href: `#evidence/document/${id}` }, documentName(all.document.get(id))));
  return [c.origin, others.length ? small(term("one origin", MEANINGS.origin), " with ", listed(others)) : null];
}

function place(all, c) {
  const d = all.document.get(c.document);
  const href = `#evidence/document/${d.id}/${c.id}`;
  const name = documentName(d);
  if (d.text === "here" && c.where) return [el("a", { href, "aria-label": `Read it in its place: claim ${c.id}` }, "Read it in its place"), ` in ${name}`, small(`characters ${c.where}, ${c.checked}`)];
  const why = { here: "its place was not kept", elsewhere: "the text is not on this machine", locked: "the archive is locked", "not kept": "the text was not kept", protected: "withheld: the source is protected" }[d.text];
  return [el("a", { href }, name), small(c.where && ["elsewhere", "locked"].includes(d.text) ? `characters ${c.where}; ${why}` : why)];
}

function leverage(all, c, level) {
  if (!all.ready || !["input", "outcome", "confirmation"].includes(c.role)) return [];
  const heading = el(level, {}, "What the answers would be without it");
  if (!c.moves.length && !c.short.length && !c.still) return [];
  const subject = (k) => all.answers[k];
  const rest = [
    c.still && `${c.moves.length ? "The other" : "The"} ${plural(c.still, "leading answer")} would move by no more than chance, or too little for figures to show.`,
    c.short.length && (c.short.length === all.answers.length ? "Too few versions to tell: without it, hardly any of them carry the answers."
      : `Too few versions to tell, without it, for ${plural(c.short.length, "answer")}: ${c.short.map((k) => subject(k).asks).join("; ")}.`),
  ].filter(Boolean);
  return [
    heading,
    c.moves.length ? el("p", { class: "small" }, "Its ", term("leverage", MEANINGS.leverage), " on the leading answers, told only where it is beyond chance.") : null,
    c.moves.length ? el("ul", { class: "moves" }, c.moves.map((m) => el("li", {},
      el("a", { href: `#answers/${subject(m.answer).id}` }, subject(m.answer).asks), m.what === "middle" ? ": the middle would be " : ": the middle would be the same, the range ",
      el("strong", {}, m.without), m.what === "middle" ? ` instead of ${m.with}` : ` wide instead of ${m.with}`))) : null,
    rest.length ? el("p", { class: "small" }, rest.join(" ")) : null,
  ].filter(Boolean);
}
