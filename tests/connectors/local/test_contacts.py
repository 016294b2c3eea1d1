"""Contacts: edited, found, undone, and read as they are now."""

from __future__ import annotations

import pytest
from hypothesis import given, strategies as st

from connectors.local import contacts
from connectors.local.connector import LocalCrm
from connectors.local.models import Engagement
from plugin.kernel.database import Database
from plugin.kernel.errors import BadInput, NotFound
from plugin.recipients.ports import ExternalRef
from tests.conftest import NOW, HeldClock
from tests.make import make_contact, make_installation


@pytest.fixture
def installation_id(database: Database) -> str:
    with database.transaction() as session:
        return make_installation(session).id


def test_an_edit_is_what_the_next_read_sees(database: Database, installation_id: str) -> None:
    with database.transaction() as session:
        ana = make_contact(session, installation_id, first_name="Ana", tier="Silver").id
    with database.transaction() as session:
        contacts.update(session, ana, {"tier": "Gold"})

    record = LocalCrm(database, installation_id).read(
        ExternalRef(installation_id, "contact", ana), ["contact.tier", "contact.first_name"], timeout_s=1
    )

    assert record.values == {"contact.tier": "Gold", "contact.first_name": "Ana"}


def test_the_last_save_can_be_undone_and_redone(database: Database, installation_id: str) -> None:
    with database.transaction() as session:
        ana = make_contact(session, installation_id, first_name="Ana", tier="Silver").id
        contacts.update(session, ana, {"tier": "Gold", "first_name": None})

        assert contacts.undo(session, ana).properties == {"first_name": "Ana", "tier": "Silver"}
        assert contacts.undo(session, ana).properties == {"tier": "Gold"}


def test_nothing_saved_is_nothing_to_undo(database: Database, installation_id: str) -> None:
    with database.transaction() as session:
        ana = make_contact(session, installation_id, first_name="Ana").id

        with pytest.raises(BadInput):
            contacts.undo(session, ana)


def test_two_people_saving_notice_each_other(database: Database, installation_id: str) -> None:
    with database.transaction() as session:
        ana = make_contact(session, installation_id, first_name="Ana").id
        contacts.update(session, ana, {"tier": "Gold"}, revision=1)

        with pytest.raises(contacts.ContactChanged):
            contacts.update(session, ana, {"tier": "Silver"}, revision=1)


def test_search_finds_every_word_in_any_case_and_script(database: Database, installation_id: str) -> None:
    with database.transaction() as session:
        make_contact(session, installation_id, first_name="Ångström", last_name="Ñandú", email="a@example.org")
        make_contact(session, installation_id, first_name="100%", last_name="_")

        assert [one.contact.name for one in contacts.search(session, "ñandú ÅNG")] == ["Ångström Ñandú"]
        assert [one.contact.name for one in contacts.search(session, "%")] == ["100% _"]
        assert contacts.search(session, "ñandú nobody") == []
        assert contacts.count(session) == 2


def test_a_list_shows_who_engaged_last_first(database: Database, installation_id: str, clock: HeldClock) -> None:
    with database.transaction() as session:
        make_contact(session, installation_id, first_name="Abe")
        zoe = make_contact(session, installation_id, first_name="Zoe")
        session.add(Engagement(session_key="v", contact_id=zoe.id, revision=1, payload={}, occurred_at=NOW))
        session.flush()

        listed = contacts.search(session)

    assert [one.contact.name for one in listed] == ["Zoe", "Abe"]
    assert listed[0].engagement is not None


def test_a_deleted_contact_is_not_found_until_restored(database: Database, installation_id: str) -> None:
    with database.transaction() as session:
        ana = make_contact(session, installation_id, first_name="Ana").id
        contacts.delete(session, ana)

        with pytest.raises(NotFound):
            contacts.get(session, ana)
        contacts.restore(session, ana)

        assert contacts.get(session, ana).name == "Ana"


@pytest.mark.parametrize(
    "properties",
    [
        {"First Name": "Ana"},
        {"": "x"},
        {"a" * 65: "x"},
        {"points": float("nan")},
        {"points": float("inf")},
        {"points": 10**30},
        {"note": "x" * 2001},
        {"note": "a\x00b"},
        {"note": ["a"]},
        {f"p{n}": n for n in range(201)},
    ],
)
def test_a_property_that_breaks_a_rule_is_refused_by_name(properties: dict[str, object]) -> None:
    with pytest.raises(BadInput):
        contacts.checked(properties)


@given(st.dictionaries(st.from_regex(r"[a-z][a-z0-9_]{0,10}", fullmatch=True), st.text(max_size=50) | st.booleans()))
def test_any_text_a_person_may_have_is_kept_as_it_is(properties: dict[str, object]) -> None:
    clean = {name: value for name, value in properties.items() if "\x00" not in str(value)}

    assert contacts.checked(clean) == {
        name: (value.strip() or None) if isinstance(value, str) else value for name, value in clean.items()
    }
