/** Which key does what, while the focus is inside the player (WCAG 2.1.4 asks that single keys do nothing elsewhere). Pure. */

/**
 * @typedef {{does: "toggle" | "mute" | "captions" | "fullscreen" | "pip" | "help" | "replay"}
 *   | {does: "seekBy", seconds: number} | {does: "seekTo", fraction: number}
 *   | {does: "volumeBy", amount: number} | {does: "speedBy", steps: number}} Action
 * @typedef {{key: string, ctrlKey?: boolean, altKey?: boolean, metaKey?: boolean}} Press
 * @typedef {"control" | "menu" | "other"} Where What has the focus: a button or link; an open menu; else.
 */

/** @type {Record<string, Action>} */
const ACTIONS = {
  k: { does: "toggle" },
  " ": { does: "toggle" },
  m: { does: "mute" },
  c: { does: "captions" },
  f: { does: "fullscreen" },
  p: { does: "pip" },
  "?": { does: "help" },
  j: { does: "seekBy", seconds: -10 },
  l: { does: "seekBy", seconds: 10 },
  ArrowLeft: { does: "seekBy", seconds: -5 },
  ArrowRight: { does: "seekBy", seconds: 5 },
  ArrowUp: { does: "volumeBy", amount: 0.05 },
  ArrowDown: { does: "volumeBy", amount: -0.05 },
  Home: { does: "seekTo", fraction: 0 },
  End: { does: "seekTo", fraction: 1 },
  "<": { does: "speedBy", steps: -1 },
  ">": { does: "speedBy", steps: 1 },
};

/** @param {Press} press @param {Where} where @returns {Action | null} */
export function actionFor(press, where) {
  if (press.ctrlKey || press.altKey || press.metaKey || where === "menu") return null;
  if (where === "control" && press.key === " ") return null;
  if (/^\d$/.test(press.key)) return { does: "seekTo", fraction: Number(press.key) / 10 };
  return ACTIONS[press.key] ?? ACTIONS[press.key.toLowerCase()] ?? null;
}

export const SPEEDS = Object.freeze([0.75, 1, 1.25, 1.5, 1.75, 2]);

/** @param {number} rate @param {number} steps @returns {number} the speed that many steps on */
export function speedFrom(rate, steps) {
  const nearest = SPEEDS.reduce((best, speed) => (Math.abs(speed - rate) < Math.abs(best - rate) ? speed : best));
  const index = SPEEDS.indexOf(nearest) + steps;
  return SPEEDS[Math.min(SPEEDS.length - 1, Math.max(0, index))];
}
