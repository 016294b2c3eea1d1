"""What is wrong with a storyboard, and where."""

from __future__ import annotations

import json
from contextlib import suppress
from itertools import product
from typing import Any

import pytest
from hypothesis import given, settings, strategies as st

from plugin.campaigns.choose import choose
from plugin.campaigns.combine import combinations, count, durations_s, groups
from plugin.campaigns.lint import lint
from plugin.campaigns.parse import StoryboardRefused, parse
from plugin.campaigns.storyboard import Storyboard
from plugin.fields.read import read_fields
from tests.plugin.campaigns.boards import (
    FIELDS,
    GOLD,
    clips_for,
    make_board,
    make_choice,
    make_clip_media,
    make_document,
    make_scene,
    make_text,
)

POINTS = {"field": "points", "op": "gte", "value": 100}


def faults(document: dict[str, Any], **frames: int) -> dict[str, str]:
    """Path → message of each error, with every clip the document calls for at hand."""
    board = Storyboard.model_validate(document)
    return {found.path: found.message for found in lint(board, clips_for(board, **frames)) if not found.warning}


def warnings(document: dict[str, Any]) -> dict[str, str]:
    board = Storyboard.model_validate(document)
    return {found.path: found.message for found in lint(board, clips_for(board)) if found.warning}


def changed(path: str, value: Any) -> dict[str, Any]:
    """The document with the thing at `scenes.1.choices.0.when` replaced."""
    document = json.loads(json.dumps(make_document()))
    *way, last = [int(part) if part.isdigit() else part for part in path.split(".")]
    place: Any = document
    for part in way:
        place = place[part]
    place[last] = value
    return document


def scenes(*made: dict[str, Any]) -> dict[str, Any]:
    return make_document(scenes=list(made), ctas=[])


def test_a_good_storyboard_has_no_defect() -> None:
    assert lint(make_board(), clips_for(make_board())) == []


# -- words --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "value", "fault"),
    [
        ("title.es", None, "title"),
        ("title.en", "For {{first_name}}", "title.en"),
        ("scenes.0.title.en", "For {{first_name}}", "scenes[0].title.en"),
        ("scenes.1.choices.0.because.en", "You have {{points}}", "scenes[1].choices[0].because.en"),
        ("ctas.0.label.en", "Use {{points}}", "ctas[0].label.en"),
        ("greeting.en", "Hi {{surname}}", "greeting.en"),
        ("greeting.en", "Hi {{First Name}}", "greeting.en"),
        ("greeting.en", "Hi {first_name}", "greeting.en"),
        ("greeting.en", "Hi\x00", "greeting.en"),
        ("fields.0.label", "Name\x1b", "fields[0].label"),
        ("greeting_otherwise.en", "Hi {{first_name}}", "greeting_otherwise.en"),
        ("scenes.0.overlays.0.otherwise", None, "scenes[0].overlays[0].text.en"),
        ("scenes.0.overlays.0.otherwise.en", "Hi {{first_name}}", "scenes[0].overlays[0].otherwise.en"),
        ("scenes.0.overlays.0.text.en", "{{subscribed}}", "scenes[0].overlays[0].text.en"),
        ("scenes.1.overlays.0.caption.en", "Many points", "scenes[1].overlays[0].caption.en"),
        ("scenes.1.overlays.0.field", "tier", "scenes[1].overlays[0].field"),
        ("scenes.1.overlays.0.field", "nobody", "scenes[1].overlays[0].field"),
        ("language_field", "nobody", "language_field"),
        ("language_field", "points", "language_field"),
        ("scenes.0.overlays.0.to_s", 9.0, "scenes[0].overlays[0].to_s"),
        ("scenes.0.overlays.0.from_s", 3.0, "scenes[0].overlays[0].to_s"),
        ("scenes.0.overlays.0.box.x", 0.9, "scenes[0].overlays[0].box"),
        ("ctas.0.scene", "nowhere", "ctas[0].scene"),
        ("ctas.0.from_s", 20.0, "ctas[0].from_s"),
        ("ctas.0.to_s", 20.0, "ctas[0].to_s"),
        ("ctas.1.id", "book", "ctas[1].id"),
        ("scenes.2.id", "hello", "scenes[2].id"),
        ("scenes.1.choices.1.id", "gold", "scenes[1].choices[1].id"),
        ("scenes.1.choices.0.overlays.0.id", "balance", "scenes[1].choices[0].overlays[0].id"),
        ("languages", ["en", "es", "en"], "languages[2]"),
        ("languages", ["en", "es", "fr"], "title"),
        ("scenes.1.choices.0.when.field", "nobody", "scenes[1].choices[0].when.field"),
        ("scenes.1.choices.0.when.value", "Platinum", "scenes[1].choices[0].when.value"),
        ("scenes.1.choices.0.when.value", None, "scenes[1].choices[0].when.value"),
        ("scenes.1.choices.0.when.op", "gt", "scenes[1].choices[0].when.op"),
        ("scenes.1.choices.0.when.op", "in", "scenes[1].choices[0].when.value"),
        ("scenes.1.choices.0.when.op", "known", "scenes[1].choices[0].when.value"),
        ("scenes.2.choices.0.when.value", "last year", "scenes[2].choices[0].when.value"),
        ("scenes.2.choices.0.when.value", 2020, "scenes[2].choices[0].when.value"),
        ("fields.3.fallback", "lots", "fields[3].fallback"),
        ("fields.0.fallback", "{{name}}", "fields[0].fallback"),
        ("fields.2.choices", [], "fields[2].choices"),
        ("fields.4.currency", None, "fields[4].currency"),
        ("fields.1.name", "first_name", "fields[1].name"),
        ("fields.0.label", {"en": "Name"}, "fields[0].label"),
        ("fields.0.tier", "verified", "greeting.en"),
        ("brand.logo", "<svg xmlns='http://www.w3.org/2000/svg'><script>1</script></svg>", "brand.logo"),
    ],
)
def test_a_fault_is_found_at_its_path(path: str, value: Any, fault: str) -> None:
    document = changed(path, value)
    if value is None and path == "title.es":
        del document["title"]["es"]

    assert fault in faults(document)


