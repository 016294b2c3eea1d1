/**
 * From pictures to seconds of the video: learn how this person sits, score each second, say null where unsure. Pure.
 *
 * The same steps as `plugin/engagement/attention/seconds.py`; tests hold both to the same vectors.
 */

import { DARK, SHUT, SMALL, frameScore, isPlausible, normOf, openness } from "./score.js";

/**
 * @typedef {import("./look.js").Look} Look
 * @typedef {{at: number, wall: number, light: number, look: Look | null}} Sample
 *   One picture: where the video stood (s), when it was taken (ms), how light it was, and the face in it, if any.
 * @typedef {{second: number, score: number | null, n: number, quality: string}} Second
 *   What is told of one second of the video; `quality` is ok | few | dark | small | uncalibrated.
 * @typedef {{second: number, samples: readonly Sample[]}} Held
 * @typedef {object} Seconds
 * @property {import("./score.js").Norm | null} norm
 * @property {readonly Look[]} learning
 * @property {number} learntMs
 * @property {number | null} lookedMs
 * @property {number | null} shutSince
 * @property {number | null} scoredMs
 * @property {Held | null} underWay
 * @property {readonly Held[]} waiting
 * @property {readonly Second[]} done What the last step finished.
 */

const LEARN_MS = 3000;
const LEARN_LEAST = 5;
/** In a second; with fewer nothing is said of it. */
const LEAST_SAMPLES = 2;
/** A longer silence between two pictures (a pause) is not time spent learning, and ends closed eyes. */
const GAP_MS = 1000;
const MOST_WAITING = 30;

/** @type {Seconds} */
export const fresh = Object.freeze({
  norm: null,
  learning: [],
  learntMs: 0,
  lookedMs: null,
  shutSince: null,
  scoredMs: null,
  underWay: null,
  waiting: [],
  done: [],
});

/** One more picture, taken while the video played. @param {Seconds} state @param {Sample} sample @returns {Seconds} */
export function add(state, sample) {
  const second = Math.floor(sample.at);
  let next = { ...state, done: /** @type {readonly Second[]} */ ([]) };
  if (next.underWay && next.underWay.second !== second) next = close(next);
  next = { ...next, underWay: { second, samples: [...(next.underWay?.samples ?? []), sample] } };
  const { look } = sample;
  return next.norm || !look || trouble(sample) ? next : learn(next, look, sample.wall);
}

/** The second under way is over: another one began, or the video paused, ended or was hidden.
 * @param {Seconds} state @returns {Seconds} */
export function close(state) {
  const { underWay } = state;
  if (!underWay) return { ...state, done: [] };
  const next = { ...state, underWay: null, done: [] };
  if (next.norm || !underWay.samples.some((sample) => sample.look && !trouble(sample))) return judge(next, underWay);
  const waiting = [...next.waiting, underWay];
  return giveUp({ ...next, waiting }, waiting.length - MOST_WAITING);
}

/** Nothing more will come: what still waits to be judged is told as null. @param {Seconds} state @returns {Seconds} */
export function finish(state) {
  const closed = close(state);
  return giveUp(closed, closed.waiting.length);
}

/** Why nothing can be said of a picture; null: it can be judged. @param {Sample} sample */
function trouble({ light, look }) {
  if (light < DARK) return "dark";
  return look && look.size < SMALL ? "small" : null;
}

/** @param {Seconds} state @param {Look} look @param {number} wall @returns {Seconds} */
function learn(state, look, wall) {
  const step = state.lookedMs === null ? 0 : Math.min(GAP_MS, Math.max(0, wall - state.lookedMs));
  const learning = [...state.learning, look];
  const learntMs = state.learntMs + step;
  if (learntMs < LEARN_MS || learning.length < LEARN_LEAST) return { ...state, learning, learntMs, lookedMs: wall };
  const norm = normOf(learning);
  const next = { ...state, learning: [], learntMs: 0, lookedMs: null };
  if (!isPlausible(norm)) return giveUp(next, next.waiting.length);
  /** @type {Seconds} */
  let judged = { ...next, norm };
  for (const held of state.waiting) judged = judge(judged, held);
  return { ...judged, waiting: [] };
}

/** @param {Seconds} state @param {number} count @returns {Seconds} */
function giveUp(state, count) {
  if (count <= 0) return state;
  const told = state.waiting
    .slice(0, count)
    .map(({ second, samples }) => ({ second, score: null, n: samples.length, quality: "uncalibrated" }));
  return { ...state, waiting: state.waiting.slice(count), done: [...state.done, ...told] };
}

/** @param {Seconds} state @param {Held} held @returns {Seconds} */
function judge(state, { second, samples }) {
  let next = state;
  /** @type {number[]} */
  const scores = [];
  /** @type {string[]} */
  const troubles = [];
  for (const sample of samples) {
    const reason = trouble(sample);
    if (reason) {
      troubles.push(reason);
      continue;
    }
    const [after, score] = scored(next, sample);
    next = after;
    scores.push(score);
  }
  return { ...next, done: [...next.done, said(second, samples.length, scores, troubles)] };
}

/** @param {Seconds} state @param {Sample} sample @returns {[Seconds, number]} */
function scored(state, { look, wall }) {
  if (!look || !state.norm) return [{ ...state, shutSince: null, scoredMs: wall }, 0];
  const known = state.scoredMs === null || wall - state.scoredMs > GAP_MS ? null : state.shutSince;
  const shutSince = openness(look, state.norm) < SHUT ? (known ?? wall) : null;
  const shutMs = shutSince === null ? 0 : wall - shutSince;
  return [{ ...state, shutSince, scoredMs: wall }, frameScore(look, state.norm, shutMs)];
}

/** @param {number} second @param {number} n @param {number[]} scores @param {string[]} troubles @returns {Second} */
function said(second, n, scores, troubles) {
  if (n < LEAST_SAMPLES) return { second, score: null, n, quality: "few" };
  if (scores.length < Math.ceil(n / 2)) {
    const dark = troubles.filter((reason) => reason === "dark").length;
    return { second, score: null, n, quality: 2 * dark >= troubles.length ? "dark" : "small" };
  }
  const mean = scores.reduce((sum, score) => sum + score, 0) / scores.length;
  return { second, score: Math.round(mean * 1000) / 1000, n, quality: "ok" };
}
