import { el } from "./dom.js";

export async function show(root, parts, told) {
  root.append(el("h1", {}, "whatif"));
}
