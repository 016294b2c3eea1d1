"""What a page tells in a real browser: nothing before the yes, everything after it, nothing after the no."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Request, expect
from sqlalchemy import select
from werkzeug.serving import make_server

from plugin.engagement.models import Event, Visit
from plugin.engagement.settle import settle_due
from plugin.kernel.clock import utcnow
from plugin.kernel.database import Database, Entity
from plugin.outbox.models import Delivery
from tests.live import person
from tests.web.landing.world import ANA, World, make_world

pytestmark = pytest.mark.browser

CHROME = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36"
# As the player says it; the clips of this world have no bytes to play.
SPAN = """([from, to]) => document.querySelector("[data-player]").dispatchEvent(
  new CustomEvent("segue:span", { bubbles: true, detail: { from, to, rate: 1 } }))"""


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    folder = tmp_path_factory.mktemp("engagement")
    database = Database(f"sqlite:///{folder / 'segue.sqlite3'}")
    Entity.metadata.create_all(database.engine)
    world = make_world(database, folder / "data", utcnow)
    server = make_server("127.0.0.1", 0, world.app, threaded=True)
    world.services.settings.public_origin = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield world
    server.shutdown()
    thread.join()


class Watching:
    """A page opened by link, and the beacons it sent."""

    def __init__(self, world: World, page: Page) -> None:
        self.world, self.page = world, page
        self.told: list[str] = []
        page.on("request", self._note)
        page.goto(f"{world.services.settings.public_origin}/v/{world.link_for(**ANA).token}")
        expect(page.locator("[data-player]")).to_be_visible()
        self.visit_id = page.locator("[data-visit]").get_attribute("data-nonce").split(".")[0]  # type: ignore[union-attr]

    def _note(self, request: Request) -> None:
        if request.url.endswith("/b"):
            self.told.append(request.method)

    def play(self, start: float, end: float) -> None:
        self.page.evaluate(SPAN, [start, end])

    def answer(self, label: str) -> None:
        self.page.get_by_role("button", name=label, exact=True).click()
        expect(self.page.locator("#consent .consent-line")).to_be_focused()

    def settle(self) -> tuple[Visit, list[str]]:
        """The visit as understood, and what the CRM is owed of it."""
        database = self.world.services.database
        settle_due(database, clock=lambda: utcnow() + timedelta(minutes=1))
        with database.reading() as session:
            visit = session.get_one(Visit, self.visit_id)
            owed = session.scalars(select(Delivery).order_by(Delivery.id)).all()
            return visit, [one.kind for one in owed if one.payload["visit_id"] == self.visit_id]

    def events(self) -> list[str]:
        with self.world.services.database.reading() as session:
            kinds = session.scalars(select(Event.kind).where(Event.visit_id == self.visit_id)).all()
            return sorted(set(kinds))


def hands(page: Page) -> None:
    """What a person's hand does."""
    page.mouse.move(40, 60)
    page.mouse.move(300, 260, steps=12)
    page.mouse.wheel(0, 40)


def opened(chromium: Browser, world: World, **options: Any) -> Any:
    return person(chromium, user_agent=CHROME, **options)


def test_nothing_is_told_before_the_yes_and_a_person_after_it(served: World, chromium: Browser) -> None:
    with opened(chromium, served) as (context, page):
        watching = Watching(served, page)
        hands(page)
        watching.play(0, 2)
        page.wait_for_timeout(2500)
        assert watching.told == []

        watching.answer("Yes")
        hands(page)
        watching.play(2, 4)
        page.wait_for_timeout(2600)
        with context.expect_page():
            page.locator(".actions [data-cta]").click(modifiers=["ControlOrMeta"])
        page.wait_for_timeout(500)

        visit, owed = watching.settle()
        assert visit.who in ("person", "likely_person"), visit.verdict
        assert visit.spans == [[2, 4]]
        assert {"link.opened", "video.played", "cta.clicked", "visit.summarised"} <= set(owed)


def test_a_stop_holds_from_the_tap_even_if_the_server_is_away(served: World, chromium: Browser) -> None:
    with opened(chromium, served) as (_, page):
        watching = Watching(served, page)
        watching.answer("Yes")
        watching.play(0, 2)
        page.route("**/consent", lambda route: route.abort())

        page.get_by_role("button", name="Stop", exact=True).click()
        before = len(watching.told)
        hands(page)
        watching.play(2, 4)
        # Leaving would tell whatever is left.
        page.goto("about:blank")
        page.wait_for_timeout(500)

        assert len(watching.told) == before
        assert watching.events() == []


def test_a_script_without_a_hand_is_never_a_person(served: World, chromium: Browser) -> None:
    with opened(chromium, served) as (_, page):
        watching = Watching(served, page)
        page.evaluate("document.querySelector('[data-choice=yes]').click()")
        expect(page.locator("#consent")).to_have_attribute("data-consent", "on")
        watching.play(0, 3)
        page.evaluate(
            "document.querySelector('.actions [data-cta]').addEventListener('click', e => e.preventDefault())"
        )
        page.evaluate("document.querySelector('.actions [data-cta]').click()")
        page.wait_for_timeout(3000)

        visit, owed = watching.settle()
        assert "cta.clicked" in watching.events()
        assert visit.who not in ("person", "likely_person")
        assert owed == []


def test_leaving_the_page_tells_what_is_left(served: World, chromium: Browser) -> None:
    with opened(chromium, served) as (context, page):
        watching = Watching(served, page)
        watching.answer("Yes")
        watching.play(0, 1.5)

        page.goto("about:blank")
        _settled(context, watching)

        assert watching.events() == ["page.seen", "video.played", "video.watched"]


def test_a_server_that_is_busy_gets_the_same_beacon_again(served: World, chromium: Browser) -> None:
    with opened(chromium, served) as (_, page):
        watching = Watching(served, page)
        watching.answer("Yes")
        page.route("**/b", lambda route: route.fulfill(status=503, headers={"Retry-After": "1"}))
        for n in range(11):
            watching.play(n / 10, n / 10 + 0.1)
        page.wait_for_timeout(1500)
        assert len(watching.told) >= 1
        assert watching.events() == []

        page.unroute("**/b")
        page.wait_for_timeout(4000)

        visit, _ = watching.settle()
        assert visit.coverage_s == 1.1


def test_a_browser_that_says_no_is_heeded_and_told_so(served: World, chromium: Browser) -> None:
    with opened(chromium, served, extra_http_headers={"Sec-GPC": "1"}) as (_, page):
        watching = Watching(served, page)

        expect(page.locator("#consent")).to_contain_text("Global Privacy Control")
        assert page.locator("#consent button").count() == 0
        hands(page)
        watching.play(0, 3)
        page.wait_for_timeout(2500)
        assert watching.told == []


def test_a_yes_is_remembered_here_and_unknown_elsewhere(served: World, chromium: Browser) -> None:
    with opened(chromium, served) as (_, page):
        watching = Watching(served, page)
        watching.answer("Yes")
        page.reload()
        expect(page.locator("#consent")).to_have_attribute("data-consent", "on")

    with opened(chromium, served) as (_, page):
        Watching(served, page)
        expect(page.locator("#consent")).to_have_attribute("data-consent", "ask")
    assert watching.visit_id


def _settled(context: BrowserContext, watching: Watching) -> None:
    page = context.new_page()
    for _ in range(50):
        if watching.events():
            return
        page.wait_for_timeout(100)
