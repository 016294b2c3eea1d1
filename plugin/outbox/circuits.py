"""Leaving a CRM alone that is down or asked for quiet: one breaker and one pause an installation, in this process."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta

from pybreaker import STATE_OPEN, CircuitBreaker, CircuitMemoryStorage

from plugin.kernel.clock import Clock, utcnow
from plugin.outbox.ports import Message, Retry, Settlement

Deliver = Callable[[Sequence[Message]], Sequence[Settlement]]


class AllPutOff(Exception):
    """Every message of a batch was put off: the CRM is there but not well. Carries what it said of each."""

    def __init__(self, settlements: Sequence[Settlement]) -> None:
        super().__init__("every message was put off")
        self.settlements = settlements


class Circuit:
    """One CRM's health as this process has seen it.

    After `fail_max` batches in a row that failed whole, nothing is tried for `reset_s` seconds; then one batch tries
    the ground. While it is open nothing is claimed, so no message's attempts are burnt.
    """

    def __init__(self, name: str, *, fail_max: int, reset_s: float, clock: Clock) -> None:
        self._storage = CircuitMemoryStorage("closed")
        self._breaker = CircuitBreaker(
            fail_max, reset_s, state_storage=self._storage, name=name, throw_new_error_on_trip=False
        )
        self._clock = clock
        self._quiet_until: datetime | None = None

    @property
    def is_open(self) -> bool:
        """Whether the breaker has tripped and its rest hasn't passed."""
        opened_at = self._storage.opened_at
        if self._breaker.current_state != STATE_OPEN or opened_at is None:
            return False
        # The breaker keeps its own time, so it's asked in it.
        return datetime.now(UTC) < opened_at + timedelta(seconds=self._breaker.reset_timeout)

    def may_try(self) -> bool:
        """Whether a batch may be claimed for this CRM now."""
        quiet = self._quiet_until is not None and self._clock() < self._quiet_until
        return not quiet and not self.is_open

    def call(self, deliver: Deliver, messages: Sequence[Message]) -> Sequence[Settlement]:
        """Deliver through the breaker; an exception of the connector's passes through, counted."""
        try:
            settlements: Sequence[Settlement] = self._breaker.call(_whole, deliver, messages)
        except AllPutOff as put_off:
            settlements = put_off.settlements
        self._keep_quiet(settlements)
        return settlements

    def _keep_quiet(self, settlements: Sequence[Settlement]) -> None:
        """A whole batch told to come back later (429) speaks for the account, not for its messages."""
        asked = [one.after_s for one in settlements if isinstance(one, Retry) and one.after_s is not None]
        if asked and len(asked) == len(settlements):
            self._quiet_until = self._clock() + timedelta(seconds=min(max(min(asked), 0.0), 3600.0))


def _whole(deliver: Deliver, messages: Sequence[Message]) -> Sequence[Settlement]:
    settlements = deliver(messages)
    if len(settlements) != len(messages):
        raise ValueError(f"the connector answered for {len(settlements)} of {len(messages)} messages")
    if all(isinstance(one, Retry) and one.after_s is None for one in settlements):
        raise AllPutOff(settlements)
    return settlements


class Circuits:
    """A circuit per installation, kept for the life of a worker."""

    def __init__(self, *, fail_max: int = 5, reset_s: float = 30.0, clock: Clock = utcnow) -> None:
        self._fail_max, self._reset_s, self._clock = fail_max, reset_s, clock
        self._by_installation: dict[str, Circuit] = {}

    def of(self, installation_id: str) -> Circuit:
        """The circuit of one installation, closed at first."""
        if installation_id not in self._by_installation:
            self._by_installation[installation_id] = Circuit(
                installation_id, fail_max=self._fail_max, reset_s=self._reset_s, clock=self._clock
            )
        return self._by_installation[installation_id]
