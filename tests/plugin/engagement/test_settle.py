"""From events to what the CRM is owed: once, in any order, and only for people who allow it."""

from __future__ import annotations

import contextlib
import random
import threading
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from plugin.decisions.models import Open
from plugin.engagement import score, settle as settling
from plugin.engagement.accept import accept
from plugin.engagement.models import Event, Visit, VisitDue
from plugin.engagement.settle import LEASE, reclassify, settle_due
from plugin.engagement.writer import Writer
from plugin.kernel.errors import Busy
from plugin.outbox.models import Delivery
from plugin.privacy.suppress import suppress
from plugin.recipients.models import Recipient
from tests.conftest import NOW
from tests.plugin.engagement.visits import (
    HUMAN,
    beacon,
    count_rows,
    deliveries,
    make_visit,
    said,
    seen,
    settle_at,
    span,
    tell,
)

PERSON = seen(20, 20, pointer=3)
WATCHED_ALL = [said("video.played", 1), *[span(n, n + 5, at_s=n + 6) for n in range(0, 40, 5)]]


@pytest.fixture
def visit_id(database, vault) -> str:
    with database.transaction() as session:
        return make_visit(session, vault).id


def told(database) -> list[tuple[str, object]]:
    with database.reading() as session:
        return [(d.kind, d.payload.get("quartile") or d.payload.get("label")) for d in deliveries(session)]


def summaries(database) -> list[dict]:
    with database.reading() as session:
        return [d.payload for d in deliveries(session) if d.kind == "visit.summarised"]


def test_a_person_who_watches_all_and_clicks_is_told_in_order(database, vault, visit_id):
    tell(database, vault, visit_id, [PERSON, *WATCHED_ALL, said("cta.clicked", 48, cta="book-a-demo")])

    assert settle_at(database, 62) == 1

    assert told(database) == [
        ("link.opened", None),
        ("video.played", None),
        ("video.quartile_reached", 25),
        ("video.quartile_reached", 50),
        ("video.quartile_reached", 75),
        ("video.quartile_reached", 100),
        ("cta.clicked", "Book a demo"),
        ("visit.summarised", 100),
    ]


def test_the_summary_says_what_a_rep_wants_to_know(database, vault, visit_id):
    again = [span(10, 30, at_s=60 + n) for n in range(2)]
    tell(database, vault, visit_id, [PERSON, *WATCHED_ALL[:-1], *again, said("cta.clicked", 48, cta="book-a-demo")], 90)

    settle_at(database, 92)

    (summary,) = summaries(database)
    assert summary["session_key"] == visit_id
    assert summary["revision"] == 1
    assert (summary["coverage_s"], summary["watch_s"], summary["duration_s"]) == (35, 75, 40)
    assert summary["replays"] == [{"scene": "pricing", "title": "Pricing", "times": 2}]
    assert summary["ctas"] == ["Book a demo"]
    assert (summary["quartile"], summary["completed"]) == (75, False)
    assert (summary["who"], summary["confidence"]) == ("person", "high")
    assert summary["campaign_title"] == "Your year"
    assert (summary["left_at_s"], summary["reached_s"]) == (30, 35)
    assert (summary["spans"], summary["again"]) == ([[0, 35]], [[10, 30]])
    assert (summary["score"], summary["score_rule"]) == (80, 1)
    assert summary["score_reasons"] == [
        "watched 88 %: 35 points",
        "went back to Pricing: 20 points",
        "clicked Book a demo: 25 points",
    ]


def test_messages_name_the_record_and_nothing_personal(database, vault, visit_id):
    tell(database, vault, visit_id, [PERSON, *WATCHED_ALL])

    settle_at(database, 62)

    with database.reading() as session:
        visit = session.get_one(Visit, visit_id)
        recipient = session.get_one(Recipient, visit.recipient_id)
        for delivery in deliveries(session):
            assert delivery.subject == f"contact:{recipient.external_id}"
            assert delivery.installation_id == recipient.installation_id
            assert delivery.payload["visit_id"] == visit_id
            assert delivery.payload["occurred_at"]


