/** One look at the video's clock per shown picture, handed to everyone who draws by it. */

/**
 * @param {HTMLVideoElement} video
 * @param {(at: number) => void} look called for each new picture while playing, and whenever the place changes
 * @param {AbortSignal} signal
 */
export function followClock(video, look, signal) {
  const byFrame = typeof video.requestVideoFrameCallback === "function";
  let armed = false;

  const arm = () => {
    if (armed || signal.aborted) return;
    armed = true;
    if (byFrame) video.requestVideoFrameCallback(onFrame);
    else requestAnimationFrame(onFrame);
  };

  // currentTime, not the frame's own time: it is never behind what is heard, and what a seek asked for.
  const onFrame = () => {
    armed = false;
    look(video.currentTime);
    if (byFrame || !video.paused) arm();
  };

  const now = () => {
    look(video.currentTime);
    arm();
  };
  for (const name of ["playing", "seeking", "seeked", "timeupdate", "pause", "ended", "loadeddata"]) {
    video.addEventListener(name, now, { signal });
  }
}
