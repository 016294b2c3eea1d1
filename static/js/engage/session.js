/** One measured visit, from the yes or the open to the no or the end of the page. */

import { factOf } from "./events.js";
import * as evidence from "./evidence.js";
import { idsFrom } from "./ids.js";
import * as queue from "./queue.js";

const TICK_MS = 1000;
const NAMES = ["play", "span", "cta", "chapter"];

/** Notices gestures, time on screen and what the player says, and tells it in beacons until it is ended. */
export class Session {
  /** @param {string} nonce */
  constructor(nonce) {
    this.nonce = nonce;
    this.nextId = idsFrom(Date.now());
    this.queue = queue.empty;
    this.seen = evidence.begin(performance.now(), isVisible());
    this.played = false;
    this.reported = "";
    /** @type {{x: number, y: number} | null} */
    this.pointer = null;
    this.stop = new AbortController();
    this.timer = setInterval(() => this.tick(), TICK_MS);
    this.listen();
  }

  listen() {
    const { signal } = this.stop;
    const on = /** @param {string} name @param {(event: any) => void} act @param {EventTarget} [target] */ (
      name,
      act,
      target = document,
    ) => target.addEventListener(name, act, { signal, passive: true, capture: target === document });
    for (const name of NAMES) on(`segue:${name}`, (event) => this.hear(name, event.detail));
    // No pointer behind it: a keyboard, or a screen reader.
    on("click", (event) => event.isTrusted && event.detail === 0 && this.gesture("key"));
    on("pointerdown", (event) => event.isTrusted && this.gesture(event.pointerType === "touch" ? "touch" : "pointer"));
    on("keydown", (event) => event.isTrusted && !event.repeat && this.gesture("key"));
    on("wheel", (event) => event.isTrusted && this.gesture("wheel"));
    on("pointermove", (event) => this.move(event));
    // On the window, after the player has closed its last span on the document.
    on("visibilitychange", () => this.turn(), window);
    on("pagehide", () => this.lastWord(), window);
  }

  /** @param {string} name @param {unknown} detail */
  hear(name, detail) {
    const fact = factOf(name, detail);
    if (!fact) return;
    // Agreed while it already played: the first span says so.
    if (fact.kind === "video.watched" && !this.played) this.hear("play", {});
    if (fact.kind === "video.played") {
      if (this.played) return;
      this.played = true;
    }
    this.tell(fact);
    if (!isVisible() || fact.kind === "cta.clicked") this.lastWord();
  }

  /** @param {evidence.Gesture} kind */
  gesture(kind) {
    this.seen = evidence.gestured(this.seen, kind);
  }

  /** @param {PointerEvent} event */
  move(event) {
    const here = { x: event.clientX, y: event.clientY };
    if (!event.isTrusted || !evidence.isFurther(this.pointer, here)) return;
    if (this.pointer) this.seen = evidence.moved(this.seen);
    this.pointer = here;
  }

  turn() {
    this.seen = evidence.turned(this.seen, performance.now(), isVisible());
    if (!isVisible()) this.lastWord();
  }

  tick() {
    if (!this.reported && evidence.isTelling(this.seen, performance.now())) this.report();
    if (queue.isDue(this.queue, Date.now())) void this.send();
  }

  /** @param {import("./events.js").Fact} fact */
  tell(fact) {
    const now = Date.now();
    this.queue = queue.add(this.queue, { id: this.nextId(), at: now, ...fact }, now);
  }

  /** Say what was seen of the person, when it is more than last time. */
  report() {
    const browser = { webdriver: navigator.webdriver === true, languages: navigator.languages?.length ?? 0 };
    const data = evidence.report(this.seen, performance.now(), browser);
    const gist = JSON.stringify([data.gestures, Math.floor(data.visible_ms / 1000)]);
    if (gist === this.reported) return;
    this.reported = gist;
    this.tell({ kind: "page.seen", data });
  }

  async send() {
    this.report();
    this.queue = queue.take(this.queue, Date.now());
    const { status, retryMs } = await post(this.body(this.queue.flying));
    if (this.stop.signal.aborted) return;
    const meaning = queue.meaning(status);
    this.queue = meaning === "lost" ? queue.lost(this.queue, Date.now(), retryMs) : queue.landed(this.queue);
    if (meaning === "refused" && status !== 400 && status !== 413) this.end();
  }

  /** Everything at once, because the page may never speak again. */
  lastWord() {
    this.report();
    const rest = queue.all(this.queue);
    if (!rest.length) return;
    const body = new Blob([this.body(rest)], { type: "text/plain;charset=UTF-8" });
    if (navigator.sendBeacon("/b", body)) this.queue = queue.told(this.queue, rest);
  }

  /** @param {readonly queue.Told[]} events */
  body(events) {
    return JSON.stringify({ nonce: this.nonce, sent: Date.now(), events });
  }

  /** Forget everything not yet sent, and notice nothing more. */
  end() {
    this.stop.abort();
    clearInterval(this.timer);
    this.queue = queue.empty;
    this.seen = evidence.begin(0, false);
  }
}

const isVisible = () => document.visibilityState === "visible";

/** @param {string} body @returns {Promise<{status: number, retryMs: number}>} */
async function post(body) {
  try {
    const headers = { "Content-Type": "text/plain;charset=UTF-8" };
    // No cookie: the nonce says all there is to say.
    const answer = await fetch("/b", { method: "POST", body, headers, keepalive: true, credentials: "omit" });
    return { status: answer.status, retryMs: 1000 * (Number(answer.headers.get("Retry-After")) || 0) };
  } catch {
    return { status: 0, retryMs: 0 };
  }
}