def test_settling_again_changes_nothing(database, vault, visit_id):
    tell(database, vault, visit_id, [PERSON, *WATCHED_ALL])
    settle_at(database, 62)
    before = state(database)

    for later in (63, 120, 4000):
        with database.transaction() as session:
            session.add(VisitDue(visit_id=visit_id, due_at=NOW))
        assert settle_at(database, later) == 1

    assert state(database) == before


def test_the_order_and_number_of_arrivals_change_nothing(database, vault):
    events = [PERSON, *WATCHED_ALL, span(0, 12, at_s=52), said("cta.clicked", 50, cta="book-a-demo")]
    outcomes = []
    for seed in range(4):
        with database.transaction() as session:
            visit_id = make_visit(session, vault).id
        arriving = [{**event, "id": f"{seed}{event['id'][1:]}"} for event in events]
        random.Random(seed).shuffle(arriving)
        for cut in (slice(0, 4), slice(4, None), slice(2, 6)):
            tell(database, vault, visit_id, arriving[cut], 60)
            settle_at(database, 61 + seed)
        settle_at(database, 200)
        with database.reading() as session:
            visit = session.get_one(Visit, visit_id)
            kinds = sorted(d.kind for d in deliveries(session) if d.payload["visit_id"] == visit_id)
            kinds = [kind for kind in kinds if kind != "visit.summarised"]
            outcomes.append((visit.coverage_s, visit.watch_s, visit.spans, visit.summary, visit.who, kinds))

    assert all(outcome == outcomes[0] for outcome in outcomes)


def test_a_visit_still_going_on_is_summed_up_once_it_is_quiet(database, vault, visit_id):
    for n in range(5):
        tell(database, vault, visit_id, [seen(5 * n + 5, pointer=n + 1), span(5 * n, 5 * n + 5)], 5 * n + 6)
        settle_at(database, 5 * n + 8)

    assert summaries(database) == []
    settle_at(database, 4 * 5 + 6 + 8)
    assert [summary["revision"] for summary in summaries(database)] == [1]


def test_a_click_is_summed_up_at_once(database, vault, visit_id):
    tell(database, vault, visit_id, [seen(5, 5, pointer=1), span(0, 5), said("cta.clicked", 6, cta="book-a-demo")], 6)

    settle_at(database, 7)

    assert [summary["ctas"] for summary in summaries(database)] == [["Book a demo"]]


def test_another_rule_for_scores_tells_no_visit_again(database, vault, visit_id, monkeypatch):
    tell(database, vault, visit_id, [PERSON, *WATCHED_ALL])
    settle_at(database, 62)
    monkeypatch.setattr(score, "RULE", score.RULE + 1)
    monkeypatch.setattr(score, "COVERAGE", 1)
    tell(database, vault, visit_id, [seen(70, 70, pointer=4)], 80)

    settle_at(database, 95)

    assert [(summary["revision"], summary["score"]) for summary in summaries(database)] == [(1, 50)]


@pytest.mark.parametrize("said_yes", [True, False])
def test_the_summary_says_which_link_it_was_and_whether_the_person_said_yes(database, vault, visit_id, said_yes):
    with database.transaction() as session:
        visit = session.get_one(Visit, visit_id)
        visit.consent = "given" if said_yes else None
        link_id = session.get_one(Open, visit_id).link_id
    tell(database, vault, visit_id, [PERSON, *WATCHED_ALL])

    settle_at(database, 80)

    (summary,) = summaries(database)
    assert (summary["link_id"], summary["consent"]) == (link_id, "given" if said_yes else "not_asked")


def test_a_second_summary_only_comes_with_something_new(database, vault, visit_id):
    tell(database, vault, visit_id, [seen(20, 20, pointer=3), span(0, 15)], 20)
    settle_at(database, 40)
    tell(database, vault, visit_id, [seen(21, 41, pointer=3)], 41)
    settle_at(database, 60)
    tell(database, vault, visit_id, [span(15, 20, at_s=70)], 70)
    settle_at(database, 90)

    assert [(summary["revision"], summary["coverage_s"]) for summary in summaries(database)] == [(1, 15), (2, 20)]


