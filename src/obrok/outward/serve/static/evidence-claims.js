// Claims: a list to filter, and everything that hangs on one.
import { el, MEANINGS, term } from "./dom.js";
import { details, filled } from "./evidence-data.js";
import { hedgePicture } from "./evidence-hedge.js";
import { Pages } from "./evidence-pages.js";
import { keep } from "./state.js";

const NEAR = { close: "close to it", medium: "at some distance", far: "far from it", unknown: "how near is not known" };
/** Claims on a page of the list; that many are opened at most by a link. */
const PAGE = 50;

export const claimLink = (id) => el("a", { href: `#evidence/claim/${id}` }, id);
const listed = (nodes) => nodes.flatMap((node, i) => (i ? [", ", node] : [node]));
export const plural = (n, one, many = `${one}s`) => `${n.toLocaleString("en")} ${n === 1 ? one : many}`;
export const documentName = (d) => (d.protected ? `Protected document ${d.id}` : d.title);

// --- the list
/**
 * The list of claims, a page at a time. `given`: what the address says; `heading`: of the list.
 * Returns `root`, and `show(claims, page)`, which shows these.
 */
export function claimList(all, given, heading) {
  const opened = new Set((given.get("open") ?? "").split(",").filter(Boolean).slice(0, PAGE));
  const note = () => keep({ open: [...opened].slice(-PAGE).join(",") });
  const pages = new Pages({ name: "claims", key: "page", size: PAGE, heading, draw: (claims) => claims.map((c) => item(all, c, opened, note)) });
  const both = el("button", { type: "button", onclick: () => {
    const close = both.textContent === "Close all";
    for (const node of pages.place.children) node.open = !close;
    both.textContent = close ? "Open all" : "Close all";
  } }, "Open all");
  return { root: el("div", {}, el("p", {}, both), pages.root), show: (claims, page) => {
    both.textContent = "Open all";
    both.parentElement.hidden = !claims.length;
    pages.show(claims, page);
  } };
}

function item(all, c, opened, note) {
  const source = all.source.get(c.source);
  const node = el("details", { class: "card claim", open: opened.has(c.id) },
    el("summary", {}, el("h3", {}, c.text), el("span", { class: "small" }, [c.id, c.role, `${c.source}, ${source.kind}`, c.when].filter(Boolean).join(" · "))));
  const fill = () => { if (node.open && node.childElementCount === 1) node.append(...claimBody(all, c, "h4")); };
  node.addEventListener("toggle", () => {
    fill();
    if (node.open === opened.has(c.id) || !node.isConnected) return;
    if (node.open) opened.add(c.id); else opened.delete(c.id);
    note();
  });
  fill();
  return node;
}

// --- one claim
/** Everything about a claim, below its paraphrase; it fills itself in. `level`: of its headings. */
export function claimBody(all, c, level) {
  return [filled(details(all, c.id), (told) => [
    el("dl", { class: "facts" }, facts(all, told)),
    told.picture && hedgePicture(told, told.picture, level),
    ...leverage(all, told, level),
  ].filter(Boolean))];
}

/** The first things about a claim, for beside its text; they fill themselves in. */
export function claimBrief(all, c, level) {
  const kept = ["Said by", "Wording", "Role", "Informs", "Believed"];
  return [
    el("p", { class: "paraphrase" }, c.text),
    filled(details(all, c.id), (told) => [
      told.picture && hedgePicture(told, told.picture, level),
      el("dl", { class: "facts" }, facts(all, told).filter(([name]) => kept.includes(name.dataset.name))),
    ].filter(Boolean)),
    el("p", {}, el("a", { href: `#evidence/claim/${c.id}` }, `All about the claim ${c.id}`)),
  ];
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

/** Documents of one origin that are named at once. */
const FEW = 12;

function origin(all, c) {
  const others = c.alike.map((id) => el("a", { href: `#evidence/document/${id}` }, documentName(all.document.get(id))));
  const rest = others.splice(others.length > FEW + 1 ? FEW : others.length);
  return [c.origin, others.length ? small(term("one origin", MEANINGS.origin), " with ", listed(others),
    rest.length ? el("details", {}, el("summary", {}, `and ${plural(rest.length, "more document")}`), listed(rest)) : null) : null];
}

function place(all, c) {
  const d = all.document.get(c.document);
  const href = `#evidence/document/${d.id}/${c.id}`;
  const name = documentName(d);
  const text = all.texts[d.id];
  if (text === "here" && c.where) return [el("a", { href, "aria-label": `Read it in its place: claim ${c.id}` }, "Read it in its place"), ` in ${name}`, small(`characters ${c.where}, ${c.checked}`)];
  const why = { here: "its place was not kept", elsewhere: "the text is not on this machine", locked: "the archive is locked", "not kept": "the text was not kept", protected: "withheld: the source is protected" }[text];
  return [el("a", { href }, name), small(c.where && ["elsewhere", "locked"].includes(text) ? `characters ${c.where}; ${why}` : why)];
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
