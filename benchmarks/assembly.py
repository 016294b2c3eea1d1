"""What one open costs: playlists and a movie header, against joining and against re-encoding the same clips."""

from __future__ import annotations

import resource
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from fractions import Fraction
from pathlib import Path
from statistics import median
from typing import Any

import av
import numpy as np
from PIL import Image, ImageDraw, ImageFont

import web.tables  # noqa: F401 - every table, so that create_all makes them all
from benchmarks.figures import Figure
from plugin.kernel.database import Database, Entity
from plugin.kernel.seal import Vault
from plugin.media.assembly import AssemblyMedia
from plugin.media.catalogue import assemble, load_assembly
from plugin.media.encode import Effort
from plugin.media.ingest import ClipOrder, ingest
from plugin.media.lettering import FONTS
from plugin.media.playlist import media_playlist, multivariant
from plugin.media.store import LocalStore
from plugin.media.virtual_mp4 import virtual_mp4

CLIPS, SECONDS, SIZE = 6, 9.92, (1280, 720)
NAME = "Ana María"


def run() -> list[Figure]:
    """Six clips of 9.92 s at 720p; CPU seconds of this process and of the peers it starts."""
    with _studio() as (assembly_of, store):
        media = assembly_of(CLIPS)
        files = [store.path(part.key) for part in media.rendition("720p")]
        long = assembly_of(10 * CLIPS)
        ours_s = _cpu_each(lambda: _open(media, store))
        long_s = _cpu_each(lambda: _open(long, store))
        out = store.root / "peer.mp4"
        joined = {"PyAV remux": _cpu(lambda: _remux(files, out), times=5)}
        drawn = {"PyAV and Pillow": _cpu(lambda: _redraw(files, out), times=1)}
        if shutil.which("ffmpeg"):
            joined["ffmpeg concat -c copy"] = _cpu(lambda: _ffmpeg_concat(files, out), times=5)
            drawn["ffmpeg drawtext"] = _cpu(lambda: _ffmpeg_drawtext(files, out), times=1)
    # The peer is the tool people use; without it, the same work by the same libraries in this process.
    concat_s = joined.get("ffmpeg concat -c copy", joined["PyAV remux"])
    redraw_s = min(drawn.values())
    growth = long_s / ours_s / 10
    told = f"{ours_s * 1e3:.3f} ms CPU"
    return [
        Figure(
            "an open against joining the clips",
            concat_s / ours_s,
            "×",
            "≥1,000× less CPU than `concat -c copy`",
            concat_s / ours_s >= 1000,
            f"{told}; {_listed(joined, 1e3, 'ms')}",
        ),
        Figure(
            "an open against re-encoding with the name drawn in",
            redraw_s / ours_s,
            "×",
            "≥100,000× less CPU",
            redraw_s / ours_s >= 100_000,
            f"{told}; {_listed(drawn, 1, 's')}",
        ),
        Figure(
            "growth from 6 to 60 clips, per clip",
            growth,
            "×",
            "≤1.2× (linear)",
            growth <= 1.2,
            f"{ours_s * 1e3:.3f} ms for {CLIPS}, {long_s * 1e3:.3f} ms for {10 * CLIPS}",
        ),
    ]


def _listed(peers: dict[str, float], scale: float, unit: str) -> str:
    return ", ".join(f"{name} {seconds * scale:.4g} {unit}" for name, seconds in peers.items())


# -- ours -------------------------------------------------------------------------------------------


def _open(media: AssemblyMedia, store: LocalStore) -> None:
    """All text one open needs: the multivariant playlist, each media playlist with its signed addresses, the `moov`."""
    now = datetime.now(UTC)
    multivariant(media, lambda name: f"/m/{media.timeline.assembly_id}/{name}.m3u8")
    for name in media.common():
        media_playlist(media.rendition(name), lambda key: store.url(key, now))
    virtual_mp4(media.rendition("720p"))


@contextmanager
def _studio() -> Iterator[tuple[Callable[[int], AssemblyMedia], LocalStore]]:
    vault = Vault(bytes(32))
    with tempfile.TemporaryDirectory(prefix="segue-bench-") as place:
        folder = Path(place)
        database = Database(f"sqlite:///{folder / 'bench.sqlite3'}")
        Entity.metadata.create_all(database.engine)
        store = LocalStore(folder / "clips", vault, period_s=3600)
        ids = [
            ingest(
                database,
                store,
                folder / "work",
                _film(folder / f"{number}.mkv", number),
                ClipOrder(f"part-{number}", f"Part {number}", "en", effort=Effort(23, "veryfast")),
            ).clip_id
            for number in range(CLIPS)
        ]

        def assembly_of(count: int) -> AssemblyMedia:
            with database.transaction() as session:
                made = assemble(session, vault, [ids[number % CLIPS] for number in range(count)])
                return load_assembly(session, made)

        yield assembly_of, store
        database.dispose()


