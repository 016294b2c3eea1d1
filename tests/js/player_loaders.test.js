import assert from "node:assert/strict";
import { afterEach, test } from "node:test";

import { askEarly, fetchRange, inlinePlaylists, joined, wholeRanges } from "../../static/js/player/loaders.js";

const FILE = Uint8Array.from({ length: 1000 }, (_, index) => index % 251);
const slice = (from, to) => FILE.slice(from, to).buffer;
globalThis.location ??= /** @type {any} */ ({ href: "https://here.example/v", origin: "https://here.example" });
const realFetch = globalThis.fetch;
afterEach(() => (globalThis.fetch = realFetch));

/** A server that never answers with more than `limit` bytes. */
function serve(limit = Infinity, status = 206) {
  const asked = [];
  globalThis.fetch = async (url, { headers, cache }) => {
    const [, from, to] = /bytes=(\d+)-(\d+)/.exec(headers.Range).map(Number);
    asked.push({ from, to: to + 1, cache });
    const end = Math.min(to + 1, from + limit);
    return { status, arrayBuffer: async () => slice(from, end) };
  };
  return asked;
}

/** As hls.js's own loader: answers with what `answer` gives. */
const base = (answer) =>
  class {
    stats = { loading: {} };
    context = null;
    load(context, _config, callbacks) {
      callbacks.onSuccess({ url: context.url, data: answer(context), code: 206 }, this.stats, context, null);
    }
    abort() {}
    destroy() {}
  };

const load = (loader, context) =>
  new Promise((resolve, reject) =>
    loader.load(context, {}, { onSuccess: (answer) => resolve(answer.data), onError: (error) => reject(error) }),
  );
const context = { url: "/clips/g/k.mp4", rangeStart: 100, rangeEnd: 400, responseType: "arraybuffer" };

test("a range the server cuts short is fetched to its end", async () => {
  const asked = serve(128);

  const bytes = await fetchRange("/clips/g/k.mp4", 100, 500, "default");

  assert.deepEqual(new Uint8Array(bytes), FILE.slice(100, 500));
  assert.deepEqual(asked.map((one) => one.from), [100, 228, 356, 484]);
});

test("a refused or empty range is an error, not an empty segment", async () => {
  serve(0);
  await assert.rejects(fetchRange("/x", 0, 10, "default"));
  serve(10, 403);
  await assert.rejects(fetchRange("/x", 0, 10, "default"));
});

test("an answer cut short by the cache is completed past the cache before the decoder sees it", async () => {
  const asked = serve();
  const Loader = wholeRanges(base(() => slice(100, 130)), () => null);

  const bytes = await load(new Loader({}), context);

  assert.deepEqual(new Uint8Array(bytes), FILE.slice(100, 400));
  assert.deepEqual(asked, [{ from: 130, to: 400, cache: "reload" }]);
});

test("a whole answer costs no second request", async () => {
  const asked = serve();
  const Loader = wholeRanges(base((one) => slice(one.rangeStart, one.rangeEnd)), () => null);

  assert.deepEqual(new Uint8Array(await load(new Loader({}), context)), FILE.slice(100, 400));
  assert.equal(asked.length, 0);
});

test("the first segment comes out of the one early request", async () => {
  const asked = serve();
  const early = askEarly("https://here.example/clips/g/k.mp4", 0, 600);
  const Loader = wholeRanges(base(() => assert.fail("asked again")), () => early);

  assert.deepEqual(new Uint8Array(await load(new Loader({}), context)), FILE.slice(100, 400));
  assert.equal(asked.length, 1);
});

test("early bytes that never came are asked for in the ordinary way", async () => {
  serve(1, 503);
  const early = askEarly("https://here.example/clips/g/k.mp4", 0, 600);
  const Loader = wholeRanges(base((one) => slice(one.rangeStart, one.rangeEnd)), () => early);

  assert.deepEqual(new Uint8Array(await load(new Loader({}), context)), FILE.slice(100, 400));
});

test("a playlist in the page is never fetched, any other is", async () => {
  const Loader = inlinePlaylists(base(() => "from the network"), { "/m/a/720p.m3u8": "#EXTM3U" });

  assert.equal(await load(new Loader({}), { url: "/m/a/720p.m3u8" }), "#EXTM3U");
  assert.equal(await load(new Loader({}), { url: "https://here.example/m/a/720p.m3u8" }), "#EXTM3U");
  assert.equal(await load(new Loader({}), { url: "/m/a/1080p.m3u8" }), "from the network");
});

test("parts are joined in order", () => {
  assert.deepEqual(new Uint8Array(joined([slice(0, 3), slice(3, 5)])), FILE.slice(0, 5));
});
