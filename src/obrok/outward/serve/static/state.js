// What a view shows, kept in the address, so that a link brings back exactly that: #view/part/part?key=value&key=value

/** The address taken apart: `view`, `parts` after it, `given` (URLSearchParams). */
export function read() {
  settle();
  const [path, ...rest] = location.hash.slice(1).split("?");
  const [view, ...parts] = path.split("/").map(plain);
  return { view, parts, given: new URLSearchParams(rest.join("?")) };
}

function plain(text) {
  try { return decodeURIComponent(text); } catch { return text; }
}

/** Names what is shown, in the place of what followed the view's name; what stands after `?` stays. */
export function keepParts(view, parts) {
  const [, ...rest] = location.hash.split("?");
  history.replaceState(null, "", `#${[view, ...parts.filter(Boolean).map(encodeURIComponent)].join("/")}${rest.length ? `?${rest.join("?")}` : ""}`);
}

let soon = null;

/** `keep` when the hand rests: for what changes with every step of a slider, which browsers do not let into the address so often. */
export function keepSoon(changes) {
  const [path] = location.hash.split("?");
  if (soon?.path === path) clearTimeout(soon.timer); else settle();
  soon = { path, changes: { ...(soon?.changes ?? {}), ...changes }, timer: setTimeout(settle, 250) };
}

/** What is still to be kept, at once. */
export function settle() {
  const mine = soon;
  soon = null;
  clearTimeout(mine?.timer);
  if (mine && mine.path === location.hash.split("?")[0]) keep(mine.changes); // not where another view is shown by now
}

/** Keeps what has changed: key → value; null takes a key away. The view is not drawn anew, and nothing is added to the history. */
export function keep(changes) {
  const { given } = read(), [path] = location.hash.split("?");
  for (const [key, value] of Object.entries(changes)) {
    if (value === null || value === undefined || value === "") given.delete(key);
    else given.set(key, String(value));
  }
  const rest = String(given);
  history.replaceState(null, "", (path || "#answers") + (rest ? `?${rest}` : ""));
}
