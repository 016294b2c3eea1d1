/** The recipient's page: opens the video once the page is seen, cleans the address, keeps the transcript in step. */

import "../player/main.js";
import "../engage/main.js";
import { cleanAddress } from "./address.js";
import { enableCopy } from "./copy.js";
import { localTimes } from "./local_time.js";
import { openWhenSeen } from "./open.js";
import { followTranscript } from "./transcript.js";

/** @type {Element | null} */
let furnished = null;

/** Once for each video that comes: the first, and another language or version of it. @param {HTMLElement} stage */
function furnish(stage) {
  const video = stage.querySelector("[data-visit]");
  if (!(video instanceof HTMLElement) || video === furnished) return;
  furnished = video;
  document.documentElement.lang = video.lang;
  document.documentElement.dir = video.dir;
  document.title = video.dataset.title ?? document.title;
  speak(video.dataset.around ?? "{}");
  cleanAddress(stage.dataset.slug ?? "");
  localTimes(video);
  enableCopy(video);
  // Only where there may be something to ask or to do: elsewhere not a line of it is fetched.
  if (video.dataset.attention || video.querySelector("#attention")) {
    void import("../attention/offer.js").then(({ attend }) => attend(video));
  }
}

/** The page around the video came before its language was known. @param {string} around words by name, as JSON */
function speak(around) {
  const words = new Map(Object.entries(/** @type {Record<string, string>} */ (JSON.parse(around))));
  for (const place of document.querySelectorAll("[data-word]")) {
    place.textContent = words.get(place.getAttribute("data-word") ?? "") ?? place.textContent;
  }
}

const stage = document.getElementById("stage");
if (stage) {
  followTranscript(document);
  openWhenSeen(stage);
  stage.addEventListener("htmx:afterSettle", () => furnish(stage));
  furnish(stage);
}
