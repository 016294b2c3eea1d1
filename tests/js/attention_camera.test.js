import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { troubleOf } from "../../static/js/attention/camera.js";

test("each way a camera can't be used has a word of its own", () => {
  const named = (name) => troubleOf(new DOMException("", name));

  assert.equal(named("NotFoundError"), "missing");
  assert.equal(named("OverconstrainedError"), "missing");
  assert.equal(named("NotAllowedError"), "refused");
  assert.equal(named("SecurityError"), "refused");
  assert.equal(named("NotReadableError"), "busy");
  assert.equal(named("AbortError"), "busy");
  assert.equal(troubleOf(new TypeError("x")), "failed");
});

test("every language has a short word for every trouble", () => {
  const troubles = ["missing", "refused", "busy", "unplugged", "webgl", "simd", "slow", "failed"];
  for (const language of ["en", "es"]) {
    const words = JSON.parse(readFileSync(new URL(`../../web/texts/${language}/attention.json`, import.meta.url), "utf8"));
    for (const trouble of troubles) assert.ok(words[`trouble_${trouble}`].length < 70, `${language} ${trouble}`);
  }
});
