import assert from "node:assert/strict";
import { test } from "node:test";

import { labelShown } from "../../static/js/player/disclosure_state.js";
import { actionFor, speedFrom } from "../../static/js/player/key_actions.js";
import { faceAt, fitted, pictureRect } from "../../static/js/player/overlay_state.js";
import { speaker } from "../../static/js/player/plan.js";
import { firstBytes, levelsOf, lineSpeed, resolved, startLevel } from "../../static/js/player/source_state.js";
import { clockText, sceneAt, spokenTime, timeFrom } from "../../static/js/player/time.js";

const overlay = (given = {}) => ({
  id: "points",
  kind: "number",
  text: "12.480",
  number: 12480,
  decimals: 0,
  currency: null,
  count_up: true,
  from_s: 10,
  to_s: 16,
  box: { x: 0, y: 0, width: 1, height: 1, align: "start" },
  look: { size: 0.1, weight: 600, colour: "#ffffff", family: "figures", enter: "rise" },
  ...given,
});

test("an overlay is there from its first moment and gone at its last", () => {
  assert.equal(faceAt(overlay(), 9.99, false, "es"), null);
  assert.notEqual(faceAt(overlay(), 10, false, "es"), null);
  assert.notEqual(faceAt(overlay(), 15.99, false, "es"), null);
  assert.equal(faceAt(overlay(), 16, false, "es"), null);
});

test("a number counts up with the video's clock and ends exactly as the plan wrote it", () => {
  const first = faceAt(overlay(), 10, false, "es").text;
  const middle = faceAt(overlay(), 10.5, false, "es").text;
  const last = faceAt(overlay(), 13, false, "es").text;

  assert.equal(first, "0");
  assert.ok(Number(middle.replaceAll(".", "")) > 0 && Number(middle.replaceAll(".", "")) < 12480);
  assert.equal(last, "12.480");
  assert.equal(faceAt(overlay(), 10.5, false, "es").text, middle, "the same moment looks the same, however one got there");
});

test("a count in money keeps its currency while it runs", () => {
  const face = faceAt(overlay({ currency: "EUR", decimals: 2, text: "12.480,00 €" }), 10.3, false, "es");

  assert.match(face.text, /,\d\d\s€$/);
});

test("who wants no motion sees the final words at once, in place", () => {
  assert.deepEqual(faceAt(overlay(), 10, true, "es"), { opacity: 1, lift: 0, text: "12.480" });
});

test("a rise ends in place, a fade never moves", () => {
  assert.ok(faceAt(overlay(), 10.1, false, "en").lift > 0);
  assert.equal(faceAt(overlay(), 11, false, "en").lift, 0);
  const fade = overlay({ look: { ...overlay().look, enter: "fade" } });
  assert.equal(faceAt(fade, 10.1, false, "en").lift, 0);
  assert.ok(faceAt(fade, 10.1, false, "en").opacity < 1);
});

test("the picture is found between its black bars", () => {
  assert.deepEqual(pictureRect(1600, 1000, 1280, 720), { x: 0, y: 50, width: 1600, height: 900 });
  assert.deepEqual(pictureRect(2000, 900, 1280, 720), { x: 200, y: 0, width: 1600, height: 900 });
  assert.deepEqual(pictureRect(320, 180, 0, 0), { x: 0, y: 0, width: 320, height: 180 });
});

test("a long name shrinks to its box, but never under half", () => {
  assert.equal(fitted(0.1, { width: 100, height: 10 }, { width: 200, height: 20 }), 0.1);
  assert.ok(Math.abs(fitted(0.1, { width: 250, height: 10 }, { width: 200, height: 20 }) - 0.08) < 1e-9);
  assert.equal(fitted(0.1, { width: 2000, height: 10 }, { width: 200, height: 20 }), 0.05);
});

test("the AI label stands at first, again at intervals, and again after a seek", () => {
  const shown = (anchor) => [0, 3, 5.9, 7, 15, 21, 23.9, 25].map((since) => labelShown(anchor + since, anchor));

  assert.deepEqual(shown(0), [true, true, true, false, false, true, true, false]);
  assert.deepEqual(shown(33), shown(0));
});

test("times are written and spoken as people do", () => {
  assert.deepEqual([0, 5, 65, 3723, NaN].map(clockText), ["0:00", "0:05", "1:05", "1:02:03", "0:00"]);
  assert.equal(spokenTime(65, "en"), "1 minute 5 seconds");
  assert.equal(spokenTime(12, "es"), "12 segundos");
});

test("a link may name a moment in several ways, and nonsense names none", () => {
  const read = (text) => timeFrom(text, 100);

  assert.deepEqual(["12", "12.5", "90s", "1:05", "1m5s"].map(read), [12, 12.5, 90, 65, 65]);
  assert.deepEqual([null, "", "soon", "-3", "1e3", "<b>"].map(read), [null, null, null, null, null, null]);
  assert.equal(read("5000"), 99.9);
});

test("the scene that runs is found by its start", () => {
  const scenes = [{ start: 0 }, { start: 6.4 }, { start: 12.8 }];

  assert.deepEqual([0, 6.3, 6.4, 99].map((at) => sceneAt(scenes, at)), [0, 0, 1, 2]);
  assert.equal(sceneAt([], 3), -1);
});

