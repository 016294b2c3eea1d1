/** hls.js loaders that answer from what is at hand, and never take a part for the whole. */

import { resolved } from "./source_state.js";

/**
 * @typedef {import("../../vendor/hls/hls.light.min.mjs").LoaderContext} Context
 * @typedef {import("../../vendor/hls/hls.light.min.mjs").LoaderConfiguration} Configuration
 * @typedef {import("../../vendor/hls/hls.light.min.mjs").LoaderCallbacks<any>} Callbacks
 * @typedef {import("../../vendor/hls/hls.light.min.mjs").Loader<any>} Loader
 * @typedef {new (config: any) => Loader} LoaderClass
 *
 * @typedef {object} Early The first bytes of the video, asked for before the player needs them.
 * @property {string} url Absolute.
 * @property {number} from
 * @property {number} to Exclusive.
 * @property {number} startedAt
 * @property {Promise<{bytes: ArrayBuffer, firstAt: number, endedAt: number}>} came
 */

/** @param {LoaderClass} Base @param {Record<string, string>} playlists @returns {LoaderClass} */
export function inlinePlaylists(Base, playlists) {
  return class extends Base {
    #dropped = false;

    /** @param {Context} context @param {Configuration} config @param {Callbacks} callbacks */
    load(context, config, callbacks) {
      const text = playlists[resolved(context.url, location.href).replace(location.origin, "")];
      if (text === undefined) return super.load(context, config, callbacks);
      this.context = context;
      const now = performance.now();
      this.stats.loading = { start: now, first: now, end: now };
      this.stats.loaded = this.stats.total = text.length;
      queueMicrotask(() => {
        if (!this.#dropped) callbacks.onSuccess({ url: context.url, data: text, code: 200 }, this.stats, context, null);
      });
      return undefined;
    }

    abort() {
      this.#dropped = true;
      super.abort();
    }

    destroy() {
      this.#dropped = true;
      super.destroy();
    }
  };
}

/**
 * Ranges of clip files: from the early bytes when they hold them, and never cut short.
 *
 * A server may answer a range in part (ours stops at 1 MiB), and Chromium's cache, after a ranged request was aborted
 * (every seek does), may give fewer bytes than it was asked for, as a success (seen with Chromium 156; hls.js issue 7744
 * looks alike). Appending a part as the whole breaks the decoder, so the rest is fetched, past the cache.
 *
 * @param {LoaderClass} Base @param {() => Early | null} early @returns {LoaderClass}
 */
export function wholeRanges(Base, early) {
  return class extends Base {
    #dropped = false;

    /** @param {Context} context @param {Configuration} config @param {Callbacks} callbacks */
    load(context, config, callbacks) {
      const { rangeStart = 0, rangeEnd = 0 } = context;
      if (!rangeEnd) return super.load(context, config, callbacks);
      const url = new URL(context.url, location.href).href;
      const held = early();
      if (!held || url !== held.url || rangeStart < held.from || rangeEnd > held.to) {
        return super.load(context, config, this.#checked(url, callbacks));
      }
      this.context = context;
      held.came.then(
        ({ bytes, firstAt, endedAt }) => {
          if (this.#dropped) return;
          const part = bytes.slice(rangeStart - held.from, rangeEnd - held.from);
          this.stats.loading = { start: held.startedAt, first: firstAt, end: endedAt };
          // The line is judged by all that came in that time, not by the slice asked for.
          this.stats.loaded = this.stats.total = bytes.byteLength;
          callbacks.onSuccess({ url: context.url, data: part, code: 206 }, this.stats, context, null);
        },
        () => this.#dropped || super.load(context, config, this.#checked(url, callbacks)),
      );
      return undefined;
    }

    /** @param {string} url @param {Callbacks} callbacks @returns {Callbacks} */
    #checked(url, callbacks) {
      return {
        ...callbacks,
        onSuccess: (response, stats, context, details) => {
          const { rangeStart = 0, rangeEnd = 0 } = context;
          const part = response.data instanceof ArrayBuffer ? response.data : new ArrayBuffer(0);
          const came = rangeStart + part.byteLength;
          if (came === rangeEnd) return callbacks.onSuccess(response, stats, context, details);
          return fetchRange(url, came, rangeEnd, "reload").then(
            (rest) => this.#dropped || callbacks.onSuccess({ ...response, data: joined([part, rest]) }, stats, context, details),
            (error) => this.#dropped || callbacks.onError({ code: 0, text: String(error) }, context, details, stats),
          );
        },
      };
    }

    abort() {
      this.#dropped = true;
      super.abort();
    }

    destroy() {
      this.#dropped = true;
      super.destroy();
    }
  };
}

/** @param {string} url @param {number} from @param {number} to exclusive @returns {Early} */
export function askEarly(url, from, to) {
  const startedAt = performance.now();
  let firstAt = startedAt;
  const came = fetchRange(url, from, to, "default", () => (firstAt = performance.now())).then((bytes) => ({
    bytes,
    firstAt,
    endedAt: performance.now(),
  }));
  came.catch(() => undefined);
  return { url, from, to, startedAt, came };
}

/**
 * @param {string} url @param {number} from @param {number} to exclusive @param {RequestCache} cache
 * @param {() => void} [began] called with the first byte
 * @returns {Promise<ArrayBuffer>} exactly those bytes, in as many requests as the server wants, or it rejects
 */
export async function fetchRange(url, from, to, cache, began) {
  const parts = [];
  for (let at = from; at < to; at += parts[parts.length - 1].byteLength) {
    const answer = await fetch(url, { headers: { Range: `bytes=${at}-${to - 1}` }, cache });
    began?.();
    const bytes = await answer.arrayBuffer();
    if (answer.status !== 206 || bytes.byteLength === 0 || at + bytes.byteLength > to) {
      throw new Error(`range ${at}-${to}: ${answer.status}, ${bytes.byteLength} bytes`);
    }
    parts.push(bytes);
  }
  return joined(parts);
}

/** @param {readonly ArrayBuffer[]} parts @returns {ArrayBuffer} */
export function joined(parts) {
  if (parts.length === 1) return parts[0];
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.byteLength, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(new Uint8Array(part), at);
    at += part.byteLength;
  }
  return whole.buffer;
}
