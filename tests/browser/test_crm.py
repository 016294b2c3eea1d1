"""A rep at work in a real browser: edits, undoes, watches the timeline fill, and nothing in a record runs."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect
from werkzeug.serving import BaseWSGIServer, make_server

from connectors.local import contacts
from connectors.local.connector import LocalCrm
from plugin.accounts.members import add_member
from plugin.kernel.database import Database
from plugin.kernel.settings import Settings
from plugin.outbox.dispatch import dispatch_once
from plugin.outbox.enqueue import enqueue
from plugin.outbox.ports import Dead
from tests.connectors.contract import event, summary
from tests.live import free_port
from tests.make import make_contact, make_installation
from tests.plugin.outbox.fakes import BusyCrm, drafts
from web.app import create_app

pytestmark = pytest.mark.browser

AXE = Path(__file__).parents[1] / "node/node_modules/axe-core/axe.min.js"
EVIL = "\"><img src=x onerror=\"document.title='run'\"><script>document.title='run'</script>{{7*7}}"
PHONE = {"viewport": {"width": 390, "height": 844}}


@dataclass
class Office:
    """The CRM served from a thread, with one contact and a demo account."""

    origin: str
    database: Database
    crm: LocalCrm
    complaints: list[str] = field(default_factory=list)

    def watch(self, page: Page) -> Page:
        """Note whatever the browser complains of: refused scripts and styles, errors, failed requests."""
        page.on(
            "console", lambda said: self.complaints.append(said.text) if said.type in ("error", "warning") else None
        )
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        return page


@pytest.fixture
def make_office(tmp_path: Path, sqlite_template: Path) -> Iterator[Callable[..., Office]]:
    servers: list[BaseWSGIServer] = []

    def make(*, crm_open: bool = True) -> Office:
        shutil.copy(sqlite_template, tmp_path / "segue.sqlite3")
        port = free_port()
        origin = f"http://127.0.0.1:{port}"
        settings = Settings(data_dir=tmp_path, public_origin=origin, crm_open=crm_open, log_level="error")
        app = create_app(settings)
        server = make_server("127.0.0.1", port, app, threaded=True)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        servers.append(server)
        database = app.extensions["segue"].database
        with database.transaction() as session:
            installation_id = make_installation(session).id
            make_contact(session, installation_id, "ana", first_name="Ana", tier="Silver", points=120)
        return Office(origin, database, LocalCrm(database, installation_id))

    yield make
    for server in servers:
        server.shutdown()


@pytest.fixture
def office(make_office: Callable[..., Office]) -> Office:
    return make_office()


@pytest.fixture
def context(chromium: Browser) -> Iterator[BrowserContext]:
    made = chromium.new_context()
    made.set_default_timeout(15_000)
    yield made
    made.close()


@pytest.fixture
def page(context: BrowserContext, office: Office) -> Iterator[Page]:
    yield office.watch(context.new_page())
    assert office.complaints == []


def test_a_rep_edits_with_the_keyboard_and_takes_it_back(page: Page, office: Office) -> None:
    page.goto(f"{office.origin}/crm")
    page.keyboard.press("Tab")
    page.get_by_role("link", name="Ana").click()

    page.get_by_label("First name").fill("Anabel")
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_contain_text("Saved.")
    expect(page.get_by_role("heading", level=1)).to_have_text("Anabel")
    with office.database.reading() as session:
        assert contacts.get(session, "ana").properties["first_name"] == "Anabel"

    page.get_by_role("button", name="Undo last save").click()
    expect(page.get_by_role("status")).to_contain_text("Undone.")
    expect(page.get_by_label("First name")).to_have_value("Ana")
    expect(page.get_by_role("heading", level=1)).to_have_text("Ana")


def test_what_can_not_be_kept_is_said_beside_the_field(page: Page, office: Office) -> None:
    page.goto(f"{office.origin}/crm/contacts/ana")

    page.get_by_label("Points").fill("many")
    page.get_by_role("button", name="Save", exact=True).click()

    expect(page.get_by_label("Points")).to_have_attribute("aria-invalid", "true")
    expect(page.get_by_text("'many' is not a number.")).to_be_visible()
    # The browser itself notes the 422 on its console; that one is meant.
    office.complaints[:] = [said for said in office.complaints if "422" not in said]


def test_the_timeline_fills_by_itself_and_what_was_unfolded_stays_so(page: Page, office: Office) -> None:
    office.crm.deliver([event("ana", "k1", "link.opened", visit="v0")])
    page.goto(f"{office.origin}/crm/contacts/ana")
    page.get_by_text("1 event", exact=True).click()
    page.get_by_role("heading", level=1).click()

    office.crm.deliver([summary("ana", 1)])

    expect(page.get_by_text("Watched 38 of 40 s, replayed Pricing twice")).to_be_visible()
    expect(page.locator("#events-v0")).to_have_attribute("open", "")


def test_a_search_narrows_as_one_types(page: Page, office: Office) -> None:
    with office.database.transaction() as session:
        make_contact(session, contacts.get(session, "ana").installation_id, "boris", first_name="Boris")
    page.goto(f"{office.origin}/crm")

    page.get_by_role("searchbox").press_sequentially("bor")

    expect(page.get_by_role("link", name="Boris")).to_be_visible()
    expect(page.get_by_role("link", name="Ana")).to_have_count(0)


def test_a_records_words_never_run(page: Page, office: Office) -> None:
    with office.database.transaction() as session:
        contacts.update(session, "ana", {"first_name": EVIL, "tier": EVIL, "email": EVIL})
    office.crm.deliver(
        [
            event("ana", "k1", "cta.clicked", label=EVIL, visit=EVIL),
            summary("ana", 1, ctas=[EVIL], campaign=EVIL, reasons=[EVIL], replays=[{"scene": EVIL, "times": 1}]),
        ]
    )

    for path in ("/crm", "/crm/contacts/ana"):
        page.goto(office.origin + path)
        page.wait_for_load_state("networkidle")
        assert page.title() != "run"
        assert page.locator("img[src=x]").count() == 0
        expect(page.get_by_text("{{7*7}}").first).to_be_visible()

    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_role("status")).to_contain_text("Nothing was changed.")
    assert page.title() != "run"


def test_without_script_a_save_still_is_one(chromium: Browser, office: Office) -> None:
    context = chromium.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{office.origin}/crm/contacts/ana")

    page.get_by_label("Tier").fill("Gold")
    page.get_by_role("button", name="Save", exact=True).click()

    expect(page.get_by_text("Saved.")).to_be_visible()
    expect(page.get_by_label("Tier")).to_have_value("Gold")
    context.close()


def test_a_member_signs_in_and_out(context: BrowserContext, make_office: Callable[..., Office]) -> None:
    office = make_office(crm_open=False)
    with office.database.transaction() as session:
        add_member(session, "rep@example.org", "correct horse battery", "rep")
    page = office.watch(context.new_page())
    page.goto(f"{office.origin}/crm/contacts/ana")

    page.get_by_label("E-mail").fill("rep@example.org")
    page.get_by_label("Password").fill("correct horse battery")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Ana")

    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Sign in")
    page.goto(f"{office.origin}/crm")
    expect(page.get_by_role("heading", level=1)).to_have_text("Sign in")
    assert office.complaints == []


@pytest.mark.parametrize("look", [{}, {"color_scheme": "dark"}, PHONE], ids=["light", "dark", "phone"])
def test_every_screen_is_accessible_and_fits(chromium: Browser, office: Office, look: dict[str, object]) -> None:
    office.crm.deliver(
        [event("ana", "k1", "link.opened"), event("ana", "k2", "video.quartile_reached", visit="v2"), summary("ana", 1)]
    )
    with office.database.transaction() as session:
        enqueue(session, drafts("i", "a"))
    dispatch_once(office.database, lambda _: BusyCrm(lambda _: Dead("The property 'plan' is read-only.")))
    context = chromium.new_context(**look)  # type: ignore[arg-type]
    page = office.watch(context.new_page())

    for path in ("/crm", "/crm?q=zzz", "/crm/contacts/ana", "/crm/contacts/new", "/crm/health", "/crm/sign-in"):
        page.goto(office.origin + path)
        page.locator("details").evaluate_all("all => all.forEach((one) => (one.open = true))")
        page.evaluate(AXE.read_text())
        found = page.evaluate("axe.run().then((result) => result.violations.map((one) => [one.id, one.nodes[0].html]))")

        assert found == [], path
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path
    context.close()
    assert office.complaints == []
