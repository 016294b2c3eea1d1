import assert from "node:assert/strict";
import { test } from "node:test";

import { factOf } from "../../static/js/engage/events.js";

test("a span becomes seconds watched, to the millisecond", () => {
  assert.deepEqual(factOf("span", { from: 1.00049, to: 2.5, rate: 1.5 }), {
    kind: "video.watched",
    data: { from: 1, to: 2.5, rate: 1.5 },
  });
});

test("a span that can't be is not told", () => {
  for (const span of [{ from: 2, to: 1, rate: 1 }, { from: 0, to: NaN, rate: 1 }, { from: -1, to: 1, rate: 1 }, {}, null]) {
    assert.equal(factOf("span", span), null);
  }
});

test("buttons and chapters are told by their id alone", () => {
  assert.deepEqual(factOf("cta", { id: "book-a-demo", url: "https://x" }), {
    kind: "cta.clicked",
    data: { cta: "book-a-demo" },
  });
  assert.deepEqual(factOf("chapter", { id: "pricing" }), { kind: "chapter.selected", data: { scene: "pricing" } });
  assert.equal(factOf("cta", { id: "Not an id" }), null);
});

test("pausing and seeking are nobody's business", () => {
  assert.equal(factOf("pause", {}), null);
  assert.equal(factOf("seek", { to: 3 }), null);
});
