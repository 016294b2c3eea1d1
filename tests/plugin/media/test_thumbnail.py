"""The picture in the mail, with a first name in any script."""

from __future__ import annotations

import hashlib
from io import BytesIO

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st
from PIL import Image

from plugin.media.lettering import FONTS, lettering, shown_name
from plugin.media.thumbnail import Backdrop, animated, cache_key, load_backdrop, make_backdrop, still
from tests.plugin.media.conftest import Studio

LATIN_AND_KIN = ("Ana", "Ngọc Ánh", "Александр", "Ελένη")
OTHERS = ("محمد", "נועה", "王小明", "さくら", "김민준", "आराध्या", "สมชาย", "የሐንስ", "Anna 王")


@pytest.fixture(scope="module")
def backdrop() -> Backdrop:
    frames = [Image.radial_gradient("L").rotate(30 * turn).convert("RGB").resize((640, 360)) for turn in range(12)]
    return make_backdrop(frames, accent="#e4572e", source="test")


def _opened(data: bytes) -> Image.Image:
    return Image.open(BytesIO(data))


@pytest.mark.parametrize("name", LATIN_AND_KIN + OTHERS)
def test_a_name_is_drawn_in_its_own_script(backdrop: Backdrop, name: str) -> None:
    mask = lettering(name, size=40, width=400)

    assert mask is not None
    assert mask.width > 20
    assert still(backdrop, name).data != still(backdrop, "").data


def _width(name: str) -> int:
    mask = lettering(name, size=40, width=424)
    return mask.width if mask else 0


def test_letters_of_joined_scripts_are_joined() -> None:
    assert 0 < _width("محمد") < 0.8 * _width("م ح م د")


@pytest.mark.parametrize("name", ["", " ", "😀", "\U00012000", "W" * 41, "m" * 40, "\u202e", "王 محمد \U00012000"])
def test_what_no_font_can_draw_is_left_out(backdrop: Backdrop, name: str) -> None:
    assert still(backdrop, name).data == still(backdrop, "").data
    assert animated(backdrop, name).etag == animated(backdrop, "").etag


def test_emoji_and_controls_are_dropped_from_a_name() -> None:
    assert shown_name(" Ana\u202e 😀\n María ") == "Ana María"
    assert shown_name("Ame\u0301lie") == "Amélie"


def test_a_long_name_is_made_smaller_until_it_fits() -> None:
    short, long = "Maximiliana", "Maximiliana Konstantinopolitana"

    assert 0 < _width(long) <= 424
    assert _width(long) / len(long) < 0.8 * _width(short) / len(short)


def test_the_still_is_a_small_jpeg_of_the_promised_size(backdrop: Backdrop) -> None:
    made = still(backdrop, "Ana")

    picture = _opened(made.data)
    assert (picture.format, picture.size, made.media_type) == ("JPEG", (480, 270), "image/jpeg")
    assert len(made.data) < 60_000


def test_the_animation_has_twelve_frames_and_the_first_says_it_all(backdrop: Backdrop) -> None:
    made = animated(backdrop, "Ana")

    picture = _opened(made.data)
    assert (picture.format, picture.size, picture.n_frames) == ("GIF", (480, 270), 12)
    first = np.asarray(picture.convert("RGB")).astype(int)
    assert (first[196:].min(axis=2) > 200).sum() > 200, "the name is white on the band"
    assert abs(first[105, 215] - (228, 87, 46)).max() < 40, "the button has the brand's colour"
    assert len(made.data) < 400_000


def test_equal_pictures_have_equal_tags(backdrop: Backdrop) -> None:
    assert still(backdrop, "Ana").etag == still(backdrop, " Ana 😀").etag != still(backdrop, "Eva").etag
    assert cache_key(backdrop, "Ana", "jpg") != cache_key(backdrop, "Ana", "gif")


def test_a_backdrop_is_made_of_a_clip_once(filled: Studio) -> None:
    clip = filled.assembly("plain-30").clips[0]

    made = load_backdrop(filled.store, clip, accent="#224466")

    assert made is load_backdrop(filled.store, clip, accent="#224466")
    assert made.id != load_backdrop(filled.store, clip, accent="#224466", length_s=61.5).id
    assert made.indexed.shape == (12, 270, 480)


@settings(max_examples=60, deadline=None)
@given(name=st.text(max_size=50))
def test_no_name_breaks_the_picture(backdrop: Backdrop, name: str) -> None:
    assert _opened(still(backdrop, name).data).size == (480, 270)


def test_the_fonts_are_the_listed_ones_and_small() -> None:
    listed = dict(reversed(line.split()) for line in (FONTS / "SHA256SUMS").read_text().splitlines())
    there = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in FONTS.glob("*.ttf")}

    assert there == listed
    assert sum(path.stat().st_size for path in FONTS.glob("*.ttf")) < 6_000_000
