import assert from "node:assert/strict";
import { test } from "node:test";

import * as evidence from "../../static/js/engage/evidence.js";

const BROWSER = { webdriver: false, languages: 2 };

test("time on screen stands still while the page is hidden", () => {
  const start = evidence.begin(1000, true);
  const hidden = evidence.turned(start, 3000, false);
  const back = evidence.turned(hidden, 9000, true);

  assert.equal(evidence.seenMs(hidden, 8000), 2000);
  assert.equal(evidence.seenMs(back, 9500), 2500);
});

test("a page opened in the background has been seen by no one", () => {
  assert.equal(evidence.seenMs(evidence.begin(0, false), 60_000), 0);
});

test("gestures are counted by kind and never say where", () => {
  const seen = ["pointer", "key", "pointer"].reduce(
    (all, kind) => evidence.gestured(all, /** @type {evidence.Gesture} */ (kind)),
    evidence.begin(0, true),
  );

  assert.deepEqual(evidence.report(seen, 2500.4, BROWSER), {
    visible_ms: 2500,
    gestures: { pointer: 2, key: 1 },
    moves: 0,
    webdriver: false,
    languages: 2,
  });
});

test("the first report waits for a gesture and two seconds", () => {
  const still = evidence.begin(0, true);
  const touched = evidence.gestured(still, "touch");

  assert.equal(evidence.isTelling(still, 60_000), false);
  assert.equal(evidence.isTelling(touched, 1999), false);
  assert.equal(evidence.isTelling(touched, 2000), true);
});

test("a trembling pointer has no way", () => {
  assert.equal(evidence.isFurther(null, { x: 5, y: 5 }), true);
  assert.equal(evidence.isFurther({ x: 0, y: 0 }, { x: 5, y: 5 }), false);
  assert.equal(evidence.isFurther({ x: 0, y: 0 }, { x: 9, y: 9 }), true);
});

test("a pointer's way stops counting somewhere", () => {
  let seen = evidence.begin(0, true);
  for (let n = 0; n < 900; n += 1) seen = evidence.moved(seen);

  assert.equal(seen.moves, 500);
});
