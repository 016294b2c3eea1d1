/** Tells seconds to the server: what may leave this page, in one place. */

import * as queue from "../engage/queue.js";

const TICK_MS = 1000;

/** Waits for ten seconds' worth or five seconds' time, tries again after a failure, and forgets all when ended. */
export class Told {
  /** @param {string} nonce @param {() => void} refused the server takes no more of this visit */
  constructor(nonce, refused) {
    this.nonce = nonce;
    this.refused = refused;
    this.queue = queue.empty;
    this.count = 0;
    this.ended = false;
    this.timer = setInterval(() => this.tick(), TICK_MS);
  }

  /** @param {readonly import("./seconds.js").Second[]} seconds */
  add(seconds) {
    const now = Date.now();
    for (const data of seconds) {
      this.count += 1;
      this.queue = queue.add(this.queue, { id: String(this.count), kind: "second", at: now, data }, now);
    }
  }

  tick() {
    if (queue.isDue(this.queue, Date.now())) void this.send();
  }

  async send() {
    this.queue = queue.take(this.queue, Date.now());
    const status = await post(this.body(this.queue.flying));
    if (this.ended) return;
    const meaning = queue.meaning(status);
    this.queue = meaning === "lost" ? queue.lost(this.queue, Date.now()) : queue.landed(this.queue);
    if (meaning === "refused" && status !== 413) this.refused();
  }

  /** Everything at once: the page may never speak again. */
  lastWord() {
    const rest = queue.all(this.queue);
    if (!rest.length) return;
    const body = new Blob([this.body(rest)], { type: "text/plain;charset=UTF-8" });
    if (navigator.sendBeacon("/attention/seconds", body)) this.queue = queue.told(this.queue, rest);
  }

  /** The four things that are told, named one by one so that nothing else can slip in.
   * @param {readonly queue.Told[]} events */
  body(events) {
    const seconds = events.map(({ data }) => {
      const { second, score, n, quality } = /** @type {import("./seconds.js").Second} */ (data);
      return { second, score, n, quality };
    });
    return JSON.stringify({ nonce: this.nonce, seconds });
  }

  /** Forget everything not yet sent. */
  end() {
    this.ended = true;
    clearInterval(this.timer);
    this.queue = queue.empty;
  }
}

/** @param {string} body @returns {Promise<number>} */
async function post(body) {
  const headers = { "Content-Type": "text/plain;charset=UTF-8" };
  try {
    const answer = await fetch("/attention/seconds", { method: "POST", body, headers, keepalive: true, credentials: "omit" });
    return answer.status;
  } catch {
    return 0;
  }
}
