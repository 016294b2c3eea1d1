/** One visit with a yes to the camera: on while the video plays before someone, off at every other moment. */

import { Camera, troubleOf } from "./camera.js";
import { Blind, deviceEyes, serverEyes } from "./eyes.js";
import { mountIndicator } from "./indicator.js";
import * as pace from "./pace.js";
import * as seconds from "./seconds.js";
import { Told } from "./told.js";

/** @typedef {import("./camera.js").Trouble} Trouble */

/** Troubles of the browser rather than of the camera: our server could look in its place. */
const HELPED = ["webgl", "simd", "slow", "failed"];

export class Session {
  /** @param {HTMLElement} article holds the video, and the section that says the camera is on */
  constructor(article) {
    this.nonce = article.dataset.nonce ?? "";
    this.section = /** @type {HTMLElement} */ (article.querySelector("#attention"));
    this.root = /** @type {HTMLElement} */ (article.querySelector("[data-player]"));
    this.video = /** @type {HTMLVideoElement} */ (article.querySelector("video"));
    /** @type {Record<string, string>} */
    this.words = JSON.parse(this.section.dataset.words ?? "{}");
    this.state = seconds.fresh;
    this.pace = pace.begin;
    this.told = new Told(this.nonce, () => this.end());
    this.eyes = deviceEyes();
    /** @type {Camera | null} */
    this.camera = null;
    /** Counts turns on and off: what was begun in an earlier one is not gone on with. */
    this.turn = 0;
    this.broken = false;
    this.timer = 0;
    /** When the next picture is due, in milliseconds of `performance.now`. */
    this.due = 0;
    this.stop = new AbortController();
    this.indicator = mountIndicator(this.root, this.words, () => this.withdraw());
    this.listen();
    this.say("waiting");
    if (isPlaying(this.video)) void this.begin();
  }

  listen() {
    const { signal } = this.stop;
    const on = /** @param {EventTarget} target @param {string} name @param {(event: any) => void} act */ (target, name, act) =>
      target.addEventListener(name, act, { signal });
    on(this.video, "playing", () => void this.begin());
    for (const name of ["pause", "ended", "emptied"]) on(this.video, name, () => this.rest());
    on(document, "visibilitychange", () => (isVisible() && isPlaying(this.video) ? void this.begin() : this.rest()));
    on(window, "pagehide", () => this.rest());
    // A no holds from the tap, not from the server's answer.
    on(document, "click", (event) => {
      const tapped = event.target instanceof Element ? event.target.closest("[data-attention-choice=no]") : null;
      // A no to the second question leaves the first answer as it is.
      if (tapped && this.section.dataset.attentionState !== "server") this.end();
    });
    on(document, "segue:attention", ({ detail }) => this.heed(detail));
    on(document, "segue:consent", ({ detail }) => {
      if (detail?.tracking === "on") return;
      this.end();
      document.getElementById("attention")?.remove();
    });
    on(document, "htmx:afterSettle", () => this.root.isConnected || this.end());
  }

  /** The camera on, and a look at it every now and then. */
  async begin() {
    if (this.camera || this.broken || this.stop.signal.aborted || !isVisible()) return;
    this.turn += 1;
    const { turn, eyes } = this;
    const current = () => turn === this.turn && !this.stop.signal.aborted;
    try {
      this.say("starting");
      await eyes.able();
      if (!current()) return;
      const camera = await Camera.open(() => current() && this.fail("unplugged"));
      if (!current()) return camera.close();
      this.camera = camera;
      this.indicator.show(true);
      await eyes.ready();
      if (!current()) return;
      this.say("camera_on");
      await this.look(current);
    } catch (error) {
      if (current()) this.fail(error instanceof Blind ? error.trouble : troubleOf(error));
    }
  }

