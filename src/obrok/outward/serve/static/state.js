// What a view shows, kept in the address, so that a link brings back exactly that: #view/part/part?key=value&key=value

/** The address taken apart: `view`, `parts` after it, `given` (URLSearchParams). */
export function read() {
  const [path, ...rest] = location.hash.slice(1).split("?");
  const [view, ...parts] = path.split("/").map(plain);
  return { view, parts, given: new URLSearchParams(rest.join("?")) };
}

function plain(text) {
  try { return decodeURIComponent(text); } catch { return text; }
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