@pytest.mark.parametrize(
    ("evidence", "page"),
    [
        ({}, []),
        ({}, [seen(60, 60)]),
        ({}, [seen(60, 60, pointer=5, webdriver=True)]),
        ({"declared": "scanner"}, [PERSON]),
        ({"declared": "agent"}, [PERSON]),
        ({"declared": "preview"}, [PERSON]),
        ({"prefetch": True}, [PERSON]),
    ],
)
def test_scanners_agents_previews_and_hands_off_scripts_never_reach_the_crm(database, vault, evidence, page):
    with database.transaction() as session:
        visit_id = make_visit(session, vault, evidence={**HUMAN, **evidence}).id
    tell(database, vault, visit_id, [*WATCHED_ALL, *page, said("cta.clicked", 48, cta="book-a-demo")])

    settle_at(database, 200)

    with database.reading() as session:
        assert count_rows(session, Delivery) == 0
        visit = session.get_one(Visit, visit_id)
        assert visit.who not in ("person", "likely_person")
        assert visit.coverage_s == 40
        assert visit.verdict["reasons"]


def test_many_links_at_once_from_one_network_are_a_scanner(database, vault):
    with database.transaction() as session:
        visits = [
            make_visit(session, vault, network="net", started_at=NOW + timedelta(seconds=n / 3)).id for n in range(5)
        ]
    for visit_id in visits:
        tell(database, vault, visit_id, [seen(30, 30)], 40)

    settle_at(database, 60)

    with database.reading() as session:
        assert set(session.scalars(select(Visit.who))) == {"scanner"}
        assert "5 people's links" in session.get_one(Visit, visits[0]).verdict["reasons"][0]


def test_playing_faster_than_the_clock_is_no_person(database, vault, visit_id):
    tell(database, vault, visit_id, [PERSON, *[span(0, 14, at_s=n) for n in range(4)]], 15)

    settle_at(database, 60)

    with database.reading() as session:
        assert session.get_one(Visit, visit_id).who == "scanner"
        assert count_rows(session, Delivery) == 0


def test_being_on_screen_longer_than_the_clock_allows_is_no_person(database, vault, visit_id):
    tell(database, vault, visit_id, [seen(86_400, 0, key=2), said("cta.clicked", cta="book-a-demo")], 0)

    settle_at(database, 60)

    with database.reading() as session:
        assert session.get_one(Visit, visit_id).who == "scanner"
        assert count_rows(session, Delivery) == 0


def test_someone_who_turns_out_to_be_a_person_is_told_of_from_the_start(database, vault, visit_id):
    tell(database, vault, visit_id, [said("video.played", 1), span(0, 12)], 13)
    settle_at(database, 30)
    assert told(database) == []

    tell(database, vault, visit_id, [seen(20, 31, touch=1)], 31)
    settle_at(database, 50)

    assert [kind for kind, _ in told(database)] == [
        "link.opened",
        "video.played",
        "video.quartile_reached",
        "visit.summarised",
    ]


def test_after_a_no_nothing_more_is_told(database, vault, visit_id):
    tell(database, vault, visit_id, [PERSON, *WATCHED_ALL])
    with database.transaction() as session:
        session.execute(update(Visit).values(tracked=False))

    settle_at(database, 200)

    with database.reading() as session:
        assert count_rows(session, Delivery) == count_rows(session, VisitDue) == 0


def test_a_suppressed_person_is_never_told_of(database, vault, visit_id):
    tell(database, vault, visit_id, [PERSON, *WATCHED_ALL])
    with database.transaction() as session:
        suppress(session, session.get_one(Visit, visit_id).suppression, "asked us")

    settle_at(database, 200)

    with database.reading() as session:
        assert count_rows(session, Delivery) == 0


def test_buttons_and_seconds_the_video_does_not_have_are_left_out(database, vault, visit_id):
    tell(database, vault, visit_id, [PERSON, span(0, 5), span(50, 60), said("cta.clicked", 9, cta="free-money")], 70)

    settle_at(database, 100)

    assert "cta.clicked" not in [kind for kind, _ in told(database)]
    assert [(s["coverage_s"], s["ctas"]) for s in summaries(database)] == [(5, [])]


def test_playing_twice_is_told_once(database, vault, visit_id):
    tell(database, vault, visit_id, [PERSON, said("video.played", 1), said("video.played", 9), span(0, 5)])

    settle_at(database, 90)

    assert [kind for kind, _ in told(database)].count("video.played") == 1


