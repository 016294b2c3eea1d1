/** The CRM's screens: copy buttons, times that stay true, a timeline that fills by itself while someone looks. */

import { ago } from "./times.js";

const EVERY_MS = 3_000;

/** @param {ParentNode} within */
function furnish(within) {
  for (const button of within.querySelectorAll("[data-copy]")) {
    if (button instanceof HTMLButtonElement && navigator.clipboard) button.hidden = false;
  }
  for (const time of within.querySelectorAll("time[data-local], time[data-clock]")) {
    if (!(time instanceof HTMLTimeElement)) continue;
    const full = time.dataset.local !== undefined;
    const style = full ? { dateStyle: "long", timeStyle: "short" } : { timeStyle: "medium" };
    time.textContent = new Intl.DateTimeFormat("en-GB", /** @type {Intl.DateTimeFormatOptions} */ (style)).format(new Date(time.dateTime));
  }
  keepTimesTrue();
}

function keepTimesTrue() {
  const now = new Date();
  for (const time of document.querySelectorAll("time[data-ago]")) {
    if (time instanceof HTMLTimeElement) time.textContent = ago(new Date(time.dateTime), now);
  }
}

/** Ask for news, unless nobody looks or the keyboard is in what would be replaced. */
function refresh() {
  if (document.visibilityState !== "visible") return;
  keepTimesTrue();
  for (const live of document.querySelectorAll("[data-live]")) {
    if (!live.contains(document.activeElement)) live.dispatchEvent(new CustomEvent("segue:refresh"));
  }
}

/** @param {HTMLButtonElement} button */
async function copy(button) {
  const source = document.getElementById(button.dataset.copy ?? "");
  if (!(source instanceof HTMLInputElement || source instanceof HTMLTextAreaElement)) return;
  await navigator.clipboard.writeText(source.value);
  const label = button.textContent;
  button.textContent = "Copied";
  setTimeout(() => (button.textContent = label), 2000);
}

/** Folds that were open stay open when their part of the page is replaced. @type {Set<string>} */
let open = new Set();

document.addEventListener("click", (event) => {
  const button = event.target instanceof Element ? event.target.closest("[data-copy]") : null;
  if (button instanceof HTMLButtonElement) void copy(button);
});
document.addEventListener("htmx:beforeSwap", () => {
  open = new Set([...document.querySelectorAll("details[open][id]")].map((fold) => fold.id));
});
document.addEventListener("htmx:afterSwap", () => {
  for (const id of open) document.getElementById(id)?.setAttribute("open", "");
  furnish(document);
});
for (const failure of ["htmx:responseError", "htmx:sendError", "htmx:timeout"]) {
  document.addEventListener(failure, () => trouble(true));
}
document.addEventListener("htmx:afterOnLoad", () => trouble(false));

/** @param {boolean} there */
function trouble(there) {
  const notice = document.querySelector("[data-trouble]");
  if (notice instanceof HTMLElement) notice.hidden = !there;
}

document.documentElement.classList.add("scripted");
furnish(document);
setInterval(refresh, EVERY_MS);
document.addEventListener("visibilitychange", refresh);
