import assert from "node:assert/strict";
import test from "node:test";

import { nearby } from "../../static/js/landing/local_time.js";

const now = new Date(2026, 10, 21, 15, 0);

test("today needs no date", () => assert.equal(nearby(new Date(2026, 10, 21, 14, 2), now, "es"), "14:02"));

test("yesterday is called so", () => assert.equal(nearby(new Date(2026, 10, 20, 14, 2), now, "es"), "ayer, 14:02"));

test("earlier days have their date", () =>
  assert.match(nearby(new Date(2026, 9, 3, 9, 5), now, "en-GB"), /3 Oct 2026, 0?9:05/));
