/** Spans of seconds as the rows keep them, and what they add up to. Pure: no clock, no page. */

/** Parts a curve has at most: more would be thinner than a line. */
export const MOST_PARTS = 80;

/**
 * @param {string | null | undefined} text `[[from,to],…]`, in seconds
 * @param {number} duration of the video, in seconds
 * @returns {number[][]} what of it is inside the video; nothing for what can't be read
 */
export function spansOf(text, duration) {
  let told;
  try {
    told = JSON.parse(text);
  } catch {
    return [];
  }
  if (!Array.isArray(told)) return [];
  return told
    .filter((span) => Array.isArray(span) && span.length === 2 && span.every(Number.isFinite))
    .map(([from, to]) => [Math.max(0, from), Math.min(duration, to)])
    .filter(([from, to]) => to > from);
}

/**
 * How often each part of a video was seen: once by who watched it, once more by who watched it again.
 *
 * @param {{duration: number, spans: string | null, again: string | null}[]} visits to one video
 * @returns {{step: number, parts: number[]}} seconds a part is long, and how often each was seen on average
 */
export function curveOf(visits) {
  const duration = Math.max(0, ...visits.map((visit) => visit.duration || 0));
  if (!duration) return { step: 0, parts: [] };
  const step = Math.max(1, Math.ceil(duration / MOST_PARTS));
  const parts = new Array(Math.ceil(duration / step)).fill(0);
  for (const visit of visits) {
    for (const text of [visit.spans, visit.again]) {
      for (const [from, to] of spansOf(text, duration)) {
        for (let place = Math.floor(from / step); place < parts.length && place * step < to; place += 1) {
          const start = place * step;
          const long = Math.min(start + step, duration) - start;
          parts[place] += (Math.min(to, start + long) - Math.max(from, start)) / long;
        }
      }
    }
  }
  return { step, parts };
}

/**
 * Where the parts are highest, or lowest: the longest run of them.
 *
 * @param {{step: number, parts: number[]}} curve
 * @param {(...parts: number[]) => number} extreme `Math.max` or `Math.min`
 * @returns {{from: number, to: number} | null} in seconds; null when every part is alike
 */
export function runOf(curve, extreme) {
  const { step, parts } = curve;
  if (!parts.length || Math.max(...parts) - Math.min(...parts) < 0.05) return null;
  const edge = extreme(...parts);
  let best = null;
  let start = -1;
  for (let place = 0; place <= parts.length; place += 1) {
    const inside = place < parts.length && Math.abs(parts[place] - edge) < 0.05;
    if (inside && start < 0) start = place;
    if (!inside && start >= 0) {
      if (!best || place - start > best[1] - best[0]) best = [start, place];
      start = -1;
    }
  }
  return { from: best[0] * step, to: best[1] * step };
}

/** @param {number} seconds @returns {string} such as `1:05` */
export function clock(seconds) {
  const whole = Math.max(0, Math.round(seconds || 0));
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, '0')}`;
}
