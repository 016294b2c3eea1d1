"""Group commit: answered means kept, kept once, and one beacon's trouble is not another's."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.exc import OperationalError, ProgrammingError

from plugin.engagement import limit, writer as writing
from plugin.engagement.accept import Accepted, accept
from plugin.engagement.models import Event, Visit, VisitDue
from plugin.engagement.writer import SETTLE_AFTER, Writer
from plugin.kernel.errors import Busy
from tests.conftest import NOW
from tests.plugin.engagement.visits import beacon, count_rows, make_visit, said, span

LATER = NOW + timedelta(seconds=60)


def visit_in(database, vault, **given) -> str:
    with database.transaction() as session:
        return make_visit(session, vault, **given).id


def accepted(vault, visit_id: str, *events: object) -> Accepted:
    return accept(vault, beacon(vault, visit_id, events), now=LATER)


def rows(database, model) -> int:
    with database.reading() as session:
        return count_rows(session, model)


def test_what_is_written_is_there_as_it_was_told(database, vault):
    visit_id = visit_in(database, vault)
    event = span(0, 5)

    Writer(database).write(accepted(vault, visit_id, event))

    with database.reading() as session:
        kept = session.get_one(Event, event["id"])
        assert (kept.visit_id, kept.kind, kept.data) == (visit_id, "video.watched", {"from": 0, "to": 5, "rate": 1})
        assert (kept.at, kept.received_at) == (NOW + timedelta(seconds=5), LATER)
        assert session.get_one(VisitDue, visit_id).due_at == LATER + SETTLE_AFTER


def test_the_same_beacon_twice_is_counted_once(database, vault):
    visit_id = visit_in(database, vault)
    told = accepted(vault, visit_id, span(0, 5), said("cta.clicked", cta="book-a-demo"))

    for _ in range(3):
        Writer(database).write(told)

    assert rows(database, Event) == 2


def test_an_id_that_belongs_to_another_visit_is_not_taken_over(database, vault):
    theirs, ours = visit_in(database, vault), visit_in(database, vault)
    event = span(0, 5)
    Writer(database).write(accepted(vault, theirs, event))

    Writer(database).write(accepted(vault, ours, {**event, "data": {"from": 1, "to": 2}}))

    with database.reading() as session:
        kept = session.get_one(Event, event["id"])
        assert (kept.visit_id, kept.data["to"]) == (theirs, 5)


def test_events_of_a_visit_that_is_not_tracked_are_dropped(database, vault):
    untracked, tracked = visit_in(database, vault, tracked=False), visit_in(database, vault)
    group = [accepted(vault, untracked, span(0, 5)), accepted(vault, "nobody", span(0, 5))]

    writing.commit(database, [*group, accepted(vault, tracked, span(0, 5))])

    with database.reading() as session:
        assert session.scalars(select(Event.visit_id)).all() == [tracked]
        assert session.scalars(select(VisitDue.visit_id)).all() == [tracked]


def test_a_visit_already_due_sooner_stays_so(database, vault):
    visit_id = visit_in(database, vault)
    with database.transaction() as session:
        session.add(VisitDue(visit_id=visit_id, due_at=NOW))

    Writer(database).write(accepted(vault, visit_id, span(0, 5)))

    with database.reading() as session:
        assert session.get_one(VisitDue, visit_id).due_at == NOW


def test_many_threads_write_all_of_theirs_in_few_commits(database, vault, monkeypatch):
    visit_id = visit_in(database, vault)
    writer, groups = Writer(database), []
    commit = writing.commit
    monkeypatch.setattr(writing, "commit", lambda db, group: (groups.append(len(group)), commit(db, group)))
    told = [accepted(vault, visit_id, *[span(n, n + 1) for n in range(5)]) for _ in range(40)]

    in_threads(told, writer.write)

    assert rows(database, Event) == 200
    assert sum(groups) == 40


def test_a_late_database_says_busy_to_everyone_who_waits(database, vault, monkeypatch):
    visit_id = visit_in(database, vault)

    def locked(*_):
        raise OperationalError("insert", {}, Exception("database is locked"))

    monkeypatch.setattr(writing, "commit", locked)
    writer = Writer(database)
    told = [accepted(vault, visit_id, span(0, 5)) for _ in range(12)]

    failures = in_threads(told, writer.write)

    assert [type(failure) for failure in failures] == [Busy] * 12
    monkeypatch.undo()
    writer.write(told[0])
    assert rows(database, Event) == 1


def test_a_beacon_no_check_foresaw_costs_only_itself(database, vault, monkeypatch):
    visit_id = visit_in(database, vault)
    told = [accepted(vault, visit_id, span(0, 5)) for _ in range(8)]
    poison, commit = told[3], writing.commit

    def refusing(db, group):
        if poison in group:
            raise ProgrammingError("insert", {}, Exception("no such thing"))
        commit(db, group)

    monkeypatch.setattr(writing, "commit", refusing)

    failures = in_threads(told, Writer(database).write)

    assert [type(failure) for failure in failures] == [Busy]
    assert rows(database, Event) == 7


def test_too_many_who_wait_are_sent_away(database, vault, monkeypatch):
    visit_id = visit_in(database, vault)
    writer = Writer(database, most_waiting=2)
    held, commit = threading.Event(), writing.commit
    monkeypatch.setattr(writing, "commit", lambda db, group: (held.wait(10), commit(db, group)))
    told = [accepted(vault, visit_id, span(0, 5)) for _ in range(4)]
    first = threading.Thread(target=writer.write, args=(told[0],))
    first.start()
    _until(lambda: not writer._waiting)
    others = [threading.Thread(target=writer.write, args=(one,)) for one in told[1:3]]
    for other in others:
        other.start()
    _until(lambda: len(writer._waiting) == 2)

    with pytest.raises(Busy):
        writer.write(told[3])

    held.set()
    for thread in (first, *others):
        thread.join()
    assert rows(database, Event) == 3


def test_who_waits_too_long_is_told_to_come_again_and_the_pen_goes_on(database, vault, monkeypatch):
    visit_id = visit_in(database, vault)
    writer = Writer(database, patience_s=0.05)
    held, commit = threading.Event(), writing.commit
    monkeypatch.setattr(writing, "commit", lambda db, group: (held.wait(10), commit(db, group)))
    told = [accepted(vault, visit_id, span(0, 5)) for _ in range(3)]
    first = threading.Thread(target=writer.write, args=(told[0],))
    first.start()
    _until(lambda: writer._writing and not writer._waiting)

    with pytest.raises(Busy):
        writer.write(told[1])

    held.set()
    first.join()
    writer.write(told[2])
    assert rows(database, Event) == 2


def test_no_visit_is_kept_beyond_its_measure(database, vault, monkeypatch):
    monkeypatch.setattr(limit, "MAX_EVENTS", 4)
    monkeypatch.setattr(limit, "MOST_EVENTS", 10)
    full, other = visit_in(database, vault), visit_in(database, vault)
    writer = Writer(database)

    for _ in range(5):
        writer.write(accepted(vault, full, *[span(n, n + 1) for n in range(3)]))
    writer.write(accepted(vault, other, span(0, 5)))

    with database.reading() as session:
        kept = session.scalars(select(Event.visit_id)).all()
    assert (kept.count(full), kept.count(other)) == (10, 1)


def test_the_same_beacon_sent_often_does_not_fill_the_measure(database, vault, monkeypatch):
    monkeypatch.setattr(limit, "MAX_EVENTS", 4)
    monkeypatch.setattr(limit, "MOST_EVENTS", 10)
    visit_id, writer = visit_in(database, vault), Writer(database)
    told = accepted(vault, visit_id, *[span(n, n + 1) for n in range(3)])

    for _ in range(9):
        writer.write(told)
    writer.write(accepted(vault, visit_id, *[span(n, n + 2) for n in range(3)]))

    assert rows(database, Event) == 6


def test_a_visit_of_nothing_writes_nothing(database, vault):
    Writer(database).write(Accepted("visit", (), 3))

    assert rows(database, Visit) == rows(database, Event) == 0


def in_threads(items, act) -> list[Exception]:
    failures: list[Exception] = []

    def run(item):
        try:
            act(item)
        except Exception as failure:
            failures.append(failure)

    threads = [threading.Thread(target=run, args=(item,)) for item in items]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return failures


def _until(holds) -> None:
    pause = threading.Event()
    for _ in range(2000):
        if holds():
            return
        pause.wait(0.005)
    raise AssertionError("it never came to that")
