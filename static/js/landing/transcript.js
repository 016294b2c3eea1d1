/** Marks the line and the chapter under way, by the video's own clock. */

import { currentLine } from "./current.js";

/** @param {Document} page */
export function followTranscript(page) {
  // Media events don't bubble, but they can be caught on their way down, from any player that comes.
  page.addEventListener("timeupdate", (event) => {
    if (event.target instanceof HTMLMediaElement) mark(page, event.target.currentTime);
  }, true);
}

/** @param {Document} page @param {number} at */
function mark(page, at) {
  for (const list of page.querySelectorAll("[data-transcript], .chapters")) {
    const links = /** @type {HTMLElement[]} */ ([...list.querySelectorAll("a[data-until]")]);
    const lines = links.map((link) => ({ from: Number(link.dataset.seek), to: Number(link.dataset.until) }));
    const now = currentLine(lines, at);
    links.forEach((link, index) => {
      if (index === now) link.setAttribute("aria-current", "true");
      else link.removeAttribute("aria-current");
    });
  }
}
