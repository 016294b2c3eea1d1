"""Pictures come out upright and at their true brightness, whatever the file holds them as."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from av.filter import Graph

from plugin.media.probe import _TURNS
from plugin.media.quality.examine import examine_file
from plugin.media.quality.frames import halved, smaller, upright
from tests.plugin.media.films import make_film


@pytest.mark.parametrize("turn", sorted({turn for turn, _ in _TURNS.values()}))
def test_a_picture_is_turned_as_ffmpeg_turns_it(turn: str) -> None:
    image = np.random.default_rng(1).integers(0, 255, (6, 10, 3)).astype(np.uint8)
    graph = Graph()
    source: Any = graph.add_buffer(width=10, height=6, format="rgb24", time_base="1/25")
    last = source
    for step in turn.split(","):
        name, _, given = step.partition("=")
        following = graph.add(name, given or None)
        last.link_to(following)
        last = following
    sink: Any = graph.add("buffersink")
    last.link_to(sink)
    graph.configure()
    source.push(av.VideoFrame.from_ndarray(image, "rgb24"))

    assert np.array_equal(upright(image, turn), sink.pull().to_ndarray(format="rgb24"))


def test_a_picture_is_halved_until_it_has_400_lines_or_fewer() -> None:
    picture = np.random.default_rng(1).integers(0, 255, (1080, 1920)).astype(np.uint8)

    assert smaller(picture).shape == (270, 480)
    assert smaller(picture[:400]).shape == (400, 1920)
    assert float(halved(picture).mean()) == pytest.approx(float(picture.mean()), abs=0.6)


FORMATS = {
    "ten bits": ("libx264", "yuv422p10le"),
    "RGB": ("ffv1", "bgr0"),
    "full range": ("mjpeg", "yuvj420p"),
    "grey": ("ffv1", "gray"),
    "full colour": ("ffv1", "yuv444p"),
}


@pytest.mark.parametrize("name", FORMATS)
def test_black_is_black_in_every_format(tmp_path: Path, name: str) -> None:
    codec, pixels = FORMATS[name]
    path = tmp_path / "x.mkv"
    with av.open(str(path), "w") as out:
        video: Any = out.add_stream(codec, rate=25)
        video.width, video.height, video.pix_fmt = 320, 180, pixels
        for number in range(30):
            picture = np.random.default_rng(number).integers(120, 200, (180, 320, 3)).astype(np.uint8)
            picture *= np.uint8(number >= 15)
            out.mux(video.encode(av.VideoFrame.from_ndarray(picture, "rgb24").reformat(format=pixels)))
        out.mux(video.encode(None))

    found = {finding.kind: finding for finding in examine_file(path).findings}

    assert (found["black"].start_s, found["black"].end_s) == (0.0, 0.6)
    assert "freeze" not in found


def test_an_upright_film_is_looked_at_as_it_is_shown(tmp_path: Path) -> None:
    film = make_film(tmp_path / "x.mp4", size=(1280, 720), seconds=0.48, marks=(), rotated=90)

    report = examine_file(film, show=True, presenter=True)

    assert (report.width, report.height) == (720, 1280)
    assert report.frames
