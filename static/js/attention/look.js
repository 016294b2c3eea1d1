/**
 * From 478 face landmarks to where a face points, how open its eyes are and where they look. Pure.
 *
 * The same arithmetic as `plugin/engagement/attention/look.py`; tests hold both to the same vectors. Landmark numbers
 * are those of MediaPipe's face mesh with irises.
 */

/**
 * @typedef {{x: number, y: number, z: number}} Point
 *   x and y in shares of the picture, z (depth, nearer is less) in the measure of x.
 * @typedef {object} Look One face in one picture.
 * @property {number} yaw Degrees around the upright axis.
 * @property {number} pitch Degrees up or down.
 * @property {number} eyes Eye aspect ratio: height of the opening by its width, the mean of both eyes.
 * @property {number} gaze Where the irises stand between the corners: 0 left, 1 right, the mean of both eyes.
 * @property {number} size Height of the face in shares of the picture's.
 */

const CHEEKS = [234, 454];
const BROW_AND_CHIN = [10, 152];
/** Of each eye: a corner, two points of the upper lid, the other corner, two of the lower. */
const LIDS = [
  [33, 160, 158, 133, 153, 144],
  [362, 385, 387, 263, 373, 380],
];
/** Of each eye: its corners from left to right as the picture shows them, and the iris's middle. */
const IRISES = [
  [33, 133, 468],
  [362, 263, 473],
];

/**
 * The look of a face in a picture of that many pixels.
 * @param {readonly Point[]} points @param {number} width @param {number} height @returns {Look}
 */
export function lookOf(points, width, height) {
  const placed = points.map(({ x, y, z }) => ({ x: x * width, y: y * height, z: z * width }));

  /** @param {number} one @param {number} other */
  const apart = (one, other) => Math.hypot(placed[other].x - placed[one].x, placed[other].y - placed[one].y);
  // By lengths, not by axes, so that a head held askew changes nothing.
  /** @param {readonly number[]} ends */
  const tilt = ([one, other]) =>
    (Math.atan2(placed[other].z - placed[one].z, apart(one, other)) * 180) / Math.PI;
  /** @param {readonly number[]} lid */
  const opening = (lid) => (apart(lid[1], lid[5]) + apart(lid[2], lid[4])) / (2 * apart(lid[0], lid[3]));
  /** @param {readonly number[]} eye */
  const along = ([left, right, iris]) => {
    const [x, y] = [placed[right].x - placed[left].x, placed[right].y - placed[left].y];
    return ((placed[iris].x - placed[left].x) * x + (placed[iris].y - placed[left].y) * y) / (x * x + y * y);
  };

  return {
    yaw: tilt(CHEEKS),
    pitch: tilt(BROW_AND_CHIN),
    eyes: (opening(LIDS[0]) + opening(LIDS[1])) / 2,
    gaze: (along(IRISES[0]) + along(IRISES[1])) / 2,
    size: apart(BROW_AND_CHIN[0], BROW_AND_CHIN[1]) / height,
  };
}
