/**
 * How much one face in one picture faces the screen, against how it did at first. Pure.
 *
 * The same arithmetic as `plugin/engagement/attention/score.py`; tests hold both to the same vectors. It says 'facing
 * the screen' and nothing else of a person.
 */

/**
 * @typedef {import("./look.js").Look} Look
 * @typedef {{yaw: number, pitch: number, eyes: number, gaze: number}} Norm
 *   How a person sits before the screen: the medians of their first seconds.
 */

const YAW = [20, 40];
const PITCH = [15, 30];
const GAZE = [0.12, 0.25];
/** Beyond it an eye is seen too much from the side for its iris to tell anything. */
const GAZE_YAW = 15;
export const SHUT = 0.5;
/** Eyes closed for less than this blink. */
const SHUT_MS = 400;
/** Mean light of a picture, 0 to 255, below which nothing is said. */
export const DARK = 25;
/** Height of a face in shares of the picture's, below which nothing is said. */
export const SMALL = 0.15;
const FURTHEST = 35;
const LEAST_OPEN = 0.12;

/** The medians of these looks. @param {readonly Look[]} looks @returns {Norm} */
export const normOf = (looks) => ({
  yaw: median(looks.map((look) => look.yaw)),
  pitch: median(looks.map((look) => look.pitch)),
  eyes: median(looks.map((look) => look.eyes)),
  gaze: median(looks.map((look) => look.gaze)),
});

/** False for someone who looked away, or had their eyes shut, while it was learnt. @param {Norm} norm */
export const isPlausible = ({ yaw, pitch, eyes }) =>
  Math.max(Math.abs(yaw), Math.abs(pitch)) <= FURTHEST && eyes >= LEAST_OPEN;

/** How far the eyes are open: 1 from 70 % of what is usual for this person, 0 below 40 %.
 * @param {Look} look @param {Norm} norm */
export const openness = (look, norm) => held((look.eyes / norm.eyes - 0.4) / 0.3);

/**
 * 0 to 1; `look` null is a picture without a face, `shutMs` how long the eyes have been closed.
 * @param {Look | null} look @param {Norm} norm @param {number} shutMs @returns {number}
 */
export function frameScore(look, norm, shutMs) {
  if (!look) return 0;
  const off = Math.abs(look.yaw - norm.yaw);
  const pose = ramp(off, YAW) * ramp(Math.abs(look.pitch - norm.pitch), PITCH);
  const eyes = shutMs >= SHUT_MS ? openness(look, norm) : 1;
  const gaze = off <= GAZE_YAW ? 0.6 + 0.4 * ramp(Math.abs(look.gaze - norm.gaze), GAZE) : 1;
  return pose * eyes * gaze;
}

/** 1 up to the first, 0 from the second on, straight between. @param {number} value @param {readonly number[]} ends */
const ramp = (value, [start, end]) => held((end - value) / (end - start));

/** @param {number} value */
const held = (value) => Math.min(1, Math.max(0, value));

/** @param {number[]} values */
function median(values) {
  const sorted = values.sort((one, other) => one - other);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}