def _film(path: Path, number: int) -> Path:
    """Colour, movement and a tone; each its own."""
    with av.open(str(path), "w") as out:
        video: Any = out.add_stream("libx264", rate=25, options={"preset": "ultrafast", "crf": "20"})
        video.width, video.height, video.pix_fmt = *SIZE, "yuv420p"
        sound: Any = out.add_stream("pcm_s16le", rate=48000, layout="stereo")
        grain = np.random.default_rng(number).integers(0, 40, (SIZE[1], SIZE[0], 3)).astype(np.uint8)
        for index in range(round(SECONDS * 25)):
            picture = np.roll(grain, 4 * index, axis=1)
            picture[200:520, (7 * index) % 900 : (7 * index) % 900 + 300, number % 3] += 150
            out.mux(video.encode(av.VideoFrame.from_ndarray(picture, "rgb24")))
        out.mux(video.encode(None))
        tone = np.sin(2 * np.pi * (220 + 40 * number) * np.arange(round(SECONDS * 48000)) / 48000)
        frame = av.AudioFrame.from_ndarray(np.repeat((tone * 8000).astype(np.int16), 2)[None], "s16", "stereo")
        frame.sample_rate = 48000
        out.mux(sound.encode(frame))
        out.mux(sound.encode(None))
    return path


# -- peers ------------------------------------------------------------------------------------------


def _remux(files: Sequence[Path], out: Path) -> None:
    """`concat -c copy` by the same libraries in this process: every packet moved, shifted in time, into one file."""
    with av.open(str(out), "w", format="mp4") as movie:
        tracks: dict[str, Any] = {}
        start = Fraction(0)
        for path in files:
            with av.open(str(path), "r") as clip:
                for stream in (clip.streams.video[0], clip.streams.audio[0]):
                    if stream.type not in tracks:
                        tracks[stream.type] = movie.add_stream_from_template(stream)
                end = Fraction(0)
                for packet in clip.demux(clip.streams.video[0], clip.streams.audio[0]):
                    if packet.dts is None or packet.pts is None:
                        continue
                    base = packet.time_base
                    end = max(end, (packet.dts + (packet.duration or 0)) * base)
                    shift = round(start / base)
                    packet.dts, packet.pts = packet.dts + shift, packet.pts + shift
                    packet.stream = tracks[packet.stream.type]
                    movie.mux(packet)
            start += end


def _redraw(files: Sequence[Path], out: Path) -> None:
    """Decode, draw the name, encode: as a renderer without ffmpeg's command line would, audio copied."""
    letters = Image.new("L", (480, 80), 0)
    font = ImageFont.truetype(str(FONTS / "NotoSans-Bold.ttf"), 56)
    ImageDraw.Draw(letters).text((10, 4), NAME, 255, font)
    mask = np.asarray(letters)
    with av.open(str(out), "w", format="mp4") as movie:
        video: Any = movie.add_stream("libx264", rate=25, options={"preset": "veryfast", "crf": "23"})
        video.width, video.height, video.pix_fmt = *SIZE, "yuv420p"
        number = 0
        for path in files:
            with av.open(str(path), "r") as clip:
                for frame in clip.decode(video=0):
                    picture = frame.to_ndarray()
                    picture[560:640, 400:880] = np.maximum(picture[560:640, 400:880], mask)
                    drawn = av.VideoFrame.from_ndarray(picture, "yuv420p")
                    drawn.pts, drawn.time_base = number, Fraction(1, 25)
                    number += 1
                    movie.mux(video.encode(drawn))
        movie.mux(video.encode(None))


def _ffmpeg(files: Sequence[Path], *words: str) -> None:
    script = files[0].parent.parent / "concat.txt"
    script.write_text("".join(f"file '{path}'\n" for path in files))
    subprocess.run(["ffmpeg", "-v", "error", "-y", "-f", "concat", "-safe", "0", "-i", str(script), *words], check=True)


def _ffmpeg_concat(files: Sequence[Path], out: Path) -> None:
    _ffmpeg(files, "-c", "copy", str(out))


def _ffmpeg_drawtext(files: Sequence[Path], out: Path) -> None:
    text = f"drawtext=fontfile={FONTS / 'NotoSans-Bold.ttf'}:text='{NAME}':fontsize=56:fontcolor=white:x=400:y=560"
    _ffmpeg(files, "-vf", text, "-c:v", "libx264", "-preset", "veryfast", "-c:a", "copy", str(out))


# -- the clock --------------------------------------------------------------------------------------


def _cpu_each(work: Callable[[], None]) -> float:
    """CPU seconds of one call: the median over batches, caches warm as in a server that has run a minute."""
    work()
    batches = []
    for _ in range(9):
        began = time.process_time()
        for _ in range(100):
            work()
        batches.append((time.process_time() - began) / 100)
    return median(batches)


def _cpu(work: Callable[[], None], *, times: int) -> float:
    """CPU seconds of one call, in this process and in those it waits for."""
    spent = []
    for _ in range(times):
        before = _spent()
        work()
        spent.append(_spent() - before)
    return median(spent)


def _spent() -> float:
    own, children = resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN)
    return own.ru_utime + own.ru_stime + children.ru_utime + children.ru_stime
