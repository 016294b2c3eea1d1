"""Working through a list: pages are fetched ahead, done side by side and finished in order.

What a page does is harmless to do again: links are reused, properties hold absolute values. So the cursor moves only
behind pages that are wholly done, and a run goes on from there whoever takes it up.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor, TimeoutError as NotYet
from dataclasses import dataclass
from datetime import timedelta
from threading import Event

import structlog

from connectors.hubspot.accounts.provision import ensure_link_property
from connectors.hubspot.api.errors import HubSpotError, Locked, TooMany, Unreachable, Unwell
from connectors.hubspot.lists import run as runs
from connectors.hubspot.lists.find import members
from connectors.hubspot.lists.page import Order, do_page
from connectors.hubspot.lists.tally import Tally
from connectors.hubspot.models import HubSpotListRun
from connectors.hubspot.portal import Portal
from connectors.hubspot.portals import Portals
from connectors.hubspot.read.warm import MOST as WARMED_AT_ONCE, warm
from plugin.campaigns.models import Campaign
from plugin.decisions.story import published_story
from plugin.kernel.errors import Busy, SegueError
from plugin.links.keys import Keyring

log = structlog.get_logger()

PAGES = 8
"""Done side by side: enough to keep HubSpot's limit busy across its latency."""
BEAT_S = 10.0
"""How often a page that takes long renews the lease."""
AGAIN = timedelta(seconds=30)


@dataclass(frozen=True, slots=True)
class _Page:
    ids: Sequence[str]
    after: str | None
    done: Future[Tally]


class _Lost(Exception):
    """The run was paused, or another worker has it."""


class ListRunner:
    """This process's hand at lists, one run at a time."""

    def __init__(self, portals: Portals, keyring: Keyring) -> None:
        self._portals, self._keyring = portals, keyring
        self._database, self._clock = portals.database, portals.clock
        self._stop = Event()

    def due(self) -> bool:
        """Whether a run waits for somebody to work on it."""
        with self._database.reading() as session:
            return runs.waits(session, self._clock())

    def stop(self) -> None:
        """End after the page under way; the run goes on wherever it is taken up next."""
        self._stop.set()

    def work_once(self) -> bool:
        """Take one run and work on it until it is done or can't go on; False when none waits."""
        with self._database.transaction() as session:
            run = runs.claim(session, self._clock())
        if run is None or run.lease is None:
            return False
        lease = run.lease
        try:
            self._work(run, lease)
        except _Lost:
            log.info("hubspot.list_left", run_id=run.id)
        except Exception as error:
            self._settle(run.id, lease, error)
        return True

    def _work(self, run: HubSpotListRun, lease: str) -> None:
        portal = self._portals.of(run.installation_id)
        order, paths = self._order(portal, run)
        with ThreadPoolExecutor(PAGES, thread_name_prefix="hubspot-page") as pool:
            pages: deque[_Page] = deque()
            fresh: list[str] = []
            after, more = run.after, True
            try:
                while more or pages:
                    while more and len(pages) < PAGES:
                        ids, following = members(portal.api, run.list_id, after)
                        pages.append(_Page(ids, following, pool.submit(do_page, portal, self._keyring, order, ids)))
                        after, more = following, following is not None
                    page = pages.popleft()
                    tally = self._await(page, run.id, lease)
                    last = not more and not pages
                    fresh += page.ids
                    if paths and (last or len(fresh) >= WARMED_AT_ONCE):
                        warm(portal, fresh, paths)
                        fresh.clear()
                    self._advance(run.id, lease, page, tally, last)
            except BaseException:
                for page in pages:
                    page.done.cancel()
                raise
        log.info("hubspot.list_done", run_id=run.id)

    def _order(self, portal: Portal, run: HubSpotListRun) -> tuple[Order, frozenset[str]]:
        with self._database.reading() as session:
            campaign = session.get_one(Campaign, run.campaign_id)
            story = published_story(session, campaign.id, campaign.published_version)
        name = ensure_link_property(portal, campaign.slug)
        origin = self._portals.settings.public_origin
        return Order(campaign.id, campaign.slug, origin, run.days, name), frozenset(story.paths)

    def _await(self, page: _Page, run_id: str, lease: str) -> Tally:
        while True:
            try:
                return page.done.result(timeout=BEAT_S)
            except NotYet:
                if page.done.done():
                    raise
                with self._database.transaction() as session:
                    if not runs.keep_on(session, run_id, lease, self._clock()):
                        raise _Lost from None

    def _advance(self, run_id: str, lease: str, page: _Page, tally: Tally, last: bool) -> None:
        now = self._clock()
        with self._database.transaction() as session:
            if not runs.advance(session, run_id, lease, tally, after=page.after, done=last, now=now):
                raise _Lost
            if self._stop.is_set() and not last:
                runs.put_off(session, run_id, lease, now, "")
        if self._stop.is_set():
            raise _Lost

    def _settle(self, run_id: str, lease: str, error: Exception) -> None:
        now = self._clock()
        with self._database.transaction() as session:
            match error:
                case TooMany():
                    runs.put_off(session, run_id, lease, now + timedelta(seconds=error.after_s), str(error))
                case Unwell() | Unreachable() | Locked() | Busy():
                    runs.put_off(session, run_id, lease, now + AGAIN, str(error))
                case SegueError():
                    runs.fail(session, run_id, lease, str(error), now)
                case _:
                    runs.fail(session, run_id, lease, "something unforeseen happened; the log has the details", now)
        log.warning(
            "hubspot.list_stopped",
            run_id=run_id,
            error=type(error).__name__,
            exc_info=not isinstance(error, HubSpotError | SegueError),
        )
