"""HubSpot, as its admin, a recipient and a rep live it: connect, set up, enrol, open, watch, click, read the timeline.

HubSpot is the sandbox, in a process of its own; everything between is real.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect

from connectors.hubspot.accounts.scopes import ALL, names
from tests.journeys import town as towns
from tests.journeys.conftest import DESK, PHONE
from tests.journeys.town import Sandbox, await_, need_for_everyone, watch
from tests.live import LiveServer, free_port

pytestmark = pytest.mark.browser

PORTAL = 24_601_001
SLUG = "voyage"
# What HubSpot calls what the demo's CRM calls otherwise.
RENAMED = {"contact.first_name": "contact.firstname", "contact.language": "contact.hs_language"}


@dataclass
class HubSpot(Sandbox):
    """One of its portals."""

    def at(self, path: str) -> str:
        return f"portals/{PORTAL}/{path}"

    def contact(self, contact_id: str) -> dict[str, str]:
        properties: dict[str, str] = self.ask("GET", self.at(f"contacts/{contact_id}"))["properties"]
        return properties

    def timeline(self, contact_id: str) -> dict[str, Any]:
        told: dict[str, Any] = self.ask("GET", self.at(f"contacts/{contact_id}/timeline"))
        return told

    def page_of(self, contact_id: str) -> str:
        return f"{self.origin}/portals/{PORTAL}/contacts/{contact_id}"


@dataclass
class Town(towns.Town):
    """Segue and HubSpot."""

    hubspot: HubSpot = field(kw_only=True)


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    port = free_port()
    origin = f"http://127.0.0.1:{port}"
    settings = {
        "SEGUE_HUBSPOT_API": origin,
        "SEGUE_HUBSPOT_APP": origin,
        "SEGUE_HUBSPOT_CLIENT_ID": "6e0c5b0e-0000-4000-8000-5e67e0000001",
        "SEGUE_HUBSPOT_CLIENT_SECRET": "sandbox-client-secret",
        "SEGUE_HUBSPOT_APP_ID": "1515001",
    }
    segue = LiveServer(tmp_path_factory.mktemp("hubspot"), settings=settings)
    arguments = ("--app-origin", segue.origin, "--app-events")
    with contextlib.ExitStack() as stack:
        stack.callback(segue.stop)
        stack.enter_context(towns.running("hubspot", port, *arguments, answers_at="/__sandbox/portals"))
        segue.start()
        yield Town(segue, hubspot=HubSpot(origin))


def connected(town: Town, page: Page) -> str:
    """The account's page; connected by its token at the first need."""
    if not town.account:
        made = town.hubspot.ask("POST", town.hubspot.at("private-apps"), {"scopes": list(names(ALL))})
        page.goto(f"{town.segue.origin}/connections")
        page.get_by_role("link", name="Connect HubSpot").click()
        expect(page.get_by_text("crm.objects.contacts.write")).to_be_visible()
        page.get_by_label("Access token").fill(made["token"])
        page.get_by_label("Client secret").fill(made["clientSecret"])
        page.get_by_label("App id").fill(str(made["appId"]))
        page.get_by_role("button", name="Connect").click()
        expect(page.get_by_text("Connected.").first).to_be_visible(timeout=30_000)
        town.account = page.url.split("?")[0]
        town.publish(SLUG, RENAMED)
    return town.account


def set_up(town: Town, page: Page) -> None:
    page.goto(f"{connected(town, page)}/setup")
    button = page.get_by_role("button", name=re.compile(r"Make \d+ things?"))
    if button.count():
        button.click()
        expect(page.get_by_text(re.compile(r"were made|was made"))).to_be_visible(timeout=60_000)


def test_an_admin_connects_sees_what_is_allowed_sets_up_and_checks_a_contact(town: Town, page: Page) -> None:
    account = connected(town, page)
    expect(page.get_by_text("Enterprise").first).to_be_visible()
    expect(page.locator("#mode-title ~ p").first).to_contain_text("app events")

    set_up(town, page)
    expect(page.get_by_text("segue_link_voyage")).to_be_visible()
    page.goto(f"{account}/check")
    ana = town.hubspot.contact(town.hubspot.ask("GET", f"portals/{PORTAL}")["contacts"][0])
    page.get_by_label("Contact").fill(ana["email"])
    page.get_by_role("button", name=re.compile("Check")).click()

    expect(page.get_by_role("status").filter(has_text="Read just now")).to_be_visible(timeout=20_000)
    row = page.locator("tr", has_text="contact.firstname")
    expect(row).to_contain_text("Value")
    expect(row).to_contain_text(ana["firstname"])
    expect(page.locator("#snippet")).to_have_value(re.compile(r"contact\.segue_link_voyage"))


