import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { lookOf } from "../../static/js/attention/look.js";
import { FASTEST_MS, SLOWEST_MS, begin, took } from "../../static/js/attention/pace.js";
import { add, close, finish, fresh } from "../../static/js/attention/seconds.js";

/** @param {string} name */
const read = (name) => JSON.parse(readFileSync(new URL(`../attention/${name}`, import.meta.url), "utf8"));

/** @param {number[]} row */
const sampleOf = ([at, wall, light, ...look]) => {
  const [yaw, pitch, eyes, gaze, size] = look;
  return { at, wall, light, look: look.length ? { yaw, pitch, eyes, gaze, size } : null };
};

// The same file is played to the Python twin: tests/plugin/engagement/attention/test_seconds.py.
for (const { name, samples, seconds } of read("vectors.json")) {
  test(`seconds of ${name}`, () => {
    let state = fresh;
    const told = [];
    for (const row of samples) {
      state = add(state, sampleOf(row));
      told.push(...state.done);
    }
    told.push(...finish(state).done);

    assert.deepEqual(told.map(({ second, score, n, quality }) => [second, score, n, quality]), seconds);
  });
}

test("a look is read off landmarks as the Python twin reads it", () => {
  const landmarks = read("landmarks.json");
  for (const [name, expected] of Object.entries(read("looks.json"))) {
    const points = landmarks[name].map(([x, y, z]) => ({ x, y, z }));

    const look = lookOf(points, 320, 240);

    for (const [what, value] of Object.entries(expected)) assert.ok(Math.abs(look[what] - value) < 1e-6, `${name} ${what}`);
  }
});

test("a pause closes the second under way and forgets nothing learnt", () => {
  let state = fresh;
  for (let at = 0; at < 3.6; at += 0.25) state = add(state, sampleOf([at, at * 1000, 120, 2, 8, 0.3, 0.5, 0.44]));
  const paused = close(state);

  assert.deepEqual(paused.done, [{ second: 3, score: 1, n: 3, quality: "ok" }]);
  assert.ok(paused.norm);
  assert.equal(paused.underWay, null);
});

test("a quick device is asked five times a second, a slow one twice, and never more than it may cost", () => {
  const after = (ms, times = 20) => Array.from({ length: times }).reduce((pace) => took(pace, ms), begin);

  assert.equal(after(12).everyMs, FASTEST_MS);
  assert.equal(after(40).everyMs, 40 / 0.12);
  assert.equal(after(70).everyMs, SLOWEST_MS);
  assert.equal(after(70).tooSlow, false);
  assert.equal(after(90, 19).tooSlow, false);
  assert.equal(after(90).tooSlow, true);
});

test("what else the machine does is not taken for the cost of looking", () => {
  const pace = Array.from({ length: 40 }, (_, index) => (index % 2 ? 300 : 15)).reduce(took, begin);

  assert.equal(pace.everyMs, FASTEST_MS);
  assert.equal(pace.tooSlow, false);
});
