"""A sheet in, the sheet with links out."""

from __future__ import annotations

import csv
import io
import tracemalloc

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st
from sqlalchemy import func, select

from plugin.kernel.errors import BadInput, Busy
from plugin.links import issue_sheet as room
from plugin.links.address import token_in
from plugin.links.issue_sheet import SheetOrder, issue_sheet
from plugin.links.models import Link
from plugin.links.resolve import resolve
from plugin.links.sheet import Sheet
from plugin.privacy.suppress import pseudonym_of, suppress
from plugin.recipients.ports import ExternalRef
from tests.make import make_campaign


@pytest.fixture
def order(database):
    with database.transaction() as session:
        campaign = make_campaign(session)
    return SheetOrder(campaign.id, campaign.installation_id, "https://video.example")


@pytest.fixture
def run(database, keyring, clock, order):
    def run(source, changed=None, **given):
        source = io.BytesIO(source.encode()) if isinstance(source, str) else source
        written, refused = [], []
        wanted = changed or order
        tally = issue_sheet(
            database,
            wanted,
            Sheet(source, wanted.id_column),
            keyring=keyring,
            write=given.pop("write", written.append),
            refuse=refused.append,
            clock=clock,
            **given,
        )
        return tally, written, refused

    return run


def test_every_row_comes_out_with_its_link(database, keyring, clock, order, run):
    tally, written, refused = run("name,external_id,external_type,city\nAnn,7,,Köln\nBob, 8 ,lead,\n")

    assert written[0] == ["name", "external_id", "external_type", "city", "link", "expires_at", "status"]
    assert [row[:4] for row in written[1:]] == [["Ann", "7", "", "Köln"], ["Bob", " 8 ", "lead", ""]]
    assert [row[5:] for row in written[1:]] == [["2027-02-19T12:00:00Z", "issued"]] * 2
    assert (tally.rows, tally.issued, refused) == (2, 2, [])
    with database.reading() as session:
        found = [resolve(session, token_in(row[4]), keyring=keyring, clock=clock).ref for row in written[1:]]
    assert [(ref.type, ref.id) for ref in found] == [("contact", "7"), ("lead", "8")]
    assert written[1][4].startswith("https://video.example/v/")


def test_bad_rows_are_told_by_line_while_the_others_are_issued(run):
    tally, written, refused = run("external_id,n\n1,a\n,b\n2,c,d\n3,e\n" + "x" * 300 + ",f\n4\x01,g\n")

    assert [row[0] for row in written[1:]] == ["1", "3"]
    assert [each.line for each in refused] == [3, 4, 6, 7]
    assert refused[0].reason == "no external_id"
    assert (tally.rows, tally.issued, tally.refused) == (6, 2, 4)


def test_running_again_gives_the_same_links_and_changes_nothing(database, run):
    _, first, _ = run("external_id\n1\n2\n")

    tally, second, _ = run("external_id\n1\n2\n3\n")

    assert [row[1] for row in second[1:3]] == [row[1] for row in first[1:]]
    assert [row[-1] for row in second[1:]] == ["reused", "reused", "issued"]
    assert (tally.issued, tally.reused) == (1, 2)
    with database.reading() as session:
        assert session.scalar(select(func.count()).select_from(Link)) == 3


def test_stopped_half_way_it_goes_on_where_it_was(run, monkeypatch):
    monkeypatch.setattr(room, "BATCH", 10)
    source = "external_id\n" + "".join(f"{number}\n" for number in range(50))

    def stop(tally):
        if tally.rows == 20:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run(source, progress=stop)

    tally, written, _ = run(source)
    assert (tally.reused, tally.issued, len(written)) == (20, 30, 51)


def test_a_busy_database_is_waited_for(database, run, monkeypatch):
    calls = iter([Busy("locked"), Busy("locked"), None])
    real = room.enrol_many

    def sometimes(session, refs):
        if (failure := next(calls, None)) is not None:
            raise failure
        return real(session, refs)

    monkeypatch.setattr(room, "enrol_many", sometimes)

    tally, _, _ = run("external_id\n1\n2\n")

    assert tally.issued == 2


def test_the_same_person_twice_has_one_link(run):
    tally, written, _ = run("external_id,mail\n1,a\n1,b\n")

    assert written[1][2] == written[2][2]
    assert (tally.issued, tally.reused) == (1, 1)


def test_suppressed_people_are_left_out_and_told(database, vault, order, run):
    with database.transaction() as session:
        suppress(session, pseudonym_of(vault, ExternalRef(order.installation_id, "contact", "2")), "asked")

    tally, written, refused = run("external_id\n1\n2\n")

    assert [row[0] for row in written[1:]] == ["1"]
    assert (refused[0].line, refused[0].external_id) == (3, "2")
    assert (tally.suppressed, tally.refused) == (1, 0)


def test_our_own_output_is_taken_as_input(run):
    _, first, _ = run("external_id,name\n1,a\n")

    _, second, _ = run("\n".join(",".join(row) for row in first) + "\n")

    assert second[0] == first[0]
    assert second[1][:4] == first[1][:4]


def test_a_column_of_the_file_s_own_is_not_overwritten(run, order):
    with pytest.raises(BadInput, match="'status' of its own"):
        run("external_id,status\n1,vip\n")

    prefixed = SheetOrder(order.campaign_id, order.installation_id, order.origin, prefix="segue_")
    _, written, _ = run("external_id,status\n1,vip\n", prefixed)
    assert written[0] == ["external_id", "status", "segue_link", "segue_expires_at", "segue_status"]
    assert written[1][:2] == ["1", "vip"]


def test_another_column_may_name_the_record(run, order):
    named = SheetOrder(order.campaign_id, order.installation_id, order.origin, id_column="Record ID")

    tally, _, refused = run("record id,n\n1,a\n,b\n", named)

    assert tally.issued == 1
    assert refused[0].reason == "no Record ID"


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.lists(st.text(st.characters(codec="utf-8"), max_size=20), min_size=1, max_size=5))
def test_any_text_in_other_columns_passes_through(run, extra):
    text = io.StringIO(newline="")
    csv.writer(text).writerows([["external_id", *(f"c{place}" for place in range(len(extra)))], ["1", *extra]])

    _, written, refused = run(text.getvalue())

    assert refused == []
    assert written[1][1 : 1 + len(extra)] == extra


class Endless:
    """A sheet made while it is read, so that it takes no memory itself."""

    def __init__(self, rows: int) -> None:
        self._lines = (f"c{number},{'x' * 80}\n".encode() for number in range(rows))
        self._rest = b"external_id,note\n"

    def read(self, size: int) -> bytes:
        while len(self._rest) < size and (line := next(self._lines, b"")):
            self._rest += line
        piece, self._rest = self._rest[:size], self._rest[size:]
        return piece


def test_memory_does_not_grow_with_the_rows(run, monkeypatch):
    monkeypatch.setattr(room, "BATCH", 1000)

    def peak(rows: int) -> int:
        tracemalloc.start()
        tally, _, _ = run(Endless(rows), write=lambda _: None)
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert tally.rows == rows
        return most

    peak(1000)  # what is imported and cached once

    assert peak(16_000) < 1.3 * peak(4_000)
