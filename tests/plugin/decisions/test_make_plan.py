"""One person's plan, whatever is known of them."""

from __future__ import annotations

import json
import re
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings, strategies as st

from plugin.decisions.plan import Plan
from plugin.fields.read import read_fields
from tests.plugin.campaigns.boards import GOLD, both, make_board, make_choice, make_number, make_scene, make_text
from tests.plugin.decisions.stories import make_story, plan_for
from tests.plugin.fields.test_read import GARBAGE

GOLDEN = Path(__file__).with_name("golden") / "gold_es.json"
ADA = {
    "first_name": "Ada",
    "language": "es",
    "tier": "Gold",
    "points": "12480",
    "renewal_price": 39.5,
    "member_since": "2018-04-02",
}
STORY = make_story()


def test_a_gold_member_reads_the_golden_plan() -> None:
    """After a wanted change, delete the file and run this once: it is written anew, for you to look at."""
    plan = json.loads(json.dumps(asdict(plan_for(STORY, **ADA)), default=_plain))
    if not GOLDEN.exists():
        GOLDEN.write_text(json.dumps(plan, indent=1, ensure_ascii=False) + "\n")

    assert plan == json.loads(GOLDEN.read_text())


def test_each_person_gets_their_own_video() -> None:
    new = plan_for(STORY, first_name="Ben", points=10)

    assert [scene.clip_id for scene in new.scenes] == ["id-hello-en", "id-standard-en"]
    assert new.greeting == "Hi Ben, this was your year"
    assert [overlay.text for overlay in new.overlays] == ["Hi Ben,", "10"]
    assert [cta.id for cta in new.ctas] == ["book"]


def test_nothing_known_means_fallbacks_and_no_gaps() -> None:
    nobody = plan_for(STORY)

    assert nobody.greeting == "This was your year"
    assert [overlay.text for overlay in nobody.overlays] == ["Hello"]
    assert [line.text for line in nobody.transcript] == ["This is hello-en.", "Hello", "This is standard-en."]


def test_scenes_start_on_whole_frames() -> None:
    story = make_story(make_board(scenes=[make_scene(f"s{at}") for at in range(40)], ctas=[]), s0=8)

    starts = [scene.start_s for scene in plan_for(story).scenes]

    assert starts == [0.0] + [(8 + 80 * at) / 25 for at in range(39)]


def test_an_overlay_stays_within_its_scene_and_shows_in_the_transcript() -> None:
    overlay = make_text("late", from_s=1.0, to_s=30)
    story = make_story(make_board(scenes=[make_scene("a"), make_scene("b", overlays=[overlay])], ctas=[]))

    plan = plan_for(story)

    (drawn,) = plan.overlays
    assert (drawn.id, drawn.from_s, drawn.to_s) == ("b.late", pytest.approx(4.2), 6.4)
    assert [(line.kind, line.scene_id) for line in plan.transcript] == [
        ("speech", "a"),
        ("speech", "b"),
        ("overlay", "b"),
    ]


def test_a_number_is_told_as_it_is_drawn() -> None:
    overlay = make_number(field="renewal", decimals=2)
    story = make_story(make_board(scenes=[make_scene("a", overlays=[overlay])], ctas=[]))

    (drawn,) = plan_for(story, "es", renewal_price="1250.5").overlays

    assert drawn.text == "1250,50\xa0€"
    assert drawn.spoken == "Ya tiene 1250,50\xa0€"
    assert (drawn.number, drawn.decimals, drawn.currency) == (1250.5, 2, "EUR")


def test_a_button_runs_with_its_scene_and_only_below_without_it() -> None:
    cta = {"id": "x", "label": both("X"), "url": "https://x.example/", "scene": "long", "from_s": 1}
    story = make_story(
        make_board(scenes=[make_scene("a"), make_scene("long", make_choice("l", GOLD), optional=True)], ctas=[cta])
    )

    (gold,) = plan_for(story, tier="Gold").ctas
    (other,) = plan_for(story).ctas

    assert (gold.from_s, gold.to_s) == (4.2, 6.4)
    assert (other.from_s, other.to_s) == (None, None)


