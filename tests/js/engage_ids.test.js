import assert from "node:assert/strict";
import { test } from "node:test";

import { idsFrom } from "../../static/js/engage/ids.js";

const BEGAN = Date.UTC(2026, 10, 21, 12);

test("an id is a UUID of version 7 that begins with when the visit began", () => {
  const id = idsFrom(BEGAN)();

  assert.match(id, /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  assert.equal(Number.parseInt(id.replaceAll("-", "").slice(0, 12), 16), BEGAN);
});

test("ids follow one another and never repeat, even past the counter's end", () => {
  const next = idsFrom(BEGAN);
  const ids = Array.from({ length: 10_000 }, next);

  assert.equal(new Set(ids).size, ids.length);
  assert.deepEqual([...ids].sort(), ids);
});

test("two visits that began in the same instant share no id", () => {
  const [one, other] = [idsFrom(BEGAN), idsFrom(BEGAN)];

  assert.notEqual(one(), other());
});
