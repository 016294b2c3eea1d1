/** Looks at one picture after another in a thread of its own, and answers with where a face points; keeps none. */

import { lookOf } from "./look.js";

/**
 * @typedef {import("./look.js").Look} Look
 * @typedef {{look: Look | null, light: number, ms: number}} Seen
 * @typedef {{faceLandmarks: import("./look.js").Point[][]}} Found
 * @typedef {{detect: (picture: ImageBitmap) => Found}} Landmarker
 */

const VENDOR = "/static/vendor/mediapipe";
/** The smallest module with a SIMD instruction: WebAssembly's own test for it. */
const SIMD = new Uint8Array([
  0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 123, 3, 2, 1, 0, 10, 10, 1, 8, 0, 65, 0, 253, 15, 253, 98, 11,
]);
const LIGHT = { width: 16, height: 12 };

const scope = /** @type {{onmessage: (event: MessageEvent) => void, postMessage: (message: object) => void}} */ (
  /** @type {unknown} */ (self)
);
const patch = typeof OffscreenCanvas === "undefined" ? null : new OffscreenCanvas(LIGHT.width, LIGHT.height);
const light = patch?.getContext("2d", { willReadFrequently: true }) ?? null;

/** @type {Landmarker | null} */
let landmarker = null;

scope.onmessage = ({ data }) => {
  const picture = /** @type {ImageBitmap} */ (data);
  try {
    scope.postMessage({ seen: see(picture) });
  } catch {
    scope.postMessage({ trouble: "failed" });
  } finally {
    picture.close();
  }
};

void start();

async function start() {
  const trouble = unable();
  if (trouble) return scope.postMessage({ trouble });
  scope.postMessage({ able: true });
  try {
    landmarker = await load();
    return scope.postMessage({ ready: true });
  } catch {
    return scope.postMessage({ trouble: "failed" });
  }
}

/** What is missing here, in the word the page says, or an empty one. */
function unable() {
  if (typeof WebAssembly === "undefined" || !WebAssembly.validate(SIMD)) return "simd";
  // The library moves pictures by WebGL even where it reckons on the processor.
  const canvas = patch && light ? new OffscreenCanvas(1, 1) : null;
  return canvas?.getContext("webgl2") || canvas?.getContext("webgl") ? "" : "webgl";
}

/** @returns {Promise<Landmarker>} */
async function load() {
  const { FaceLandmarker, FilesetResolver } = await import(`${VENDOR}/vision_bundle.mjs`);
  const files = await FilesetResolver.forVisionTasks(location.origin + VENDOR, true);
  return FaceLandmarker.createFromOptions(files, {
    baseOptions: { modelAssetPath: `${VENDOR}/face_landmarker.task`, delegate: "CPU" },
    // Each picture on its own: nothing of a face is carried from one to the next.
    runningMode: "IMAGE",
    numFaces: 1,
  });
}

/** @param {ImageBitmap} picture @returns {Seen} */
function see(picture) {
  const began = performance.now();
  const [points] = landmarker ? landmarker.detect(picture).faceLandmarks : [];
  const look = points ? lookOf(points, picture.width, picture.height) : null;
  return { look, light: lightOf(picture), ms: performance.now() - began };
}

/** Mean brightness, 0 to 255 (ITU-R BT.601). @param {ImageBitmap} picture */
function lightOf(picture) {
  if (!light) return 0;
  light.drawImage(picture, 0, 0, LIGHT.width, LIGHT.height);
  const { data } = light.getImageData(0, 0, LIGHT.width, LIGHT.height);
  let sum = 0;
  for (let at = 0; at < data.length; at += 4) sum += 0.299 * data[at] + 0.587 * data[at + 1] + 0.114 * data[at + 2];
  return sum / (data.length / 4);
}
