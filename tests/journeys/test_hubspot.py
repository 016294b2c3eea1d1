"""HubSpot, as its admin, a recipient and a rep live it: connect, set up, enrol, open, watch, click, read the timeline.

HubSpot is the sandbox, in a process of its own; everything between is real.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect

from connectors.hubspot.accounts.scopes import ALL, names
from tests.journeys.conftest import AXE, DESK, PHONE
from tests.live import LiveServer, free_port, person, until

pytestmark = pytest.mark.browser

PORTAL = 24_601_001
SLUG = "voyage"
STORYBOARD = Path(__file__).parents[2] / "demo/storyboard.json"
# What HubSpot calls what the demo's CRM calls otherwise.
RENAMED = {"contact.first_name": "contact.firstname", "contact.language": "contact.hs_language"}


@dataclass
class HubSpot:
    """The sandbox, asked as its own page on tests says."""

    origin: str
    process: subprocess.Popen[bytes]

    def ask(self, method: str, path: str, body: Any = None) -> Any:
        answer = httpx.request(method, f"{self.origin}/__sandbox/{path}", json=body, timeout=10)
        assert answer.status_code == 200, answer.text
        return answer.json()

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
class Town:
    """Segue and HubSpot, side by side; `account` is the connection's page once there is one."""

    segue: LiveServer
    hubspot: HubSpot
    account: str = ""

    def run(self, *words: str) -> None:
        """A command where Segue is."""
        done = subprocess.run(
            [sys.executable, "-m", "web.cli", *words],
            env=self.segue.environment(),
            capture_output=True,
            text=True,
            timeout=60,
        )
        assert done.returncode == 0, done.stderr


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    port, segue_port = free_port(), free_port()
    origin = f"http://127.0.0.1:{port}"
    settings = {
        "SEGUE_HUBSPOT_API": origin,
        "SEGUE_HUBSPOT_APP": origin,
        "SEGUE_HUBSPOT_CLIENT_ID": "6e0c5b0e-0000-4000-8000-5e67e0000001",
        "SEGUE_HUBSPOT_CLIENT_SECRET": "sandbox-client-secret",
        "SEGUE_HUBSPOT_APP_ID": "1515001",
    }
    segue = LiveServer(tmp_path_factory.mktemp("hubspot"), port=segue_port, settings=settings)
    arguments = ["crm", "sandbox", "hubspot", "--port", str(port), "--app-origin", segue.origin, "--app-events"]
    process = subprocess.Popen(
        [sys.executable, "-m", "web.cli", *arguments],
        env=os.environ,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        segue.start()
        await_(lambda: httpx.get(f"{origin}/__sandbox/portals", timeout=2).status_code == 200, within_s=30)
        yield Town(segue, HubSpot(origin, process))
    finally:
        segue.stop()
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait(10)


def await_(true: Callable[[], bool], *, within_s: float = 30) -> None:
    for _ in range(int(within_s * 10)):
        with contextlib.suppress(httpx.HTTPError):
            if true():
                return
        time.sleep(0.1)
    raise AssertionError(f"never true within {within_s} s")


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
        document = json.loads(STORYBOARD.read_text("utf-8"))
        for field in document["fields"]:
            field["source"] = RENAMED.get(field["source"], field["source"])
        file = town.segue.folder / "voyage.json"
        file.write_text(json.dumps(document), "utf-8")
        installation = town.account.rsplit("/", 1)[-1]
        town.run("campaign", "publish", str(file), "--slug", SLUG, "--installation", installation)
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
        page.goto(account + path)
        page.evaluate(AXE)
        found = page.evaluate("async () => (await axe.run()).violations.map(v => v.id + ': ' + v.nodes[0].html)")
        assert found == [], path
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), f"{path} is wider than the screen"


def runs_of(hubspot: HubSpot, contact: str) -> list[dict[str, Any]]:
    return [run for run in hubspot.ask("GET", hubspot.at("runs"))["runs"] if run["contactId"] == contact]


def is_told(timeline: dict[str, Any], kind: str) -> bool:
    kinds = [entry["kind"] for entry in timeline["entries"]]
    return "note" in kinds and (not kind or kind in kinds)


def watch(chromium: Browser, link: str) -> None:
    """As a person does: agree, watch a little, press a button."""
    with person(chromium, viewport=DESK) as (context, page):
        page.goto(link)
        expect(page.locator("[data-headline]")).to_be_visible(timeout=20_000)
        page.locator("#consent [data-choice=yes]").click()
        expect(page.locator("#consent")).to_have_attribute("data-consent", "on")
        page.locator(".player-start").first.click()
        until(page, "document.querySelector('[data-player] video').currentTime > 3")
        with context.expect_page() as target:
            page.locator("a[data-cta]:visible").first.click(modifiers=["Control"])
        target.value.close()
        page.wait_for_timeout(500)
