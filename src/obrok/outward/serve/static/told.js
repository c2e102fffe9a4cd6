// How the case is, as the server tells it: whoever changes it asks anew, and the frame hears of it.
import { get } from "./api.js";

let now = null, asks = 0;

/** What was told last. */
export const told = () => now;

/** Asks anew. False: something was asked later, and its answer counts. */
export async function ask() {
  const mine = ++asks, answer = await get("api/case");
  if (mine === asks) now = answer;
  return mine === asks;
}

/** "changed" is dispatched here when a view has changed the case. */
export const news = new EventTarget();

/** A view that has changed the case says so. */
export async function refreshed() {
  while (!await ask()) ; // whoever asked later may have been answered earlier: what is told is of after the change
  news.dispatchEvent(new Event("changed"));
  return now;
}