test("keys do what viewers know from elsewhere", () => {
  assert.deepEqual(actionFor({ key: "K" }, "other"), { does: "toggle" });
  assert.deepEqual(actionFor({ key: "j" }, "other"), { does: "seekBy", seconds: -10 });
  assert.deepEqual(actionFor({ key: "7" }, "control"), { does: "seekTo", fraction: 0.7 });
  assert.deepEqual(actionFor({ key: "?" }, "other"), { does: "help" });
});

test("keys are left alone where the browser or a menu needs them", () => {
  assert.equal(actionFor({ key: " " }, "control"), null, "space presses the focused button");
  assert.equal(actionFor({ key: "f", ctrlKey: true }, "other"), null, "ctrl-f finds in the page");
  assert.equal(actionFor({ key: "ArrowDown" }, "menu"), null);
  assert.equal(actionFor({ key: "x" }, "other"), null);
});

test("speed goes by steps and stops at its ends", () => {
  assert.equal(speedFrom(1, 1), 1.25);
  assert.equal(speedFrom(2, 1), 2);
  assert.equal(speedFrom(0.75, -1), 0.75);
  assert.equal(speedFrom(1.1, 0), 1);
});

test("sentences take their values, and an unknown key says itself", () => {
  const say = speaker({ back: "Back {seconds} s" });

  assert.equal(say("back", { seconds: 10 }), "Back 10 s");
  assert.equal(say("back"), "Back {seconds} s");
  assert.equal(say("nothing"), "nothing");
});

const MASTER = `#EXTM3U
#EXT-X-STREAM-INF:BANDWIDTH=900000,AVERAGE-BANDWIDTH=600000,RESOLUTION=640x360
/m/a/360p.m3u8
#EXT-X-STREAM-INF:BANDWIDTH=2500000,RESOLUTION=1280x720
/m/a/720p.m3u8
#EXT-X-STREAM-INF:BANDWIDTH=4900000,RESOLUTION=1920x1080
1080p.m3u8
`;
const media = (size) => `#EXTM3U
#EXT-X-TARGETDURATION:2
#EXT-X-MAP:URI="/clips/g/k.mp4",BYTERANGE="1200@0"
#EXTINF:1.92,
#EXT-X-BYTERANGE:${size}@1200
/clips/g/k.mp4
#EXTINF:1.92,
#EXT-X-BYTERANGE:9@99999
/clips/g/k.mp4
#EXT-X-ENDLIST
`;
const LEVELS = levelsOf("/m/a/master.m3u8", {
  "/m/a/master.m3u8": MASTER,
  "/m/a/360p.m3u8": media(60_000),
  "/m/a/720p.m3u8": media(200_000),
  "/m/a/1080p.m3u8": media(600_000),
});

test("the first picture's bytes are one range: initialisation and first segment", () => {
  assert.deepEqual(firstBytes(media(60_000)), { uri: "/clips/g/k.mp4", from: 0, to: 61_200 });
  assert.equal(firstBytes("#EXTM3U\n"), null);
  assert.equal(firstBytes(media(60_000).replace('URI="/clips/g/k.mp4"', 'URI="/clips/g/other.mp4"')), null);
});

test("levels are read in order of size, with addresses made whole", () => {
  assert.deepEqual(LEVELS.map(({ path, height, bandwidth }) => [path, height, bandwidth]), [
    ["/m/a/360p.m3u8", 360, 900_000],
    ["/m/a/720p.m3u8", 720, 2_500_000],
    ["/m/a/1080p.m3u8", 1080, 4_900_000],
  ]);
  assert.equal(resolved("https://cdn.example/x.m3u8", "/m/a/master.m3u8"), "https://cdn.example/x.m3u8");
});

test("playing begins with the best picture that comes at once and that the screen can show", () => {
  const at = (megabits, pixels, patience = 0.25) =>
    startLevel(LEVELS, { bitsPerSecond: megabits * 1e6, pixels, patience });

  assert.equal(at(0.5, 1080), 0, "a slow line begins small");
  assert.equal(at(8, 1080), 1);
  assert.equal(at(100, 1080), 2);
  assert.equal(at(100, 700), 1, "no more pixels than there are");
  assert.equal(at(100, 300), 0);
  assert.equal(at(8, 1080, 0.1), 0, "nor a late first picture, when someone waits for it");
  assert.equal(startLevel([], { bitsPerSecond: 1e7, pixels: 700, patience: 1 }), 0);
});

test("the line is judged by what came over it, else by what the browser says, else thought slow", () => {
  assert.equal(lineSpeed({ downlink: 1 }, [{ size: 100_000, ms: 40 }, { size: 900, ms: 40 }]), 20e6);
  assert.equal(lineSpeed({ downlink: 10 }, [{ size: 900, ms: 40 }]), 10e6);
  assert.equal(lineSpeed(undefined, []), 3e6);
});

test("who saves data is taken at their word", () => {
  assert.equal(lineSpeed({ downlink: 10, saveData: true }, [{ size: 100_000, ms: 40 }]), 400_000);
});
