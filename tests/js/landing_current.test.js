import assert from "node:assert/strict";
import test from "node:test";

import { currentLine } from "../../static/js/landing/current.js";

const lines = [{ from: 1, to: 2 }, { from: 2, to: 4 }, { from: 6, to: 8 }];

test("before the first line none is current", () => assert.equal(currentLine(lines, 0.5), -1));

test("a line is current from its start", () => assert.equal(currentLine(lines, 2), 1));

test("in a pause the last line said stays current", () => assert.equal(currentLine(lines, 5), 1));

test("a video without words has no current line", () => assert.equal(currentLine([], 5), -1));
