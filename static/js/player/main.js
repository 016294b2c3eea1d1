/** Turns every `[data-player]` on the page into a player, also those that arrive later by htmx. */

import { mountPlayer } from "./player.js";
import { loadLibrary } from "./source.js";

/** @type {Map<HTMLElement, AbortController>} */
const mounted = new Map();

export function boot() {
  for (const [root, control] of mounted) {
    // A floating player is in another document, and still ours.
    if (root.isConnected) continue;
    control.abort();
    mounted.delete(root);
  }
  for (const root of document.querySelectorAll("[data-player]")) {
    if (!(root instanceof HTMLElement) || mounted.has(root)) continue;
    const control = new AbortController();
    mounted.set(root, control);
    mountPlayer(root, control.signal);
  }
}

boot();
document.addEventListener("htmx:afterSettle", boot);
document.addEventListener("htmx:historyRestore", boot);
// Parsed while the person reads the page, so that the player finds it ready.
(window.requestIdleCallback ?? setTimeout)(() => void loadLibrary().catch(() => undefined));
