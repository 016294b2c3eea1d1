/** Ways into a moment of the video: `?t=12` in the address, and `data-seek` anchors on the page. */

import { timeFrom } from "./time.js";

/** @param {number} duration @returns {number} where to begin, 0 when the address doesn't say */
export function startFromAddress(duration) {
  const written = new URLSearchParams(location.search).get("t") ?? /[#&]t=([^&]+)/.exec(location.hash)?.[1] ?? null;
  return timeFrom(written, duration) ?? 0;
}

/** @param {import("./plan.js").Stage} stage */
export function mountDeepLinks({ root, plan, seek, play, tell, signal }) {
  const follow = /** @param {MouseEvent} event */ (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey || event.button !== 0) return;
    const anchor = event.target instanceof Element ? event.target.closest("[data-seek]") : null;
    if (!(anchor instanceof HTMLElement) || document.querySelector("[data-player]") !== root) return;
    const at = timeFrom(anchor.dataset.seek ?? null, plan.duration);
    if (at === null) return;
    event.preventDefault();
    const scene = anchor.dataset.chapter ?? plan.scenes.find((one) => one.start === at && isChapter(anchor))?.id;
    if (scene) tell("chapter", { id: scene });
    seek(at);
    void play();
    if (!inSight(root)) root.scrollIntoView({ block: "nearest" });
  };
  document.addEventListener("click", follow, { signal });
}

/** @param {HTMLElement} anchor */
const isChapter = (anchor) => anchor.closest("[data-chapters]") !== null;

/** @param {HTMLElement} root */
const inSight = (root) => {
  const { top, bottom } = root.getBoundingClientRect();
  return top >= 0 && bottom <= innerHeight;
};
