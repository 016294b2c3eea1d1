/** Reports which seconds were really played, as `segue:span` events. */

import { idle, played, stopped } from "./spans_state.js";

/** @param {import("./plan.js").Stage} stage */
export function mountSpans({ root, video, tell, signal }) {
  let watch = idle;

  /** @param {import("./spans_state.js").Watch} next */
  const step = (next) => {
    watch = next;
    for (const span of next.done) tell("span", span);
  };
  const look = () => {
    if (!video.paused && !video.seeking && !video.ended) {
      step(played(watch, video.currentTime, video.playbackRate, performance.now()));
    }
  };
  /** @param {number | null} at */
  const stop = (at) => step(stopped(watch, at));

  const on = /** @param {string} name @param {() => void} act */ (name, act) =>
    video.addEventListener(name, act, { signal });
  on("playing", look);
  on("timeupdate", look);
  on("ratechange", look);
  on("pause", () => stop(video.currentTime));
  on("ended", () => stop(video.duration));
  // By then currentTime is already the new place.
  on("seeking", () => stop(null));
  on("emptied", () => stop(null));
  const leave = () => {
    if (root.ownerDocument.visibilityState === "hidden") stop(video.currentTime);
  };
  document.addEventListener("visibilitychange", leave, { signal });
  addEventListener("pagehide", () => stop(video.currentTime), { signal });
}
