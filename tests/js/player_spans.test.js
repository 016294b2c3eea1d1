import assert from "node:assert/strict";
import { test } from "node:test";

import { idle, played, stopped } from "../../static/js/player/spans_state.js";

/** Plays through looks `[at, rate, wall]`; a number alone stops there, null stops without knowing where. */
function watch(steps) {
  let state = idle;
  const spans = [];
  for (const step of steps) {
    state = Array.isArray(step) ? played(state, ...step) : stopped(state, step);
    spans.push(...state.done);
  }
  return spans;
}

const looks = (from, to, { rate = 1, wall = 0, every = 0.25 } = {}) => {
  const out = [];
  for (let at = from; at <= to + 1e-9; at += every) out.push([at, rate, wall + ((at - from) / rate) * 1000]);
  return out;
};

test("a run ends where it was paused", () => {
  assert.deepEqual(watch([...looks(1, 3), 3.1]), [{ from: 1, to: 3.1, rate: 1 }]);
});

test("a long run is cut every five seconds, and nothing falls between the cuts", () => {
  const spans = watch([...looks(0, 12), 12]);

  assert.deepEqual(spans.map((span) => [span.from, span.to]), [[0, 5], [5, 10], [10, 12]]);
});

test("a seek ends the run where it was last seen playing, not where it jumped to", () => {
  assert.deepEqual(watch([...looks(0, 2), null, ...looks(30, 31, { wall: 2500 }), 31]), [
    { from: 0, to: 2, rate: 1 },
    { from: 30, to: 31, rate: 1 },
  ]);
});

test("a jump no event told of is a cut too", () => {
  const spans = watch([[0, 1, 0], [1, 1, 1000], [20, 1, 1250], [21, 1, 2250], 21]);

  assert.deepEqual(spans, [{ from: 0, to: 1, rate: 1 }, { from: 20, to: 21, rate: 1 }]);
});

test("going back without an event is a cut", () => {
  assert.deepEqual(watch([[5, 1, 0], [6, 1, 1000], [2, 1, 1250], [3, 1, 2250], 3]), [
    { from: 5, to: 6, rate: 1 },
    { from: 2, to: 3, rate: 1 },
  ]);
});

test("a change of speed begins a new run", () => {
  assert.deepEqual(watch([[0, 1, 0], [1, 1, 1000], [1.1, 2, 1100], [3.1, 2, 2100], 3.1]), [
    { from: 0, to: 1.1, rate: 1 },
    { from: 1.1, to: 3.1, rate: 2 },
  ]);
});

test("a stall adds nothing", () => {
  assert.deepEqual(watch([[0, 1, 0], [1, 1, 1000], [1, 1, 6000], [2, 1, 7000], 2]), [{ from: 0, to: 2, rate: 1 }]);
});

test("a page hidden and shown again makes two runs", () => {
  assert.deepEqual(watch([...looks(0, 1), 1, ...looks(1, 2, { wall: 9000 }), 2]), [
    { from: 0, to: 1, rate: 1 },
    { from: 1, to: 2, rate: 1 },
  ]);
});

test("the end of the video closes the run at its duration", () => {
  assert.deepEqual(watch([[38, 1, 0], [39.8, 1, 1800], 40]), [{ from: 38, to: 40, rate: 1 }]);
});

test("a blink is no watching, and stopping twice reports once", () => {
  assert.deepEqual(watch([[4, 1, 0], [4.02, 1, 20], 4.02, 4.02]), []);
  assert.deepEqual(watch([[4, 1, 0], [5, 1, 1000], 5, 5]).length, 1);
});

test("whatever happens, spans never add up to more than was played", () => {
  let seed = 7;
  const random = () => (seed = (seed * 16807) % 2147483647) / 2147483647;
  for (let round = 0; round < 200; round += 1) {
    let [at, wall, rate, truly] = [0, 0, 1, 0];
    const steps = [];
    for (let step = 0; step < 60; step += 1) {
      const dice = random();
      if (dice < 0.08) steps.push(at);
      else if (dice < 0.16) {
        steps.push(null);
        at = random() * 60;
        steps.push([at, rate, wall]);
      } else if (dice < 0.22) {
        rate = [0.75, 1, 2][Math.floor(random() * 3)];
        steps.push([at, rate, wall]);
      } else {
        const lasted = random() * 0.4;
        steps.push([at, rate, wall]);
        at += lasted * rate;
        wall += lasted * 1000;
        truly += lasted * rate;
        steps.push([at, rate, wall]);
      }
    }
    const spans = watch([...steps, at]);
    const told = spans.reduce((sum, span) => sum + span.to - span.from, 0);
    assert.ok(told <= truly + 0.05, `${told} > ${truly}`);
    assert.ok(spans.every((span) => span.to > span.from && span.to - span.from < 6));
  }
});
