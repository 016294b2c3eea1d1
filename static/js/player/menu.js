/** A button that opens a menu of choices above it, by pointer and by keyboard (ARIA APG, menu button). */

import { icon, make } from "./dom.js";

/**
 * @typedef {{label: string, detail?: string, checked?: boolean, choose: () => void}} Choice
 *
 * @param {HTMLButtonElement} button
 * @param {string} label
 * @param {() => Choice[]} choices asked for anew at each opening
 * @param {AbortSignal} signal
 * @returns {HTMLElement} the button with its menu
 */
export function menuFor(button, label, choices, signal) {
  const menu = make("div", { class: "player-menu", role: "menu", "aria-label": label, hidden: true });
  const whole = make("div", { class: "player-menu-anchor" }, button, menu);
  button.setAttribute("aria-haspopup", "menu");
  button.setAttribute("aria-expanded", "false");

  const items = () => /** @type {HTMLElement[]} */ ([...menu.children]);
  const open = () => {
    menu.replaceChildren(...choices().map(item));
    menu.hidden = false;
    button.setAttribute("aria-expanded", "true");
    (items().find((one) => one.getAttribute("aria-checked") === "true") ?? items()[0])?.focus();
  };
  /** @param {boolean} back whether the focus returns to the button */
  const close = (back) => {
    if (menu.hidden) return;
    if (back) button.focus();
    menu.hidden = true;
    button.setAttribute("aria-expanded", "false");
  };

  /** @param {Choice} choice */
  const item = (choice) => {
    const checkable = choice.checked !== undefined;
    const made = make(
      "button",
      {
        type: "button",
        role: checkable ? "menuitemradio" : "menuitem",
        tabindex: -1,
        "aria-checked": checkable ? String(choice.checked) : null,
      },
      icon(choice.checked ? "check" : "none"),
      make("span", { dir: "auto" }, choice.label),
      choice.detail ? make("small", {}, choice.detail) : null,
    );
    made.addEventListener("click", () => {
      close(true);
      choice.choose();
    });
    return made;
  };

  button.addEventListener("click", () => (menu.hidden ? open() : close(true)), { signal });
  menu.addEventListener("keydown", (event) => {
    const list = items();
    const at = list.indexOf(/** @type {HTMLElement} */ (list.find((one) => one === one.ownerDocument.activeElement)));
    const to = { ArrowDown: at + 1, ArrowUp: at - 1 + list.length, Home: 0, End: list.length - 1 }[event.key];
    if (to !== undefined) list[to % list.length]?.focus();
    else if (event.key === "Escape") close(true);
    else if (event.key === "Tab") return close(false);
    else return;
    event.preventDefault();
    event.stopPropagation();
  });
  whole.addEventListener("focusout", (event) => {
    if (!whole.contains(/** @type {Node | null} */ (event.relatedTarget))) close(false);
  });
  return whole;
}
