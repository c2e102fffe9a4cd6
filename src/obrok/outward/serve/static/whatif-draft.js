// The draft of a what-if: kept in the address, so that a link brings it back, and for the change of a view.

/** What is changed: events and parameters by id; `changes`: lever → {value, date, ramp}. */
export const EMPTY = { without: [], keep: [], with: [], changes: {} };
const KEPT = "what-if", KEYS = ["without", "keep", "with"];

/** What was left here last: `{draft, curve, start}`, or null. */
export function remembered() {
  try { return JSON.parse(sessionStorage.getItem(KEPT) ?? "null"); } catch { return null; }
}

export function remember(state) {
  try { sessionStorage.setItem(KEPT, JSON.stringify(state)); } catch { /* storage is off: it lasts as long as the page */ }
}

/** `{draft, curve, start}` as keys of the address. A curve is always among them: an address that has none tells no draft. */
export function written({ draft, curve, start }) {
  const levers = Object.entries(draft.changes).map(([what, c]) => [what, c.value, c.date, c.ramp ?? 0].join(":")).join(",");
  return { curve, start, levers, ...Object.fromEntries(KEYS.map((key) => [key, draft[key].join(",")])) };
}

/** The same read again, with what this case does not have left out; null where the address tells no draft. */
export function read(given, begun, told) {
  if (!given.has("curve")) return null;
  const list = (key) => (given.get(key) ?? "").split(",").filter(Boolean);
  const last = new Date(Date.parse(told.start) + (told.days - 1) * 864e5).toISOString().slice(0, 10);
  const changes = {};
  for (const [what, value, date, ramp] of list("levers").map((text) => text.split(":"))) {
    const l = begun.levers.find((x) => x.what === what), number = Number(value);
    const there = l && value && Number.isFinite(number) && number >= l.low && number <= l.high;
    if (there && /^\d{4}-\d\d-\d\d$/.test(date) && date >= told.start && date <= last) changes[what] = { value: number, date, ramp: [7, 30, 90].includes(+ramp) ? +ramp : 0 };
  }
  return { curve: given.get("curve"), start: given.get("start"), draft: { ...Object.fromEntries(KEYS.map((key) => [key, list(key)])), changes } };
}

/** Without what this case does not have. */
export function known({ draft, curve, start }, begun, told) {
  const has = { without: begun.undone, with: begun.what_ifs, keep: begun.keep }, kept = { changes: {} };
  for (const [key, rows] of Object.entries(has)) kept[key] = draft[key].filter((id) => rows.some((r) => r.id === id));
  for (const [what, change] of Object.entries(draft.changes)) if (begun.levers.some((l) => l.what === what)) kept.changes[what] = change;
  const policy = told.policies.find((p) => p.id === start) ?? told.policies[0];
  return { draft: kept, curve: begun.curves.some((c) => c.id === curve) ? curve : begun.curves[0].id, start: policy.id };
}
