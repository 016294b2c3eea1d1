"""From asking for the video to its first picture, against a plain static MP4 of the same video from the same server."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

from flask import Response, send_file
from playwright.sync_api import Browser, sync_playwright

from benchmarks.figures import Figure
from plugin.media.catalogue import load_assembly
from plugin.media.library import import_
from plugin.media.virtual_mp4 import virtual_mp4
from tests.browser.stage import Serving, Stage, make_stage
from tests.live import launch, person

RUNS = 9
_FETCHED = "performance.getEntriesByType('resource').some(one => one.name.includes('{}') && one.responseEnd)"
_LOADED = _FETCHED.format("hls.light.min.mjs")
_PREPARED = f"{_LOADED} && {_FETCHED.format('/clips/')}"
LIBRARY = Path(__file__).resolve().parent.parent / "demo" / "library"
LINE = {"offline": False, "latency": 40, "downloadThroughput": 10e6 / 8, "uploadThroughput": 10e6 / 8}
"""10 Mbit/s, 40 ms to the first byte of every request."""

_FIRST_PICTURE = """(video, begin) => new Promise((done, failed) => {
  const asked = performance.now();
  video.requestVideoFrameCallback(() => done({ms: performance.now() - asked, height: video.videoHeight}));
  video.addEventListener("error", () => failed(new Error("media error")));
  begin();
})"""
_PLAIN = f"""async () => {{
  const video = document.createElement("video");
  document.body.replaceChildren(video);
  video.muted = true;
  return ({_FIRST_PICTURE})(video, () => {{ video.src = "/plain.mp4"; video.play(); }});
}}"""
_OURS = f"""async () => {{
  const {{openSource, loadLibrary}} = await import("/static/js/player/source.js");
  await loadLibrary();
  const plan = JSON.parse(document.querySelector("[data-player]").dataset.plan);
  const video = document.querySelector("video");
  video.muted = true;
  video.removeAttribute("src");
  const source = openSource(video, plan, () => undefined);
  return ({_FIRST_PICTURE})(video, () => source.attach().then(() => video.play()));
}}"""
_PRESSED = f"""async () => {{
  const video = document.querySelector("video");
  video.muted = true;
  return ({_FIRST_PICTURE})(video, () => document.querySelector(".player-start").click());
}}"""


def run() -> list[Figure]:
    """Medians of nine cold starts each, taken in turn so that a busy moment hits all alike."""
    with tempfile.TemporaryDirectory(prefix="segue-bench-") as folder:
        stage = _furnished(Path(folder))
        with Serving(stage), sync_playwright() as playwright:
            browser = launch(playwright)
            local, slow = _measure(browser, stage, None), _measure(browser, stage, LINE)
            browser.close()
    return [
        _figure("first frame, 10 Mbit/s and 40 ms", slow, "plain", "ours", 1.0),
        _figure("first frame, local", local, "plain", "ours", 2.0),
        _figure("first frame from the button, prepared while idle, 10 Mbit/s", slow, "plain", "pressed", 1.0),
    ]


def _furnished(folder: Path) -> Stage:
    """The demo's clips when they are there; else marked ones."""
    stage = make_stage(folder, 0 if LIBRARY.exists() else 6)
    services = stage.services
    store = services.store
    if LIBRARY.exists():
        with services.database.transaction() as session:
            clips = [clip for clip in import_(session, store, LIBRARY) if clip.language == "en"]
            stage.clips = [clip.id for clip in clips[:6]]
    plan = stage.plan(stage.clips, overlays=(), ctas=())
    stage.show(plan)
    with services.database.reading() as session:
        media = load_assembly(session, plan.assembly_id)
    made = virtual_mp4(media.rendition("720p"))
    plain = folder / "plain.mp4"
    plain.write_bytes(made.read(store, 0, made.size))

    @stage.app.get("/plain.mp4")
    def plain_file() -> Response:
        return send_file(plain, mimetype="video/mp4", conditional=True)

    stage.app.config["PAGE"] = f"/stage/{plan.assembly_id}"
    return stage


def _measure(browser: Browser, stage: Stage, line: dict[str, Any] | None) -> dict[str, list[dict[str, float]]]:
    ways: dict[str, tuple[str, bool]] = {"plain": (_PLAIN, False), "ours": (_OURS, False), "pressed": (_PRESSED, True)}
    times: dict[str, list[dict[str, float]]] = {name: [] for name in ways}
    for _ in range(RUNS):
        for name, (script, primed) in ways.items():
            times[name].append(_once(browser, stage, script, line, primed))
    return times


def _once(browser: Browser, stage: Stage, script: str, line: dict[str, Any] | None, primed: bool) -> dict[str, float]:
    with person(browser, viewport={"width": 1280, "height": 900}, bypass_csp=True) as (context, page):
        cdp = context.new_cdp_session(page)
        if line:
            cdp.send("Network.enable")
            cdp.send("Network.emulateNetworkConditions", line)
        if not primed:
            # Out of sight, so that the page's own player prepares nothing.
            page.add_init_script("IntersectionObserver.prototype.observe = () => undefined")
        page.goto(f"{stage.origin}{stage.app.config['PAGE']}")
        page.wait_for_function(_PREPARED if primed else _LOADED)
        page.wait_for_timeout(100)
        return dict(page.evaluate(script))


def _figure(name: str, times: dict[str, list[dict[str, float]]], peer: str, ours: str, goal: float) -> Figure:
    middle: Callable[[str], float] = lambda way: median(run["ms"] for run in times[way])  # noqa: E731
    ratio = middle(ours) / middle(peer)
    heights = {int(run["height"]) for run in times[ours]}
    detail = f"{middle(ours):.0f} ms at {'/'.join(f'{h}p' for h in sorted(heights))}, static MP4 {middle(peer):.0f} ms"
    return Figure(name, ratio, "×", f"≤{goal:g}×", ratio <= goal, detail)
