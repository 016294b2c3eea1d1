/** Draws the plan's words and numbers over the picture; what it is given is only ever text. */

import { make } from "./dom.js";
import { faceAt, fitted, pictureRect } from "./overlay_state.js";

/**
 * @param {import("./plan.js").Stage} stage
 * @returns {(at: number) => void} draw for that moment
 */
export function mountOverlays({ root, picture, video, plan, signal, started, still }) {
  const drawn = plan.overlays.map((overlay) => {
    const words = make("span", { class: "player-words", dir: "auto", lang: plan.language });
    const element = make("div", { class: "player-overlay", "data-overlay": overlay.id, hidden: true }, words);
    place(element, words, overlay);
    picture.append(element);
    return { overlay, element, words, fittedTo: "" };
  });

  const measure = () => {
    const rect = pictureRect(root.clientWidth, root.clientHeight, video.videoWidth, video.videoHeight);
    picture.style.setProperty("left", `${rect.x}px`);
    picture.style.setProperty("top", `${rect.y}px`);
    picture.style.setProperty("width", `${rect.width}px`);
    picture.style.setProperty("height", `${rect.height}px`);
    for (const one of drawn) one.fittedTo = "";
    draw(video.currentTime);
  };

  /** @param {number} at */
  function draw(at) {
    for (const one of drawn) {
      const face = started() ? faceAt(one.overlay, at, still(), plan.language) : null;
      one.element.hidden = face === null;
      if (!face) continue;
      if (one.words.textContent !== face.text) one.words.textContent = face.text;
      one.element.style.setProperty("opacity", face.opacity.toFixed(3));
      one.element.style.setProperty("--lift", face.lift.toFixed(3));
      if (one.fittedTo !== one.overlay.text) fit(one);
    }
  }

  const observer = new ResizeObserver(measure);
  observer.observe(root);
  signal.addEventListener("abort", () => observer.disconnect());
  video.addEventListener("loadedmetadata", measure, { signal });
  measure();
  return draw;
}

/** @param {HTMLElement} element @param {HTMLElement} words @param {import("./plan.js").Overlay} overlay */
function place(element, words, { box, look }) {
  element.style.setProperty("left", `${box.x * 100}%`);
  element.style.setProperty("top", `${box.y * 100}%`);
  element.style.setProperty("width", `${box.width * 100}%`);
  element.style.setProperty("height", `${box.height * 100}%`);
  element.dataset.family = look.family;
  words.style.setProperty("--size", String(look.size));
  words.style.setProperty("font-weight", String(look.weight));
  words.style.setProperty("color", look.colour);
  words.style.setProperty("text-align", box.align);
}

/**
 * Make the final text fit its box, measured once per size of the player.
 * @param {{overlay: import("./plan.js").Overlay, element: HTMLElement, words: HTMLElement, fittedTo: string}} one
 */
function fit(one) {
  const { overlay, element, words } = one;
  const now = words.textContent;
  words.textContent = overlay.text;
  words.style.setProperty("--size", String(overlay.look.size));
  // The box plus a little: fonts' line boxes are taller than their letters.
  const has = { width: element.clientWidth + 1, height: element.clientHeight * 1.08 + 1 };
  let size = overlay.look.size;
  for (let turn = 0; turn < 4; turn += 1) {
    const needs = { width: words.scrollWidth, height: words.scrollHeight };
    if (needs.width <= has.width && needs.height <= has.height) break;
    // Smaller letters wrap into fewer lines, so the height shrinks faster than the size: go gently.
    const next = Math.max(overlay.look.size / 2, size * 0.88, fitted(size, needs, has));
    if (next >= size) break;
    size = next;
    words.style.setProperty("--size", String(size));
  }
  words.textContent = now;
  one.fittedTo = overlay.text;
}
