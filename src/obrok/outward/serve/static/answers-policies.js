// The same answers under another policy, and the paired differences that the case compares.
import { same, trail } from "./answers-cards.js";
import { overTime, ranges } from "./answers-pictures.js";
import { unseen } from "./copy.js";
import { day, el, MEANINGS, term, upper } from "./dom.js";
import { picture, table } from "./out.js";
import { keep } from "./state.js";

/** The policy that was looked at last: it outlives a change of view. */
let chosen = null;

/** Has the address tell it. */
export function keepPolicy(data) {
  const first = data.policies.find((p) => !p.factual);
  keep({ policy: chosen === first?.id ? null : chosen });
}

export function policies(data, here, given) {
  const others = data.policies.filter((p) => !p.factual);
  if (!others.length) return [];
  const place = el("div", {}), said = el("p", { role: "status" });
  chosen = [given.get("policy"), chosen].find((id) => others.some((p) => p.id === id)) ?? others[0].id;
  const draw = () => {
    const policy = others.find((p) => p.id === chosen);
    said.replaceChildren(el("strong", {}, `${upper(policy.name)}: `), policy.meaning);
    place.replaceChildren(...under(policy, data, here).filter(Boolean));
  };
  const select = el("select", { id: "policy", onchange: () => { chosen = select.value; draw(); keepPolicy(data); } },
    others.map((p) => el("option", { value: p.id }, upper(p.name))));
  select.value = chosen;
  draw();
  return [
    el("h2", {}, "Under another policy"),
    el("p", {}, "A ", term("policy", "what a state, an employer or a UN body can be asked to do, or an event taken away"),
      " is lived through by the same imagined people, with the same luck."),
    el("p", {}, el("label", { for: "policy" }, "Show the answers under the policy "), select),
    said, place,
    ...differences(data),
  ];
}


/** A line of the case's questions as a picture; `series` as in `overTime`, `all`: the answers that are told in words. */
export function overDays(of, title, series, all, level = "h3") {
  const days = of.of.map(({ date }) => ({ date, label: of.yearly ? date.slice(0, 4) : day(date).split(" ").slice(0, 2).map((w) => w.slice(0, 3)).join(" ") }));
  return picture({
    title, level, alt: `${title}. ${of.of.map(({ date }, i) => `${day(date)}: ${all[i].after}`).join("; ")}.`,
    range: `Bands: nine of ten versions. Marks: the middle version.`, draw: (width) => overTime(width, days, series, of.unit),
  });
}

/** The headline answers as reported and under a policy. */
function under(policy, data, here) {
  const at = (id) => data.answers.find((a) => same(a, id, policy.id));
  const rows = data.counts.map((id) => ({
    label: data.short[id],
    bars: [{ words: `as reported: ${here(id).after}`, q: here(id), style: "after" },
      { words: `${policy.name}: ${at(id).after}`, q: at(id), style: "whatif" }],
  }));
  const title = `People as reported, and ${policy.name}`;
  const told = rows.map((r) => `${r.label}: ${r.bars.map((b) => b.words).join("; ")}`).join(". ");
  const shown = data.groups.flatMap((g) => g.ids).concat(data.questions).map((id) => ({ id, a: at(id), b: here(id) }));
  const lines = data.over_time.filter((of) => of.of.some(({ id }) => at(id).after !== here(id).after));
  return [
    picture({ title, alt: `${told}.`, draw: (width) => ranges(width, rows, "people"),
      range: `People, ${data.about.period}. Bars: nine of ten versions. Marks: the middle version.` }),
    el("details", {}, el("summary", {}, "All answers under this policy"), table({
      title: `Answers: ${policy.name}`, rows: shown, columns: [
        { name: "answer", label: "Answer", value: (r) => data.names[r.id],
          text: (r) => el("a", { href: trail(r.a) }, data.names[r.id], unseen(`, ${policy.name}`)) },
        { name: "under_policy", label: upper(policy.name), value: (r) => r.a.after },
        { name: "middle", label: "Middle", value: (r) => r.a.middle },
        { name: "as_reported", label: "As reported", value: (r) => r.b.after },
      ],
    })),
    lines.length > 0 && el("details", {}, el("summary", {}, "Questions over time under this policy"),
      el("div", { class: "pair" }, lines.map((of) => {
        const [now, then] = [here, at].map((find) => of.of.map(({ id }) => find(id)));
        return overDays(of, `${of.title}: as reported, and ${policy.name}`,
          [{ words: "as reported", style: "after", of: now }, { words: policy.name, style: "whatif", of: then }], then);
      }))),
  ];
}

