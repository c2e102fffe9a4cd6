// What to find out next: what would tell most of each leading answer.
import { el, MEANINGS, term } from "./dom.js";

const OPEN = 3;

export function nextPage(all) {
  const worth = all.answers.filter((a) => a.next.length);
  const page = [el("h1", {}, "What to find out next"),
    el("p", {}, "For each leading answer: what would tell most about it, if somebody found it out. The bar says how much of the doubt (how far the answers of the versions lie apart) would go, on average, in these ",
      term("versions", MEANINGS.version), "; only what goes beyond chance is named. An estimate from a model.")];
  if (!all.ready) return [...page, notYet()];
  if (all.too_few) return [...page, el("div", { class: "warn" }, el("p", {}, "Too few versions carry the answers to say what would narrow them. Run the case with more: ", el("code", {}, "obrok run --worlds"), "."))];
  if (!worth.length) page.push(el("p", {}, "Nothing would surely narrow any of the leading answers by itself."));
  page.push(...worth.map((a, i) => el("details", { class: "card next", open: i < OPEN },
    el("summary", {}, el("h2", {}, a.subject)),
    el("ol", {}, a.next.map((n) => el("li", {}, el("span", { class: "ask" }, ask(n)),
      el("span", { class: "bar", "aria-hidden": "true" }, el("span", { style: `width: ${Math.max(1, 100 * n.share).toFixed(1)}%` })),
      el("span", { class: "figure" }, el("strong", {}, n.told), " of the doubt; ", n.after, ".")))),
    el("p", {}, el("a", { href: `#answers/${a.id}` }, `The answer: ${a.asks}`)))));
  page.push(...silent(all));
  return page;
}

const ask = (n) => (n.question ? n.ask : [`Find out: ${n.named} `, el("code", {}, n.id)]);

const notYet = () => el("p", { class: "card" }, "There are no answers yet: what would narrow them is told when the versions have been imagined and weighed. The documents and claims can be read meanwhile.");

function silent(all) {
  if (!all.silent.length) return [];
  const said = all.documents.length > 1 ? "The reports say" : "The report says";
  return [
    el("h2", {}, `What ${all.documents.length > 1 ? "the reports say" : "the report says"} nothing about`),
    el("p", {}, `${said} nothing about ${all.silent.length} of the ${all.assumed} figures assumed: weighing left them as they were. Whoever knows one of them can replace an assumption.`),
    el("ul", { class: "silent" }, all.silent.map((name) => el("li", {}, name))),
  ];
}
