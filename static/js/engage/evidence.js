/** Signs of a person before the page: real gestures and time on screen; counts only, nothing that identifies. Pure. */

/**
 * @typedef {"pointer" | "touch" | "key" | "wheel" | "choice"} Gesture
 * @typedef {object} Evidence
 * @property {Readonly<Partial<Record<Gesture, number>>>} gestures
 * @property {number} moves Points of the pointer's way.
 * @property {number} visibleMs On screen until `since`.
 * @property {number | null} since On screen from this moment, in milliseconds of a steady clock; null: not on screen.
 */

/** Long enough on screen for the first report. */
export const DWELL_MS = 2000;
const FURTHER_PX = 12;
const MOST_MOVES = 500;

/** @param {number} now @param {boolean} visible @returns {Evidence} */
export const begin = (now, visible) => ({ gestures: {}, moves: 0, visibleMs: 0, since: visible ? now : null });

/** @param {Evidence} evidence @param {Gesture} gesture @returns {Evidence} */
export const gestured = (evidence, gesture) => ({
  ...evidence,
  gestures: { ...evidence.gestures, [gesture]: (evidence.gestures[gesture] ?? 0) + 1 },
});

/** @param {Evidence} evidence @returns {Evidence} */
export const moved = (evidence) =>
  evidence.moves >= MOST_MOVES ? evidence : { ...evidence, moves: evidence.moves + 1 };

/** @param {Evidence} evidence @param {number} now @param {boolean} visible @returns {Evidence} */
export const turned = (evidence, now, visible) => ({
  ...evidence,
  visibleMs: seenMs(evidence, now),
  since: visible ? now : null,
});

/** Milliseconds on screen so far. @param {Evidence} evidence @param {number} now @returns {number} */
export const seenMs = ({ visibleMs, since }, now) => visibleMs + (since === null ? 0 : Math.max(0, now - since));

/** Whether the pointer has gone far enough to count. @param {{x: number, y: number} | null} last
 * @param {{x: number, y: number}} here @returns {boolean} */
export const isFurther = (last, here) =>
  last === null || Math.hypot(here.x - last.x, here.y - last.y) >= FURTHER_PX;

/**
 * What a page says of itself: running totals, so that the last report holds all.
 * @param {Evidence} evidence @param {number} now @param {{webdriver: boolean, languages: number}} browser
 */
export const report = (evidence, now, browser) => ({
  visible_ms: Math.round(seenMs(evidence, now)),
  gestures: { ...evidence.gestures },
  moves: evidence.moves,
  ...browser,
});

/** Whether there is enough to say for the first time. @param {Evidence} evidence @param {number} now @returns {boolean} */
export const isTelling = (evidence, now) =>
  Object.keys(evidence.gestures).length > 0 && seenMs(evidence, now) >= DWELL_MS;
