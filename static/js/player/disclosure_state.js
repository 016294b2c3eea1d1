/**
 * When the AI label stands in the picture: before play, for the first seconds, again after a seek or a replay, and at
 * intervals (EU Code of Practice on marking AI content, 2026: at first exposure and again). Pure.
 */

export const FIRST_S = 6;
export const AGAIN_S = 4;
export const EVERY_S = 20;

/**
 * @param {number} at video time @param {number} anchor where this run of playing began @returns {boolean}
 */
export function labelShown(at, anchor) {
  const since = at - anchor;
  if (since < FIRST_S) return true;
  return since % EVERY_S < AGAIN_S;
}
