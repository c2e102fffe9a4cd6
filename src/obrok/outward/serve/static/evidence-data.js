// The evidence as the server tells it: light lists at once, what takes longer when it comes, all about a claim when asked.
import { get } from "./api.js";
import { el } from "./dom.js";

/** After so many milliseconds, a wait is told. */
const QUIET = 100;
let kept = null;

/** Maps of what the server told, by id. */
function indexed(data) {
  const by = (rows) => new Map(rows.map((row) => [row.id, row]));
  return { ...data, claim: by(data.claims), document: by(data.documents), source: by(data.sources) };
}

/**
 * The lists, with Maps by id (`indexed`); of one state of the case they are asked for once. `texts` (id → where the text is),
 * `disagreements` and `against` (id → ids) are null until `rest` has come, which says whether they are new.
 */
export async function evidence() {
  const told = await get(`api/evidence?have=${encodeURIComponent(kept?.stamp ?? "")}`);
  if (told.stamp !== kept?.stamp) kept = Object.assign(indexed(told), { texts: null, disagreements: null, against: null, details: new Map(), had: "" });
  const all = kept;
  all.rest = get(`api/evidence/more?have=${encodeURIComponent(all.had)}`).then((rest) => {
    if (rest.stamp === all.had) return false;
    Object.assign(all, { texts: rest.texts, disagreements: rest.disagreements, against: against(rest.disagreements), had: rest.stamp });
    return true;
  });
  all.rest.catch(() => {}); // told where it is waited for
  return all;
}

function against(pairs) {
  const found = new Map();
  const add = (one, other) => found.set(one, (found.get(one) ?? new Set()).add(other));
  for (const { sides: [a, b] } of pairs) { add(a.id, b.id); add(b.id, a.id); }
  return found;
}

/** All about a claim: at once where it was asked for before, else when it comes. */
export function details(all, id) {
  const had = all.details.get(id);
  if (had && all.texts) return had;
  return Promise.all([had ?? get(`api/claims/${encodeURIComponent(id)}`), all.texts ?? all.rest]).then(([told]) => {
    all.details.set(id, told);
    return told;
  });
}

/** An element that fills itself: `value` is there, or a promise; `draw(value)` gives its children. A wait is told quietly. */
export function filled(value, draw, given = {}, word = "One moment …") {
  const node = el("div", given);
  if (!(value instanceof Promise)) {
    node.append(...draw(value));
    return node;
  }
  const late = setTimeout(() => node.replaceChildren(el("p", { class: "small", role: "status" }, word)), QUIET);
  node.setAttribute("aria-busy", "true");
  value.then(draw).catch((error) => [el("p", { class: "warn", role: "alert" }, error.message)]).then((children) => {
    clearTimeout(late);
    node.removeAttribute("aria-busy");
    node.replaceChildren(...children);
  });
  return node;
}
