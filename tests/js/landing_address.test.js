import assert from "node:assert/strict";
import test from "node:test";

import { safeAddress } from "../../static/js/landing/address.js";

test("the address that stays names the campaign and nobody", () => assert.equal(safeAddress("spring", ""), "/w/spring"));

test("a moment in the video survives", () => assert.equal(safeAddress("spring", "?t=12"), "/w/spring?t=12"));

test("whatever else stood in the address is dropped", () =>
  assert.equal(safeAddress("spring", "?utm_source=mail&email=a%40b.c"), "/w/spring"));