# -- clips --------------------------------------------------------------------


def test_a_missing_clip_is_named() -> None:
    board = make_board()
    clips = clips_for(board)
    del clips["gold-es"]

    assert [(found.path, found.message) for found in lint(board, clips)] == [
        ("scenes[1].choices[0].clips.es", "no clip is named 'gold-es', or it was withdrawn")
    ]


def test_a_clip_in_another_language_is_refused() -> None:
    board = make_board()
    clips = clips_for(board) | {"gold-es": make_clip_media("gold-es", "en")}

    assert [found.path for found in lint(board, clips)] == ["scenes[1].choices[0].clips.es"]


def test_a_regional_clip_speaks_its_language() -> None:
    board = make_board()

    assert lint(board, clips_for(board) | {"gold-es": make_clip_media("gold-es", "es-MX")}) == []


def test_an_overlay_must_end_before_its_shortest_clip() -> None:
    assert faults(make_document(), gold=48) == {
        "scenes[1].overlays[0].to_s": "stays until 3 s; the shortest clip ends at 1.92 s",
        "scenes[1].choices[0].overlays[0].to_s": "stays until 3 s; the shortest clip ends at 1.92 s",
    }


def test_clips_that_can_not_be_joined_are_named() -> None:
    board = make_board()
    clips = clips_for(board) | {"gold-en": make_clip_media("gold-en", heights=(1080,))}

    assert [found.message for found in lint(board, clips)] == [
        "these clips share no rendition and can't be joined: hello-en, gold-en"
    ]


def test_clips_nobody_gets_together_need_not_join() -> None:
    board = make_board(
        scenes=[
            make_scene("one", make_choice("gold", GOLD), make_choice("other")),
            make_scene("two", make_choice("lounge", GOLD), make_choice("street")),
        ],
        ctas=[],
    )
    tall = {name: make_clip_media(name, name[-2:], heights=(1080,)) for name in ("gold-en", "lounge-en")}

    assert lint(board, clips_for(board) | tall) == []


def test_a_video_has_a_longest_length() -> None:
    assert "scenes" in faults(make_document(), hello=25 * 601)


# -- what can happen ----------------------------------------------------------


