/** The recipient's page: opens the video once the page is seen, cleans the address, keeps the transcript in step. */

import "../player/main.js";
import "../engage/main.js";
import { cleanAddress } from "./address.js";
import { enableCopy } from "./copy.js";
import { localTimes } from "./local_time.js";
import { openWhenSeen } from "./open.js";
import { followTranscript } from "./transcript.js";

/** @param {HTMLElement} stage */
function furnish(stage) {
  if (!stage.querySelector("[data-player]")) return;
  speak(stage);
  cleanAddress(stage.dataset.slug ?? "");
  localTimes(stage);
  enableCopy(stage);
}

/** The record may have turned the page to another language. @param {HTMLElement} stage */
function speak(stage) {
  const video = stage.querySelector("[data-visit]");
  if (!(video instanceof HTMLElement)) return;
  document.documentElement.lang = video.lang;
  document.documentElement.dir = video.dir;
}

const stage = document.getElementById("stage");
if (stage) {
  followTranscript(document);
  openWhenSeen(stage, () => furnish(stage));
  furnish(stage);
}
