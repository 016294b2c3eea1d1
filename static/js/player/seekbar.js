/** The seek bar: chapters as segments, what is buffered, a time under the pointer; a native slider underneath. */

import { make } from "./dom.js";
import { clamp, clockText, sceneAt, spokenTime } from "./time.js";

/**
 * @param {import("./plan.js").Stage} stage
 * @returns {{element: HTMLElement, slider: HTMLInputElement, show: (at: number) => void}}
 */
export function makeSeekbar({ video, plan, say, seek, signal }) {
  const slider = make("input", {
    type: "range",
    class: "player-seek",
    min: 0,
    max: plan.duration,
    step: "any",
    value: 0,
    "aria-label": say("seek"),
  });
  const segments = plan.scenes.map((scene) => {
    const buffered = make("i", { class: "buffered" });
    const seen = make("i", { class: "seen" });
    const element = make("span", { class: "player-segment" }, buffered, seen);
    element.style.setProperty("flex-grow", String(scene.duration));
    return { scene, element, buffered, seen };
  });
  const tip = make("div", { class: "player-tip", hidden: true });
  const thumb = make("i", { class: "player-thumb" });
  const track = make("div", { class: "player-track", "aria-hidden": "true" }, ...segments.map((one) => one.element));
  const element = make("div", { class: "player-seekbar", dir: "ltr" }, track, thumb, slider, tip);
  let held = false;

  /** @param {number} at */
  function show(at) {
    const index = sceneAt(plan.scenes, at);
    for (const one of segments) fill(one.seen, share(one.scene, at));
    thumb.style.setProperty("left", `${clamp(at / plan.duration, 0, 1) * 100}%`);
    if (!held) slider.value = String(at);
    const time = say("seek_value", {
      at: spokenTime(at, plan.language),
      of: spokenTime(plan.duration, plan.language),
    });
    const title = plan.scenes[index]?.title;
    const spoken = title ? `${time}, ${title}` : time;
    if (slider.getAttribute("aria-valuetext") !== spoken) slider.setAttribute("aria-valuetext", spoken);
  }

  const showBuffered = () => {
    const end = bufferedEnd(video);
    for (const one of segments) fill(one.buffered, share(one.scene, end));
  };

  slider.addEventListener("input", () => {
    held = true;
    seek(Number(slider.value));
  });
  slider.addEventListener("change", () => (held = false));
  element.addEventListener("pointermove", (event) => {
    if (event.pointerType === "touch" && !held) return;
    const rect = track.getBoundingClientRect();
    const at = clamp((event.clientX - rect.left) / rect.width, 0, 1) * plan.duration;
    const title = plan.scenes[sceneAt(plan.scenes, at)]?.title ?? "";
    tip.replaceChildren(make("b", { dir: "auto" }, title), make("span", {}, clockText(at)));
    tip.hidden = false;
    const half = tip.offsetWidth / 2;
    tip.style.setProperty("left", `${clamp(event.clientX - rect.left, half, Math.max(half, rect.width - half))}px`);
  });
  element.addEventListener("pointerleave", () => (tip.hidden = true));
  for (const name of ["progress", "seeked", "timeupdate", "loadedmetadata"]) {
    video.addEventListener(name, showBuffered, { signal });
  }
  return { element, slider, show };
}

/** @param {HTMLElement} bar @param {number} fraction */
const fill = (bar, fraction) => bar.style.setProperty("transform", `scaleX(${fraction.toFixed(4)})`);

/** @param {{start: number, duration: number}} scene @param {number} at @returns {number} how much of it lies before */
const share = ({ start, duration }, at) => clamp((at - start) / duration, 0, 1);

/** @param {HTMLVideoElement} video @returns {number} how far one can play on from here */
function bufferedEnd({ buffered, currentTime }) {
  for (let index = 0; index < buffered.length; index += 1) {
    if (buffered.start(index) <= currentTime + 0.2 && currentTime <= buffered.end(index)) return buffered.end(index);
  }
  return 0;
}
