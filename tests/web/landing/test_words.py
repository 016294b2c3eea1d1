"""Texts, colours, lengths, marks: what pages are made of."""

from __future__ import annotations

import re
from pathlib import Path

import orjson
import pytest
from hypothesis import given, strategies as st

import web.texts
from web.landing.colour import PAPER_DARK, PAPER_LIGHT, brand_style, contrast
from web.landing.markup import script_json
from web.landing.modules import STATIC, modules
from web.landing.prerender import Holes
from web.landing.words import clock_time, iso_duration, language_name, length, length_between
from web.texts import direction, languages, texts

FOLDER = Path(web.texts.__file__).parent
ROOMS = sorted(file.stem for file in (FOLDER / "en").glob("*.json"))


@pytest.mark.parametrize("room", ROOMS)
def test_every_language_has_every_sentence_with_the_same_holes(room: str) -> None:
    english = orjson.loads((FOLDER / "en" / f"{room}.json").read_bytes())
    for language in sorted(languages() - {"en"}):
        other = orjson.loads((FOLDER / language / f"{room}.json").read_bytes())

        assert other.keys() == english.keys()
        for key, sentence in english.items():
            assert sorted(re.findall(r"{\w+}", other[key])) == sorted(re.findall(r"{\w+}", sentence)), key
            assert other[key].strip()


def test_every_sentence_a_template_names_exists() -> None:
    templates = Path(__file__).parents[3] / "web" / "templates"
    known = texts("en", "landing")

    files = [*(templates / "landing").rglob("*"), *(templates / "ui" / f"{n}.html" for n in ("chapters", "transcript"))]
    named = {name for file in files for name in re.findall(r"\bwords\.(\w+)", file.read_text())}

    assert named
    assert named <= known.keys()


def test_the_nearest_language_speaks() -> None:
    assert texts("es-MX", "landing")["retry"] == "Volver a intentarlo"
    assert texts("tlh", "landing")["retry"] == "Try again"
    assert texts("../en", "landing")["retry"] == "Try again"
    assert (direction("ar-EG"), direction("es")) == ("rtl", "ltr")
    assert language_name("es", "es") == "español"
    assert language_name("xx-nothing", "en") == "xx-nothing"


def test_lengths_read_like_speech() -> None:
    words = texts("en", "landing")

    assert [length(seconds, words) for seconds in (2.2, 39.6, 60, 120, 125)] == [
        "2 seconds",
        "40 seconds",
        "1 minute",
        "2 minutes",
        "2 min 5 s",
    ]
    assert length_between(35, 44, words) == "35–44 seconds"
    assert length_between(70, 90, words) == "About 1 min 20 s"
    assert [iso_duration(seconds) for seconds in (0.1, 40, 60, 65)] == ["PT1S", "PT40S", "PT1M", "PT1M5S"]
    assert [clock_time(seconds) for seconds in (5.9, 65, 3725)] == ["0:05", "1:05", "1:02:05"]


@given(st.from_regex(r"#[0-9a-f]{6}", fullmatch=True))
def test_any_brand_colour_can_be_read(accent: str) -> None:
    light, dark = brand_style(accent).css.split("@media")

    for style, paper in ((light, PAPER_LIGHT), (dark, PAPER_DARK)):
        colours = dict(re.findall(r"--([\w-]+):(#[0-9a-f]{6})", style))
        assert contrast(colours["accent"], colours["accent-ink"]) >= 4.5
        assert contrast(colours["accent-text"], paper) >= 4.5


@given(st.text(), st.text())
def test_a_hole_holds_text_never_markup(one: str, other: str) -> None:
    holes = Holes(["one", "other"])
    page = holes.cut(f'<p>{holes.marks["one"]}</p><a title="{holes.marks["other"]}">{holes.marks["one"]}</a>')

    filled = page.fill(one=one, other=other).decode()

    assert filled.count("<") == 4
    assert filled.count('"') == 2


@given(st.dictionaries(st.text(), st.text()))
def test_json_in_a_page_stays_json_and_cannot_end_its_script(document: dict[str, str]) -> None:
    text = str(script_json(document))

    assert orjson.loads(text) == document
    assert not set(text) & set("<>&")


def test_a_page_names_every_script_file_it_will_need() -> None:
    named = modules("js/landing/main.js")

    assert "/static/js/landing/open.js" in named
    assert "/static/js/player/controls.js" in named
    assert len(named) == len(set(named))
    assert all((STATIC.parent / path.lstrip("/")).is_file() for path in named)
