"""Random plans played over their joints in Chromium: stalls, errors, holes in what was appended, picture and sound."""

from __future__ import annotations

import os
import random
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

import av
import numpy as np
from playwright.sync_api import sync_playwright

from benchmarks.figures import Figure
from plugin.decisions.plan import Plan
from plugin.media.catalogue import load_assembly
from plugin.media.virtual_mp4 import virtual_mp4
from tests.browser.stage import Serving, Stage, make_stage
from tests.clips import MARK_S, MARKS_S
from tests.live import launch, person
from web.player.present import player_json

PLANS = int(os.environ.get("SEGUE_BENCH_PLANS", "100"))
CLIPS = 8
LANES = 3
"""Plans played side by side in one page."""

# Each joint is played from 0.7 s before to 0.4 s after it, at double speed.
_PLAY = """async (plans) => {
  const {openSource, loadLibrary} = await import("/static/js/player/source.js");
  const {default: Hls} = await loadLibrary();
  const attach = Hls.prototype.attachMedia;
  const told = {stalls: 0, errors: [], joints: 0, hole: 0, shift: 0, buffered: 0, notes: []};
  const starts = new WeakMap();
  Hls.prototype.attachMedia = function (video) {
    this.on(Hls.Events.ERROR, (_, data) => told.errors.push(data.details));
    this.on(Hls.Events.FRAG_BUFFERED, (_, {frag}) => {
      const {startPTS, endPTS} = Object.values(frag.elementaryStreams).find(Boolean);
      const seen = starts.get(video) ?? [];
      seen.push({sn: frag.sn, from: startPTS, to: endPTS, due: frag.start});
      starts.set(video, seen);
    });
    return attach.call(this, video);
  };
  const pause = ms => new Promise(done => setTimeout(done, ms));

  async function over(video, seam) {
    await new Promise(done => {
      video.addEventListener("seeked", done, {once: true});
      video.currentTime = seam - 0.7;
    });
    let moved = performance.now(), last = video.currentTime, stalled = 0;
    const wait = () => { stalled += 1; };
    await video.play();
    video.addEventListener("waiting", wait);
    while (video.currentTime < seam + 0.4 && !video.ended) {
      await pause(15);
      if (video.currentTime > last) { last = video.currentTime; moved = performance.now(); }
      else if (performance.now() - moved > 400) { stalled += 1; break; }
    }
    video.removeEventListener("waiting", wait);
    video.pause();
    if (stalled) told.notes.push(`stalled at ${video.currentTime.toFixed(2)} by a joint at ${seam}`);
    told.stalls += stalled ? 1 : 0;
    told.joints += 1;
  }

  async function playOne(plan, place) {
    const video = document.createElement("video");
    video.muted = true;
    video.width = 320;
    place.replaceChildren(video);
    const source = openSource(video, plan, reason => told.errors.push(reason));
    await source.attach();
    await new Promise(done => video.addEventListener("canplay", done, {once: true}));
    video.playbackRate = 2;
    for (const scene of plan.scenes.slice(1)) await over(video, scene.start);
    if (video.error) told.errors.push(video.error.message);
    if (video.src.endsWith(".mp4")) told.errors.push("fell back to the plain MP4");
    const seen = starts.get(video).sort((one, other) => one.sn - other.sn);
    seen.forEach((frag, index) => {
      const before = seen[index - 1];
      if (before && before.sn === frag.sn - 1) told.hole = Math.max(told.hole, Math.abs(frag.from - before.to));
    });
    for (const scene of plan.scenes) {
      const off = Math.min(...seen.map(frag => Math.abs(frag.from - scene.start)));
      told.shift = Math.max(told.shift, off);
    }
    for (let index = 1; index < video.buffered.length; index += 1) {
      told.buffered = Math.max(told.buffered, video.buffered.start(index) - video.buffered.end(index - 1));
    }
    source.close();
  }

  const queue = [...plans];
  const lane = async () => {
    const place = document.body.appendChild(document.createElement("div"));
    for (let plan = queue.shift(); plan; plan = queue.shift()) await playOne(plan, place);
  };
  document.body.replaceChildren();
  await Promise.all(Array.from({length: LANES}, lane));
  return told;
}""".replace("LANES", str(LANES))


@dataclass(frozen=True, slots=True)
class Marks:
    """How far flash and beep are apart, and from where the plan says, at worst; and the widest gap between packets."""

    apart_s: float
    late_s: float
    audio_gap_s: float


