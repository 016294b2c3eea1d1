/** What the keys do, in a dialog of the player's own. */

import { iconButton, make } from "./dom.js";

/** Keys as they are written on the keyboard (`=` before those whose name is translated), and what explains them. */
const ROWS = [
  [["=space", "K"], "key_toggle"],
  [["←", "→"], "key_step"],
  [["J", "L"], "key_leap"],
  [["↑", "↓"], "key_volume"],
  [["M"], "key_mute"],
  [["C"], "key_captions"],
  [["<", ">"], "key_speed"],
  [["0–9"], "key_tenth"],
  [["=home", "=end"], "key_ends"],
  [["F"], "key_fullscreen"],
  [["P"], "key_pip"],
  [["?"], "key_help"],
];

/** @param {import("./plan.js").Stage} stage @returns {() => void} opens or closes it */
export function mountHelp({ root, say }) {
  const keyName = /** @param {string} key */ (key) => (key.startsWith("=") ? say(`key_name_${key.slice(1)}`) : key);
  const close = iconButton("close", say("close"));
  const rows = ROWS.map(([keys, key]) =>
    make(
      "div",
      {},
      make("dt", {}, ...[.../** @type {string[]} */ (keys)].map((one) => make("kbd", {}, keyName(one)))),
      make("dd", {}, say(/** @type {string} */ (key))),
    ),
  );
  const title = make("h2", {}, say("keys"));
  const dialog = make("dialog", { class: "player-help", "aria-label": say("keys") }, title, close, make("dl", {}, ...rows));
  close.addEventListener("click", () => dialog.close());
  dialog.addEventListener("keydown", (event) => {
    if (event.key === "?") dialog.close();
    // Keys typed here are not for the player; Escape is the browser's own.
    event.stopPropagation();
  });
  root.append(dialog);
  return () => (dialog.open ? dialog.close() : dialog.showModal());
}
