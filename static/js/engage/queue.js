/** What waits to be told: ten at a time or every five seconds, again after a failure. Pure; in memory only. */

/**
 * @typedef {{id: string, kind: string, at: number, data: object}} Told One event; the id stays the same over retries.
 * @typedef {object} Queue
 * @property {readonly Told[]} waiting Oldest first.
 * @property {readonly Told[]} flying Sent, not yet answered.
 * @property {number | null} since When the oldest waiting one came, in milliseconds.
 * @property {number} failures In a row.
 * @property {number} notBefore No try before this moment, in milliseconds.
 */

export const BATCH = 10;
export const WAIT_MS = 5000;
const MOST_AT_ONCE = 100;
const MOST_KEPT = 1000;
const LONGEST_PAUSE_MS = 60_000;

/** @type {Queue} */
export const empty = Object.freeze({ waiting: [], flying: [], since: null, failures: 0, notBefore: 0 });

/** @param {Queue} queue @param {Told} told @param {number} now @returns {Queue} */
export const add = (queue, told, now) => ({
  ...queue,
  // A page left open without a network must not grow for ever: the oldest go first.
  waiting: [...queue.waiting, told].slice(-MOST_KEPT),
  since: queue.since ?? now,
});

/** Whether it is time to send. @param {Queue} queue @param {number} now @returns {boolean} */
export const isDue = (queue, now) =>
  queue.flying.length === 0 &&
  queue.waiting.length > 0 &&
  now >= queue.notBefore &&
  (queue.waiting.length >= BATCH || queue.failures > 0 || now - (queue.since ?? now) >= WAIT_MS);

/** Put the oldest in the air. @param {Queue} queue @param {number} now @returns {Queue} */
export const take = (queue, now) => {
  const waiting = queue.waiting.slice(MOST_AT_ONCE);
  return { ...queue, flying: queue.waiting.slice(0, MOST_AT_ONCE), waiting, since: waiting.length ? now : null };
};

/** Everything not yet answered for, as a last word: what is there twice is counted once.
 * @param {Queue} queue @returns {readonly Told[]} */
export const all = (queue) => [...queue.flying, ...queue.waiting].slice(-MOST_AT_ONCE);

/** These went out with the last word. @param {Queue} queue @param {readonly Told[]} events @returns {Queue} */
export const told = (queue, events) => {
  const ids = new Set(events.map(({ id }) => id));
  const waiting = queue.waiting.filter(({ id }) => !ids.has(id));
  return { ...queue, flying: [], waiting, since: waiting.length ? queue.since : null };
};

/** The flight was answered for good. @param {Queue} queue @returns {Queue} */
export const landed = (queue) => ({ ...queue, flying: [], failures: 0, notBefore: 0 });

/**
 * The flight was lost: it waits at the front, each time twice as long.
 * @param {Queue} queue @param {number} now @param {number} [askedMs] what `Retry-After` asks for @returns {Queue}
 */
export const lost = (queue, now, askedMs = 0) => {
  const pause = Math.min(1000 * 2 ** queue.failures, LONGEST_PAUSE_MS);
  return {
    waiting: [...queue.flying, ...queue.waiting].slice(-MOST_KEPT),
    flying: [],
    since: now,
    failures: queue.failures + 1,
    notBefore: now + Math.max(pause, askedMs),
  };
};

/**
 * What an answer means: `landed`, `lost` (try again), or `refused` (never, as it stands).
 * @param {number} status @returns {"landed" | "lost" | "refused"}
 */
export const meaning = (status) => {
  if (status >= 200 && status < 300) return "landed";
  return status >= 500 || status === 429 || status === 408 || status === 0 ? "lost" : "refused";
};
