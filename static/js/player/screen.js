/** Full screen and floating windows, always of the whole player, so that overlays and captions come along. */

/**
 * @typedef {Window & {documentPictureInPicture?: {requestWindow: (options: object) => Promise<Window>, window: Window | null}}} PipWindow
 * @typedef {HTMLVideoElement & {webkitEnterFullscreen?: () => void}} PhoneVideo
 *
 * @param {import("./plan.js").Stage} stage
 * @param {() => void} changed
 */
export function mountScreen({ root, video, say, announce, signal }, changed) {
  const pip = /** @type {PipWindow} */ (window).documentPictureInPicture;
  const place = document.createComment("the player floats");
  /** @type {Window | null} */
  let floating = null;

  const isFull = () => document.fullscreenElement === root;
  document.addEventListener("fullscreenchange", changed, { signal });
  video.addEventListener("enterpictureinpicture", changed, { signal });
  video.addEventListener("leavepictureinpicture", changed, { signal });
  signal.addEventListener("abort", () => floating?.close());

  async function toggleFull() {
    if (isFull()) return document.exitFullscreen();
    if (root.requestFullscreen) return root.requestFullscreen().catch(() => undefined);
    return /** @type {PhoneVideo} */ (video).webkitEnterFullscreen?.();
  }

  async function toggleFloating() {
    if (floating) return floating.close();
    if (document.pictureInPictureElement) return document.exitPictureInPicture();
    if (pip && (await float())) return undefined;
    // Said, because it is a loss: the browser floats the bare picture only.
    announce(say("pip_bare"));
    return video.requestPictureInPicture?.().catch(() => undefined);
  }

  /** @returns {Promise<boolean>} whether the browser allowed it */
  async function float() {
    const width = Math.min(640, root.clientWidth);
    const made = await pip?.requestWindow({ width, height: Math.round((width * 9) / 16) }).catch(() => null);
    if (!made) return false;
    floating = made;
    for (const sheet of document.querySelectorAll('link[rel="stylesheet"]')) {
      const copy = made.document.createElement("link");
      copy.rel = "stylesheet";
      copy.href = /** @type {HTMLLinkElement} */ (sheet).href;
      made.document.head.append(copy);
    }
    made.document.documentElement.lang = document.documentElement.lang;
    made.document.title = document.title;
    made.document.body.className = "player-floating";
    const playing = !video.paused;
    root.replaceWith(place);
    made.document.body.append(root);
    made.addEventListener("pagehide", land, { once: true });
    if (playing) await video.play().catch(() => undefined);
    changed();
    return true;
  }

  function land() {
    const playing = !video.paused;
    floating = null;
    place.replaceWith(root);
    if (playing) video.play().catch(() => undefined);
    changed();
  }

  return {
    isFull,
    isFloating: () => floating !== null || document.pictureInPictureElement === video,
    canFloat: Boolean(pip) || document.pictureInPictureEnabled,
    bare: !pip,
    toggleFull,
    toggleFloating,
  };
}
