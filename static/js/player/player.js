/** One player: the stage, its parts, and the states it goes through: ready, playing, paused, ended, error. */

import { mountCaptions } from "./captions.js";
import { followClock } from "./clock.js";
import { mountControls } from "./controls.js";
import { ctaLink, mountCtas } from "./ctas.js";
import { mountDeepLinks, startFromAddress } from "./deeplink.js";
import { mountDisclosure } from "./disclosure.js";
import { icon, make } from "./dom.js";
import { mountOverlays } from "./overlays.js";
import { readPlan, speaker } from "./plan.js";
import { openSource } from "./source.js";
import { mountSpans } from "./spans.js";
import { clamp, clockText } from "./time.js";
import { mountTouch } from "./touch.js";

const HUSH_MS = 2600;
/** A wait shorter than this shows nothing: joins between clips must never flash a spinner. */
const BUSY_MS = 450;
const NOTICE_MS = 1400;

/** @param {HTMLElement} root @param {AbortSignal} signal */
export function mountPlayer(root, signal) {
  const found = root.querySelector("video");
  if (found) assemble(root, found, signal);
}

/** @param {HTMLElement} root @param {HTMLVideoElement} video @param {AbortSignal} signal */
function assemble(root, video, signal) {
  const plan = readPlan(root);
  const say = speaker(plan.text);
  const reduced = matchMedia("(prefers-reduced-motion: reduce)");
  // Someone was quicker than this script, with the browser's own controls: leave them their source.
  const underWay = !video.paused || video.currentTime > 0;
  let started = underWay;

  const picture = make("div", { class: "player-picture", "aria-hidden": "true" });
  const foot = make("div", { class: "player-foot" });
  const surface = make("div", { class: "player-surface" });
  const notice = make("div", { class: "player-notice", role: "status" });
  const spinner = make("div", { class: "player-spinner", "aria-hidden": "true" });
  const start = startButton(plan, say);
  const ended = make("div", { class: "player-ended", hidden: true });
  const trouble = make("div", { class: "player-trouble", role: "alert", hidden: true });

  root.setAttribute("role", "region");
  root.setAttribute("aria-label", say("player", { title: plan.title }));
  root.tabIndex = -1;
  video.controls = false;
  video.tabIndex = -1;
  if (!underWay) video.removeAttribute("src");
  video.after(picture, surface, spinner, start, foot, ended, notice, trouble);

  const source = openSource(video, plan, () => setState("error"));

  /** @type {import("./plan.js").Stage["tell"]} */
  const tell = (kind, detail = {}) => {
    root.dispatchEvent(new CustomEvent(`segue:${kind}`, { bubbles: true, detail }));
  };

  // ---- what the parts may do --------------------------------------------------

  /** Where to begin, until the video itself knows where it stands. */
  let begin = startFromAddress(plan.duration);

  async function play() {
    if (root.dataset.state === "error") return;
    if (!started) {
      started = true;
      root.toggleAttribute("data-started", true);
      busy();
      await source.attach(begin);
    }
    await video.play().catch(() => undefined);
  }

  /** @param {number} seconds */
  function seek(seconds) {
    const at = clamp(seconds, 0, plan.duration);
    begin = at;
    if (video.readyState > 0) video.currentTime = at;
  }

  let forget = 0;
  /** @param {string} line */
  function announce(line) {
    notice.textContent = line;
    notice.toggleAttribute("data-shown", true);
    clearTimeout(forget);
    forget = setTimeout(() => notice.removeAttribute("data-shown"), NOTICE_MS);
  }

  /** @type {import("./plan.js").Stage} */
  const stage = {
    root,
    picture,
    foot,
    video,
    plan,
    signal,
    say,
    tell,
    play,
    pause: () => video.pause(),
    toggle: () => (video.paused || video.ended ? void play() : video.pause()),
    seek,
    announce,
    started: () => started,
    still: () => reduced.matches,
  };

  // ---- states -------------------------------------------------------------------

  /** @param {"ready" | "playing" | "paused" | "ended" | "error"} state */
  function setState(state) {
    root.dataset.state = state;
    start.hidden = started;
    ended.hidden = state !== "ended";
    trouble.hidden = state !== "error";
    if (state === "ended") showEnded();
    if (state === "error") showTrouble();
    wake();
  }

  let waiting = 0;
  function busy() {
    clearTimeout(waiting);
    waiting = setTimeout(() => root.toggleAttribute("data-busy", true), BUSY_MS);
  }
  function free() {
    clearTimeout(waiting);
    root.removeAttribute("data-busy");
  }

  function showEnded() {
    const again = pill("replay", say("replay"));
    again.addEventListener("click", () => {
      stage.seek(0);
      void play();
      controls.focusPlay();
    });
    ended.replaceChildren(...plan.ctas.map((cta) => ctaLink(cta, say)), again);
  }

  function showTrouble() {
    free();
    const again = pill("replay", say("retry"));
    again.addEventListener("click", () => {
      setState("paused");
      busy();
      void source.retry().then(() => video.play().catch(() => undefined));
    });
    const download = make("a", { class: "player-again", href: plan.download, download: "" }, icon("download"), say("download"));
    trouble.replaceChildren(make("p", {}, say("trouble")), make("div", {}, again, download));
  }

  // ---- controls that step back while one watches --------------------------------

  let hush = 0;
  function wake() {
    root.removeAttribute("data-idle");
    clearTimeout(hush);
    hush = setTimeout(quiet, HUSH_MS);
  }
  function quiet() {
    const focused = root.querySelector(".player-foot :focus-visible, [role=menu]:not([hidden])");
    if (root.dataset.state === "playing" && !focused) root.toggleAttribute("data-idle", true);
  }
  for (const name of ["pointermove", "focusin", "player-active"]) root.addEventListener(name, wake, { signal });
  root.addEventListener("pointerleave", quiet, { signal });

  // ---- parts ----------------------------------------------------------------------

  const captions = mountCaptions(stage);
  const drawCtas = mountCtas(stage);
  const controls = mountControls(stage, captions);
  const drawOverlays = mountOverlays(stage);
  const drawLabel = mountDisclosure(stage);
  mountSpans(stage);
  mountDeepLinks(stage);
  mountTouch(surface, {
    tap: () => (root.hasAttribute("data-idle") ? wake() : quiet()),
    click: () => stage.toggle(),
    double: () => controls.fullScreen(),
    step: (seconds) => {
      seek(video.currentTime + seconds);
      announce(say(seconds < 0 ? "back" : "forward", { seconds: Math.abs(seconds) }));
    },
  });
  const draw = /** @param {number} at */ (at) => {
    drawOverlays(at);
    drawCtas(at);
    drawLabel(at);
    controls.draw(at);
  };
  followClock(video, draw, signal);

  // ---- the video's own events ----------------------------------------------------

  const on = /** @param {string} name @param {() => void} react */ (name, react) =>
    video.addEventListener(name, react, { signal });
  const arrived = () => {
    // Sent elsewhere while it was still loading.
    if (!underWay && Math.abs(video.currentTime - begin) > 0.5) video.currentTime = begin;
  };
  video.addEventListener("loadedmetadata", arrived, { once: true, signal });
  on("play", () => {
    started = true;
    setState("playing");
    tell("play");
  });
  on("playing", free);
  on("canplay", free);
  on("waiting", busy);
  on("pause", () => {
    // A source that fails pauses too, and says so after it has failed.
    if (video.ended || root.dataset.state === "error") return;
    setState("paused");
    tell("pause");
  });
  on("seeking", () => {
    if (root.dataset.state === "ended") setState(video.paused ? "paused" : "playing");
    tell("seek", { to: video.currentTime });
  });
  on("ended", () => {
    setState("ended");
    draw(plan.duration);
    tell("ended");
  });

  start.addEventListener("click", () => {
    const byKey = start.matches(":focus-visible");
    void play();
    if (byKey) controls.focusPlay();
    else root.focus({ preventScroll: true });
  });
  for (const name of ["pointerenter", "pointerdown", "focus", "touchstart"]) {
    start.addEventListener(name, () => void source.attach(begin), { once: true, passive: true, signal });
  }
  // Another part of the page sends one back here, or goes on where an earlier page stopped.
  root.addEventListener("player-resume", () => void play(), { signal });
  root.addEventListener("player-focus", () => root.focus({ preventScroll: true }), { signal });
  primeWhenIdle(root, source, signal);
  signal.addEventListener("abort", source.close);
  setState(underWay ? (video.paused ? "paused" : "playing") : "ready");
  root.toggleAttribute("data-started", started);
}

