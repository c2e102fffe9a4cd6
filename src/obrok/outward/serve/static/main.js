// The frame of the page: which view is shown, what state the answers are in, the theme.
import { post } from "./api.js";
import { day, el } from "./dom.js";
import { facts } from "./out.js";
import { otherResult, sharing } from "./share.js";
import { read } from "./state.js";
import { ask, news, told as current } from "./told.js";

/** Views by name: `show(root, parts, told, given)` fills `root`; `parts`: what follows the name in the address, split at `/`;
 *  `given`: what stands after its `?` (state.js keeps it there). */
const VIEWS = {
  answers: ["Answers", () => import("./answers.js")],
  whatif: ["What if", () => import("./whatif.js")],
  time: ["Time", () => import("./time.js")],
  map: ["Map", () => import("./map.js")],
  money: ["Money", () => import("./money.js")],
  life: ["One life", () => import("./life.js")],
  evidence: ["Evidence", () => import("./evidence.js")],
  take: ["Take away", () => import("./take.js")],
};
const main = document.getElementById("main");
let told = null, shown = 0, next = 0;

async function show() {
  const mine = ++shown;
  const { view: name, parts, given } = read();
  const view = name in VIEWS ? name : "answers";
  for (const link of document.querySelectorAll("#views a")) {
    if (link.dataset.view === view) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
  const root = el("div", { class: `view ${view}` });
  try {
    const module = await VIEWS[view][1]();
    await module.show(root, parts, told, given);
  } catch (error) {
    root.replaceChildren(el("h1", {}, VIEWS[view][0]), el("div", { class: "warn", role: "alert" }, el("p", {}, error.message)));
    if (!error.message) throw error;
  }
  if (mine !== shown) return; // another view was asked for meanwhile
  main.dispatchEvent(new Event("left"));
  main.replaceChildren(...[otherResult(given, told), root].filter(Boolean));
  document.title = `${VIEWS[view][0]} · ${told.title} · obrok`;
  root.dispatchEvent(new Event("shown"));
}

function frame() {
  document.getElementById("case-title").textContent = told.called;
  const views = document.getElementById("views");
  if (!views.childElementCount) views.append(...Object.entries(VIEWS).map(([name, [label]]) => el("li", {}, el("a", { href: `#${name}`, "data-view": name }, label))));
  const r = told.result;
  const made = r ? `obrok ${r.obrok}, ${r.worlds.toLocaleString("en")} versions${r.weighed ? "" : ", not weighed by what was reported"}, seed ${r.seed}` : "";
  Object.assign(facts, {
    case: told.title, id: told.id, dates: `${day(told.window[0])} to ${day(told.window[1])}`,
    cite: `Model estimate, not a count: ${made}, case ${told.id} (${told.digest}).`,
  });
  document.getElementById("foot").replaceChildren(
    el("p", {}, r ? facts.cite + " Nobody simulated is a real person." : "Nobody simulated is a real person."));
}

/** What is under way, at the top of every view, until the answers are there. */
async function watch() {
  const status = document.getElementById("status");
  const seen = JSON.stringify([told.result, told.policies]), id = told.id;
  const run = told.run, reading = told.reading;
  if (run?.error) {
    status.replaceChildren(el("div", { class: "warn" }, el("p", {}, `The run ended: ${run.error} `), again("Run again")));
  } else if (run) {
    const bar = el("progress", { max: run.total || 1, value: run.done, "aria-label": run.stage });
    const old = told.result ? "The answers below are of the case as it was before." : "Evidence can be read meanwhile.";
    status.replaceChildren(el("div", { class: "run" }, el("span", {}, `${run.stage} … `), bar, el("span", {}, old)));
  } else if (told.reading) {
    status.replaceChildren(el("div", { class: "run" }, el("span", {}, "The case has changed and is being read; what is shown is of before.")));
  } else if (told.wrong) {
    status.replaceChildren(el("div", { class: "warn" }, el("p", {}, `The case as it is now has mistakes; what is shown is of before.\n${told.wrong}`)));
  } else if (told.changed) {
    status.replaceChildren(el("div", { class: "run" }, el("span", {}, told.result ? "The case has changed since these answers were made. " : "There is no result of this case as it is now. "), again(told.result ? "Run again" : "Run it")));
  } else {
    status.replaceChildren();
  }
  clearTimeout(next);
  next = setTimeout(async () => {
    try { if (!await ask()) return; told = current(); } catch (error) { status.replaceChildren(el("div", { class: "warn" }, el("p", {}, error.message))); return; }
    if (JSON.stringify([told.result, told.policies]) !== seen || (reading && !told.reading)) {
      frame();
      if (id !== told.id || !main.querySelector("[data-keep]")) show(); // what is being read closely or written stays
    }
    watch();
  }, (run && !run.error) || reading ? 700 : 4000);
}

function again(label) {
  return el("button", { type: "button", onclick: async () => { await post("api/run", {}); await ask(); told = current(); watch(); } }, label);
}

news.addEventListener("changed", () => { told = current(); frame(); watch(); });

const theme = document.getElementById("theme");
function label() { theme.textContent = document.documentElement.dataset.theme === "dark" ? "Light" : "Dark"; theme.setAttribute("aria-label", `${theme.textContent} colours`); }
theme.addEventListener("click", () => {
  const next = document.documentElement.dataset.theme === "dark" ? "light" : "dark";
  document.documentElement.dataset.theme = next;
  try { localStorage.setItem("theme", next); } catch { /* storage is off: for this page alone */ }
  label();
});
const share = sharing(() => told);
theme.before(share.button);
document.querySelector("header").after(share.panel);
document.querySelector(".skip").addEventListener("click", (event) => { event.preventDefault(); main.focus(); });

async function start() { // not awaited at the top: views import this module
  try {
    await ask();
    told = current();
    frame();
    window.addEventListener("hashchange", () => { show(); });
    await show();
    watch();
  } catch (error) {
    main.replaceChildren(el("div", { class: "warn", role: "alert" }, el("p", {}, error.message)));
  }
}

label();
start();
