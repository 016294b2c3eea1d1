"""Facing the screen in a real Chromium, beside the same video without it; and pictures looked at on the server."""

from __future__ import annotations

import os
import statistics
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

from benchmarks.figures import Figure
from plugin.engagement.attention import jpeg
from plugin.engagement.attention.eyes import THREADS, Eyes
from plugin.engagement.attention.eyes_process import make_look
from tests.attention.film import Act, jpeg as picture_of, write_film
from tests.browser.test_attention import ON, VIDEO, Visitor, publish, rows, with_camera
from tests.live import LiveServer, person, until

WINDOW_S = 15.0
PICTURES = 200
_FROM_S = 14.0
_TICKS = os.sysconf("SC_CLK_TCK")
_WATCH_TASKS = """() => {
  window.tasks = [];
  new PerformanceObserver(list => list.getEntries().forEach(one => window.tasks.push(one.duration)))
    .observe({type: "longtask"});
}"""
_PLAYED = f"""() => {{
  const {{droppedVideoFrames, totalVideoFrames}} = {VIDEO}.getVideoPlaybackQuality();
  return [droppedVideoFrames, totalVideoFrames, {VIDEO}.currentTime];
}}"""


@dataclass(frozen=True, slots=True)
class Played:
    """A stretch of video as one page played it."""

    cpu: float
    """Of one core, all of the browser's processes."""
    dropped: int
    frames: int
    longest_task_ms: float
    from_s: float
    to_s: float


def run() -> list[Figure]:
    """The browser's part, then the server's."""
    return [*_in_the_browser(), *_on_the_server()]


def _in_the_browser() -> list[Figure]:
    with tempfile.TemporaryDirectory(prefix="segue-bench-") as folder:
        film = write_film(Path(folder) / "film.y4m", [Act("front", 4.0, True)])
        server = LiveServer(Path(folder) / "data")
        try:
            links = list(server.start().links().values())
            publish(server, "on")
            with sync_playwright() as playwright, with_camera(playwright, film) as browser:
                without = _play(browser, links[0], "no")
                with_it = _play(browser, links[1], "yes")
            told = rows(server, "SELECT second, n FROM attention_second ORDER BY second")
        finally:
            server.stop()
    inside = [n for second, n in told if with_it.from_s <= second and second + 1 <= with_it.to_s]
    rate = statistics.mean(inside) if inside else 0.0
    more = 100 * (with_it.cpu - without.cpu)
    drops, drops_without = (100 * one.dropped / max(1, one.frames) for one in (with_it, without))
    detail = f"{with_it.frames} frames, {drops_without:.2f} % without it"
    cores = f"all of the browser: {without.cpu:.2f} cores without it, {with_it.cpu:.2f} with it"
    task = f"longest {with_it.longest_task_ms:.0f} ms, {without.longest_task_ms:.0f} ms without it"
    return [
        Figure("attention: pictures looked at", rate, "/s", "≥5/s", rate >= 4.95, f"{len(inside)} s of video"),
        Figure("attention: what it costs the browser", more, "% of a core", "≤15 %", more <= 15, cores),
        Figure("attention: video frames dropped meanwhile", drops, "%", "<1 %", drops < 1, detail),
        Figure(
            "attention: longest task on the page's main thread",
            with_it.longest_task_ms,
            "ms",
            "≤50 ms, or as without it",
            with_it.longest_task_ms <= max(50.0, without.longest_task_ms),
            task,
        ),
    ]


def _play(browser: Browser, link: str, answer: str) -> Played:
    """The same stretch of a video, after the question was answered so."""
    with person(browser) as (_, page):
        visitor = Visitor(page, link)
        visitor.watch()
        visitor.say(answer)
        if answer == "yes":
            until(page, ON, within_s=30)
        # A picture out of sight isn't painted, and counts as dropped.
        page.evaluate(f"() => {{ {VIDEO}.playbackRate = 1; scrollTo(0, 0); }}")
        until(page, f"{VIDEO}.currentTime > {_FROM_S}", within_s=60)
        page.evaluate(_WATCH_TASKS)
        return _measured(page)