@pytest.mark.parametrize(
    ("choices", "path", "why"),
    [
        (
            [make_choice("all"), make_choice("gold", GOLD), make_choice("rest")],
            "scenes[0].choices[1]",
            "an earlier choice without a rule takes everyone",
        ),
        (
            [make_choice("odd", {"all": [GOLD, {"not": GOLD}]}), make_choice("rest")],
            "scenes[0].choices[0]",
            "its rule contradicts itself",
        ),
        (
            [
                make_choice(
                    "odd",
                    {"all": [{"field": "points", "op": "lt", "value": 5}, {"field": "points", "op": "gt", "value": 9}]},
                ),
                make_choice("rest"),
            ],
            "scenes[0].choices[0]",
            "its rule contradicts itself",
        ),
        (
            [make_choice("some", POINTS), make_choice("many", POINTS | {"value": 500}), make_choice("rest")],
            "scenes[0].choices[1]",
            "earlier choices take everyone it is for",
        ),
        (
            [
                make_choice("metal", {"field": "tier", "op": "in", "value": ["Gold", "Silver"]}),
                make_choice("new", {"field": "tier", "op": "eq", "value": "New"}),
                make_choice("rest"),
            ],
            "scenes[0].choices[2]",
            "earlier choices take everyone it is for",
        ),
    ],
)
def test_a_choice_nobody_can_get_is_refused_with_the_reason(choices: list[dict[str, Any]], path: str, why: str) -> None:
    assert faults(scenes(make_scene("one", *choices)))[path] == f"nobody can get it: {why}"


def test_without_a_fallback_the_last_choice_catches_those_who_lack_the_value() -> None:
    low = {"field": "points", "op": "lt", "value": 100}

    assert (
        faults(scenes(make_scene("one", make_choice("many", POINTS), make_choice("few", low), make_choice("x")))) == {}
    )


def test_the_last_choice_is_for_everyone_else() -> None:
    assert list(faults(scenes(make_scene("one", make_choice("gold", GOLD))))) == ["scenes[0].choices[0].when"]


def test_a_storyboard_that_could_be_empty_is_refused() -> None:
    assert "scenes" in faults(scenes(make_scene("one", make_choice("gold", GOLD), optional=True)))


def test_two_optional_scenes_may_make_a_whole() -> None:
    rest = make_scene("rest", make_choice("rest", {"not": GOLD}), optional=True)

    assert faults(scenes(make_scene("one", make_choice("gold", GOLD), optional=True), rest)) == {}


def test_an_overlay_that_is_never_shown_is_refused() -> None:
    overlay = make_text(when={"field": "tier", "op": "eq", "value": "Silver"})

    found = faults(scenes(make_scene("one", make_choice("gold", GOLD, overlays=[overlay]), make_choice("rest"))))

    assert found == {"scenes[0].choices[0].overlays[0].when": "is never true where it stands"}


def test_a_button_that_never_shows_is_refused() -> None:
    assert "ctas[1].when" in faults(changed("ctas.1.when", {"all": [GOLD, {"not": GOLD}]}))


def test_rules_about_money_and_persons_are_warned_of() -> None:
    document = changed("scenes.1.choices.0.when", {"field": "renewal", "op": "gt", "value": 10})

    assert "never set a price" in warnings(document)["scenes[1].choices[0].when"]


def test_rules_too_tangled_to_check_are_refused() -> None:
    fields = FIELDS + [
        {"name": f"n{at}", "source": f"contact.n{at}", "type": "number", "label": "N", "purpose": "N"}
        for at in range(8)
    ]
    tangled = {
        "all": [{"field": f"n{at}", "op": "in", "value": [1, 3, 5, 7]} for at in range(8)],
    }
    document = make_document(
        fields=fields, scenes=[make_scene("one", make_choice("a", tangled), make_choice("b"))], ctas=[]
    )

    assert list(faults(document)) == ["scenes[0]"]


# -- combinations -------------------------------------------------------------


def test_scenes_on_the_same_field_go_together() -> None:
    board = make_board(
        scenes=[
            make_scene("one", make_choice("gold", GOLD), make_choice("other")),
            make_scene("two", make_choice("lounge", GOLD), make_choice("street")),
            make_scene("three", make_choice("rich", POINTS), make_choice("poor")),
        ],
        ctas=[],
    )
    together = groups(board)

    assert count(together) == 4
    assert {tuple(choice.id for choice in choices) for choices in combinations(together)} == {
        ("gold", "lounge", "rich"),
        ("gold", "lounge", "poor"),
        ("other", "street", "rich"),
        ("other", "street", "poor"),
    }


def test_the_shortest_and_the_longest_video_are_told() -> None:
    board = make_board()
    lengths = {name: clip.facts.duration_s for name, clip in clips_for(board, gold=160, long=40).items()}

    assert durations_s(board, lengths) == {"en": [6.4, 11.2], "es": [6.4, 11.2]}


