import assert from "node:assert/strict";
import { test } from "node:test";

import { ago } from "../../static/js/crm/times.js";

const now = new Date("2026-11-21T12:00:00Z");
/** @param {number} seconds */
const before = (seconds) => ago(new Date(now.getTime() - seconds * 1000), now);

test("how long ago is said in the largest whole unit", () => {
  assert.deepEqual([0, 59, 60, 3599, 3600, 86_399, 86_400, 200_000].map(before), [
    "just now",
    "just now",
    "1 minute ago",
    "59 minutes ago",
    "1 hour ago",
    "23 hours ago",
    "1 day ago",
    "2 days ago",
  ]);
});

test("a clock that runs ahead is not the future", () => {
  assert.equal(before(-30), "just now");
});