def test_a_worker_that_dies_leaves_the_visit_for_after_its_lease(database, vault, visit_id, monkeypatch):
    tell(database, vault, visit_id, [PERSON, *WATCHED_ALL])

    def dies(*_args, **_kwargs):
        raise Busy("gone")

    monkeypatch.setattr(settling, "settle", dies)
    with pytest.raises(Busy):
        settle_at(database, 62)
    monkeypatch.undo()

    assert settle_at(database, 63) == 0
    assert settle_at(database, 63 + LEASE.total_seconds()) == 1
    assert len(told(database)) > 0


def test_a_visit_nobody_can_settle_does_not_hold_up_the_others(database, vault, visit_id, monkeypatch):
    with database.transaction() as session:
        other = make_visit(session, vault).id
    for one in (visit_id, other):
        tell(database, vault, one, [PERSON, *[{**e, "id": e["id"]} for e in [span(0, 5)]]])
    real = settling.settle

    def stumbles(session, one, **kwargs):
        if one == visit_id:
            raise RuntimeError("a row no rule foresaw")
        return real(session, one, **kwargs)

    monkeypatch.setattr(settling, "settle", stumbles)

    assert settle_at(database, 90) == 1
    with database.reading() as session:
        assert session.scalars(select(VisitDue.visit_id)).all() == [visit_id]


def test_events_that_arrive_while_a_visit_is_settled_are_settled_too(database, vault, visit_id):
    tell(database, vault, visit_id, [PERSON, span(0, 5)], 20)
    settle_at(database, 40)

    tell(database, vault, visit_id, [span(5, 15, at_s=41)], 41)

    assert settle_at(database, 60) == 1
    with database.reading() as session:
        assert session.get_one(Visit, visit_id).coverage_s == 15


def test_writing_and_settling_at_once_loses_nothing(database, vault, visit_id):
    writer, pace, ended = Writer(database), NOW + timedelta(seconds=60), threading.Event()
    told = [accept(vault, beacon(vault, visit_id, [span(n / 2, n / 2 + 0.5)]), now=pace) for n in range(80)]

    def settling_on():
        # SQLite's one writing place isn't given out in turn: on a busy machine someone may wait for it in vain, and
        # then does as the worker and the browser do, which is to come again.
        while not ended.is_set():
            with contextlib.suppress(Busy):
                settle_due(database, clock=lambda: NOW + timedelta(hours=1))

    def writing_on(part):
        for one in part:
            for _ in range(20):
                with contextlib.suppress(Busy):
                    writer.write(one)
                    break

    settlers = [threading.Thread(target=settling_on) for _ in range(2)]
    writers = [threading.Thread(target=writing_on, args=(told[n::4],)) for n in range(4)]
    for thread in (*settlers, *writers):
        thread.start()
    for thread in writers:
        thread.join()
    ended.set()
    for thread in settlers:
        thread.join()
    settle_at(database, 7200)

    with database.reading() as session:
        assert session.get_one(Visit, visit_id).coverage_s == 40
        assert count_rows(session, VisitDue) == 0


def test_no_visit_is_settled_before_its_time(database, vault, visit_id):
    tell(database, vault, visit_id, [PERSON], 20)

    assert settle_at(database, 20) == 0
    assert settle_at(database, 22) == 1
    assert settle_due(database, clock=lambda: NOW, limit=1) == 0


def test_visits_judged_by_an_older_rule_are_judged_anew(database, vault, visit_id):
    tell(database, vault, visit_id, [PERSON, span(0, 5)], 20)
    settle_at(database, 40)
    with database.transaction() as session:
        assert reclassify(session, clock=lambda: NOW) == 0
        session.execute(update(Visit).values(verdict={"rule": 0}, who="unknown"))

    with database.transaction() as session:
        assert reclassify(session, clock=lambda: NOW) == 1
    settle_at(database, 41)

    with database.reading() as session:
        assert session.get_one(Visit, visit_id).who == "person"


def state(database) -> tuple:
    with database.reading() as session:
        visits = [
            (v.id, v.who, v.verdict, v.coverage_s, v.watch_s, v.spans, v.summary, v.revision, v.reported, v.settled_at)
            for v in session.scalars(select(Visit).order_by(Visit.id))
        ]
        events = sorted(session.scalars(select(Event.id)))
        return visits, events, [(d.id, d.key, d.payload) for d in deliveries(session)]