@pytest.mark.parametrize(
    ("mode", "number", "kind"),
    [
        ("app_events", 0, "app_event"),
        ("media_bridge", 1, "media"),
        ("custom_events", 2, "custom_event"),
        ("none", 3, ""),
    ],
)
def test_a_workflows_link_is_opened_watched_and_clicked_and_the_rep_reads_it(
    town: Town, page: Page, chromium: Browser, mode: str, number: int, kind: str
) -> None:
    account, hubspot = connected(town, page), town.hubspot
    set_up(town, page)
    page.goto(account)
    page.locator(f"input[name=mode][value={mode}]").check()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("It holds for visits that begin from now on.")).to_be_visible()
    contact = hubspot.ask("GET", f"portals/{PORTAL}")["contacts"][number]

    page.goto(hubspot.page_of(contact))
    page.get_by_label("Campaign", exact=True).fill(SLUG)
    page.get_by_role("button", name="Enrol in workflow").click()
    await_(lambda: "segue_link_voyage" in hubspot.contact(contact))
    await_(lambda: [run["output"].get("hs_execution_state") for run in runs_of(hubspot, contact)] == ["SUCCESS"])
    watch(chromium, hubspot.contact(contact)["segue_link_voyage"])

    await_(lambda: is_told(hubspot.timeline(contact), kind))
    told = hubspot.timeline(contact)
    kinds = {entry["kind"] for entry in told["entries"]}
    assert kinds == ({"note", kind} if kind else {"note"})
    assert [entry["kind"] for entry in told["entries"]].count("note") == 1
    assert len(told["cards"]) == (1 if mode == "media_bridge" else 0)
    await_(lambda: "segue_cta_label" in hubspot.contact(contact))
    properties = hubspot.contact(contact)
    assert properties["segue_open_count"] == "1"
    assert properties["segue_viewer"] in ("person", "likely_person")
    page.goto(hubspot.page_of(contact))
    expect(page.locator("#timeline")).to_contain_text(re.compile(r"Watched \d+ of \d+ s|Opened the page"))


def test_the_card_and_the_settings_page_tell_the_same(town: Town, page: Page) -> None:
    connected(town, page)
    hubspot = town.hubspot
    contact = hubspot.ask("GET", f"portals/{PORTAL}")["contacts"][0]

    card = hubspot.ask("POST", hubspot.at("card"), {"contactId": contact})
    settings = hubspot.ask("POST", hubspot.at("settings"), {})

    assert (card["status"], settings["status"]) == (200, 200)
    assert card["answer"]["state"] in ("ok", "empty")
    assert settings["answer"]["connection"] == "ok"
    assert card["tookMs"] < 10_000


def test_a_contact_erased_in_hubspot_is_forgotten_here(town: Town, page: Page) -> None:
    connected(town, page)
    hubspot = town.hubspot
    contact = hubspot.ask("GET", f"portals/{PORTAL}")["contacts"][-1]
    hubspot.ask("POST", hubspot.at("enrol"), {"contactId": contact, "campaign": SLUG})
    await_(lambda: "segue_link_voyage" in hubspot.contact(contact))
    link = hubspot.contact(contact)["segue_link_voyage"]

    hubspot.ask("POST", hubspot.at("erase"), {"contactId": contact})

    await_(lambda: httpx.get(link, headers={"Accept": "text/html"}, timeout=5).status_code == 410)


def test_another_account_agrees_at_hubspot_and_one_that_says_no_is_not_connected(town: Town, page: Page) -> None:
    page.goto(f"{town.segue.origin}/connections/hubspot/new")
    page.get_by_role("link", name="Go to HubSpot").click()
    expect(page.get_by_text("crm.objects.contacts.read").first).to_be_visible()
    page.get_by_role("button", name="Cancel").click()
    expect(page.get_by_role("alert")).to_contain_text("wasn’t allowed")

    page.get_by_role("link", name="Connect HubSpot").click()
    page.get_by_role("link", name="Go to HubSpot").click()
    page.get_by_role("button", name="Connect app").click()

    expect(page.get_by_text("Connected").first).to_be_visible(timeout=30_000)
    expect(page.get_by_text("by OAuth")).to_be_visible()


@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
def test_the_screens_are_for_everyone_on_every_screen(town: Town, page: Page, size: dict[str, int]) -> None:
    account = connected(town, page)
    page.set_viewport_size(size)  # type: ignore[arg-type]
    for path in ("", "/setup", "/check", "/lists", "/queue", "/leave"):
        need_for_everyone(page, account + path)


def runs_of(hubspot: HubSpot, contact: str) -> list[dict[str, Any]]:
    return [run for run in hubspot.ask("GET", hubspot.at("runs"))["runs"] if run["contactId"] == contact]


def is_told(timeline: dict[str, Any], kind: str) -> bool:
    kinds = [entry["kind"] for entry in timeline["entries"]]
    return "note" in kinds and (not kind or kind in kinds)
