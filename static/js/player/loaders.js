/** hls.js loaders that answer from what is at hand: playlists from the page, the first bytes from one early request. */

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

/** @param {LoaderClass} Base @param {() => Early | null} early @returns {LoaderClass} */
export function earlyBytes(Base, early) {
  return class extends Base {
    #dropped = false;

    /** @param {Context} context @param {Configuration} config @param {Callbacks} callbacks */
    load(context, config, callbacks) {
      const held = early();
      const { rangeStart = 0, rangeEnd = 0 } = context;
      const url = new URL(context.url, location.href).href;
      if (!held || url !== held.url || rangeStart < held.from || rangeEnd > held.to || !rangeEnd) {
        return super.load(context, config, callbacks);
      }
      this.context = context;
      held.came.then(
        ({ bytes, firstAt, endedAt }) => {
          if (this.#dropped) return;
          const part = bytes.slice(rangeStart - held.from, rangeEnd - held.from);
          this.stats.loading = { start: held.startedAt, first: firstAt, end: endedAt };
          // The line is judged by all that came in that time, not by the slice asked for.
          this.stats.loaded = this.stats.total = bytes.byteLength;
          const answer = { url: context.url, data: part, code: 206 };
          callbacks.onProgress?.(this.stats, context, part, null);
          callbacks.onSuccess(answer, this.stats, context, null);
        },
        () => this.#dropped || super.load(context, config, callbacks),
      );
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

/** @param {string} url @param {number} from @param {number} to exclusive @returns {Early} */
export function askEarly(url, from, to) {
  const startedAt = performance.now();
  const came = (async () => {
    const answer = await fetch(url, { headers: { Range: `bytes=${from}-${to - 1}` } });
    const firstAt = performance.now();
    const bytes = await answer.arrayBuffer();
    if (answer.status !== 206 || bytes.byteLength !== to - from) throw new Error(`early bytes: ${answer.status}`);
    return { bytes, firstAt, endedAt: performance.now() };
  })();
  came.catch(() => undefined);
  return { url, from, to, startedAt, came };
}
