import assert from "node:assert/strict";
import { test } from "node:test";

import * as queue from "../../static/js/engage/queue.js";

const told = (/** @type {number} */ n) => ({ id: `id-${n}`, kind: "video.watched", at: n, data: {} });
const holding = (/** @type {number} */ count, now = 0) =>
  Array.from({ length: count }, (_, n) => told(n)).reduce((all, one) => queue.add(all, one, now), queue.empty);

test("an empty queue has nothing to send", () => {
  assert.equal(queue.isDue(queue.empty, 1e9), false);
});

test("ten events go at once, nine wait five seconds", () => {
  assert.equal(queue.isDue(holding(10), 0), true);
  assert.equal(queue.isDue(holding(9), 4999), false);
  assert.equal(queue.isDue(holding(9), 5000), true);
});

test("only one flight is in the air", () => {
  const flying = queue.add(queue.take(holding(10), 0), told(11), 0);

  assert.equal(queue.isDue(flying, 60_000), false);
  assert.equal(flying.flying.length, 10);
  assert.equal(flying.waiting.length, 1);
});

test("a lost flight goes again under the same ids, each time later", () => {
  const once = queue.lost(queue.take(holding(3), 0), 0);
  const twice = queue.lost(queue.take(once, 1000), 1000);

  assert.deepEqual(once.waiting.map(({ id }) => id), ["id-0", "id-1", "id-2"]);
  assert.equal(queue.isDue(once, 999), false);
  assert.equal(queue.isDue(once, 1000), true);
  assert.equal(queue.isDue(twice, 2999), false);
  assert.equal(queue.isDue(twice, 3000), true);
});

test("a server that asks for time gets it", () => {
  assert.equal(queue.lost(queue.take(holding(1), 0), 0, 30_000).notBefore, 30_000);
});

test("what landed is forgotten, what came meanwhile is not", () => {
  const rest = queue.landed(queue.add(queue.take(holding(2), 0), told(9), 5));

  assert.deepEqual(queue.all(rest).map(({ id }) => id), ["id-9"]);
  assert.equal(rest.failures, 0);
});

test("the last word holds what is in the air too, and is then told", () => {
  const both = queue.add(queue.take(holding(2), 0), told(9), 5);

  assert.deepEqual(queue.all(both).map(({ id }) => id), ["id-0", "id-1", "id-9"]);
  assert.deepEqual(queue.all(queue.told(both, queue.all(both))), []);
});

test("without a network it stops growing at a thousand", () => {
  const full = holding(1500);

  assert.equal(full.waiting.length, 1000);
  assert.equal(full.waiting[0]?.id, "id-500");
});

test("an answer means landed, lost or refused", () => {
  assert.equal(queue.meaning(204), "landed");
  for (const status of [0, 408, 429, 500, 503]) assert.equal(queue.meaning(status), "lost");
  for (const status of [400, 403, 410, 413]) assert.equal(queue.meaning(status), "refused");
});
