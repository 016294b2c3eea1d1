/** Tells the server what was watched, where that is allowed; before it is, nothing is noticed, kept or sent. */

import { Session } from "./session.js";

/** @type {Session | null} */
let session = null;
/** Whether a real hand said yes. */
let answered = false;

document.addEventListener("htmx:afterSettle", look);
document.addEventListener("segue:consent", (event) => heed(/** @type {CustomEvent} */ (event).detail?.tracking));
document.addEventListener("click", answering, true);
look();

/** Begin where a measured visit stands in the page, end where none does any more. */
function look() {
  const visit = document.querySelector("[data-visit]");
  const nonce = visit instanceof HTMLElement && visit.dataset.tracking === "on" ? visit.dataset.nonce : undefined;
  if (session && session.nonce === nonce) return;
  session?.end();
  session = nonce ? new Session(nonce) : null;
}

/** @param {unknown} tracking */
function heed(tracking) {
  const visit = document.querySelector("[data-visit]");
  if (visit instanceof HTMLElement) visit.dataset.tracking = tracking === "on" ? "on" : "off";
  look();
  if (answered) session?.gesture("choice");
  answered = false;
}

/**
 * A no holds from the tap, not from the server's answer. Whether a yes was a real hand's, only its click tells: the
 * submission that a script's click leads to is trusted all the same.
 * @param {MouseEvent} event
 */
function answering(event) {
  const button = event.target instanceof Element ? event.target.closest("[data-choice]") : null;
  const choice = button instanceof HTMLElement ? button.dataset.choice : undefined;
  if (choice === "yes") answered = event.isTrusted;
  if (choice === "no") heed("off");
}
