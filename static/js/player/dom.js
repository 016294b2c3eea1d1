/** Making elements without markup: text stays text. */

/**
 * @template {keyof HTMLElementTagNameMap} K
 * @param {K} tag
 * @param {Record<string, string | number | boolean | null>} [attributes] false and null leave one out
 * @param {(Node | string | null)[]} children
 * @returns {HTMLElementTagNameMap[K]}
 */
export function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== false && value !== null) element.setAttribute(name, value === true ? "" : String(value));
  }
  element.append(...children.filter((child) => child !== null));
  return element;
}

const SVG = "http://www.w3.org/2000/svg";

/** Drawn on a 24-pixel grid; a leading `+` fills, else it is a stroke. @type {Record<string, string[]>} */
const PATHS = {
  play: ["+M8 5.2v13.6c0 .9 1 1.4 1.7.9l10-6.8a1.1 1.1 0 0 0 0-1.8l-10-6.8C9 3.8 8 4.3 8 5.2z"],
  pause: ["+M7.5 4.5h2a1 1 0 0 1 1 1v13a1 1 0 0 1-1 1h-2a1 1 0 0 1-1-1v-13a1 1 0 0 1 1-1zM14.5 4.5h2a1 1 0 0 1 1 1v13a1 1 0 0 1-1 1h-2a1 1 0 0 1-1-1v-13a1 1 0 0 1 1-1z"],
  replay: ["M4.5 12a7.5 7.5 0 1 0 2.6-5.7", "M7.5 2.5v4.2h4.2"],
  loud: ["+M3.5 9.3v5.4h3.3l4.7 4.2V5.1L6.8 9.3z", "M15 9a4 4 0 0 1 0 6", "M17.7 6.3a8 8 0 0 1 0 11.4"],
  quiet: ["+M3.5 9.3v5.4h3.3l4.7 4.2V5.1L6.8 9.3z", "M15 9a4 4 0 0 1 0 6"],
  muted: ["+M3.5 9.3v5.4h3.3l4.7 4.2V5.1L6.8 9.3z", "M15.5 9.5l5 5", "M20.5 9.5l-5 5"],
  captions: ["M5 5h14a2 2 0 0 1 2 2v10a2 2 0 0 1-2 2H5a2 2 0 0 1-2-2V7a2 2 0 0 1 2-2z", "M10.5 10.3a2.2 2.2 0 1 0 0 3.4", "M17 10.3a2.2 2.2 0 1 0 0 3.4"],
  chapters: ["M4 6.5h.01", "M4 12h.01", "M4 17.5h.01", "M8.5 6.5H20", "M8.5 12H20", "M8.5 17.5H20"],
  pip: ["M11 19H5a2 2 0 0 1-2-2V7a2 2 0 0 1 2-2h14a2 2 0 0 1 2 2v4", "+M14.5 13h6a1 1 0 0 1 1 1v4.5a1 1 0 0 1-1 1h-6a1 1 0 0 1-1-1V14a1 1 0 0 1 1-1z"],
  fullscreen: ["M4 9V5.5A1.5 1.5 0 0 1 5.5 4H9", "M15 4h3.5A1.5 1.5 0 0 1 20 5.5V9", "M20 15v3.5a1.5 1.5 0 0 1-1.5 1.5H15", "M9 20H5.5A1.5 1.5 0 0 1 4 18.5V15"],
  window: ["M9 4v3.5A1.5 1.5 0 0 1 7.5 9H4", "M20 9h-3.5A1.5 1.5 0 0 1 15 7.5V4", "M15 20v-3.5a1.5 1.5 0 0 1 1.5-1.5H20", "M4 15h3.5A1.5 1.5 0 0 1 9 16.5V20"],
  help: ["M9.2 9.2a2.9 2.9 0 1 1 4.3 2.6c-.9.5-1.5 1.2-1.5 2.2", "M12 17.3h.01", "M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18z"],
  check: ["M5 12.5l4.5 4.5L19 7.5"],
  close: ["M6 6l12 12", "M18 6L6 18"],
  download: ["M12 4v11", "M7.5 11l4.5 4.5 4.5-4.5", "M5 20h14"],
  arrow: ["M5 12h13", "M13 6.5l5.5 5.5-5.5 5.5"],
  speed: ["M4.6 17.5a9 9 0 1 1 14.8 0", "M12 13.5l4-4.5"],
};

/** @param {string} name @returns {SVGSVGElement} decoration: hidden from assistive technology */
export function icon(name) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("aria-hidden", "true");
  svg.setAttribute("class", "player-icon");
  for (const written of PATHS[name] ?? []) {
    const path = document.createElementNS(SVG, "path");
    path.setAttribute("d", written.replace(/^\+/, ""));
    path.setAttribute("class", written.startsWith("+") ? "filled" : "drawn");
    svg.append(path);
  }
  return svg;
}

/**
 * @param {string} name of the icon @param {string} label @param {Record<string, string | boolean>} [attributes]
 * @returns {HTMLButtonElement}
 */
export const iconButton = (name, label, attributes = {}) =>
  make("button", { type: "button", class: "player-button", "aria-label": label, title: label, ...attributes }, icon(name));

/** @param {HTMLButtonElement} button @param {string} name @param {string} label */
export function relabel(button, name, label) {
  button.replaceChildren(icon(name));
  button.setAttribute("aria-label", label);
  button.title = label;
}
