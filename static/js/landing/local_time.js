/** Times in the viewer's own zone and language: the server knows neither. */

/** @param {ParentNode} within */
export function localTimes(within) {
  for (const time of within.querySelectorAll("time[data-local]")) {
    if (!(time instanceof HTMLTimeElement)) continue;
    const language = time.closest("[lang]")?.getAttribute("lang") ?? undefined;
    time.textContent = nearby(new Date(time.dateTime), new Date(), language);
  }
}

/**
 * @param {Date} at @param {Date} now @param {string} [language]
 * @returns {string} '14:02' today, 'yesterday, 14:02', else with the date
 */
export function nearby(at, now, language) {
  const clock = new Intl.DateTimeFormat(language, { hour: "numeric", minute: "2-digit" }).format(at);
  const days = Math.round((midnight(at) - midnight(now)) / 86_400_000);
  if (days === 0) return clock;
  if (days === -1) return `${new Intl.RelativeTimeFormat(language, { numeric: "auto" }).format(-1, "day")}, ${clock}`;
  return `${new Intl.DateTimeFormat(language, { dateStyle: "medium" }).format(at)}, ${clock}`;
}

/** @param {Date} date */
const midnight = (date) => new Date(date.getFullYear(), date.getMonth(), date.getDate()).getTime();
