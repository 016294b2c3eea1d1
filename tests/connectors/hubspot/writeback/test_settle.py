"""What an answer means for the messages it is about, and that a message put off is overtaken by none."""

from __future__ import annotations

import pytest

from connectors.hubspot.api.errors import (
    Disconnected,
    HubSpotError,
    Locked,
    MissingScopes,
    NotThere,
    Refused,
    TooMany,
    Unreachable,
    Unwell,
)
from connectors.hubspot.writeback.calls import PutOff, maybe_done
from connectors.hubspot.writeback.settle import Fates, in_order, of_error
from plugin.outbox.ports import Dead, Delivered, Retry
from tests.connectors.hubspot.writeback.stage import told


@pytest.mark.parametrize(
    ("error", "kind", "after_s", "said"),
    [
        (TooMany("TEN_SECONDLY_ROLLING", 10.0), Retry, 10.0, "too many calls at once"),
        (TooMany("DAILY", 7200.0), Retry, 7200.0, "used up"),
        (Locked("HubSpot: the record is locked just now", status=423), Retry, 2.0, "locked"),
        (Unwell("HubSpot answered 502", status=502), Retry, None, "502"),
        (Unreachable("HubSpot can't be reached", maybe_done=False), Retry, None, "can't be reached"),
        (PutOff("Put off to the next batch", 0.0), Retry, 0.0, "next batch"),
        (Disconnected("HubSpot refuses our token", status=401), Retry, 300.0, "Connect the account again"),
        (MissingScopes(("crm.objects.contacts.write",)), Retry, 300.0, "crm.objects.contacts.write"),
        (NotThere("HubSpot has no such thing", status=404), Dead, None, "no such contact"),
        (Refused("HubSpot refused it: odd", status=400), Dead, None, "Mend that in HubSpot, then retry."),
    ],
)
def test_each_answer_has_one_meaning(error: HubSpotError, kind: type, after_s: float | None, said: str) -> None:
    fate = of_error(error)

    assert isinstance(fate, kind)
    assert getattr(fate, "after_s", None) == after_s
    assert said in fate.reason


def test_only_a_call_without_an_answer_may_have_been_carried_out() -> None:
    assert maybe_done(Unwell("502", status=502))
    assert maybe_done(Unreachable("late", maybe_done=True))
    assert not maybe_done(Unreachable("refused", maybe_done=False))
    assert not maybe_done(TooMany("DAILY", 1.0))


def test_of_several_words_on_a_message_the_gravest_holds() -> None:
    fates = Fates()
    fates.put([0, 1, 2], Delivered())
    fates.put([0, 1], Dead("no"))
    fates.put([0], Retry("wait"))
    fates.put([0, 1], Dead("never"))

    assert [fates.of(place) for place in range(4)] == [Retry("wait"), Dead("no"), Delivered(), Delivered()]


def test_behind_a_message_put_off_those_of_the_same_contact_wait_too() -> None:
    messages = [told(who, "link.opened", f"k{place}") for place, who in enumerate(("1", "2", "1", "2", "1"))]
    fates = Fates()
    fates.put([2], Retry("wait", 3.0))

    assert in_order(messages, fates) == [Delivered(), Delivered(), Retry("wait", 3.0), Delivered(), Retry("wait", 3.0)]
