/** The viewer's camera: opened small and slow, closed at once, and one short word for each way it can't be. */

/** @typedef {"missing" | "refused" | "busy" | "unplugged" | "webgl" | "simd" | "slow" | "failed"} Trouble */

const WANTED = {
  audio: false,
  video: {
    facingMode: "user",
    width: { ideal: 320 },
    height: { ideal: 240 },
    frameRate: { ideal: 10, max: 30 },
  },
};
const LONG_SIDE = 320;

export class Camera {
  /** @param {MediaStream} stream @param {HTMLVideoElement} view */
  constructor(stream, view) {
    this.stream = stream;
    this.view = view;
  }

  /**
   * Ask for it; rejects with what the browser says. The page's policy allows it only where the viewer said yes.
   * @param {() => void} gone called when it is unplugged, or taken away in the browser's own settings
   */
  static async open(gone) {
    if (!navigator.mediaDevices?.getUserMedia) throw new DOMException("no camera here", "NotFoundError");
    const stream = await navigator.mediaDevices.getUserMedia(WANTED);
    const view = document.createElement("video");
    view.muted = true;
    view.playsInline = true;
    view.srcObject = stream;
    const camera = new Camera(stream, view);
    for (const track of stream.getTracks()) track.addEventListener("ended", gone, { once: true });
    try {
      await view.play();
    } catch (error) {
      camera.close();
      throw error;
    }
    return camera;
  }

  /** The picture of this moment, small. */
  picture() {
    const { videoWidth, videoHeight } = this.view;
    const scale = Math.min(1, LONG_SIDE / Math.max(videoWidth, videoHeight, 1));
    return createImageBitmap(this.view, {
      resizeWidth: Math.max(1, Math.round(videoWidth * scale)),
      resizeHeight: Math.max(1, Math.round(videoHeight * scale)),
      resizeQuality: "medium",
    });
  }

  /** Off, with its light. */
  close() {
    for (const track of this.stream.getTracks()) track.stop();
    this.view.srcObject = null;
  }
}

/** @param {unknown} error @returns {Trouble} */
export function troubleOf(error) {
  switch (error instanceof DOMException ? error.name : "") {
    case "NotFoundError":
    case "OverconstrainedError":
      return "missing";
    case "NotAllowedError":
    case "SecurityError":
      return "refused";
    case "NotReadableError":
    case "AbortError":
      return "busy";
    default:
      return "failed";
  }
}
