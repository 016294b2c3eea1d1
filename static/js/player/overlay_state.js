/** How an overlay looks at one moment of the video, from the video's clock alone: exact when paused, sought, sped up. Pure. */

/**
 * @typedef {import("./plan.js").Overlay} Overlay
 * @typedef {{opacity: number, lift: number, text: string}} Face `lift`: how far below its place, 0 to 1.
 * @typedef {{x: number, y: number, width: number, height: number}} Rect
 */

const ENTER_S = 0.45;
const LEAVE_S = 0.25;
const COUNT_S = 1.4;

/**
 * @param {Overlay} overlay @param {number} at video time in seconds
 * @param {boolean} still no motion wanted @param {string} language
 * @returns {Face | null} null: not on screen
 */
export function faceAt(overlay, at, still, language) {
  if (at < overlay.from_s || at >= overlay.to_s) return null;
  const plain = still || overlay.look.enter === "none";
  const entered = plain ? 1 : eased((at - overlay.from_s) / ENTER_S);
  const leaving = plain ? 1 : Math.min(1, (overlay.to_s - at) / LEAVE_S);
  return {
    opacity: Math.min(entered, leaving),
    lift: overlay.look.enter === "rise" ? 1 - entered : 0,
    text: textAt(overlay, at, still, language),
  };
}

/** @param {Overlay} overlay @param {number} at @param {boolean} still @param {string} language */
function textAt(overlay, at, still, language) {
  if (overlay.number === null || !overlay.count_up || still) return overlay.text;
  const progress = (at - overlay.from_s) / countTime(overlay);
  if (progress >= 1) return overlay.text;
  const format = numberFormat(language, overlay.decimals, overlay.currency);
  return format.format(overlay.number * eased(progress));
}

/** @param {Overlay} overlay seconds the count takes: it ends with at least half the overlay's time left to read */
const countTime = (overlay) => Math.max(0.01, Math.min(COUNT_S, (overlay.to_s - overlay.from_s) / 2));

/** @param {number} progress @returns {number} 0 to 1, slowing down (cubic) */
export const eased = (progress) => 1 - (1 - Math.min(1, Math.max(0, progress))) ** 3;

/** @type {Map<string, Intl.NumberFormat>} */
const formats = new Map();

/** @param {string} language @param {number} decimals @param {string | null} currency */
function numberFormat(language, decimals, currency) {
  const key = `${language}|${decimals}|${currency}`;
  const digits = { minimumFractionDigits: decimals, maximumFractionDigits: decimals };
  const made =
    formats.get(key) ??
    new Intl.NumberFormat(language, currency ? { style: "currency", currency, ...digits } : digits);
  formats.set(key, made);
  return made;
}

/**
 * @param {number} boxWidth @param {number} boxHeight the element's size
 * @param {number} width @param {number} height the picture's own size
 * @returns {Rect} where the picture shows inside the element, black bars left out (CSS `object-fit: contain`)
 */
export function pictureRect(boxWidth, boxHeight, width, height) {
  const scale = Math.min(boxWidth / (width || 16), boxHeight / (height || 9));
  const shown = { width: (width || 16) * scale, height: (height || 9) * scale };
  return { x: (boxWidth - shown.width) / 2, y: (boxHeight - shown.height) / 2, ...shown };
}

/**
 * @param {number} size wanted, in fractions of the picture's height
 * @param {{width: number, height: number}} needs of the text at that size
 * @param {{width: number, height: number}} has the box
 * @returns {number} a size at which a long name still fits, never under half
 */
export function fitted(size, needs, has) {
  const ratio = Math.min(has.width / Math.max(1, needs.width), has.height / Math.max(1, needs.height));
  return size * Math.max(0.5, Math.min(1, ratio));
}
