"""'Why this?', in the viewer's words."""

from __future__ import annotations

from datetime import datetime, timedelta

from plugin.decisions.plan import OpenedVideo, Plan
from plugin.decisions.why import why
from tests.conftest import NOW
from tests.plugin.decisions.stories import make_story, plan_for

STORY = make_story()


def opened(plan: Plan, read_at: datetime | None = NOW, *, live: bool = True) -> OpenedVideo:
    return OpenedVideo("open", "campaign", "recipient", plan, read_at, live, "version")


def test_each_scene_tells_its_rule_and_what_it_looked_at() -> None:
    view = why(STORY, opened(plan_for(STORY, tier="Gold")), now=NOW)

    assert [(scene.title, scene.rule, scene.fields) for scene in view.scenes] == [
        ("Hello", "the same for everyone", ()),
        ("Offer", "Membership is Gold", ("Membership",)),
    ]
    assert view.scenes[1].because == "Because of gold"
    assert view.contact == "care@alder.example"


def test_it_speaks_the_plans_language() -> None:
    view = why(STORY, opened(plan_for(STORY, language="es")), now=NOW)

    assert view.scenes[1].rule == "para todos los demás"
    assert {field.label: field.state for field in view.fields}["Membresía"] == (
        "no consta, así que se usa un valor general"
    )
    assert view.read == "Leído de su ficha ahora mismo."


def test_the_age_of_the_values_is_told() -> None:
    plan = plan_for(STORY)

    assert why(STORY, opened(plan, NOW - timedelta(hours=3), live=False), now=NOW).read == (
        "Read from your record 3 hours ago."
    )
    assert why(STORY, opened(plan, None, live=False), now=NOW).read.startswith("Nothing was read about you")
    assert why(STORY, opened(plan, None, live=True), now=NOW).read.startswith("There is no record of you any more")


def test_no_value_of_the_person_is_told() -> None:
    view = why(STORY, opened(plan_for(STORY, first_name="Canary", points=98765)), now=NOW)

    assert "Canary" not in repr(view)
    assert "98765" not in repr(view)
