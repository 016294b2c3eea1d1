"""A recipient's page in a real browser: opened when seen, cleaned, in step with the video, alive when things fail."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import func, select
from werkzeug.serving import make_server

from plugin.decisions.models import Open
from plugin.kernel.clock import utcnow
from plugin.kernel.database import Database, Entity
from tests.live import person
from tests.web.landing.world import ANA, World, make_world

pytestmark = pytest.mark.browser

HIDDEN = "Object.defineProperty(document, 'visibilityState', {get: () => window.seen ? 'visible' : 'hidden'})"
HOSTILE = "</h1><script>document.title='owned'</script><img src=x onerror=\"document.title='owned'\">Ana"


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[World, str]]:
    folder = tmp_path_factory.mktemp("landing")
    database = Database(f"sqlite:///{folder / 'segue.sqlite3'}")
    Entity.metadata.create_all(database.engine)
    world = make_world(database, folder / "data", utcnow)
    server = make_server("127.0.0.1", 0, world.app, threaded=True)
    world.services.settings.public_origin = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield world, world.services.settings.public_origin
    server.shutdown()
    thread.join()


def test_it_opens_by_itself_and_leaves_no_secret_in_the_address(served: tuple[World, str], chromium: Browser) -> None:
    world, origin = served
    with person(chromium) as (context, page):
        trouble = _trouble(page)

        page.goto(f"{origin}/v/{world.link_for(**ANA).token}?t=3&utm_source=mail")

        expect(page.locator("h1")).to_have_text("Ana, this was your year")
        expect(page.locator("[data-player]")).to_be_visible()
        assert page.url == f"{origin}/w/your-year?t=3"
        assert [cookie["name"] for cookie in context.cookies()] == ["__Host-segue"]
        assert page.evaluate("document.cookie") == ""
        assert page.evaluate("Object.keys(localStorage).length + Object.keys(sessionStorage).length") == 0
        assert trouble == []
        page.reload()
        expect(page.locator("h1")).to_have_text("Ana, this was your year")


def test_a_copied_address_shows_the_public_version_to_someone_else(
    served: tuple[World, str], chromium: Browser
) -> None:
    _, origin = served
    with person(chromium) as (_, page):
        page.goto(f"{origin}/w/your-year")

        expect(page.locator("h1")).to_have_text("Your year with Alder")
        assert page.url == f"{origin}/c/your-year"


def test_a_tab_nobody_sees_opens_nothing_until_it_is_seen(served: tuple[World, str], chromium: Browser) -> None:
    world, origin = served
    link = world.link_for(**ANA)
    with person(chromium) as (_, page):
        page.add_init_script(HIDDEN)
        before = _opens(world)
        page.goto(f"{origin}/v/{link.token}")
        page.wait_for_timeout(500)
        assert _opens(world) == before

        page.evaluate("window.seen = true; document.dispatchEvent(new Event('visibilitychange'))")

        expect(page.locator("[data-player]")).to_be_visible()
        assert _opens(world) == before + 1


def test_when_the_open_fails_the_page_says_so_and_trying_again_works(
    served: tuple[World, str], chromium: Browser
) -> None:
    world, origin = served
    with person(chromium) as (_, page):
        page.route("**/open", lambda route: route.fulfill(status=502, body="<h1>Bad gateway</h1>"))
        page.goto(f"{origin}/v/{world.link_for(**ANA).token}")
        expect(page.get_by_role("alert")).to_contain_text("Your video didn’t load")
        assert "Bad gateway" not in page.content()

        page.unroute("**/open")
        page.get_by_role("button", name="Try again").click()

        expect(page.locator("h1")).to_have_text("Ana, this was your year")
        expect(page.locator("h1")).to_be_focused()


def test_an_end_meanwhile_is_explained_where_the_video_would_be(served: tuple[World, str], chromium: Browser) -> None:
    world, origin = served
    link = world.link_for(**ANA)
    with person(chromium) as (_, page):
        page.add_init_script(HIDDEN)
        page.goto(f"{origin}/v/{link.token}")
        world.services.clock = lambda: link.expires_at
        try:
            page.evaluate("window.seen = true; document.dispatchEvent(new Event('visibilitychange'))")

            expect(page.locator("h1")).to_have_text("This link has ended")
        finally:
            world.services.clock = utcnow


def test_without_script_a_button_opens_the_whole_page(served: tuple[World, str], chromium: Browser) -> None:
    world, origin = served
    with person(chromium, java_script_enabled=False) as (_, page):
        page.goto(f"{origin}/v/{world.link_for(**ANA).token}")

        page.get_by_role("button", name="Watch your video").click()

        expect(page.locator("h1")).to_have_text("Ana, this was your year")
        expect(page.locator("video[controls]")).to_be_visible()
        expect(page.get_by_role("link", name="Book a demo")).to_be_visible()


def test_a_record_full_of_markup_runs_nothing(served: tuple[World, str], chromium: Browser) -> None:
    world, origin = served
    record = dict.fromkeys(("first_name", "language", "tier", "points"), HOSTILE)
    with person(chromium) as (_, page):
        trouble = _trouble(page)

        page.goto(f"{origin}/v/{world.link_for(**record).token}")

        expect(page.locator("h1")).to_contain_text("<script>")
        assert page.title() == "Your year with Alder · Alder"
        assert trouble == []


def test_an_injected_script_is_refused(served: tuple[World, str], chromium: Browser) -> None:
    world, origin = served
    with person(chromium) as (_, page):
        page.goto(f"{origin}/v/{world.link_for(**ANA).token}")
        expect(page.locator("[data-player]")).to_be_visible()

        page.evaluate(
            """() => {
                const button = document.createElement("button");
                button.id = "trap";
                button.textContent = "Trap";
                button.setAttribute("onclick", "document.title = 'owned'");
                button.setAttribute("hx-on:click", "document.title = 'owned'");
                document.querySelector("h1").append(button);
                const script = document.createElement("script");
                script.textContent = "document.title = 'owned'";
                document.body.append(script);
                htmx.process(button);
            }"""
        )
        page.locator("#trap").click()

        assert page.title() == "Your year with Alder · Alder"


def test_the_line_being_said_is_marked(served: tuple[World, str], chromium: Browser) -> None:
    world, origin = served
    with person(chromium) as (_, page):
        page.goto(f"{origin}/v/{world.link_for(**ANA).token}")
        expect(page.locator("[data-player]")).to_be_visible()

        page.evaluate(
            """() => {
                const video = document.querySelector("[data-player] video");
                Object.defineProperty(video, "currentTime", {get: () => 4.0});
                video.dispatchEvent(new Event("timeupdate"));
            }"""
        )

        expect(page.locator(".line[aria-current=true] [data-words]")).to_have_text("Your balance: 12,480 points")
        expect(page.locator(".chapters [aria-current=true]")).to_contain_text("Your offer")


def test_another_language_takes_the_page_along(served: tuple[World, str], chromium: Browser) -> None:
    world, origin = served
    with person(chromium) as (_, page):
        page.goto(f"{origin}/v/{world.link_for(**ANA).token}")

        page.get_by_role("button", name="En español").click()

        expect(page.locator("h1")).to_have_text("Ana, este fue tu año")
        expect(page.locator("html")).to_have_attribute("lang", "es")


def test_this_is_not_me_forgets_everything(served: tuple[World, str], chromium: Browser) -> None:
    world, origin = served
    with person(chromium) as (context, page):
        page.goto(f"{origin}/v/{world.link_for(**ANA).token}")

        page.get_by_role("button", name="This isn’t me").click()

        expect(page.locator("h1")).to_have_text("Your year with Alder")
        assert page.url == f"{origin}/c/your-year"
        assert context.cookies() == []


def _opens(world: World) -> int:
    with world.services.database.reading() as session:
        return session.scalar(select(func.count()).select_from(Open)) or 0


def _trouble(page: Page) -> list[str]:
    """Whatever the browser complains of, but for clips and posters: these clips have no bytes."""
    said: list[str] = []
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("console", lambda line: said.append(line.text) if "Content Security Policy" in line.text else None)
    page.on("request", lambda asked: None if asked.url.startswith("http://127.0.0.1") else said.append(asked.url))
    return said
