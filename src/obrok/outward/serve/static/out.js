// Pictures and tables, and how they leave the page: SVG, PNG, CSV, each saying what it is.
import { el } from "./dom.js";

/** Facts that every exported picture carries; main.js sets them. */
export const facts = { case: "", id: "", dates: "", cite: "" };

const PROPERTIES = [
  "fill", "fill-opacity", "stroke", "stroke-width", "stroke-opacity", "stroke-dasharray", "stroke-linecap",
  "stroke-linejoin", "opacity", "font-family", "font-size", "font-weight", "font-style", "text-anchor",
  "dominant-baseline", "paint-order", "visibility",
];

/** Has the browser save something as a file. */
export function save(blob, name) {
  const link = el("a", { href: URL.createObjectURL(blob), download: name });
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

/** A text, or what a function says now. */
const said = (text) => (typeof text === "function" ? text() : text);

const fileName = (title, ending) =>
  `${facts.id}-${said(title).toLowerCase().replace(/[^\p{L}\p{N}]+/gu, "-").replace(/^-|-$/g, "").slice(0, 60)}.${ending}`;

/** The lines of a text that are at most so many characters long. */
function wrapped(text, most) {
  const lines = [""];
  for (const word of text.split(/\s+/)) {
    if ((lines.at(-1) + " " + word).length > most && lines.at(-1)) lines.push(word);
    else lines[lines.length - 1] = (lines.at(-1) + " " + word).trim();
  }
  return lines;
}

/** A picture drawn anew on white, 960 wide, its styles in it, with title, range, case, dates and "model estimate". */
function standalone({ title, range, draw }) {
  [title, range] = [said(title), said(range)];
  const width = 960, pad = 24;
  const stage = el("div", { class: "stage", "data-theme": "light", "aria-hidden": "true" });
  document.body.append(stage);
  try {
    const inner = draw(width - 2 * pad);
    stage.append(inner);
    for (const node of [inner, ...inner.querySelectorAll("*")]) {
      if (!(node instanceof SVGElement)) continue;
      const style = getComputedStyle(node);
      for (const name of PROPERTIES) node.style.setProperty(name, style.getPropertyValue(name));
      for (const { name, value } of [...node.attributes]) if (value.startsWith("var(")) node.removeAttribute(name); // the style says it
    }
    for (const style of inner.querySelectorAll("style")) style.remove();
    const high = Number(inner.getAttribute("height")) || inner.getBoundingClientRect().height;
    const heads = wrapped(title, 80), feet = [...(range ? wrapped(range, 120) : []),
      ...wrapped(`${facts.case} · ${facts.dates}`, 120), ...wrapped(facts.cite, 120)];
    const top = pad + heads.length * 26 + 10, height = top + high + 14 + feet.length * 18 + pad / 2;
    const svg = d3.create("svg:svg").attr("xmlns", "http://www.w3.org/2000/svg").attr("width", width)
      .attr("height", height).attr("viewBox", `0 0 ${width} ${height}`)
      .attr("font-family", "system-ui, 'Noto Sans', sans-serif");
    svg.append("title").text(`${title}. ${facts.cite}`);
    svg.append("rect").attr("width", width).attr("height", height).attr("fill", "#fff");
    heads.forEach((line, i) => svg.append("text").attr("x", pad).attr("y", pad + 14 + i * 26)
      .attr("font-size", 20).attr("font-weight", 600).attr("fill", "#1b1f24").text(line));
    inner.setAttribute("x", pad);
    inner.setAttribute("y", top);
    inner.setAttribute("width", width - 2 * pad);
    inner.setAttribute("height", high);
    svg.node().append(inner);
    feet.forEach((line, i) => svg.append("text").attr("x", pad).attr("y", top + high + 26 + i * 18)
      .attr("font-size", 13).attr("fill", "#4d565f").text(line));
    return { text: new XMLSerializer().serializeToString(svg.node()), width, height };
  } finally {
    stage.remove();
  }
}

async function asPng({ text, width, height }) {
  const image = new Image();
  image.src = URL.createObjectURL(new Blob([text], { type: "image/svg+xml" }));
  await image.decode();
  const canvas = el("canvas", { width: 2 * width, height: 2 * height });
  canvas.getContext("2d").drawImage(image, 0, 0, 2 * width, 2 * height);
  URL.revokeObjectURL(image.src);
  return new Promise((done) => canvas.toBlob(done, "image/png"));
}

/**
 * A figure that redraws itself when the room changes, with buttons that save it.
 * `draw(width)` gives an SVG element of that width with a `height` attribute, coloured by the page's CSS variables;
 * `alt` says what is to be seen; `range` what the bands mean; `note` (text or elements) stands below. `title`, `range` and
 * `alt` may be functions, asked when the picture is drawn.
 * Returns the figure; `figure.redraw()` draws anew.
 */
export function picture({ title, alt, range = "", note = "", draw, level = "h3" }) {
  const place = el("div", { class: "drawing" });
  const what = { title, range, draw };
  const heading = el(level, { class: "of-picture" }, said(title));
  const button = (label, go) => el("button", { type: "button", "aria-label": `${label}: ${said(title)}`, "data-as": label, onclick: go }, label);
  const figure = el("figure", { class: "picture" },
    heading,
    place,
    el("figcaption", {}, note || said(range)),
    el("p", { class: "takes" },
      button("SVG", () => save(new Blob([standalone(what).text], { type: "image/svg+xml" }), fileName(title, "svg"))),
      button("PNG", async () => save(await asPng(standalone(what)), fileName(title, "png")))));
  let width = 0;
  figure.redraw = () => {
    if (!place.clientWidth) return;
    width = place.clientWidth;
    const svg = draw(width);
    svg.setAttribute("role", "img");
    svg.setAttribute("aria-label", said(alt));
    place.replaceChildren(svg);
    if (typeof title === "function") {
      heading.textContent = title();
      for (const b of figure.querySelectorAll(".takes button")) b.setAttribute("aria-label", `${b.dataset.as}: ${title()}`);
    }
  };
  new ResizeObserver(() => { if (place.clientWidth !== width) figure.redraw(); }).observe(place);
  return figure;
}

/**
 * A table with a button that saves it as CSV.
 * `columns`: [{name, label, number?, text?(row) → what is shown, value?(row) → what the file holds, hidden? → in the file alone}].
 * `seen`: the rows that are shown, where they are not all; `level`: null where a heading stands above it already.
 */
export function table({ title, columns, rows, seen: some = rows, level = "h3", note = "" }) {
  const seen = columns.filter((c) => !c.hidden);
  const value = (c, row) => (c.value ? c.value(row) : row[c.name]);
  const shown = (c, row) => (c.text ? c.text(row) : value(c, row)) ?? "–";
  const quoted = (v) => { // a cell that a spreadsheet would take for a formula is told as text
    const text = v === null || v === undefined ? "" : String(v);
    const safe = typeof v === "string" && /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
    return /[",\n\r]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
  };
  const csv = () => [columns.map((c) => quoted(c.name)).join(","),
    ...rows.map((row) => columns.map((c) => quoted(value(c, row))).join(","))].join("\n") + "\n";
  const labelled = level && `table-${Math.random().toString(36).slice(2)}`;
  const named = level ? { "aria-labelledby": labelled } : { "aria-label": title };
  return el("section", { class: "tabled" },
    level && el(level, { id: labelled }, title),
    el("div", { class: "scrolled", tabindex: "0", role: "region", ...named },
      el("table", named,
        el("thead", {}, el("tr", {}, seen.map((c) => el("th", { scope: "col", class: c.number && "n" }, c.label)))),
        el("tbody", {}, some.map((row) => el("tr", {}, seen.map((c, i) =>
          el(i ? "td" : "th", { scope: i ? null : "row", class: c.number && "n", "data-label": c.label }, shown(c, row)))))))),
    note && el("p", { class: "small" }, note),
    el("p", { class: "takes" }, el("button", {
      type: "button", "aria-label": `CSV: ${title}`,
      onclick: () => save(new Blob(["\ufeff", csv()], { type: "text/csv" }), fileName(title, "csv")),
    }, "CSV")));
}
