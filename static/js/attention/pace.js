/** How often to look: two to five pictures a second, so that it costs no more than 15 % of a core. Pure. */

/**
 * @typedef {object} Pace
 * @property {readonly number[]} costs Milliseconds the last pictures took, oldest first.
 * @property {number} everyMs From one picture to the next.
 * @property {boolean} tooSlow Even twice a second would cost more than it may.
 */

export const FASTEST_MS = 200;
export const SLOWEST_MS = 500;
const SHARE = 0.12;
const MOST_SHARE = 0.15;
const KEPT = 20;

/** @type {Pace} */
export const begin = Object.freeze({ costs: [], everyMs: 250, tooSlow: false });

/**
 * A picture took so long. Other work on the machine only ever adds to it, so the quicker ones tell the cost.
 * @param {Pace} pace @param {number} ms @returns {Pace}
 */
export function took(pace, ms) {
  const costs = [...pace.costs, ms].slice(-KEPT);
  const cost = [...costs].sort((one, other) => one - other)[Math.floor(costs.length / 4)];
  const everyMs = Math.min(SLOWEST_MS, Math.max(FASTEST_MS, cost / SHARE));
  return { costs, everyMs, tooSlow: costs.length === KEPT && cost / SLOWEST_MS > MOST_SHARE };
}
