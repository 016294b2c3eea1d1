"""What a webhook tells is read item by item; what isn't about a contact, or can't be read, holds up nothing."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from connectors.hubspot.inbound.webhooks import MOST, Told, parse, portals_in
from plugin.kernel.errors import BadInput

AT = 1795262400000


def event(kind: str, **given: Any) -> dict[str, Any]:
    base = {"portalId": 111, "objectId": 501, "occurredAt": AT, "subscriptionType": kind, "eventId": 1, "appId": 7}
    return {**base, **given}


def told(*events: Any) -> list[Told]:
    return list(parse(orjson.dumps(list(events))))


@pytest.mark.parametrize(
    ("kind", "meant"),
    [("contact.privacyDeletion", "erased"), ("contact.deletion", "deleted"), ("object.deletion", "deleted")],
)
def test_deletions_are_told_apart(kind: str, meant: str) -> None:
    [one] = told(event(kind, objectTypeId="0-1"))

    assert (one.kind, one.portal_id, one.contact_id) == (meant, "111", "501")


def test_a_merge_names_who_is_left_whatever_record_that_is() -> None:
    [old] = told(event("contact.merge", primaryObjectId=501, mergedObjectIds=[502, 503], newObjectId=501))
    [new] = told(event("object.merge", objectTypeId="0-1", primaryObjectId=501, mergedObjectIds=[502], newObjectId=900))

    assert (old.contact_id, old.merged_ids) == ("501", ("502", "503"))
    assert (new.contact_id, new.merged_ids) == ("900", ("501", "502"))


def test_a_changed_property_is_told_with_its_value_which_no_log_shows() -> None:
    [one] = told(event("contact.propertyChange", propertyName="firstname", propertyValue="Ana 🦊"))

    assert (one.kind, one.name, one.value) == ("changed", "firstname", "Ana 🦊")
    assert "Ana" not in repr(one)


def test_what_concerns_their_mail_is_looked_at_anew_rather_than_believed() -> None:
    [one] = told(event("contact.propertyChange", propertyName="hs_email_optout", propertyValue="true"))

    assert (one.kind, one.value) == ("standing", "")


@pytest.mark.parametrize(
    "other",
    [
        event("deal.deletion"),
        event("object.deletion", objectTypeId="0-3"),
        event("object.deletion"),
        event("contact.creation"),
        event("contact.deletion", objectId=None),
        event("contact.deletion", objectId="../1"),
        event("contact.deletion", portalId="x"),
        event("contact.merge", objectId=None),
        event("contact.merge", mergedObjectIds="502", primaryObjectId=501),
        event("contact.propertyChange", propertyName="drop table"),
        event("contact.propertyChange", propertyName=7),
        event(None),  # type: ignore[arg-type]
        {},
        "text",
        None,
    ],
)
def test_what_is_not_ours_is_passed_over_and_the_others_are_read(other: Any) -> None:
    assert [one.kind for one in told(other, event("contact.deletion"))] == ["deleted"]


@pytest.mark.parametrize("occurred", [None, "soon", 10**18, [], True])
def test_an_event_without_a_time_replaces_nothing(occurred: Any) -> None:
    [one] = told(event("contact.propertyChange", propertyName="firstname", propertyValue="x", occurredAt=occurred))

    assert one.at.year == 1970


def test_the_same_told_again_has_the_same_key_and_another_thing_another() -> None:
    first, again = told(event("contact.deletion"), event("contact.deletion", attemptNumber=3, eventId=9))
    moments = event("contact.deletion", occurredAt=AT + 1)
    other = told(event("contact.deletion", objectId=502), event("contact.privacyDeletion"), moments)

    assert first.key == again.key
    assert len({first.key, *(one.key for one in other)}) == 4


@pytest.mark.parametrize("body", [b"", b"{}", b"null", b"[", orjson.dumps([{}] * (MOST + 1))])
def test_what_is_no_array_of_a_hundred_is_refused(body: bytes) -> None:
    with pytest.raises(BadInput):
        parse(body)


def test_the_accounts_named_are_found_before_anything_is_believed() -> None:
    assert portals_in(orjson.dumps([event("x"), event("y", portalId=222), {}, 7])) == {"111", "222"}
    assert portals_in(b"{") == ()
