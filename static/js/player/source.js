/** Where the picture comes from: hls.js; else the browser's own HLS; else one plain MP4 over the same bytes. */

import { askEarly, wholeRanges, inlinePlaylists } from "./loaders.js";
import { AHEAD_S, WAITED_FOR_S, levelsOf, lineSpeed, startLevel } from "./source_state.js";

/**
 * @typedef {typeof import("../../vendor/hls/hls.light.min.mjs")} HlsModule
 * @typedef {import("../../vendor/hls/hls.light.min.mjs").default} HlsPlayer
 * @typedef {import("./loaders.js").Early} Early
 * @typedef {object} Source
 * @property {() => void} prepare Load the library and the first picture's bytes: someone is about to press play.
 * @property {(from?: number) => Promise<void>} attach Give the video its source, once; resolves when play() may be called.
 * @property {() => Promise<void>} retry Begin again at the present place, with fresh addresses.
 * @property {() => void} close
 */

/** @type {Promise<HlsModule> | null} */
let library = null;

/** Fetch and parse hls.js, once for the page. @returns {Promise<HlsModule>} */
export const loadLibrary = () => (library ??= import("../../vendor/hls/hls.light.min.mjs"));

/**
 * @param {HTMLVideoElement} video
 * @param {import("./plan.js").PlanView} plan
 * @param {(reason: string) => void} failed nothing is left to try
 * @returns {Source}
 */
export function openSource(video, plan, failed) {
  const levels = levelsOf(plan.master, plan.playlists);
  /** @type {HlsPlayer | null} */
  let hls = null;
  /** @type {Early | null} */
  let early = null;
  /** @type {Promise<void> | null} */
  let attached = null;
  let recoveries = 0;
  let fresh = false;

  /** Index of the rendition to begin with. */
  let first = -1;

  /** @param {number} patience */
  function ask(patience) {
    void loadLibrary();
    if (first >= 0) return;
    const pixels = video.clientHeight * devicePixelRatio;
    first = startLevel(levels, { bitsPerSecond: speed(), pixels, patience });
    const bytes = levels[first]?.first;
    if (bytes) early = askEarly(new URL(bytes.uri, location.href).href, bytes.from, bytes.to);
  }

  /** @param {number} [from] */
  const attach = (from = 0) => (attached ??= choose(from));

  /** @param {number} from */
  async function choose(from) {
    if (from === 0) ask(WAITED_FOR_S);
    const { default: Hls } = await loadLibrary().catch(() => ({ default: null }));
    if (Hls?.isSupported()) return playHls(Hls, from);
    return playPlain(video.canPlayType("application/vnd.apple.mpegurl") ? plan.master : plan.mp4, from);
  }

  /** @param {HlsModule["default"]} Hls @param {number} from */
  function playHls(Hls, from) {
    const Base = /** @type {import("./loaders.js").LoaderClass} */ (Hls.DefaultConfig.loader);
    hls = new Hls({
      // One muxed stream of ready-made fragments: a worker would cost more to start than it saves.
      enableWorker: false,
      startPosition: from,
      startFragPrefetch: true,
      testBandwidth: false,
      abrEwmaDefaultEstimate: speed(),
      capLevelToPlayerSize: true,
      maxBufferLength: 20,
      backBufferLength: 60,
      pLoader: /** @type {any} */ (fresh ? Base : inlinePlaylists(Base, plan.playlists)),
      fLoader: /** @type {any} */ (wholeRanges(Base, () => early)),
    });
    const made = hls;
    hls.on(Hls.Events.MANIFEST_PARSED, () => {
      const height = levels[first]?.height;
      const index = made.levels.findIndex((level) => level.height === height);
      if (from === 0 && index >= 0) made.startLevel = index;
    });
    hls.on(Hls.Events.ERROR, (_name, data) => {
      const refused = [401, 403, 404, 410].includes(data.response?.code ?? 0);
      if (!data.fatal && !refused) return;
      recover(made, data.type === Hls.ErrorTypes.MEDIA_ERROR, data.details);
    });
    video.removeAttribute("src");
    hls.loadSource(plan.master);
    hls.attachMedia(video);
  }

  /**
   * Media trouble: reset the decoder once. Network trouble: fresh addresses once (a page left open outlives them).
   * Then the plain MP4; when that fails too, say so.
   * @param {HlsPlayer} made @param {boolean} media @param {string} reason
   */
  function recover(made, media, reason) {
    if (made !== hls) return;
    recoveries += 1;
    if (media && recoveries === 1) made.recoverMediaError();
    else if (!media && !fresh) void again();
    else fallBack(reason);
  }

  async function again() {
    const { at, playing } = standing();
    fresh = true;
    early = null;
    close();
    attached = choose(at);
    await attached;
    if (playing) await video.play().catch(() => undefined);
  }

  /** @param {string} reason */
  function fallBack(reason) {
    const { at, playing } = standing();
    console.warn(`segue: ${reason}; playing the plain MP4`);
    close();
    playPlain(plan.mp4, at);
    if (playing) video.play().catch(() => undefined);
  }

  /** @param {string} address @param {number} from */
  function playPlain(address, from) {
    video.preload = "auto";
    video.src = address;
    if (from > 0) video.addEventListener("loadedmetadata", () => (video.currentTime = from), { once: true });
    video.addEventListener("error", () => plainFailed(address), { once: true });
  }

  /** @param {string} address */
  function plainFailed(address) {
    if (address !== plan.mp4) return playPlain(plan.mp4, video.currentTime);
    return failed(video.error?.message || "media");
  }

  const standing = () => ({ at: video.currentTime, playing: !video.paused });

  function close() {
    hls?.destroy();
    hls = null;
  }

  function retry() {
    recoveries = 0;
    fresh = false;
    return again();
  }

  return { prepare: () => ask(AHEAD_S), attach, retry, close };
}

function speed() {
  const entries = /** @type {PerformanceResourceTiming[]} */ (performance.getEntriesByType("resource"));
  const fetched = entries
    .filter((entry) => entry.transferSize > 0)
    .map((entry) => ({ size: entry.encodedBodySize, ms: entry.responseEnd - entry.requestStart }));
  return lineSpeed(/** @type {{connection?: {downlink?: number, saveData?: boolean}}} */ (navigator).connection, fetched);
}
