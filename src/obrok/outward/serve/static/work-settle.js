// What is to be settled: documents that tell the same, claims that disagree.
import { get } from "./api.js";
import { el, MEANINGS, term, upper } from "./dom.js";
import { claimLink, documentName } from "./evidence-claims.js";
import { casePart, sourcesPart } from "./work-document.js";
import { act, undoBar, whyNot, workbench } from "./work.js";

/** Pairs of documents that were looked at and left as they are, while the page is open. */
const left = new Set();

export async function settlePage(all, told) {
  const place = el("div", {});
  let asking = 0;
  const draw = async () => {
    const mine = ++asking;
    const [bench, copies, pairs] = await Promise.all([workbench(true), get("api/copies"), get("api/disagreements")]);
    if (mine !== asking) return;
    place.replaceChildren(...[whyNot(bench), undoBar(bench, draw), ...sourcesPart(bench, draw), ...copiesPart(all, bench, copies, draw), ...pairsPart(bench, pairs, draw).filter(Boolean), ...casePart(bench, told, draw)].filter(Boolean));
    if (!copies.ready) setTimeout(() => { if (place.isConnected && mine === asking && !place.contains(document.activeElement)) draw(); }, 1500);
  };
  await draw();
  return [el("h1", {}, "To settle"), place];
}

/** A button that does something, and says what stands in the way. */
function doing(label, asked, draw, main = false) {
  const wrong = el("span", { class: "small", role: "alert" });
  return el("span", {}, el("button", { type: "button", class: main ? "main" : null, onclick: async (event) => {
    const button = event.currentTarget;
    button.disabled = true;
    try { await act(asked); await draw(); } catch (error) { wrong.textContent = ` ${error.message}`; button.disabled = false; }
  } }, label), wrong);
}

function copiesPart(all, bench, copies, draw) {
  const open = copies.pairs.filter((p) => p.origins[0] !== p.origins[1] && !left.has(`${p.first} ${p.second}`));
  const done = copies.pairs.filter((p) => p.origins[0] === p.origins[1]);
  const name = (id) => el("a", { href: `#evidence/document/${id}` }, all.document.has(id) ? documentName(all.document.get(id)) : id);
  const row = (p) => el("li", { class: "card" },
    el("h3", {}, name(p.first), " · ", name(p.second)),
    el("p", {}, plainly(p.says)),
    bench.can && el("p", { class: "steps" },
      doing(p.sure ? "One origin: they count once" : "Yes, one origin", { do: "document", id: p.second, set: { origin: p.origins[0] } }, draw, p.sure),
      el("button", { type: "button", onclick: () => { left.add(`${p.first} ${p.second}`); draw(); } }, "Two voices: leave it")));
  return [
    el("h2", {}, "Documents that tell the same"),
    el("p", {}, "Documents of one ", term("origin", MEANINGS.origin), " are one voice, however many print it."),
    !copies.ready ? el("p", { role: "status" }, "The documents are being held against one another …")
      : copies.wrong ? el("p", { class: "warn" }, "They could not be compared: the terminal says more.")
        : open.length ? el("ul", { class: "settle" }, open.map(row)) : el("p", {}, "None that are told apart."),
    done.length ? el("details", {}, el("summary", {}, `Told to be one origin (${done.length})`), el("ul", {}, done.map((p) => el("li", {}, name(p.first), " and ", name(p.second),
      bench.can ? [" ", doing("Part them", { do: "document", id: p.second, set: { origin: p.second } }, draw)] : null)))) : null,
  ].filter(Boolean);
}

const plainly = (text) => text.split("`").map((part, i) => (i % 2 ? el("code", {}, part) : part));

function pairsPart(bench, pairs, draw) {
  const row = (p) => {
    const [a, b] = p.sides, both = p.informs.every((r) => r === "input");
    const together = p.parameter && p.sides.every((s) => p.named.includes(s.id));
    return el("li", { class: "card" },
      el("h3", {}, upper(p.about)),
      el("dl", { class: "facts" }, p.sides.map((s) => [el("dt", {}, claimLink(s.id)), el("dd", {}, [s.said && `${s.said}; `, `read as ${s.read}; origin ${s.origin}; believed ${s.believed}; ${s.carried}`])])),
      together ? el("p", {}, `Now they count together, ${p.together}.`) : null,
      bench.can && el("p", { class: "steps" },
        both && p.parameter ? Object.entries(bench.combine).filter(([way]) => !(together && way === p.combine)).map(([way, when]) =>
          doing(`Both: ${when}`, { do: "combine", parameter: p.parameter, ids: [...new Set([...p.named, a.id, b.id])], combine: way }, draw)) : null,
        p.sides.map((s, i) => (p.informs[i] === "context" ? null : doing(`Leave ${s.id} out`, { do: "edit", id: s.id, set: { informs: "context", unused: `disagrees with ${p.sides[1 - i].id}, which is believed more` } }, draw)))));
  };
  const open = pairs.filter((p) => !p.settled), settled = pairs.filter((p) => p.settled);
  return [
    el("h2", {}, "Claims that disagree"),
    el("p", {}, "On one quantity, place and time, with ranges that hardly overlap. Nothing has to be settled: claims that disagree are carried as they are, and widen the answer."),
    open.length ? el("ul", { class: "settle" }, open.map(row)) : el("p", {}, "None that both move figures."),
    settled.length ? el("details", {}, el("summary", {}, `One of the two moves no figure (${settled.length})`),
      el("ul", {}, settled.map((p) => el("li", {}, claimLink(p.sides[0].id), " and ", claimLink(p.sides[1].id), `, on ${p.about}`)))) : null,
  ];
}
