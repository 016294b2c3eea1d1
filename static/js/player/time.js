/** Times as people read and hear them. Pure. */

/** @param {number} seconds @returns {string} `1:05`, `1:02:03` */
export function clockText(seconds) {
  const whole = Math.max(0, Math.floor(Number.isFinite(seconds) ? seconds : 0));
  const parts = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  const [hours, minutes, rest] = parts.map(String);
  const tail = rest.padStart(2, "0");
  return hours === "0" ? `${minutes}:${tail}` : `${hours}:${minutes.padStart(2, "0")}:${tail}`;
}

/** @param {number} seconds @param {string} language @returns {string} `1 minute 5 seconds`, in that language */
export function spokenTime(seconds, language) {
  const whole = Math.max(0, Math.floor(Number.isFinite(seconds) ? seconds : 0));
  const minutes = Math.floor(whole / 60);
  const rest = inUnit(whole % 60, "second", language);
  return minutes === 0 ? rest : `${inUnit(minutes, "minute", language)} ${rest}`;
}

/** @param {number} value @param {string} unit @param {string} language */
const inUnit = (value, unit, language) =>
  new Intl.NumberFormat(language, { style: "unit", unit, unitDisplay: "long" }).format(value);

/** @param {number} value @param {number} low @param {number} high */
export const clamp = (value, low, high) => Math.min(high, Math.max(low, value));

/**
 * @param {string | null} written `12`, `12.5`, `90s`, `1:05`, `1m5s`
 * @param {number} duration
 * @returns {number | null} seconds within the video, or null when it says no time
 */
export function timeFrom(written, duration) {
  if (!written) return null;
  const colons = /^(?:(\d+):)?(\d+):(\d{1,2})$/.exec(written);
  const units = /^(?:(\d+)h)?(?:(\d+)m)?(?:(\d+(?:\.\d+)?)s?)?$/.exec(written);
  const [, hours, minutes, seconds] = colons ?? units ?? [];
  if (hours === undefined && minutes === undefined && seconds === undefined) return null;
  const total = Number(hours ?? 0) * 3600 + Number(minutes ?? 0) * 60 + Number(seconds ?? 0);
  return clamp(total, 0, Math.max(0, duration - 0.1));
}

/**
 * @template {{start: number}} T
 * @param {readonly T[]} scenes in order
 * @param {number} at
 * @returns {number} the index of the scene that runs at `at`, or -1
 */
export const sceneAt = (scenes, at) => scenes.findLastIndex((scene) => scene.start <= at + 0.001);