def run() -> list[Figure]:
    """Marked clips in random order, played and decoded."""
    with tempfile.TemporaryDirectory(prefix="segue-bench-") as folder:
        stage = make_stage(Path(folder), CLIPS)
        plans = _random_plans(stage, PLANS)
        told = _play(stage, plans)
        marks = [_marks(stage, plan) for plan in plans]
    joints = int(told["joints"])
    sample = f"{len(plans)} plans, {joints} joints"
    apart = max(one.apart_s for one in marks) * 1000
    gap = max(told["hole"], told["buffered"], *(one.audio_gap_s for one in marks)) * 1000
    late = max(told["shift"], *(one.late_s for one in marks)) * 1000
    stalls, errors = int(told["stalls"]), told["errors"]
    return [
        Figure("joins: stalls", stalls, "", "0", stalls == 0, "; ".join([sample, *told["notes"][:3]])),
        Figure("joins: media errors", len(errors), "", "0", not errors, ", ".join(sorted(set(errors))) or sample),
        Figure("joins: picture against sound", apart, "ms", "≤20 ms", apart <= 20, "flash against beep, decoded"),
        Figure("joins: gap in sound", gap, "ms", "≤10 ms", gap <= 10, "between packets, and as appended by the player"),
        Figure("joins: a clip's start against the plan", late, "ms", "≤20 ms", late <= 20, "appended and decoded"),
    ]


def _random_plans(stage: Stage, count: int) -> list[Plan]:
    chance = random.Random(2026)
    orders = [chance.sample(stage.clips, chance.randint(2, 4)) for _ in range(count)]
    return [stage.plan(order, overlays=(), ctas=()) for order in orders]


def _play(stage: Stage, plans: Sequence[Plan]) -> dict[str, Any]:
    with stage.app.test_request_context():
        views = [player_json(plan, stage.services) for plan in plans]
    with Serving(stage), sync_playwright() as playwright:
        browser = launch(playwright)
        with person(browser, bypass_csp=True) as (_, page):
            page.set_default_timeout(240_000)
            page.goto(stage.show(plans[0]))
            told = dict(page.evaluate(_PLAY, views))
        browser.close()
    return told


def _marks(stage: Stage, plan: Plan) -> Marks:
    services = stage.services
    with services.database.reading() as session:
        media = load_assembly(session, plan.assembly_id)
    made = virtual_mp4(media.rendition("360p"))
    data = made.read(services.store, 0, made.size)
    flashes, beeps = _flashes(data), _beeps(data)
    due = [scene.start_s + mark for scene in plan.scenes for mark in MARKS_S]
    if not len(flashes) == len(beeps) == len(due):
        raise RuntimeError(f"{len(flashes)} flashes and {len(beeps)} beeps for {len(due)} marks")
    # What sound and picture were apart in the very first clip was so before any joint.
    apart = [flash - beep for flash, beep in zip(flashes, beeps, strict=True)]
    return Marks(
        apart_s=max(abs(one) for one in apart),
        late_s=max(abs(flash - at) for flash, at in zip(flashes, due, strict=True)),
        audio_gap_s=_audio_gap(data),
    )


def _flashes(data: bytes) -> list[float]:
    with av.open(BytesIO(data), "r") as container:
        bright = [
            (float(frame.time or 0), float(frame.to_ndarray(format="gray").mean()) > 215)
            for frame in container.decode(video=0)
        ]
    return [time for (time, lit), (_, before) in zip(bright[1:], bright, strict=False) if lit and not before]


def _beeps(data: bytes) -> list[float]:
    with av.open(BytesIO(data), "r") as container:
        stream = container.streams.audio[0]
        sound = np.concatenate([frame.to_ndarray()[0] for frame in container.decode(stream)])
    loud = np.abs(sound) > 0.25 * float(np.abs(sound).max())
    places = np.flatnonzero(loud) / stream.rate
    firsts = np.flatnonzero(np.diff(places, prepend=-1.0) > 2 * MARK_S)
    return [float(places[first]) for first in firsts]


def _audio_gap(data: bytes) -> float:
    with av.open(BytesIO(data), "r") as container:
        stream = container.streams.audio[0]
        spans = [(packet.pts, packet.duration) for packet in container.demux(stream) if packet.pts is not None]
    ends = [pts + (duration or 0) for pts, duration in spans]
    gaps = [abs(begin - end) for (begin, _), end in zip(spans[1:], ends, strict=False)]
    return float(max(gaps) * (stream.time_base or 0))
