/** Who looks at a picture: a worker on this device, or, with a second consent, our server. Both keep nothing. */

/**
 * @typedef {import("./worker.js").Seen} Seen
 * @typedef {import("./camera.js").Trouble} Trouble
 * @typedef {object} Eyes
 * @property {() => Promise<void>} able Resolves when this can be done here; rejects with a `Blind`.
 * @property {() => Promise<void>} ready Resolves when a picture may come.
 * @property {(picture: ImageBitmap) => Promise<Seen | null>} see Null: not this one, the next perhaps.
 * @property {number | null} everyMs How often to look, where the cost is not this device's; null: by what it costs.
 * @property {() => void} close
 */

/** It can't be done here, in the word the page says. */
export class Blind extends Error {
  /** @param {Trouble} trouble */
  constructor(trouble) {
    super(trouble);
    this.trouble = trouble;
  }
}

/** On this device: the library and its model are fetched now, and never before. @returns {Eyes} */
export function deviceEyes() {
  const worker = new Worker("/attention/worker.js", { type: "module" });
  const able = promise();
  const ready = promise();
  /** @type {{resolve: (seen: Seen) => void, reject: (why: Blind) => void} | null} */
  let asked = null;

  /** @param {Trouble} trouble */
  const fail = (trouble) => {
    const why = new Blind(trouble);
    for (const waiting of [able, ready, asked]) waiting?.reject(why);
    asked = null;
  };
  worker.onerror = () => fail("failed");
  worker.onmessage = ({ data }) => {
    if (data.trouble) return fail(data.trouble);
    if (data.able) able.resolve();
    if (data.ready) ready.resolve();
    if (data.seen) asked?.resolve(data.seen);
    return undefined;
  };

  return {
    everyMs: null,
    able: () => able.done,
    ready: () => ready.done,
    see: (picture) =>
      new Promise((resolve, reject) => {
        asked = { resolve, reject };
        worker.postMessage(picture, [picture]);
      }),
    close: () => worker.terminate(),
  };
}

const QUALITY = 0.8;
const SERVER_EVERY_MS = 300;

/** On our server, one small JPEG at a time. @param {string} nonce @returns {Eyes} */
export function serverEyes(nonce) {
  const stop = new AbortController();
  const canvas = typeof OffscreenCanvas === "undefined" ? null : new OffscreenCanvas(1, 1);
  return {
    everyMs: SERVER_EVERY_MS,
    able: () => (canvas ? Promise.resolve() : Promise.reject(new Blind("webgl"))),
    ready: () => Promise.resolve(),
    async see(picture) {
      const body = await jpeg(/** @type {OffscreenCanvas} */ (canvas), picture);
      const headers = { "Content-Type": "image/jpeg", "X-Segue-Visit": nonce };
      const { signal } = stop;
      const answer = await fetch("/attention/picture", { method: "POST", body, headers, signal, credentials: "omit" });
      if (answer.status === 503 || answer.status === 429) return null;
      if (!answer.ok) throw new Blind("failed");
      return { ...(await answer.json()), ms: 0 };
    },
    close: () => stop.abort(),
  };
}

/** @param {OffscreenCanvas} canvas @param {ImageBitmap} picture */
function jpeg(canvas, picture) {
  canvas.width = picture.width;
  canvas.height = picture.height;
  canvas.getContext("2d")?.drawImage(picture, 0, 0);
  picture.close();
  return canvas.convertToBlob({ type: "image/jpeg", quality: QUALITY });
}

/** A promise with its ends in hand; nobody need be listening when it fails. */
function promise() {
  /** @type {() => void} */
  let resolve = () => undefined;
  /** @type {(why: Blind) => void} */
  let reject = () => undefined;
  const done = /** @type {Promise<void>} */ (
    new Promise((good, bad) => {
      resolve = good;
      reject = bad;
    })
  );
  done.catch(() => undefined);
  return { done, resolve, reject };
}
