"""What every connector promises, as tests: a connector's own test class inherits these and brings its CRM."""

from __future__ import annotations

from abc import ABC, abstractmethod
from contextlib import AbstractContextManager
from datetime import timedelta
from typing import Any

import pytest

from plugin.outbox.ports import Connector, Dead, Delivered, Message
from plugin.recipients.ports import ExternalRef, ProfileUnavailable, RecordGone
from tests.conftest import NOW


class Bench(ABC):
    """A CRM a test can look into: the real one's double, or the embedded one itself."""

    connector: Connector
    installation_id: str
    first_name = "contact.first_name"
    """Where this CRM has the first name."""
    told_of_a_summary: tuple[str, ...] = ()
    """What `told` says of a visit that was only summed up."""
    middle = "video.played"
    """What it shows between an open and a click."""
    once_a_visit = False
    """Whether it shows a kind but once a visit, however often it happened."""
    nobody = "nobody"
    """An id no contact has."""
    unknown = "no such contact"
    """How a reason begins to say so."""

    @abstractmethod
    def add_contact(self, **properties: Any) -> str:
        """A contact with these properties; its external id."""

    @abstractmethod
    def delete_contact(self, contact_id: str) -> None: ...

    @abstractmethod
    def told(self, contact_id: str) -> list[str]:
        """Kinds of the events on their timeline, oldest first."""

    @abstractmethod
    def summary(self, contact_id: str) -> dict[str, Any] | None:
        """The last summary of their only visit."""

    @abstractmethod
    def facing(self, contact_id: str) -> str | None:
        """What is shown of how much they faced the screen in their only visit: a share in percent; None: nothing."""

    @abstractmethod
    def stalled(self) -> AbstractContextManager[bool]:
        """Inside, the CRM answers nobody; yields False when nothing makes its readers wait."""


def event(contact_id: str, key: str, kind: str, *, after_s: int = 0, visit: str = "v1", **data: Any) -> Message:
    at = NOW + timedelta(seconds=after_s)
    payload = {"visit_id": visit, "campaign": "Welcome", "quartile": 75, "occurred_at": at.isoformat(), **data}
    return Message(key, kind, f"contact:{contact_id}", payload, at)


def summary(contact_id: str, revision: int, **changed: Any) -> Message:
    payload: dict[str, Any] = {
        "session_key": "v1",
        "revision": revision,
        "campaign": "Welcome",
        "coverage_s": 38.0,
        "watch_s": 50.0,
        "duration_s": 40.0,
        "replays": [{"scene": "Pricing", "times": 2}],
        "ctas": ["Book a demo"],
        "who": "person",
        "confidence": "high",
        "started_at": NOW.isoformat(),
        **changed,
    }
    return Message(f"v1:{revision}", "visit.summarised", f"contact:{contact_id}", payload, NOW)


FACED = {"share": 0.82, "seconds": 31, "quality": 0.9}


def withdrawn(contact_id: str, revision: int) -> Message:
    """They took it back; of summaries up to that one."""
    payload = {"session_key": "v1", "visit_id": "v1", "revision": revision, "occurred_at": NOW.isoformat()}
    return Message(f"withdrawn:{revision}", "attention.withdrawn", f"contact:{contact_id}", payload, NOW)


