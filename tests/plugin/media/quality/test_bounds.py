"""What can't or shouldn't be looked at is refused in one line, before much is done with it."""

from __future__ import annotations

import struct
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from plugin.kernel.errors import BadInput
from plugin.media.quality.examine import examine_file
from plugin.media.quality.report import Verdict
from tests.plugin.media.films import make_film
from tests.plugin.media.test_ingest import BAD


def _no_pictures(path: Path) -> Path:
    """A track of pictures that holds none."""
    with av.open(str(path), "w") as out:
        video = out.add_stream("libx264", rate=25)
        video.width, video.height, video.pix_fmt = 64, 64, "yuv420p"
        sound = out.add_stream("aac", rate=48000, layout="mono")
        frame = av.AudioFrame.from_ndarray(np.zeros((1, 1024), np.float32), "fltp", "mono")
        frame.sample_rate = 48000
        out.mux(sound.encode(frame))
        out.mux(sound.encode(None))
    return path


def _declares_ten_hours(path: Path) -> Path:
    """A header that promises ten hours over half a second of film."""
    data = bytearray(make_film(path, size=(64, 64), seconds=0.48, marks=(), layout=None).read_bytes())
    # Matroska's Duration: its id, its length, a double of milliseconds.
    struct.pack_into(">d", data, data.index(b"\x44\x89\x88") + 3, 36_000_000.0)
    path.write_bytes(data)
    return path


def _of_several_sizes(path: Path) -> Path:
    """Pictures that change their size midway: transport streams may be written one after another."""
    films = [
        make_film(path, size=size, seconds=0.48, marks=(), layout=None).read_bytes()
        for size in ((320, 180), (640, 360))
    ]
    path.write_bytes(b"".join(films))
    return path


HOSTILE = {
    **BAD,
    "no pictures": lambda at: _no_pictures(at / "x.mkv"),
    "ten hours declared": lambda at: _declares_ten_hours(at / "x.mkv"),
    "8K": lambda at: make_film(at / "x.mp4", size=(7680, 4320), rate=1, seconds=1, marks=(), layout=None),
    "several sizes": lambda at: _of_several_sizes(at / "x.ts"),
}


@pytest.mark.parametrize("case", HOSTILE)
def test_it_is_refused_in_one_line(tmp_path: Path, case: str) -> None:
    with pytest.raises(BadInput) as refused:
        examine_file(HOSTILE[case](tmp_path))

    assert str(refused.value)
    assert "\n" not in str(refused.value)


def test_what_a_header_says_is_refused_before_any_picture_is_decoded(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="36000 s long"):
        examine_file(HOSTILE["ten hours declared"](tmp_path))
    with pytest.raises(BadInput, match="7680×4320"):
        examine_file(HOSTILE["8K"](tmp_path))


@pytest.mark.parametrize("given", [{"rate": 240}, {"rate": 12}, {"rate": Fraction(30000, 1001)}, {"layout": "5.1"}])
def test_any_rate_and_any_channels_are_looked_at(tmp_path: Path, given: dict) -> None:
    film = make_film(tmp_path / "x.mkv", size=(160, 90), seconds=0.64, marks=(), **given)

    report = examine_file(film)

    assert report.duration_s == pytest.approx(0.64, abs=0.09)


def test_a_film_without_sound_is_for_a_person_to_decide(tmp_path: Path) -> None:
    report = examine_file(make_film(tmp_path / "x.mkv", size=(1280, 720), seconds=0.64, marks=(), layout=None))

    (finding,) = report.findings
    assert (finding.kind, finding.verdict) == ("silence", Verdict.LOOK)
