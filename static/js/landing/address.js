/** A link is a secret; it shouldn't stay in the address bar, in history, or in a shared screenshot. */

/**
 * @param {string} slug
 * @param {string} search as in `location.search`
 * @returns {string} the address that is safe to copy: with our cookie it opens the video again, without it the public twin
 */
export function safeAddress(slug, search) {
  const at = new URLSearchParams(search).get("t");
  return `/w/${encodeURIComponent(slug)}${at ? `?t=${encodeURIComponent(at)}` : ""}`;
}

/** @param {string} slug */
export function cleanAddress(slug) {
  try {
    // htmx notes the path it was loaded under, and here that is the link.
    sessionStorage.removeItem("htmx-current-path-for-history");
  } catch {
    // Storage may be forbidden; then nothing was noted.
  }
  // Without cookies only the link itself can open the video again.
  if (slug && navigator.cookieEnabled) history.replaceState(null, "", safeAddress(slug, location.search));
}
