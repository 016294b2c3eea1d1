"""It says 'facing the screen' and nothing else of a person, wherever it is spoken of; no score or order knows it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from plugin.engagement.score import score_of
from plugin.engagement.words import attention, sentence
from tests.plugin.engagement.visits import DURATION_S

ROOT = Path(__file__).parents[4]
NEVER = re.compile(
    r"emotion|\bmoods?\b|feeling|sentiment|\binterest|\bintent|bored|distract|engross|excite|drows|"
    r"emoci|ánimo|sentimiento|interés|intenci|aburri|distra",
    re.IGNORECASE,
)
SPOKEN = [
    *sorted((ROOT / "plugin/engagement/attention").glob("*.py")),
    *sorted((ROOT / "static/js/attention").glob("*.js")),
    *sorted((ROOT / "web/attention").glob("*.py")),
    *sorted((ROOT / "web/templates/ui").glob("attention*.html")),
    *sorted((ROOT / "web/texts").glob("*/attention.json")),
]
DOCS = [ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").glob("*.md"))]
SUMMARY = {"duration_s": DURATION_S, "coverage_s": 20.0, "who": "person", "confidence": "high"}


@pytest.mark.parametrize("file", SPOKEN, ids=lambda file: str(file.relative_to(ROOT)))
def test_no_word_of_what_nobody_can_see_in_a_face(file: Path) -> None:
    assert NEVER.search(file.read_text("utf-8")) is None


@pytest.mark.parametrize("guide", DOCS, ids=lambda file: file.name)
def test_nor_in_any_paragraph_that_speaks_of_it(guide: Path) -> None:
    for paragraph in re.split(r"\n\s*\n|\n(?=- )", guide.read_text("utf-8")):
        if re.search(r"facing the screen|face the screen|camera", paragraph, re.IGNORECASE):
            assert NEVER.search(paragraph) is None, paragraph


def test_a_score_and_a_sentence_are_the_same_with_it_and_without() -> None:
    with_it = {**SUMMARY, "attention": {"share": 0.1, "seconds": 20, "quality": 1.0}}

    assert score_of(with_it) == score_of(SUMMARY)
    assert sentence(with_it) == sentence(SUMMARY)


@pytest.mark.parametrize(
    ("told", "said"),
    [
        ({"share": 0.82, "seconds": 33, "quality": 0.97}, "Facing the screen 82 % of what played"),
        ({"share": 0.5, "seconds": 9, "quality": 0.4}, "Facing the screen 50 % of what played, judged by 40 % of it"),
        (None, ""),
        ({}, ""),
        ("0.9", ""),
        ({"share": "0.9"}, ""),
    ],
)
def test_the_share_in_words(told: object, said: str) -> None:
    assert attention({**SUMMARY, "attention": told}) == said


def test_no_list_of_people_is_ordered_by_it() -> None:
    for file in [*(ROOT / "connectors").rglob("*.py"), *(ROOT / "web").rglob("*.py"), *(ROOT / "plugin").rglob("*.py")]:
        for line in file.read_text("utf-8").splitlines():
            assert not re.search(r"(order_by|sort).*(attention|AttentionSecond\.score)", line), f"{file.name}: {line}"