def test_the_label_is_the_strongest_of_the_clips() -> None:
    plan = plan_for(STORY)

    assert plan.disclosure.role == "generated"
    assert plan.disclosure.source_type == "CompositeWithTrainedAlgorithmicMediaDigitalSource"
    assert [scene.ai.role for scene in plan.scenes] == ["generated", "none"]


def test_a_scene_says_why_and_the_plan_what_was_looked_at() -> None:
    plan = plan_for(STORY, first_name="Ben")

    offer = plan.scenes[1].reason
    assert (offer.because, offer.choice, offer.fields) == ("Because of standard", "standard", ("tier",))
    used = {field.name: (field.known, field.used_fallback) for field in plan.fields}
    assert used == {
        "language": (False, False),
        "tier": (False, True),
        "since": (False, False),
        "first_name": (True, False),
        "points": (False, False),
    }


def test_a_verified_field_never_shows_to_a_link() -> None:
    fields = [
        field.model_dump() | ({"tier": "verified"} if field.name == "renewal" else {}) for field in make_board().fields
    ]
    story = make_story(make_board(fields=fields))

    plan = plan_for(story, **ADA)

    assert "39" not in json.dumps(asdict(plan), default=_plain)
    assert "contact.renewal_price" not in story.paths


def test_a_name_against_the_reading_direction_keeps_the_comma_in_place() -> None:
    assert plan_for(STORY, first_name="عمر").greeting == "Hi \u2068عمر\u2069, this was your year"


NAMES = ["first_name", "language", "tier", "points", "renewal_price", "member_since", "subscribed"]
RECORDS = st.dictionaries(
    st.sampled_from(NAMES), GARBAGE | st.sampled_from([*ADA.values(), "{{first_name}}", "[Name]"])
)


@settings(deadline=None, max_examples=300)
@given(RECORDS, st.sampled_from([None, "en", "es", "xx"]))
def test_any_record_makes_a_plan_fit_to_be_seen(record: dict[str, Any], language: str | None) -> None:
    plan = plan_for(STORY, language, **record)

    assert_fit_to_be_seen(plan)
    assert plan == plan_for(STORY, language, **record)


def assert_fit_to_be_seen(plan: Plan) -> None:
    said = [plan.greeting, *(overlay.text for overlay in plan.overlays), *(line.text for line in plan.transcript)]
    for text in said:
        assert text.strip()
        assert "{{" not in text
        assert not re.search(r"\bHi\s*,|\bHola,?\s*:", text)
        text.encode()
    ends = [scene.start_s + scene.duration_s for scene in plan.scenes]
    assert [0.0, *ends] == pytest.approx([*(scene.start_s for scene in plan.scenes), plan.duration_s])
    by_id = {scene.id: scene for scene in plan.scenes}
    for overlay in plan.overlays:
        scene = by_id[overlay.id.partition(".")[0]]
        assert scene.start_s <= overlay.from_s < overlay.to_s <= scene.start_s + scene.duration_s + 1e-9
    starts = [line.start_s for line in plan.transcript]
    assert starts == sorted(starts)
    assert all(0 <= line.start_s <= line.end_s <= plan.duration_s + 1e-9 for line in plan.transcript)
    drawn = [line.text for line in plan.transcript if line.kind == "overlay"]
    assert sorted(drawn) == sorted(overlay.spoken for overlay in plan.overlays)


def test_a_story_whose_clips_are_gone_still_makes_a_plan() -> None:
    story = make_story()
    bare = type(story)(story.version_id, story.campaign_id, 1, story.storyboard, {}, story.derived)

    plan = plan_for(bare, **ADA)

    assert plan.scenes == ()
    assert read_fields((), {}).held == {}


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else value.model_dump()
