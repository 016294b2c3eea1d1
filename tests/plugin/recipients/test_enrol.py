"""Enrolling CRM records."""

from __future__ import annotations

import pytest
from hypothesis import given, strategies as st

from plugin.kernel.errors import BadInput
from plugin.recipients.enrol import check, enrol, enrol_many
from plugin.recipients.ports import ExternalRef
from tests.make import make_installation


def test_a_record_is_enrolled_once(database):
    with database.transaction() as session:
        ref = ExternalRef(make_installation(session).id, "contact", "7")
        first = enrol(session, ref)

    with database.transaction() as session:
        assert enrol(session, ref) == first


def test_the_same_id_elsewhere_is_someone_else(database):
    with database.transaction() as session:
        here, there = make_installation(session).id, make_installation(session).id
        refs = [ExternalRef(here, "contact", "7"), ExternalRef(here, "lead", "7"), ExternalRef(there, "contact", "7")]

        people = enrol_many(session, [*refs, *refs])

        assert len(set(people.values())) == 3
        assert set(people) == set(refs)
        assert enrol_many(session, refs) == people
        assert enrol_many(session, []) == {}


@pytest.mark.parametrize("odd", ['"', "'", "\\", "[1]", "a,b", "ünï", "🦊", "%s", ":x", "0", "null", "true", " x"])
def test_odd_ids_are_kept_as_they_are(database, odd):
    with database.transaction() as session:
        ref = ExternalRef(make_installation(session).id, "contact", odd)

        assert enrol(session, ref) == enrol(session, ref)
        assert set(enrol_many(session, [ref])) == {ref}


@pytest.mark.parametrize("bad", ["", "x" * 256, "a\0b", "a\nb", "\ud800", "a\u202eb"])
def test_ids_no_crm_has_are_refused(bad):
    for ref in (ExternalRef("i", "contact", bad), ExternalRef("i", bad, "7")):
        with pytest.raises(BadInput):
            check(ref)


@given(st.text(max_size=300))
def test_checking_answers_or_refuses(text):
    try:
        check(ExternalRef("i", "contact", text))
    except BadInput:
        return
    assert text.isprintable()
