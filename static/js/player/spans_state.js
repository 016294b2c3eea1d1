/** Which seconds were really played: contiguous runs of media time, cut where playing was not plain. Pure. */

/**
 * @typedef {{from: number, to: number, rate: number}} Span In media seconds.
 * @typedef {object} Watch
 * @property {Span | null} open The run under way.
 * @property {number} wall When it was last extended, in milliseconds of any steady clock.
 * @property {readonly Span[]} done Runs that ended with the last step, for the caller to report.
 */

const LONGEST_S = 5;
const SHORTEST_S = 0.05;
/** Media time may run this far ahead of the wall clock between two looks before it counts as a jump. */
const SLACK_S = 0.75;

/** @type {Watch} */
export const idle = Object.freeze({ open: null, wall: 0, done: [] });

/**
 * The video is playing and stands at `at`.
 * @param {Watch} watch @param {number} at @param {number} rate @param {number} wall @returns {Watch}
 */
export function played(watch, at, rate, wall) {
  const { open } = watch;
  if (!open) return { open: { from: at, to: at, rate }, wall, done: [] };
  const most = open.to + ((wall - watch.wall) / 1000) * open.rate + SLACK_S;
  if (at < open.to - 0.001 || at > most) return reopen(watch, at, rate, wall, open.to);
  if (rate !== open.rate) return reopen(watch, at, rate, wall, at);
  if (at - open.from >= LONGEST_S) return reopen(watch, at, rate, wall, at);
  return { open: { ...open, to: at }, wall, done: [] };
}

/**
 * Playing stopped (pause, seek, end, a hidden page). `at` is where it stood, or null when it has already moved on.
 * @param {Watch} watch @param {number | null} [at] @returns {Watch}
 */
export function stopped(watch, at = null) {
  const { open } = watch;
  if (!open) return idle;
  const plausible = at !== null && at >= open.to && at - open.to < SLACK_S;
  return { open: null, wall: 0, done: worth({ ...open, to: plausible ? at : open.to }) };
}

/** @param {Watch} watch @param {number} at @param {number} rate @param {number} wall @param {number} end @returns {Watch} */
function reopen(watch, at, rate, wall, end) {
  const done = watch.open ? worth({ ...watch.open, to: end }) : [];
  return { open: { from: at, to: at, rate }, wall, done };
}

/** @param {Span} span @returns {Span[]} */
const worth = (span) =>
  span.to - span.from < SHORTEST_S ? [] : [{ ...span, from: rounded(span.from), to: rounded(span.to) }];

/** @param {number} seconds */
const rounded = (seconds) => Math.round(seconds * 1000) / 1000;