  /** @param {() => boolean} current */
  async look(current) {
    const { camera, eyes } = this;
    if (!camera || !current()) return;
    const wall = performance.now();
    const at = this.video.currentTime;
    const seen = await eyes.see(await camera.picture());
    if (!current()) return;
    if (seen) {
      this.tell(seconds.add(this.state, { at, wall, light: seen.light, look: seen.look }));
      this.pace = pace.took(this.pace, seen.ms);
      if (eyes.everyMs === null && this.pace.tooSlow) return this.fail("slow");
    }
    // Counted from when this one was due, so that being a little late each time doesn't add up.
    this.due = Math.max(this.due, wall - pace.FASTEST_MS) + (eyes.everyMs ?? this.pace.everyMs);
    this.timer = setTimeout(() => this.again(current), Math.max(0, this.due - performance.now()));
  }

  /** @param {() => boolean} current */
  again(current) {
    this.look(current).catch((error) => {
      if (current()) this.fail(error instanceof Blind ? error.trouble : troubleOf(error));
    });
  }

  /** @param {seconds.Seconds} next */
  tell(next) {
    this.state = next;
    this.told.add(next.done);
  }

  /** The camera off: nothing plays, or nobody sees it. */
  rest() {
    const was = this.camera !== null;
    this.turn += 1;
    clearTimeout(this.timer);
    this.camera?.close();
    this.camera = null;
    this.indicator.show(false);
    if (!this.broken) this.say("waiting");
    if (!was) return;
    this.tell(isVisible() && !this.video.ended ? seconds.close(this.state) : seconds.finish(this.state));
    this.told.lastWord();
  }

  /** It can't be done: one word, and the video goes on. @param {Trouble} trouble */
  fail(trouble) {
    this.broken = true;
    this.rest();
    this.say(trouble);
    if (HELPED.includes(trouble) && this.section.dataset.server === "ask") void this.askForServer();
  }

  /** Put the second question, where our server may look instead. */
  async askForServer() {
    const answer = await post("/attention/server", { nonce: this.nonce }).catch(() => null);
    if (answer?.status !== 200 || this.stop.signal.aborted) return;
    const markup = await answer.text();
    const now = this.section.querySelector("[data-attention-now]")?.textContent ?? "";
    this.section.outerHTML = markup;
    this.adopt();
    this.show(now);
    /** @type {{htmx?: {process: (element: Element) => void}}} */ (window).htmx?.process(this.section);
  }

  /** What the server said to an answer. @param {{state?: string, server?: string} | undefined} detail */
  heed(detail) {
    if (detail?.state !== "on") return this.end();
    // The answer's markup takes its place right after this.
    setTimeout(() => {
      this.adopt();
      if (detail.server !== "on") return;
      this.eyes.close();
      this.eyes = serverEyes(this.nonce);
      this.pace = pace.begin;
      this.broken = false;
      this.say("waiting");
      if (isPlaying(this.video)) void this.begin();
    });
    return undefined;
  }

  /** The section that now stands there. */
  adopt() {
    const section = document.getElementById("attention");
    if (section) this.section = section;
  }

  /** Stop, by the mark in the video: off now, and erased as by the page's own button. */
  withdraw() {
    this.end();
    const button = document.querySelector("#attention [data-attention-choice=no]");
    if (button instanceof HTMLElement) button.click();
  }

  end() {
    if (this.stop.signal.aborted) return;
    this.stop.abort();
    this.broken = true;
    this.turn += 1;
    clearTimeout(this.timer);
    this.camera?.close();
    this.camera = null;
    this.eyes.close();
    this.told.end();
    this.indicator.remove();
    this.show("");
  }

  /** @param {string} word a key of the page's words */
  say(word) {
    this.show(this.words[word] ?? "");
  }

  /** @param {string} line */
  show(line) {
    const place = this.section.querySelector("[data-attention-now]");
    if (place && place.textContent !== line) place.textContent = line;
  }
}

/** @param {string} path @param {Record<string, string>} form */
export const post = (path, form) =>
  fetch(path, { method: "POST", headers: { "HX-Request": "true" }, body: new URLSearchParams(form) });

const isVisible = () => document.visibilityState === "visible";

/** @param {HTMLVideoElement} video */
const isPlaying = (video) => !video.paused && !video.ended;