VALUES = st.sampled_from([None, "Gold", "Silver", "New", "", 0, 99, 100, 101, "100", 10**9, "x", True])
COMPARES = st.one_of(
    st.builds(lambda value: {"field": "tier", "op": "eq", "value": value}, st.sampled_from(["Gold", "Silver", "New"])),
    st.builds(
        lambda op, value: {"field": "points", "op": op, "value": value},
        st.sampled_from(["eq", "ne", "gt", "gte", "lt", "lte"]),
        st.sampled_from([0, 99, 100]),
    ),
    st.builds(
        lambda name, op: {"field": name, "op": op},
        st.sampled_from(["tier", "points"]),
        st.sampled_from(["known", "unknown"]),
    ),
)
RULES = st.recursive(
    COMPARES,
    lambda inner: st.one_of(
        st.builds(lambda parts: {"all": parts}, st.lists(inner, min_size=1, max_size=3)),
        st.builds(lambda parts: {"any": parts}, st.lists(inner, min_size=1, max_size=3)),
        st.builds(lambda part: {"not": part}, inner),
    ),
    max_leaves=4,
)


@settings(deadline=None)
@given(st.lists(RULES, min_size=1, max_size=3), VALUES, VALUES)
def test_no_person_gets_a_video_that_was_not_foreseen(
    rules: list[dict[str, Any]], tier: object, points: object
) -> None:
    board = make_board(
        scenes=[
            make_scene(f"s{at}", make_choice(f"yes{at}", rule), make_choice(f"no{at}")) for at, rule in enumerate(rules)
        ],
        ctas=[],
    )
    foreseen = {tuple(choice.id for choice in choices) for choices in combinations(groups(board))}

    person = read_fields(board.fields, {"contact.tier": tier, "contact.points": points})

    assert tuple(chosen.choice.id for chosen in choose(board, person)) in foreseen


@settings(deadline=None)
@given(st.lists(RULES, min_size=1, max_size=3))
def test_a_choice_called_unreachable_is_taken_by_no_value_at_all(rules: list[dict[str, Any]]) -> None:
    choices = [make_choice(f"c{at}", rule) for at, rule in enumerate(rules)]
    document = scenes(make_scene("one", *choices, make_choice("rest")))
    board = Storyboard.model_validate(document)
    called = {path for path, message in faults(document).items() if "nobody can get it" in message}

    tiers, points = [None, "Gold", "Silver", "New"], [None, *range(-2, 104), 0.5, 99.5]
    taken = {
        choose(board, read_fields(board.fields, {"contact.tier": tier, "contact.points": held}))[0].choice.id
        for tier, held in product(tiers, points)
    }

    assert called == {
        f"scenes[0].choices[{at}]" for at, choice in enumerate(board.scenes[0].choices) if choice.id not in taken
    }


# -- documents anyone may have written ----------------------------------------


@pytest.mark.parametrize(
    ("path", "value", "fault"),
    [
        ("scenes.1.choices.0.when.op", "like", "scenes[1].choices[0].when.op"),
        ("scenes.1.choices.0.when", {"all": []}, "scenes[1].choices[0].when.all"),
        ("scenes.1.choices.0.when", {"not": {"any": [{"op": "eq"}]}}, "scenes[1].choices[0].when.not.any[0].field"),
        ("scenes.0.overlays.0.kind", "video", "scenes[0].overlays[0]"),
        ("scenes.0.overlays.0.from_s", -1, "scenes[0].overlays[0].from_s"),
        ("scenes.0.extra", 1, "scenes[0].extra"),
        ("title", {"English": "Hi"}, "title.English"),
        ("title.en", "Name\ud800", "title.en"),
        ("ctas.0.url", "http://alder.example", "ctas[0].url"),
        ("ctas.0.url", "https://alder.example/{{first_name}}", "ctas[0].url"),
        ("brand.accent", "green", "brand.accent"),
        ("schema_version", 2, "schema_version"),
    ],
)
def test_a_malformed_document_is_refused_at_its_path(path: str, value: Any, fault: str) -> None:
    with pytest.raises(StoryboardRefused) as refused:
        parse(changed(path, value))

    assert [defect.path for defect in refused.value.defects] == [fault]


def test_a_document_without_end_is_refused() -> None:
    rule: dict[str, Any] = GOLD
    for _ in range(900):
        rule = {"not": rule}

    with pytest.raises(StoryboardRefused):
        parse(changed("scenes.1.choices.0.when", rule))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
)


@settings(deadline=None)
@given(st.sampled_from(list(make_document())), JSON)
def test_any_document_is_a_storyboard_or_refused(key: str, value: Any) -> None:
    with suppress(StoryboardRefused):
        board = parse(make_document() | {key: value})
        lint(board, clips_for(board))