/** Each compared pair: ranges around zero, and the figures. */
function differences(data) {
  if (!data.pairs.length) return [];
  return [
    el("h2", {}, "What a policy would change"),
    el("p", {}, "A ", term("paired difference", MEANINGS["paired difference"]),
      " compares two policies within each version. Ranges that reach both sides of no difference leave it open whether there are more or fewer."),
    ...data.pairs.map((pair) => of(pair, data)),
  ];
}

function of(pair, data) {
  const rows = pair.rows.map(({ id, label }) => ({ id, label: label.replace("…", "leave"),
    a: data.answers.find((a) => same(a, id, pair.policy, pair.versus)) }));
  const title = upper(pair.heading), at = (id) => data.answers.find((a) => same(a, id, pair.policy, pair.versus));
  // those that differ in their days alone make a line; the others stand under one another
  const lines = data.over_time.filter((of) => of.of.some(({ id }) => rows.some((r) => r.id === id)));
  const lined = new Set(lines.flatMap((of) => of.of.map(({ id }) => id)));
  const people = rows.filter((r) => r.a.unit === "people" && !lined.has(r.id)), level = lines.length ? "h4" : "h3";
  const drawn = people.map((r) => ({ label: r.label, bars: [{ words: `${r.a.after}; middle: ${r.a.all_middle}`, q: r.a, style: "after" }] }));
  const cause = pair.cause ? ", with those in which the cause did not matter" : "";
  return el("div", {},
    lines.length > 0 && el("h3", {}, title),
    pair.later && el("p", {}, `No difference ${data.about.period}: they part later.`),
    drawn.length > 0 && picture({ title, level, alt: `${title}. ${people.map((r) => `${r.label}: ${r.a.after}`).join("; ")}.`,
      range: `Bars: nine of ten versions${cause}. Diamond: the middle version.`,
      draw: (width) => ranges(width, drawn, "people", true) }),
    lines.length > 0 && el("div", { class: "pair" }, lines.map((of) => {
      const all = of.of.map(({ id }) => at(id));
      return overDays(of, `${of.title}: ${pair.heading.replace(/^As reported: /, "")}`, [{ words: "", style: "after", of: all }], all, "h4");
    })),
    el("details", {}, el("summary", {}, "The figures", unseen(` of: ${title}`)), table({
      title: `Figures: ${pair.heading}`, level: "h4", rows,
      note: "“Averaged over luck”: the same figures assumed, lived through several times with fresh luck. What remains is doubt about the case, without chance. "
        + (pair.cause ? "“If the cause mattered”: only versions in which the event had any part in the change. " : "")
        + "Last columns: in how many of all versions there are more, or fewer.",
      columns: [
        { name: "difference", label: "Difference", value: (r) => r.label, text: (r) => el("a", { href: trail(r.a) }, r.label) },
        { name: "nine_of_ten", label: "Nine of ten versions", value: (r) => r.a.after },
        { name: "middle", label: "Middle", value: (r) => r.a.all_middle },
        ...(pair.cause ? [{ name: "if_it_mattered", label: "If the cause mattered", value: (r) => r.a.mattered }] : []),
        { name: "averaged_over_luck", label: "Averaged over luck", value: (r) => r.a.by_luck },
        { name: "more", label: "More in", number: true, value: (r) => r.a.more },
        { name: "fewer", label: "Fewer in", number: true, value: (r) => r.a.less },
      ],
    })));
}
