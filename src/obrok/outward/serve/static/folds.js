// What is unfolded in a view, kept in the address: a link shows open what was open.
import { keep } from "./state.js";

const MOST = 40;
const named = (details) => details.querySelector("summary").textContent.toLowerCase().replace(/[^\p{L}\p{N}]+/gu, "-").replace(/^-|-$/g, "").slice(0, 60);

/** Opens in `root` what the address names, now and where it is drawn anew, and keeps in the address what is open. */
export function folds(root, given) {
  const wanted = new Set((given.get("unfolded") ?? "").split(",").filter(Boolean));
  const all = () => [...root.querySelectorAll("details")].filter((d) => d.querySelector("summary"));
  const open = () => { for (const d of all()) if (wanted.has(named(d))) d.open = true; };
  open();
  const seen = new MutationObserver(open);
  root.addEventListener("shown", () => {
    open();
    seen.observe(root, { childList: true, subtree: true });
    for (const d of all()) if (d.open) wanted.add(named(d));
  });
  root.addEventListener("toggle", ({ target }) => {
    if (!root.isConnected || !target.isConnected) return;
    if (target.open) wanted.add(named(target)); else wanted.delete(named(target));
    keep({ unfolded: all().filter((d) => d.open).map(named).slice(0, MOST).join(",") });
  }, true);
}
