/** Where to begin loading: which rendition, and which bytes of it hold the first picture. Pure. */

/**
 * @typedef {{uri: string, from: number, to: number}} Bytes `to` exclusive.
 * @typedef {{path: string, height: number, bandwidth: number, first: Bytes | null}} Level
 */

/** How long the first segment may take: while someone waits for the picture, and while nobody does yet. */
export const WAITED_FOR_S = 0.1;
export const AHEAD_S = 0.8;

/**
 * @param {string} text of a media playlist
 * @returns {Bytes | null} the first segment with its initialisation before it, when they lie in one file
 */
export function firstBytes(text) {
  const map = /^#EXT-X-MAP:(.*)$/m.exec(text)?.[1] ?? "";
  const mapUri = /URI="([^"]+)"/.exec(map)?.[1];
  const mapRange = /BYTERANGE="(\d+)@(\d+)"/.exec(map);
  const segment = /^#EXT-X-BYTERANGE:(\d+)@(\d+)\s*\n(?:#.*\n)*([^#\s]\S*)/m.exec(text);
  if (!mapUri || !mapRange || !segment || segment[3] !== mapUri) return null;
  const from = Math.min(Number(mapRange[2]), Number(segment[2]));
  const to = Number(segment[2]) + Number(segment[1]);
  // Bytes between the two would be fetched for nothing.
  return to - from > Number(mapRange[1]) + Number(segment[1]) + 65536 ? null : { uri: mapUri, from, to };
}

/**
 * @param {string} master path of the multivariant playlist
 * @param {Record<string, string>} playlists text by path
 * @returns {Level[]} from the smallest on
 */
export function levelsOf(master, playlists) {
  const lines = (playlists[master] ?? "").split(/\r?\n/);
  const levels = lines.flatMap((line, index) => {
    if (!line.startsWith("#EXT-X-STREAM-INF:")) return [];
    const path = resolved(lines[index + 1] ?? "", master);
    const text = playlists[path];
    const height = Number(/RESOLUTION=\d+x(\d+)/.exec(line)?.[1] ?? 0);
    const bandwidth = Number(/[:,]BANDWIDTH=(\d+)/.exec(line)?.[1] ?? 0);
    return [{ path, height, bandwidth, first: text ? firstBytes(text) : null }];
  });
  return levels.sort((one, other) => one.bandwidth - other.bandwidth);
}

/** @param {string} uri @param {string} base @returns {string} as a path (or whole address, when elsewhere) */
export function resolved(uri, base) {
  const home = "http://here.invalid";
  const url = new URL(uri, new URL(base, home));
  return url.origin === home ? url.pathname + url.search : url.href;
}

/**
 * The best rendition whose first segment comes in time and whose whole the line can carry.
 * @param {readonly Level[]} levels from the smallest on
 * @param {{bitsPerSecond: number, pixels: number, patience: number}} may what the line carries; the picture's height
 *   on the screen; seconds the first segment may take
 * @returns {number} an index into `levels`
 */
export function startLevel(levels, { bitsPerSecond, pixels, patience }) {
  const fits = levels.findLastIndex((level, index) => {
    const first = (level.first ? level.first.to - level.first.from : level.bandwidth / 4) * 8;
    const needless = index > 0 && levels[index - 1].height >= pixels;
    return first <= bitsPerSecond * patience && level.bandwidth <= bitsPerSecond * 0.7 && !needless;
  });
  return Math.max(0, fits);
}

/**
 * What the line carries: by what has just been fetched over it; else by what the browser says; else guessed low.
 * @param {{downlink?: number, saveData?: boolean} | undefined} connection
 * @param {readonly {size: number, ms: number}[]} fetched over the network, not from a cache
 * @returns {number} bits per second
 */
export function lineSpeed(connection, fetched) {
  if (connection?.saveData) return 400_000;
  const seen = fetched.filter((one) => one.size >= WORTH_BYTES && one.ms > 0).map((one) => (one.size * 8000) / one.ms);
  if (seen.length > 0) return Math.max(...seen);
  return Math.max(0.2, connection?.downlink ?? 3) * 1_000_000;
}

/** Less tells more of the latency than of the line. */
const WORTH_BYTES = 60_000;
