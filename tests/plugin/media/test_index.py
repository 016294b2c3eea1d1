"""A packaged clip is read from its own bytes, and only one that keeps the contract is taken."""

from __future__ import annotations

import struct
from contextlib import suppress

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

from plugin.kernel.errors import BadInput
from plugin.media import library
from plugin.media.bmff import box, find, find_one
from plugin.media.contract import aac_frames, grid_frames, segment_frames
from plugin.media.index import read_index, unpack
from tests.plugin.media.conftest import Studio
from tests.plugin.media.parts import make_index


@pytest.fixture(scope="module")
def packaged(filled: Studio) -> bytes:
    with filled.database.reading() as session:
        key = library.clip_named(session, "plain-30").renditions[0].key
    return filled.store.path(key).read_bytes()


def test_packing_an_index_keeps_everything(packaged: bytes) -> None:
    index = read_index(packaged)

    again = unpack(index.pack())

    assert (again.init, again.segments) == (index.init, index.segments)
    for table in ("video_sizes", "composition", "audio_sizes"):
        assert np.array_equal(getattr(again, table), getattr(index, table))
    assert len(index.pack()) < 2000


def test_the_init_tells_nothing_of_length_or_date(packaged: bytes) -> None:
    init = read_index(packaged).init

    movie = find_one(init, "moov/mvhd")
    assert init[movie.body + 4 : movie.body + 12] == bytes(8)
    assert struct.unpack_from(">I", init, movie.body + 16) == (0,)
    assert not find(init, "moov/trak/edts")
    assert len(find(init, "moov/trak/mdia/minf/stbl/stsd")) == 2


def test_parameter_sets_live_only_in_the_init(packaged: bytes) -> None:
    index = read_index(packaged)
    kinds = set()
    place = 0
    for segment in index.segments:
        at = segment.video_offset
        for size in index.video_sizes[place : place + segment.frames]:
            end = at + int(size)
            while at < end:
                (length,) = struct.unpack_from(">I", packaged, at)
                kinds.add(packaged[at + 4] & 0x1F)
                at += 4 + length
        place += segment.frames

    assert kinds <= {1, 5}


def _with(packaged: bytes, path: str, offset: int, value: bytes) -> bytes:
    """The bytes changed at an offset in the body of the first box of that path."""
    place = find(packaged, path)[0].body + offset
    return packaged[:place] + value + packaged[place + len(value) :]


@pytest.mark.parametrize(
    ("damage", "reason"),
    [
        (lambda data: data[:-1], "claims"),
        (lambda data: data[: len(data) // 2], "claims|not a packaged clip"),
        (lambda data: b"", "not a packaged clip"),
        (lambda data: data + box("free", bytes(8)), "not a packaged clip"),
        (lambda data: _with(data, "moof/traf/tfdt", 4, struct.pack(">Q", 512)), "starts off its time"),
        (lambda data: _with(data, "moof/traf/trun", 0, bytes(4)), "laid out otherwise"),
        (lambda data: _with(data, "moof/traf/trun", 12, struct.pack(">I", 7)), "don't fill"),
        (lambda data: _with(data, "moof/traf/trun", 16, b"\x01\x01\x00\x00"), "key picture"),
    ],
)
def test_a_package_that_breaks_the_contract_is_refused(packaged: bytes, damage, reason: str) -> None:
    with pytest.raises(BadInput, match=reason):
        read_index(damage(packaged))


@settings(max_examples=200, deadline=None)
@given(data=st.data())
def test_no_damage_gets_anything_but_a_refusal(packaged: bytes, data: st.DataObject) -> None:
    place = data.draw(st.integers(0, 3000))
    value = data.draw(st.binary(min_size=1, max_size=8))

    # Some bytes may be anything (a brand, a sample), so nothing at all is an answer too.
    with suppress(BadInput):
        read_index(packaged[:place] + value + packaged[place + len(value) :])


@given(seconds=st.floats(0.01, 600))
def test_lengths_are_rounded_up_to_the_grid(seconds: float) -> None:
    frames = grid_frames(seconds)

    assert frames % 8 == 0
    assert frames / 25 >= seconds - 1e-4
    assert frames / 25 - seconds < 0.32 + 1e-4


@given(grids=st.integers(1, 2000))
def test_segments_are_whole_gops_and_short_tails_join(grids: int) -> None:
    parts = segment_frames(grids * 8)

    assert sum(parts) == grids * 8
    assert all(part % 48 == 0 for part in parts[:-1])
    assert parts[-1] >= 24 or len(parts) == 1
    assert max(parts) <= 64
    assert sum(map(aac_frames, parts)) == aac_frames(grids * 8)


def test_rates_are_those_of_whole_segments() -> None:
    index = make_index(104)

    assert index.peak_bps >= index.average_bps
    assert index.average_bps == round(8 * (index.size - len(index.init)) / 4.16)
