/** The mark in the video that the camera is on, with the one tap that stops it. */

import { make } from "../player/dom.js";

/**
 * @param {HTMLElement} root the player: it goes along into full screen
 * @param {Record<string, string>} words @param {() => void} stop
 */
export function mountIndicator(root, words, stop) {
  const button = make("button", { type: "button", class: "player-camera-stop" }, words.camera_stop);
  const mark = make(
    "div",
    { class: "player-camera", hidden: true },
    make("span", { class: "player-camera-dot", "aria-hidden": "true" }),
    make("span", {}, words.camera_on),
    button,
  );
  button.addEventListener("click", (event) => {
    event.stopPropagation();
    stop();
  });
  root.append(mark);
  return {
    /** @param {boolean} on */
    show: (on) => {
      mark.hidden = !on;
    },
    remove: () => mark.remove(),
  };
}
