"""What looking at clips costs and finds: speed against FFmpeg's own detectors, planted faults, memory at ingest."""

from __future__ import annotations

import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

import av
import cv2
from av.filter import Graph

from benchmarks.figures import Figure
from plugin.media.probe import SourceFacts, probe
from plugin.media.quality.cheap import cheap_pass
from plugin.media.quality.examine import Subject, examine
from tests.plugin.media.quality.planted import CLEAN, FAULTS, Film, Planted, presenter, voice

SECONDS, SIZE, ROUNDS = 60, (1920, 1080), 3
_CHILD = """
import resource, sys
from pathlib import Path
import web.tables
from plugin.kernel.database import Database, Entity
from plugin.kernel.seal import Vault
from plugin.media.ingest import ClipOrder, ingest
from plugin.media.store import LocalStore
folder, source = Path(sys.argv[1]), Path(sys.argv[2])
database = Database(f"sqlite:///{folder / 'bench.sqlite3'}")
Entity.metadata.create_all(database.engine)
store = LocalStore(folder / "clips", Vault(bytes(32)), period_s=3600)
ingest(database, store, folder / "work", source, ClipOrder("one", "One", "en", presenter=True))
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
"""


def run() -> list[Figure]:
    """A minute of 1080p as ingest makes it; CPU seconds on one core, and a set of films with one fault each."""
    with tempfile.TemporaryDirectory(prefix="segue-bench-") as place:
        folder = Path(place)
        source = Film(presenter(), voice, size=SIZE, seconds=SECONDS).write(folder / "source.mkv")
        peak_mib = _ingest_in_a_child(folder, source)
        source.unlink()
        clip = next(path for path in (folder / "clips").rglob("1080p.mp4"))
        facts = probe(clip)
        ours_s, theirs_s, peer = _side_by_side(clip, facts)
        found, alarms, planted = _planted(folder)
    speed, ratio = SECONDS / ours_s, ours_s / theirs_s
    told = f"{ours_s:.2f} s CPU for {SECONDS} s of film, sound included"
    return [
        Figure("clip check: pass over everything, 1080p", speed, "× real time", "≥5× on one core", speed >= 5, told),
        Figure(
            "clip check: against blackdetect and freezedetect",
            ratio,
            "×",
            "≤1.3× their CPU",
            ratio <= 1.3,
            f"{told}; {peer} {theirs_s:.2f} s, pictures only",
        ),
        Figure(
            "clip check: planted faults found",
            found / planted,
            "of all",
            "1",
            found == planted,
            f"{found} of {planted}, each by its own name",
        ),
        Figure(
            "clip check: false alarms",
            alarms,
            "",
            "0",
            alarms == 0,
            f"in {len(CLEAN)} clean films and beside the faults",
        ),
        Figure(
            "clip check: ingest and checks, 60 s of 1080p, peak memory",
            peak_mib,
            "MiB",
            "≤600",
            peak_mib <= 600,
            "three renditions encoded, a presenter looked for",
        ),
    ]


# -- speed ------------------------------------------------------------------------------------------


def _side_by_side(clip: Path, facts: SourceFacts) -> tuple[float, float, str]:
    """By turns, so that a busy machine is as unkind to the one as to the other."""
    peer = "ffmpeg" if shutil.which("ffmpeg") else "the same filters through PyAV"
    theirs = _ffmpeg if shutil.which("ffmpeg") else _filters
    threads = cv2.getNumThreads()
    cv2.setNumThreads(1)
    try:
        both = [
            (_cpu(lambda: cheap_pass(clip, facts, packaged=True, one_core=True)), _cpu(lambda: theirs(clip)))
            for _ in range(ROUNDS)
        ]
    finally:
        cv2.setNumThreads(threads)
    return median(ours for ours, _ in both), median(their for _, their in both), peer


def _filters(clip: Path) -> None:
    with av.open(str(clip)) as container:
        stream: Any = container.streams.video[0]
        stream.thread_type, stream.codec_context.thread_count = "NONE", 1
        graph = Graph()
        source = last = graph.add_buffer(template=stream)
        for name in ("blackdetect", "freezedetect", "buffersink"):
            following: Any = graph.add(name)
            last.link_to(following)
            last = following
        graph.configure()
        for frame in container.decode(stream):
            source.push(frame)
            try:
                while True:
                    last.pull()
            except (av.BlockingIOError, av.EOFError):
                pass


def _ffmpeg(clip: Path) -> None:
    filters = ("-vf", "blackdetect,freezedetect", "-an", "-f", "null", "-")
    subprocess.run(
        ["ffmpeg", "-v", "error", "-threads", "1", "-filter_threads", "1", "-i", str(clip), *filters], check=True
    )


def _cpu(work: Callable[[], object]) -> float:
    """CPU seconds, in this process and in those it waits for."""
    before = _spent()
    work()
    return _spent() - before


def _spent() -> float:
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + children.ru_utime + children.ru_stime


# -- what is found ----------------------------------------------------------------------------------


def _planted(folder: Path) -> tuple[int, int, int]:
    """Faults found, kinds found that weren't planted, faults planted."""
    found = alarms = planted = 0
    for name, one in {**CLEAN, **FAULTS}.items():
        kinds = _kinds(one, folder / f"{name.replace(' ', '-')}.mkv")
        found += len(kinds & one.kinds)
        alarms += len(kinds - one.kinds)
        planted += len(one.kinds)
    return found, alarms, planted


def _kinds(planted: Planted, path: Path) -> set[str]:
    subject = Subject(path.name, "0" * 64, planted.packaged, presenter=planted.presenter)
    report = examine(planted.film.write(path), subject)
    path.unlink()
    return {finding.kind for finding in report.findings}


# -- memory -----------------------------------------------------------------------------------------


def _ingest_in_a_child(folder: Path, source: Path) -> float:
    """Peak resident memory of a process that ingests the film, checks included, in MiB."""
    words = [sys.executable, "-c", _CHILD, str(folder), str(source)]
    done = subprocess.run(words, capture_output=True, text=True, check=True, cwd=Path(__file__).resolve().parent.parent)
    return float(done.stdout.split()[-1])
