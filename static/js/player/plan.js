/** What the page hands the player: one plan, ready to show, and what every part of the player is given. */

/**
 * @typedef {{x: number, y: number, width: number, height: number, align: "start" | "center" | "end"}} Box
 *   In fractions of the picture.
 * @typedef {{size: number, weight: number, colour: string, family: string, enter: "none" | "fade" | "rise"}} Look
 * @typedef {object} Overlay
 * @property {string} id
 * @property {string} kind
 * @property {string} text What stands there at the end, formatted.
 * @property {number | null} number
 * @property {number} decimals
 * @property {string | null} currency
 * @property {boolean} count_up
 * @property {number} from_s
 * @property {number} to_s
 * @property {Box} box
 * @property {Look} look
 *
 * @typedef {{id: string, title: string, start: number, duration: number, ai: {role: string, note: string}}} Scene
 * @typedef {{id: string, label: string, url: string, primary: boolean, from_s: number | null, to_s: number | null}} Cta
 *
 * @typedef {object} PlanView
 * @property {string} assembly
 * @property {string} title
 * @property {string} language
 * @property {number} duration Seconds.
 * @property {string} master
 * @property {Record<string, string>} playlists Playlist text by its path, so that none has to be fetched.
 * @property {string} mp4
 * @property {string} download
 * @property {string} captions
 * @property {string} poster
 * @property {Scene[]} scenes
 * @property {Overlay[]} overlays
 * @property {Cta[]} ctas
 * @property {{role: string, label: string, notes: string[]}} disclosure
 * @property {Record<string, string>} text
 *
 * @typedef {object} Stage What every part of one player shares.
 * @property {HTMLElement} root
 * @property {HTMLElement} picture The layer that covers exactly the displayed picture.
 * @property {HTMLElement} foot Where captions, buttons and controls stack up.
 * @property {HTMLVideoElement} video
 * @property {PlanView} plan
 * @property {AbortSignal} signal Aborted when the player leaves the page.
 * @property {(key: string, values?: Record<string, string | number>) => string} say A localised sentence.
 * @property {(kind: string, detail?: object) => void} tell Dispatches `segue:<kind>` on the root.
 * @property {() => Promise<void>} play
 * @property {() => void} pause
 * @property {() => void} toggle
 * @property {(seconds: number) => void} seek
 * @property {(line: string) => void} announce Says a line to assistive technology, and shows it for a moment.
 * @property {() => boolean} started
 * @property {() => boolean} still Whether motion is unwanted.
 */

/** @param {HTMLElement} root @returns {PlanView} */
export const readPlan = (root) => JSON.parse(root.dataset.plan ?? "{}");

/**
 * @param {Record<string, string>} text
 * @returns {Stage["say"]} `{name}` in a sentence is replaced; an unknown key says itself.
 */
export const speaker = (text) => (key, values = {}) =>
  (text[key] ?? key).replace(/\{(\w+)\}/g, (whole, name) => (name in values ? String(values[name]) : whole));