def _measured(page: Page) -> Played:
    dropped, frames, start = page.evaluate(_PLAYED)
    cpu, began = _browser_cpu_s(), time.perf_counter()
    page.wait_for_timeout(WINDOW_S * 1000)
    share = (_browser_cpu_s() - cpu) / (time.perf_counter() - began)
    dropped_then, frames_then, end = page.evaluate(_PLAYED)
    longest = page.evaluate("Math.max(0, ...window.tasks)")
    page.evaluate(f"() => {VIDEO}.pause()")
    page.wait_for_timeout(800)
    return Played(share, dropped_then - dropped, frames_then - frames, longest, start, end)


def _browser_cpu_s() -> float:
    """CPU time of every process that descends from this one, but for the server's."""
    parents: dict[int, int] = {}
    spent: dict[int, float] = {}
    for folder in Path("/proc").iterdir():
        if not folder.name.isdigit():
            continue
        try:
            name, after = (folder / "stat").read_text().rsplit(")", 1)
        except OSError:
            continue
        fields = after.split()
        parents[int(folder.name)] = int(fields[1])
        if "chrom" in name:
            spent[int(folder.name)] = (int(fields[11]) + int(fields[12])) / _TICKS
    return sum(seconds for pid, seconds in spent.items() if _descends(pid, os.getpid(), parents))


def _descends(pid: int, ancestor: int, parents: dict[int, int]) -> bool:
    while pid in parents and pid != ancestor:
        pid = parents[pid]
    return pid == ancestor


# -- on the server -------------------------------------------------------------


def _on_the_server() -> list[Figure]:
    front = picture_of("front")
    bare = make_look()()
    with _eyes() as eyes:
        eyes.see(front)
        alone = _cpu_ms(partial(bare, front))
        ours = _cpu_ms(lambda: eyes.see(front), eyes.pid)
        memory = _memory_mib(eyes, front)
    # While the interpreter still stands: the library's own clean-up fails after that.
    del bare
    bomb = front[: front.index(b"\xff\xc0") + 5] + b"\xff\xff\xff\xff" + front[front.index(b"\xff\xc0") + 9 :]
    refused = _median_ms(lambda: _refuse(bomb))
    ratio = ours / alone
    return [
        Figure(
            "attention on the server: memory at four workers", memory, "MiB", "≤250 MiB", memory <= 250, "at its most"
        ),
        Figure(
            "attention on the server: a picture, guarded and in a process of its own",
            ratio,
            "× the bare landmarker",
            "≤1.5×",
            ratio <= 1.5,
            f"{ours:.1f} ms of CPU against {alone:.1f} ms",
        ),
        Figure(
            "attention on the server: a bomb refused", refused, "ms", "≤0.1 ms", refused <= 0.1, "before any decoder"
        ),
    ]


@contextmanager
def _eyes() -> Iterator[Eyes]:
    eyes = Eyes(patience_s=60)
    try:
        yield eyes
    finally:
        eyes.close()


def _median_ms(act: Callable[[], object]) -> float:
    taken = []
    for _ in range(PICTURES):
        began = time.perf_counter()
        act()
        taken.append(1000 * (time.perf_counter() - began))
    return statistics.median(taken)


def _cpu_ms(act: Callable[[], object], also: int | None = None) -> float:
    """Of one act, in this process and in one more."""
    began = time.process_time() + _spent_s(also)
    for _ in range(PICTURES):
        act()
    return 1000 * (time.process_time() + _spent_s(also) - began) / PICTURES


def _spent_s(pid: int | None) -> float:
    if pid is None:
        return 0.0
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS


def _memory_mib(eyes: Eyes, picture: bytes) -> float:
    def work() -> None:
        for _ in range(PICTURES // THREADS):
            eyes.see(picture)

    threads = [threading.Thread(target=work) for _ in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    status = Path(f"/proc/{eyes.pid}/status").read_text()
    return int(next(line for line in status.splitlines() if line.startswith("VmHWM")).split()[1]) / 1024


def _refuse(data: bytes) -> None:
    try:
        jpeg.check(data)
    except jpeg.PictureRefused:
        return
    raise RuntimeError("a bomb passed")
