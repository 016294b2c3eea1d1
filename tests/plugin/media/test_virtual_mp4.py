"""The virtual MP4: one real film to a decoder, byte for byte the same however it is asked for."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

from plugin.kernel.errors import BadInput
from plugin.media.assembly import RenditionMedia
from plugin.media.bmff import find_one, u32
from plugin.media.virtual_mp4 import VirtualMp4, virtual_mp4
from tests.plugin.media.conftest import Studio
from tests.plugin.media.films import marks_in
from tests.plugin.media.parts import make_part

ORDER = ("plain-30", "mute", "wide-24", "plain-30", "fast-60")


@pytest.fixture(scope="module")
def film(filled: Studio) -> tuple[VirtualMp4, bytes]:
    virtual = virtual_mp4(filled.assembly(*ORDER).rendition("360p"))
    return virtual, virtual.read(filled.store, 0, virtual.size)


def test_it_decodes_whole_and_nothing_drifts_at_the_seams(filled: Studio, film: tuple, tmp_path: Path) -> None:
    path = tmp_path / "whole.mp4"
    path.write_bytes(film[1])
    timeline = filled.assembly(*ORDER).timeline

    flashes, beeps, pictures = marks_in(path)

    starts = timeline.starts_s
    heard = [starts[0] + 0.4, starts[0] + 1.4, starts[2] + 0.4, starts[3] + 0.4, starts[3] + 1.4, starts[4] + 0.4]
    assert pictures == sum(clip.frames for clip in timeline.clips)
    assert beeps == pytest.approx(heard, abs=0.003)
    # The mute clip flashes too. A mark may fall between two of the 25 pictures a second; that is the grid, not drift.
    assert flashes == pytest.approx(sorted([*heard, starts[1] + 0.4]), abs=0.0401)
    assert starts[3] == pytest.approx(flashes[4] - flashes[0])


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_any_range_is_that_slice_of_the_whole(filled: Studio, film: tuple, data: st.DataObject) -> None:
    virtual, whole = film
    start = data.draw(st.integers(0, len(whole)))
    end = data.draw(st.integers(start, len(whole) + 10))

    assert virtual.read(filled.store, start, end) == whole[start:end]


def test_its_size_is_known_without_reading(film: tuple) -> None:
    virtual, whole = film

    assert virtual.size == len(whole) == sum(piece.length for piece in virtual.pieces)


def test_boxes_end_where_the_file_ends(film: tuple) -> None:
    mdat = find_one(film[1], "mdat")

    assert mdat.end == len(film[1])


def test_the_tag_names_the_clip_set_and_nothing_else(filled: Studio) -> None:
    one = virtual_mp4(filled.assembly("plain-30", "mute").rendition("360p"))
    same = virtual_mp4(filled.assembly("plain-30", "mute").rendition("360p"))
    turned = virtual_mp4(filled.assembly("mute", "plain-30").rendition("360p"))

    assert one.etag == same.etag != turned.etag
    assert '"' not in one.etag


def test_clips_of_two_kinds_don_t_share_a_file() -> None:
    with pytest.raises(BadInput):
        virtual_mp4([make_part("360p", 48), make_part("360p", 48, init="b" * 64)])


def test_past_four_gigabytes_offsets_are_64_bits_wide(filled: Studio) -> None:
    part = filled.assembly("plain-30").rendition("360p")[0]

    virtual = virtual_mp4([_swollen(part)] * 3)

    head = virtual.pieces[0].data
    assert head is not None
    assert head[-16:-8] == b"\x00\x00\x00\x01mdat"
    assert b"co64" in head
    assert b"stco" not in head
    tables = head[head.index(b"co64") :]
    first = int.from_bytes(tables[12:20], "big")
    count = u32(tables, 8)
    last = int.from_bytes(tables[12 + 8 * (count - 1) : 20 + 8 * (count - 1)], "big")
    assert first >= len(head)
    assert 0xFFFFFFFF < last < virtual.size


def _swollen(part: RenditionMedia) -> RenditionMedia:
    """The same clip as if its last segment were 3 GB longer."""
    last = part.index.segments[-1]
    segments = (*part.index.segments[:-1], replace(last, size=last.size + (3 << 30)))
    return replace(part, index=replace(part.index, segments=segments))
