// A life day by day: a slider over the days, and each day in sentences under both policies.
import { get } from "./api.js";
import { day, el, tied, upper } from "./dom.js";
import { dayBar, eventsOf } from "./days.js";

const DAY = 86_400_000;

/**
 * `start`: the ISO date that is told first (null: the day of parting, else of the first thing that happens);
 * `changed(index, iso)` at each choice. Returns the box, `at()`, `to(index)`, `date(index)`.
 */
export function dayByDay({ life, names, start, asked, changed }) {
  const zero = Date.parse(`${life.start}T00:00:00Z`);
  const date = (k) => new Date(zero + k * DAY).toISOString().slice(0, 10);
  const dates = Array.from({ length: life.days }, (_, k) => date(k));
  const happenings = [...new Set(life.marks.flat().map((m) => m.day))].sort((x, y) => x - y);
  let now = start ? Math.max(0, dates.indexOf(start)) : life.parting?.day ?? happenings[0] ?? 0;
  const events = eventsOf(...[life.a, life.b].map((id, i) => ({ name: names[i], events: life.events[id] }))), happening = el("p", {});
  const blocks = new Map(), tells = [el("div"), el("div")], head = el("h2", {}), out = el("div", { class: "two", "aria-live": "polite" });

  function block(k) {
    const first = Math.floor(k / life.block) * life.block;
    if (!blocks.has(first)) blocks.set(first, get(`api/life/days?${new URLSearchParams({ ...asked, first })}`));
    return blocks.get(first).then((told) => (told.state === "ready" ? told.days[k - first] : null)).catch((error) => { blocks.delete(first); throw error; });
  }

  async function tell() {
    const k = now;
    head.textContent = `Day by day: ${day(date(k))}`;
    happening.textContent = events.filter((e) => e.date === date(k)).map((e) => `The day of: ${e.text}.`).join(" ");
    before.disabled = k === 0;
    after.disabled = k === life.days - 1;
    next.disabled = !happenings.some((d) => d > k);
    try {
      const both = await block(k);
      if (k !== now) return;
      const same = both && JSON.stringify(both[0]) === JSON.stringify(both[1]);
      tells.forEach((box, i) => box.replaceChildren(el("h3", {}, same && !i ? `${upper(names[0])}, and ${names[1]}` : upper(names[i])),
        ...(both ? both[i] : ["This version is being lived again: move the day to look once more."]).map((s) => el("p", {}, tied(s)))));
      out.replaceChildren(...(same ? [tells[0]] : tells));
      out.classList.toggle("alone", same);
    } catch (error) {
      if (k === now) out.replaceChildren(el("p", { role: "alert" }, error.message));
    }
  }
  const { bar, to } = dayBar({ dates, start: now, changed: (k) => { now = k; changed(k, date(k)); tell(); } });
  const button = (label, go) => el("button", { type: "button", onclick: go }, label);
  const before = button("Day before", () => to(now - 1)), after = button("Next day", () => to(now + 1));
  const next = button("Next happening", () => to(happenings.find((d) => d > now) ?? now));
  bar.append(before, after, next);
  tell();
  const box = el("section", { class: "by-day" }, head,
    el("p", { class: "small" }, "Where this person is that day under each, what may happen, and what has moved the chance since the day before."), bar, happening, out);
  return { box, to, date, at: () => now };
}
