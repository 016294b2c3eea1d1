/** Captions in a region of our own: readable, above the controls, in the text's own direction. */

import { make } from "./dom.js";

/**
 * @param {import("./plan.js").Stage} stage
 * @returns {{toggle: () => void, on: () => boolean, changed: (react: () => void) => void}}
 */
export function mountCaptions({ foot, video, plan, announce, say, signal }) {
  const region = make("div", { class: "player-captions", lang: plan.language });
  const top = make("div", { class: "player-captions at-top", lang: plan.language });
  foot.prepend(region);
  foot.before(top);
  const element = video.querySelector("track");
  const track = element?.track ?? null;
  element?.removeAttribute("default");
  let wanted = true;
  /** The browser shows them itself where our page can't draw: a phone's own full screen, a bare floating video. */
  let natively = false;
  /** @type {(() => void)[]} */
  const listeners = [];

  const render = () => {
    const cues = wanted && !natively && track?.activeCues ? [...track.activeCues] : [];
    for (const [where, high] of /** @type {[HTMLElement, boolean][]} */ ([[region, false], [top, true]])) {
      const here = cues.filter((cue) => isHigh(cue) === high);
      where.replaceChildren(...here.map((cue) => make("p", { dir: "auto" }, words(cue))));
      where.hidden = here.length === 0;
    }
  };
  const apply = () => {
    if (track) track.mode = natively && wanted ? "showing" : "hidden";
    render();
    for (const react of listeners) react();
  };
  const native = /** @param {boolean} now */ (now) => () => {
    natively = now;
    apply();
  };

  track?.addEventListener("cuechange", render, { signal });
  // Choosing a source makes browsers choose the track's mode anew.
  video.addEventListener("loadedmetadata", apply, { signal });
  video.addEventListener("webkitbeginfullscreen", native(true), { signal });
  video.addEventListener("webkitendfullscreen", native(false), { signal });
  video.addEventListener("enterpictureinpicture", native(true), { signal });
  video.addEventListener("leavepictureinpicture", native(false), { signal });
  apply();

  return {
    on: () => wanted,
    toggle() {
      wanted = !wanted;
      apply();
      announce(say(wanted ? "captions_on" : "captions_off"));
    },
    changed: (react) => listeners.push(react),
  };
}

/** @param {TextTrackCue} cue @returns {string} its words, markup dropped and escapes undone */
const words = (cue) =>
  "getCueAsHTML" in cue ? /** @type {VTTCue} */ (cue).getCueAsHTML().textContent ?? "" : "";

/** @param {TextTrackCue} cue @returns {boolean} whether its author placed it in the upper half */
const isHigh = (cue) => {
  const { line, snapToLines } = /** @type {VTTCue} */ (cue);
  return typeof line === "number" && (snapToLines ? line >= 0 : line < 50);
};
