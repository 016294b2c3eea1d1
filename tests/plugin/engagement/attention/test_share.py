"""The one figure a CRM is told: over what really played, only when enough could be judged, and part of nothing else."""

from __future__ import annotations

from dataclasses import fields

from plugin.engagement.attention.share import share_of
from plugin.engagement.spans import Span
from plugin.engagement.totals import Totals
from plugin.engagement.who import Evidence
from tests.plugin.engagement.attention.pages import make_attentive, second, told, watched
from tests.plugin.engagement.visits import deliveries, settle_at


def share(database, visit_id: str, *spans: Span):
    with database.reading() as session:
        return share_of(session, visit_id, spans)


def test_it_is_the_mean_of_what_could_be_judged(database, vault):
    visit_id = make_attentive(database, vault)
    scores = [1.0, 1.0, 0.5, 0.5, 0.0, None, None, 1.0]
    told(database, vault, visit_id, [second(at, score) for at, score in enumerate(scores)])

    found = share(database, visit_id, Span(0, 8_000))

    assert found is not None
    assert (found.share, found.seconds, found.quality) == (0.67, 6, 0.75)


def test_a_second_that_never_played_counts_for_nothing(database, vault):
    visit_id = make_attentive(database, vault)
    told(database, vault, visit_id, [second(at, 1.0 if at < 10 else 0.0) for at in range(20)])

    found = share(database, visit_id, Span(0, 5_400), Span(7_700, 10_000))

    assert found is not None
    assert (found.share, found.seconds) == (1.0, 8)


def test_of_a_few_seconds_nothing_is_said(database, vault):
    visit_id = make_attentive(database, vault)
    told(database, vault, visit_id, [second(at) for at in range(4)])

    assert share(database, visit_id, Span(0, 40_000)) is None


def test_it_stands_in_the_summary_and_a_visit_without_it_says_the_same_as_ever(database, vault):
    with_it, without = make_attentive(database, vault), make_attentive(database, vault)
    told(database, vault, with_it, [second(at, 0.9) for at in range(20)])
    for visit_id in (with_it, without):
        watched(database, vault, visit_id)

    settle_at(database, 120)

    with database.reading() as session:
        summaries = {
            delivery.payload["visit_id"]: delivery.payload
            for delivery in deliveries(session)
            if delivery.kind == "visit.summarised"
        }
    assert summaries[with_it]["attention"] == {"share": 0.9, "seconds": 20, "quality": 1.0}
    assert "attention" not in summaries[without]
    assert set(summaries[with_it]) - {"attention"} == set(summaries[without])


def test_who_it_was_and_the_totals_are_reckoned_without_it() -> None:
    for known in (Evidence, Totals):
        assert not [field.name for field in fields(known) if "attention" in field.name or "facing" in field.name]
