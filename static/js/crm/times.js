/** How long ago a moment was, in words. Pure. */

const UNITS = /** @type {const} */ ([["day", 86_400], ["hour", 3_600], ["minute", 60]]);

/**
 * @param {Date} at @param {Date} now @param {string} [language]
 * @returns {string} 'just now', '5 minutes ago', '3 days ago'
 */
export function ago(at, now, language = "en") {
  const seconds = Math.max(0, Math.floor((now.getTime() - at.getTime()) / 1000));
  for (const [unit, size] of UNITS) {
    if (seconds >= size) {
      return new Intl.RelativeTimeFormat(language).format(-Math.floor(seconds / size), unit);
    }
  }
  return "just now";
}
