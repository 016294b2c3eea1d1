/** Keeps the AI label in the picture when it is due; `disclosure_state.js` says when. */

import { labelShown } from "./disclosure_state.js";

/**
 * @param {import("./plan.js").Stage} stage
 * @returns {(at: number) => void}
 */
export function mountDisclosure({ root, video, signal, started }) {
  const label = root.querySelector("[data-ai-label]");
  let anchor = 0;
  let moved = false;
  video.addEventListener("seeking", () => (moved = true), { signal });

  return (at) => {
    if (!label) return;
    if (moved && !video.seeking) {
      anchor = at;
      moved = false;
    }
    const due = !started() || video.paused || video.seeking || labelShown(at, anchor);
    label.toggleAttribute("data-hushed", !due);
  };
}
