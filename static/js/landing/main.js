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
  cleanAddress(stage.dataset.slug ?? "");
  localTimes(stage);
  enableCopy(stage);
}

const stage = document.getElementById("stage");
if (stage) {
  followTranscript(document);
  openWhenSeen(stage, () => furnish(stage));
  furnish(stage);
}
