/** What the player and the page say, in the words a beacon tells it. Pure. */

/**
 * @typedef {{kind: string, data: object}} Fact
 */

const NAME = /^[a-z][a-z0-9-]{0,39}$/;

/**
 * The fact behind a `segue:<name>` event, or null when there is none to tell.
 * @param {string} name @param {unknown} detail @returns {Fact | null}
 */
export function factOf(name, detail) {
  const said = /** @type {Record<string, unknown>} */ (detail && typeof detail === "object" ? detail : {});
  switch (name) {
    case "play":
      return { kind: "video.played", data: {} };
    case "span":
      return spanOf(said);
    case "cta":
      return named("cta.clicked", "cta", said.id);
    case "chapter":
      return named("chapter.selected", "scene", said.id);
    default:
      return null;
  }
}

/** @param {Record<string, unknown>} said @returns {Fact | null} */
function spanOf({ from, to, rate = 1 }) {
  if (!isCount(from) || !isCount(to) || !isCount(rate) || from >= to || rate <= 0) return null;
  return { kind: "video.watched", data: { from: rounded(from), to: rounded(to), rate } };
}

/** @param {string} kind @param {string} key @param {unknown} value @returns {Fact | null} */
const named = (kind, key, value) =>
  typeof value === "string" && NAME.test(value) ? { kind, data: { [key]: value } } : null;

/** @param {unknown} value @returns {value is number} */
const isCount = (value) => typeof value === "number" && Number.isFinite(value) && value >= 0;

/** @param {number} seconds */
const rounded = (seconds) => Math.round(seconds * 1000) / 1000;