class ConnectorContract:
    """Inherit, and give a `bench` fixture."""

    @pytest.fixture
    def bench(self) -> Bench:
        raise NotImplementedError

    def ref(self, bench: Bench, contact_id: str) -> ExternalRef:
        return ExternalRef(bench.installation_id, "contact", contact_id)

    def test_a_read_answers_what_was_asked_and_leaves_out_what_is_missing(self, bench: Bench) -> None:
        ana = bench.add_contact(first_name="Ana", email="ana@example.org")

        record = bench.connector.read(self.ref(bench, ana), [bench.first_name, "contact.tier"], timeout_s=1)

        assert record.values == {bench.first_name: "Ana"}

    def test_a_contact_that_never_was_is_gone(self, bench: Bench) -> None:
        with pytest.raises(RecordGone):
            bench.connector.read(self.ref(bench, bench.nobody), [bench.first_name], timeout_s=1)

    def test_a_deleted_contact_is_gone(self, bench: Bench) -> None:
        ana = bench.add_contact(first_name="Ana")
        bench.delete_contact(ana)

        with pytest.raises(RecordGone):
            bench.connector.read(self.ref(bench, ana), [bench.first_name], timeout_s=1)

    def test_a_crm_that_does_not_answer_in_time_is_unavailable(self, bench: Bench) -> None:
        ana = bench.add_contact(first_name="Ana")

        with bench.stalled() as stalls:
            if stalls:
                with pytest.raises(ProfileUnavailable):
                    bench.connector.read(self.ref(bench, ana), [bench.first_name], timeout_s=0.1)
            else:
                assert bench.connector.read(self.ref(bench, ana), [], timeout_s=0.1).values == {}

    def test_what_is_delivered_stands_on_the_timeline_in_order(self, bench: Bench) -> None:
        ana = bench.add_contact(first_name="Ana")

        answers = bench.connector.deliver(
            [
                event(ana, "k1", "link.opened"),
                event(ana, "k2", bench.middle, after_s=2),
                event(ana, "k3", "cta.clicked", after_s=9),
            ]
        )

        assert list(answers) == [Delivered()] * 3
        assert bench.told(ana) == ["link.opened", bench.middle, "cta.clicked"]

    def test_the_same_key_told_again_changes_nothing(self, bench: Bench) -> None:
        ana = bench.add_contact(first_name="Ana")
        again = event(ana, "k1", bench.middle)
        bench.connector.deliver([again])

        answers = bench.connector.deliver([again, again, event(ana, "k2", "cta.clicked")])

        assert list(answers) == [Delivered()] * 3
        assert bench.told(ana) == [bench.middle, "cta.clicked"]

    def test_an_unknown_contact_is_dead_with_a_reason_and_the_others_stand(self, bench: Bench) -> None:
        ana = bench.add_contact(first_name="Ana")

        first, second = bench.connector.deliver(
            [event(bench.nobody, "k1", bench.middle), event(ana, "k2", bench.middle, visit="v2")]
        )

        assert isinstance(first, Dead)
        assert bench.unknown in first.reason
        assert second == Delivered()
        assert bench.told(ana) == [bench.middle]

    def test_a_later_summary_replaces_an_earlier_and_never_the_reverse(self, bench: Bench) -> None:
        ana = bench.add_contact(first_name="Ana")
        bench.connector.deliver([summary(ana, 1, coverage_s=10.0), summary(ana, 3)])

        answers = bench.connector.deliver([summary(ana, 2, coverage_s=20.0), summary(ana, 3)])

        assert list(answers) == [Delivered()] * 2
        found = bench.summary(ana)
        assert found is not None
        assert found["coverage_s"] == 38.0

    def test_how_much_somebody_faced_the_screen_is_shown_and_gone_once_they_take_it_back(self, bench: Bench) -> None:
        ana = bench.add_contact(first_name="Ana")
        bench.connector.deliver([summary(ana, 1, attention=FACED)])
        assert bench.facing(ana) == "82"

        answers = bench.connector.deliver([withdrawn(ana, 1)])

        assert list(answers) == [Delivered()]
        assert bench.facing(ana) is None
        assert bench.summary(ana) is not None
        assert tuple(bench.told(ana)) == bench.told_of_a_summary

    def test_what_was_taken_back_comes_back_with_no_summary_however_late(self, bench: Bench) -> None:
        ana = bench.add_contact(first_name="Ana")
        late = summary(ana, 1, attention=FACED)
        bench.connector.deliver([late, withdrawn(ana, 1), withdrawn(ana, 1)])

        bench.connector.deliver([late])
        assert bench.facing(ana) is None

        bench.connector.deliver([summary(ana, 2)])
        assert bench.facing(ana) is None

    def test_a_later_yes_stands_though_an_earlier_was_taken_back(self, bench: Bench) -> None:
        ana = bench.add_contact(first_name="Ana")

        bench.connector.deliver([summary(ana, 1, attention=FACED), withdrawn(ana, 1), summary(ana, 2, attention=FACED)])
        bench.connector.deliver([withdrawn(ana, 1)])

        assert bench.facing(ana) == "82"

    def test_a_share_of_a_visit_nobody_told_of_is_taken_back_without_a_trace(self, bench: Bench) -> None:
        ana = bench.add_contact(first_name="Ana")

        answers = bench.connector.deliver([withdrawn(ana, 1)])

        assert list(answers) == [Delivered()]
        assert bench.told(ana) == []

    def test_a_whole_batch_is_answered_one_by_one(self, bench: Bench) -> None:
        ana = bench.add_contact(first_name="Ana")
        size = bench.connector.max_batch

        visits = [f"v{number}" if bench.once_a_visit else "v1" for number in range(size)]
        answers = bench.connector.deliver(
            [event(ana, f"k{n}", bench.middle, after_s=n, visit=visit) for n, visit in enumerate(visits)]
        )

        assert [each for each in answers if each != Delivered()] == []
        assert len(answers) == size
        assert len(bench.told(ana)) == size

    def test_nothing_to_tell_is_no_trouble(self, bench: Bench) -> None:
        assert list(bench.connector.deliver([])) == []
