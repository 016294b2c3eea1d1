"""Live reads that cost their budget at most, and less once a CRM is known to be dead."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Collection
from typing import Any

import pytest

from plugin.recipients.live import FAILURES, READS_AT_ONCE, REST_S, LiveReads
from plugin.recipients.ports import ExternalRef, ProfileSource, ProfileUnavailable, Record, RecordGone
from tests.conftest import NOW
from tests.plugin.recipients.crms import DownCrm, ForgetfulCrm, FullCrm, SlowCrm

REF = ExternalRef("installation", "contact", "1")
PATHS = ("contact.first_name",)


class Watch:
    """A monotonic clock that moves only when told."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def watch() -> Watch:
    return Watch()


@pytest.fixture
def reads(watch: Watch) -> LiveReads:
    return LiveReads(monotonic=watch)


def read(reads: LiveReads, source: ProfileSource, budget_s: float = 30, **given: Any) -> Record:
    return reads.read(source, REF, PATHS, budget_s=budget_s, **given)


def test_only_what_was_asked_for_comes_back(reads: LiveReads) -> None:
    crm = FullCrm(first_name="Ada", salary=90_000)

    assert read(reads, crm).values == {"contact.first_name": "Ada"}


def test_a_late_answer_is_not_waited_for_but_not_lost(reads: LiveReads) -> None:
    crm, heard, there = SlowCrm(first_name="Ada"), [], threading.Event()

    def late(answer: Record | RecordGone) -> None:
        heard.append(answer)
        there.set()

    with pytest.raises(ProfileUnavailable):
        read(reads, crm, 0.01, late=late)
    assert heard == []
    crm.answer.set()

    assert there.wait(30)
    assert heard == [Record({"contact.first_name": "Ada"}, NOW)]


@pytest.mark.parametrize("error", [ProfileUnavailable("down"), RuntimeError("bug"), ValueError("junk")])
def test_whatever_a_crm_raises_is_unavailable(reads: LiveReads, error: Exception) -> None:
    with pytest.raises(ProfileUnavailable):
        read(reads, DownCrm(error))


def test_junk_instead_of_a_record_is_unavailable(reads: LiveReads) -> None:
    crm = FullCrm()
    crm.values = None  # type: ignore[assignment]

    with pytest.raises(ProfileUnavailable):
        read(reads, crm)


def test_a_dead_crm_is_soon_left_alone_and_asked_again_after_a_rest(reads: LiveReads, watch: Watch) -> None:
    crm = DownCrm()
    for _ in range(FAILURES + 5):
        with pytest.raises(ProfileUnavailable):
            read(reads, crm)
    assert len(crm.asked) == FAILURES

    watch.now += REST_S
    for _ in range(3):
        with pytest.raises(ProfileUnavailable):
            read(reads, crm)

    assert len(crm.asked) == FAILURES + 1


def test_one_answer_makes_a_crm_alive_again(reads: LiveReads, watch: Watch) -> None:
    for _ in range(FAILURES):
        with pytest.raises(ProfileUnavailable):
            read(reads, DownCrm())
    watch.now += REST_S

    read(reads, FullCrm(first_name="Ada"))

    assert read(reads, FullCrm(first_name="Eve")).values == {"contact.first_name": "Eve"}


def test_a_person_unknown_to_the_crm_is_no_failure_of_it(reads: LiveReads) -> None:
    crm = ForgetfulCrm()

    for _ in range(FAILURES + 1):
        with pytest.raises(RecordGone):
            read(reads, crm)


def test_one_crm_being_dead_leaves_the_others_alone(reads: LiveReads) -> None:
    for _ in range(FAILURES):
        with pytest.raises(ProfileUnavailable):
            read(reads, DownCrm())

    other = ExternalRef("another", "contact", "1")

    assert reads.read(FullCrm(first_name="Ada"), other, PATHS, budget_s=30).values


def test_reads_that_never_end_are_bounded(watch: Watch) -> None:
    reads, crm = LiveReads(monotonic=watch), SlowCrm()
    for _ in range(READS_AT_ONCE + 20):
        watch.now += REST_S
        with pytest.raises(ProfileUnavailable):
            read(reads, crm, 0.005)

    assert len(crm.asked) == READS_AT_ONCE
    crm.answer.set()


def test_more_than_there_are_places_for_wait_their_turn_and_none_counts_as_a_failure(reads: LiveReads) -> None:
    class Distant(FullCrm):
        """Answers everyone, each after a while."""

        def read(self, ref: ExternalRef, paths: Collection[str], *, timeout_s: float) -> Record:
            time.sleep(0.02)
            return super().read(ref, paths, timeout_s=timeout_s)

    crm, found = Distant(first_name="Ada"), []
    threads = [
        threading.Thread(target=lambda: found.append(read(reads, crm, 30).values)) for _ in range(READS_AT_ONCE * 4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(found) == len(crm.asked) == READS_AT_ONCE * 4


def test_many_may_read_at_once(reads: LiveReads) -> None:
    crm, found = FullCrm(first_name="Ada"), []

    def open_one() -> None:
        found.extend(read(reads, crm).values for _ in range(20))

    threads = [threading.Thread(target=open_one) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(found) == 80


def test_a_forked_process_reads_too() -> None:
    """The parent's reader threads don't come along, and what they left must not be waited for."""
    code = """
import os
from plugin.recipients.live import live_reads
from tests.plugin.recipients.crms import FullCrm
from tests.plugin.recipients.test_live import read
read(live_reads, FullCrm(first_name="Ada"))
child = os.fork()
if child == 0:
    try:
        record = read(live_reads, FullCrm(first_name="Ada"), 10)
        os._exit(0 if record.values else 1)
    except BaseException:
        os._exit(2)
raise SystemExit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""
    ended = subprocess.run([sys.executable, "-c", code], check=False, timeout=60)

    assert ended.returncode == 0


class Here:
    """A record in this very process, which says in which thread it was asked."""

    at_hand = True

    def __init__(self, answer: Record | Exception) -> None:
        self.answer, self.threads = answer, []

    def read(self, _ref: ExternalRef, _paths: Collection[str], *, timeout_s: float) -> Record:
        self.threads.append(threading.current_thread())
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


def test_a_record_at_hand_is_read_without_a_thread_and_trimmed_all_the_same(reads: LiveReads) -> None:
    crm = Here(Record({"contact.first_name": "Ada", "contact.salary": 90_000}, NOW))

    assert read(reads, crm) == Record({"contact.first_name": "Ada"}, NOW)
    assert crm.threads == [threading.current_thread()]


def test_a_source_at_hand_that_fails_is_left_alone_too(reads: LiveReads) -> None:
    gone, broken = Here(RecordGone("gone")), Here(RuntimeError("bug"))

    with pytest.raises(RecordGone):
        read(reads, gone)
    for _ in range(FAILURES + 2):
        with pytest.raises(ProfileUnavailable):
            read(reads, broken)

    assert len(broken.threads) == FAILURES