/** @param {string} glyph @param {string} label */
const pill = (glyph, label) =>
  make("button", { type: "button", class: "player-again", "aria-label": label }, icon(glyph), make("span", {}, label));

/** @param {import("./plan.js").PlanView} plan @param {import("./plan.js").Stage["say"]} say */
function startButton(plan, say) {
  return make(
    "button",
    { type: "button", class: "player-start" },
    make("span", { class: "player-start-disc" }, icon("play")),
    make("span", { class: "player-start-text" }, make("b", {}, say("play_video")), make("span", {}, `${clockText(plan.duration)} · ${say("with_sound")}`)),
  );
}

/**
 * The library and the first two seconds, once the page has nothing better to do: then play starts at once.
 * @param {HTMLElement} root @param {import("./source.js").Source} source @param {AbortSignal} signal
 */
function primeWhenIdle(root, source, signal) {
  const { connection } = /** @type {{connection?: {saveData?: boolean}}} */ (navigator);
  if (connection?.saveData) return;
  const later = window.requestIdleCallback ?? ((/** @type {() => void} */ act) => setTimeout(act, 200));
  const observer = new IntersectionObserver((entries) => {
    if (!entries.some((entry) => entry.isIntersecting)) return;
    observer.disconnect();
    later(() => signal.aborted || source.prepare());
  });
  observer.observe(root);
  signal.addEventListener("abort", () => observer.disconnect());
}
