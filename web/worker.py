"""The worker's loop: settle what was watched, deliver what is owed, forget in time, sleep when there is nothing."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from datetime import timedelta
from threading import Event, Thread

import structlog
from sqlalchemy import select

from connectors.hubspot.writeback.forget import forget_told
from plugin.accounts.models import Installation
from plugin.engagement.prune import prune
from plugin.engagement.settle import settle_due
from plugin.kernel.clock import Clock
from plugin.outbox.circuits import Circuits
from plugin.outbox.dispatch import dispatch_once
from plugin.outbox.schedule import RetryPolicy, next_wait_s
from web.services import Services

log = structlog.get_logger()

Step = Callable[[], int]
"""One round of work; how much was done."""

IDLE_S = 0.25
"""An indexed poll costs next to nothing, and a rep never waits longer than this for us."""
_PRUNE_EVERY = timedelta(hours=1)
_PATIENCE = RetryPolicy(base_s=0.5, cap_s=30.0)


def steps_of(services: Services) -> Sequence[Step]:
    """What one round does, in order: a visit settled in it is delivered in it."""
    circuits = Circuits(clock=services.clock)
    return [
        lambda: settle_due(services.database, clock=services.clock),
        lambda: dispatch_once(services.database, services.connectors.of, clock=services.clock, circuits=circuits),
        at_intervals(lambda: _forget(services), _PRUNE_EVERY, services.clock),
        _once_connected(services, "hubspot", _hubspot),
        _once_connected(services, "salesforce", _salesforce),
    ]


def _once_connected(services: Services, connector: str, work: Callable[[Services], Step]) -> Step:
    """What a CRM's own work is beside deliveries; its large client is loaded once there is an account."""
    begun: list[Step] = []

    def step() -> int:
        if not begun:
            with services.database.reading() as session:
                if session.scalar(select(Installation.id).where(Installation.connector == connector).limit(1)) is None:
                    return 0
            begun.append(work(services))
        return begun[0]()

    return step


def _hubspot(services: Services) -> Step:
    from connectors.hubspot.work import HubSpotWork

    return HubSpotWork(services.portals, services.keyring).step


def _salesforce(services: Services) -> Step:
    from connectors.salesforce.work import SalesforceWork

    return SalesforceWork(services.orgs, services.keyring).step


def at_intervals(step: Step, every: timedelta, clock: Clock) -> Step:
    """The step, taken in each round until it finds nothing, then not again for a while; also when it failed."""
    due = clock()

    def taken() -> int:
        nonlocal due
        now = clock()
        if now < due:
            return 0
        due = now + every
        done = step()
        if done:
            due = now
        return done

    return taken


def _forget(services: Services) -> int:
    days = services.settings.event_days
    gone = prune(services.database, event_days=days, clock=services.clock)
    told = forget_told(services.database, event_days=days, clock=services.clock)
    if gone.done or told:
        log.info("data.pruned", events=gone.events, deliveries=gone.deliveries, snapshots=gone.snapshots, told=told)
    return gone.done + told


def run(steps: Sequence[Step], stop: Event, *, until_idle: bool = False) -> None:
    """Work until `stop` is set (or, with `until_idle`, until a round finds nothing to do).

    A round that fails is logged and tried again, later each time, up to half a minute apart: nothing is lost by
    waiting, as what is owed stands in the database.
    """
    failing_s = 0.0
    log.info("worker.started")
    while not stop.is_set():
        try:
            done = sum(step() for step in steps)
            failing_s = 0.0
        except Exception as error:
            failing_s = next_wait_s(failing_s, _PATIENCE, random.uniform)
            log.warning("worker.failed", error=type(error).__name__, retry_after_s=round(failing_s, 1), exc_info=True)
            stop.wait(failing_s)
            continue
        if not done:
            if until_idle:
                break
            stop.wait(IDLE_S)
    log.info("worker.stopped")


def start_thread(services: Services) -> Callable[[], None]:
    """Run the loop beside the web pages of this process; calling what is answered lets it finish its batch and end."""
    told_to_stop = Event()
    thread = Thread(target=run, args=(steps_of(services), told_to_stop), name="worker", daemon=True)
    thread.start()

    def stop() -> None:
        told_to_stop.set()
        thread.join(timeout=30)

    return stop
