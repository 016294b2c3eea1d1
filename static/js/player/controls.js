/** The bar of controls and the keys that do the same. */

import { iconButton, make, relabel } from "./dom.js";
import { mountHelp } from "./help.js";
import { SPEEDS, actionFor, speedFrom } from "./key_actions.js";
import { menuFor } from "./menu.js";
import { mountScreen } from "./screen.js";
import { makeSeekbar } from "./seekbar.js";
import { clamp, clockText, sceneAt } from "./time.js";

/**
 * @param {import("./plan.js").Stage} stage
 * @param {ReturnType<typeof import("./captions.js").mountCaptions>} captions
 * @returns {{draw: (at: number) => void, focusPlay: () => void, fullScreen: () => void}}
 */
export function mountControls(stage, captions) {
  const { root, foot, video, plan, say, signal, announce } = stage;
  const bar = make("div", { class: "player-bar", role: "group", "aria-label": say("controls"), dir: "ltr" });
  const seekbar = makeSeekbar(stage);
  const screen = mountScreen(stage, () => refresh());
  const help = mountHelp(stage);

  const playButton = iconButton("play", say("play"), { "data-control": "play" });
  const muteButton = iconButton("loud", say("mute"), { "data-control": "mute" });
  const volume = make("input", {
    type: "range",
    class: "player-volume",
    min: 0,
    max: 1,
    step: 0.05,
    "aria-label": say("volume"),
  });
  const elapsed = make("span", { class: "player-now" }, "0:00");
  const time = make("div", { class: "player-time" }, elapsed, make("span", {}, ` / ${clockText(plan.duration)}`));
  const chapter = make("span", { class: "player-chapter", dir: "auto", "aria-hidden": "true" });
  const captionsButton = iconButton("captions", say("captions"), { "data-control": "captions", "aria-pressed": "true" });
  const speedButton = make(
    "button",
    { type: "button", class: "player-button player-rate", "data-control": "speed", title: say("speed") },
    "1×",
  );
  const chaptersButton = iconButton("chapters", say("chapters"), { "data-control": "chapters" });
  const helpButton = iconButton("help", say("keys"), { "data-control": "help", "aria-haspopup": "dialog" });
  const pipButton = iconButton("pip", say("pip"), { "data-control": "pip" });
  if (screen.bare) pipButton.title = say("pip_bare");
  pipButton.hidden = !screen.canFloat;
  const fullButton = iconButton("fullscreen", say("fullscreen"), { "data-control": "fullscreen" });

  const speedMenu = menuFor(
    speedButton,
    say("speed"),
    () =>
      SPEEDS.map((rate) => ({
        label: rate === 1 ? say("speed_normal") : rateText(rate),
        checked: rate === video.playbackRate,
        choose: () => setRate(rate),
      })),
    signal,
  );
  const chaptersMenu = menuFor(
    chaptersButton,
    say("chapters"),
    () =>
      plan.scenes.map((scene, index) => ({
        label: scene.title,
        detail: clockText(scene.start),
        checked: index === sceneAt(plan.scenes, video.currentTime),
        choose: () => goTo(scene),
      })),
    signal,
  );
  chaptersMenu.hidden = plan.scenes.length < 2;

  const row = make(
    "div",
    { class: "player-row" },
    playButton,
    make("div", { class: "player-sound" }, muteButton, volume),
    time,
    chapter,
    captionsButton,
    speedMenu,
    chaptersMenu,
    helpButton,
    pipButton,
    fullButton,
  );
  bar.append(seekbar.element, row);
  foot.append(bar);

  const percent = new Intl.NumberFormat(plan.language, { style: "percent" });
  /** @param {number} rate */
  const rateText = (rate) => `${new Intl.NumberFormat(plan.language).format(rate)}×`;
  /** @param {number} rate */
  const setRate = (rate) => {
    video.playbackRate = rate;
    video.defaultPlaybackRate = rate;
    announce(say("speed_is", { rate: rateText(rate) }));
  };
  /** @param {number} amount */
  const setVolume = (amount) => {
    video.volume = clamp(Math.round(amount * 100) / 100, 0, 1);
    video.muted = video.volume === 0;
  };
  const toggleMuted = () => {
    if (video.muted && video.volume === 0) video.volume = 0.5;
    video.muted = !video.muted;
    announce(say(video.muted ? "muted" : "unmuted"));
  };
  /** @param {import("./plan.js").Scene} scene */
  const goTo = (scene) => {
    stage.tell("chapter", { id: scene.id });
    stage.seek(scene.start);
    void stage.play();
  };

  function refresh() {
    const [glyph, label] = video.ended ? ["replay", "replay"] : video.paused ? ["play", "play"] : ["pause", "pause"];
    relabel(playButton, glyph, say(label));
    const silent = video.muted || video.volume === 0;
    relabel(muteButton, silent ? "muted" : video.volume < 0.5 ? "quiet" : "loud", say(silent ? "unmute" : "mute"));
    volume.value = String(silent ? 0 : video.volume);
    volume.style.setProperty("--value", String(silent ? 0 : video.volume));
    volume.setAttribute("aria-valuetext", percent.format(Number(volume.value)));
    captionsButton.setAttribute("aria-pressed", String(captions.on()));
    speedButton.textContent = rateText(video.playbackRate);
    speedButton.setAttribute("aria-label", `${say("speed")}: ${rateText(video.playbackRate)}`);
    relabel(fullButton, screen.isFull() ? "window" : "fullscreen", say(screen.isFull() ? "exit_fullscreen" : "fullscreen"));
    pipButton.setAttribute("aria-pressed", String(screen.isFloating()));
    root.toggleAttribute("data-floating", screen.isFloating());
  }

  playButton.addEventListener("click", () => stage.toggle());
  muteButton.addEventListener("click", toggleMuted);
  volume.addEventListener("input", () => setVolume(Number(volume.value)));
  captionsButton.addEventListener("click", () => captions.toggle());
  captions.changed(() => refresh());
  helpButton.addEventListener("click", help);
  pipButton.addEventListener("click", () => void screen.toggleFloating());
  fullButton.addEventListener("click", () => void screen.toggleFull());
  for (const name of ["play", "pause", "ended", "seeked", "volumechange", "ratechange"]) {
    video.addEventListener(name, refresh, { signal });
  }

  /** @param {import("./key_actions.js").Action} action */
  function act(action) {
    switch (action.does) {
      case "toggle":
        return stage.toggle();
      case "mute":
        return toggleMuted();
      case "captions":
        return captions.toggle();
      case "fullscreen":
        return void screen.toggleFull();
      case "pip":
        return void screen.toggleFloating();
      case "help":
        return help();
      case "seekBy":
        stage.seek(video.currentTime + action.seconds);
        return announce(say(action.seconds < 0 ? "back" : "forward", { seconds: Math.abs(action.seconds) }));
      case "seekTo":
        return stage.seek(action.fraction * plan.duration);
      case "volumeBy":
        setVolume((video.muted ? 0 : video.volume) + action.amount);
        return announce(`${say("volume")} ${percent.format(video.volume)}`);
      case "speedBy":
        return setRate(speedFrom(video.playbackRate, action.steps));
      default:
        return undefined;
    }
  }

  root.addEventListener("keydown", (event) => {
    const target = /** @type {Element} */ (event.target);
    if (target === volume && /^(Arrow|Home|End|Page)/.test(event.key)) return;
    const where = target.closest('[role="menu"]') ? "menu" : target.closest("button, a") ? "control" : "other";
    const action = event.defaultPrevented ? null : actionFor(event, where);
    if (!action) return;
    event.preventDefault();
    act(action);
    root.dispatchEvent(new CustomEvent("player-active"));
  });

  refresh();
  seekbar.show(0);
  return {
    draw(at) {
      seekbar.show(at);
      const text = clockText(at);
      if (elapsed.textContent !== text) elapsed.textContent = text;
      const title = plan.scenes[sceneAt(plan.scenes, at)]?.title ?? "";
      if (chapter.textContent !== title) chapter.textContent = title;
    },
    focusPlay: () => playButton.focus({ preventScroll: true }),
    fullScreen: () => void screen.toggleFull(),
  };
}
