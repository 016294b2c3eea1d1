/** Puts the question about the camera, once some of the video was seen; at load there is nothing of it. */

import { Session, post } from "./session.js";

/** Seconds of playing before the question: long enough to know what one is asked about. */
const SEEN_S = 8;
/** Between two looks at the clock; more is a jump. */
const STEP_S = 1;

for (const failure of ["htmx:sendError", "htmx:responseError", "htmx:timeout"]) {
  document.addEventListener(failure, (event) => sayItFailed(/** @type {CustomEvent} */ (event).detail?.elt));
}

/** @param {HTMLElement} article the video's, and with it the visit's */
export function attend(article) {
  if (article.querySelector('[data-attention-state="on"]')) goOn(article);
  else if (article.dataset.attention === "ask") ask(article);
}

/** The page that a yes led to: play on from where it was asked. @param {HTMLElement} article */
function goOn(article) {
  const session = new Session(article);
  bringBackSound(session.video);
  session.root.dispatchEvent(new CustomEvent("player-resume"));
}

/** @param {HTMLElement} article */
function ask(article) {
  const video = article.querySelector("video");
  if (!video) return;
  let seen = 0;
  let last = video.currentTime;
  const look = () => {
    const step = video.currentTime - last;
    last = video.currentTime;
    if (!video.paused && step > 0 && step < STEP_S) seen += step;
    // It rests on being measured: whoever said no to that isn't asked for more.
    if (seen < SEEN_S || article.dataset.tracking !== "on") return;
    video.removeEventListener("timeupdate", look);
    void fetchQuestion(article, video);
  };
  video.addEventListener("timeupdate", look);
}

/** @param {HTMLElement} article @param {HTMLVideoElement} video */
async function fetchQuestion(article, video) {
  const answer = await post("/attention/offer", { nonce: article.dataset.nonce ?? "" }).catch(() => null);
  if (answer?.status !== 200 || !article.isConnected) return;
  const markup = await answer.text();
  article.querySelector("#attention")?.remove();
  article.querySelector("#consent")?.insertAdjacentHTML("afterend", markup);
  const section = article.querySelector("#attention");
  section?.addEventListener("submit", (event) => answered(/** @type {SubmitEvent} */ (event), section, video));
}

/** @param {SubmitEvent} event @param {Element} section @param {HTMLVideoElement} video */
function answered(event, section, video) {
  const form = /** @type {HTMLFormElement} */ (event.target);
  const choice = event.submitter instanceof HTMLButtonElement ? event.submitter.value : "";
  const place = form.elements.namedItem("at");
  // A yes is sent as any form is: it leads to a page that may use the camera.
  if (choice === "yes" && place instanceof HTMLInputElement) {
    place.value = video.currentTime.toFixed(1);
    keepSound(video);
  }
  if (choice !== "no") return;
  event.preventDefault();
  const held = section.contains(document.activeElement);
  const nonce = /** @type {HTMLInputElement} */ (form.elements.namedItem("nonce")).value;
  section.remove();
  if (held) video.closest("[data-player]")?.dispatchEvent(new CustomEvent("player-focus"));
  void post("/attention", { nonce, choice: "no" }).catch(() => undefined);
}

const SOUND = "segue-sound";

/** For the page that a yes leads to: whoever watches without sound goes on without. @param {HTMLVideoElement} video */
function keepSound({ muted, volume }) {
  try {
    sessionStorage.setItem(SOUND, JSON.stringify({ muted, volume }));
  } catch {
    // Storage may be forbidden; then the sound is as at first.
  }
}

/** @param {HTMLVideoElement} video */
function bringBackSound(video) {
  try {
    const kept = sessionStorage.getItem(SOUND);
    sessionStorage.removeItem(SOUND);
    if (kept) Object.assign(video, JSON.parse(kept));
  } catch {
    // As at first.
  }
}

/** A stop that didn't reach the server can be sent again. @param {unknown} element what was sent from */
function sayItFailed(element) {
  const section = element instanceof Element ? element.closest("#attention") : null;
  const place = section?.querySelector("[data-attention-now]");
  if (section instanceof HTMLElement && place) place.textContent = JSON.parse(section.dataset.words ?? "{}").unreached;
}
