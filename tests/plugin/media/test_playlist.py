"""Playlists, compared with golden files; and what they promise of any plan."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given, settings, strategies as st

from plugin.kernel.errors import BadInput, NotFound
from plugin.media.playlist import media_playlist, multivariant
from tests.plugin.media.parts import make_assembly, make_clip, make_part

GOLDEN = Path(__file__).parent / "golden"
STORY = make_assembly(make_clip(1, 104), make_clip(2, 48, ("360p", "720p", "1080p")), make_clip(3, 200))


def test_the_multivariant_playlist_is_the_golden_one() -> None:
    text = multivariant(STORY, lambda name: f"/m/assembly/{name}.m3u8")

    assert text == (GOLDEN / "multivariant.m3u8").read_text()


def test_a_media_playlist_is_the_golden_one() -> None:
    text = media_playlist(STORY.rendition("720p"), lambda key: f"/clips/grant/{key}")

    assert text == (GOLDEN / "media-720p.m3u8").read_text()


def test_only_renditions_every_clip_has_are_offered() -> None:
    assert STORY.common() == ("360p", "720p")
    with pytest.raises(NotFound):
        STORY.rendition("1080p")


def test_a_rendition_with_another_init_is_not_offered() -> None:
    odd = make_clip(2, 48)
    mixed = make_assembly(
        make_clip(1, 48), type(odd)(odd.facts, {**odd.renditions, "720p": make_part("720p", 48, init="b" * 64)})
    )

    assert mixed.common() == ("360p",)


def test_clips_without_a_common_rendition_make_no_playlist() -> None:
    with pytest.raises(BadInput):
        multivariant(make_assembly(make_clip(1, 48, ("360p",)), make_clip(2, 48, ("720p",))), str)


def test_each_clip_is_signed_once() -> None:
    asked: list[str] = []

    media_playlist(STORY.rendition("360p"), lambda key: asked.append(key) or key)  # type: ignore[func-returns-value]

    assert asked == [part.key for part in STORY.rendition("360p")]


@settings(max_examples=40, deadline=None)
@given(lengths=st.lists(st.integers(1, 60).map(lambda grids: grids * 8), min_size=1, max_size=8))
def test_byte_ranges_tile_each_clip_and_durations_add_up(lengths: list[int]) -> None:
    parts = [make_part("360p", frames, clip=number) for number, frames in enumerate(lengths, start=1)]

    text = media_playlist(parts, str)

    ranges = [tuple(map(int, found)) for found in re.findall(r"EXT-X-BYTERANGE:(\d+)@(\d+)", text)]
    durations = [float(found) for found in re.findall(r"EXTINF:([\d.]+),", text)]
    target = int(re.findall(r"TARGETDURATION:(\d+)", text)[0])
    assert sum(durations) == pytest.approx(sum(lengths) / 25)
    assert max(durations) <= target <= 3
    assert sum(size for size, _ in ranges) == sum(part.size - len(part.index.init) for part in parts)
    assert text.count("#EXT-X-DISCONTINUITY\n") == len(parts) - 1
    assert text.count("#EXT-X-MAP:") == len(parts)
