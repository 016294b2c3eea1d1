"""Salesforce, as its admin, recipients and a rep live it: sign in, set up, Flow, open, watch, press, read the record.

The org is the sandbox, in a process of its own; everything between is real.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Literal

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.journeys import town as towns
from tests.journeys.conftest import DESK, PHONE
from tests.journeys.town import Sandbox, await_, need_for_everyone, watch
from tests.live import LiveServer, free_port, person

pytestmark = pytest.mark.browser

SLUG = "voyage"
# What the org calls what the demo's CRM calls otherwise; the rest it has no field for.
RENAMED = {
    "contact.first_name": "contact.FirstName",
    "contact.tier": "contact.Tier__c",
    "contact.points": "contact.Points__c",
}


@dataclass
class Salesforce(Sandbox):
    """The org."""

    def records(self, name: str, **where: Any) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.ask("GET", f"records/{name}")["records"]
        return [row for row in found if all(row.get(key) == value for key, value in where.items())]

    def record(self, name: str, **where: Any) -> dict[str, Any]:
        return self.records(name, **where)[0]

    def page_of(self, record_id: str) -> str:
        return f"{self.origin}/records/{record_id}"


@dataclass
class Town(towns.Town):
    """Segue and Salesforce."""

    salesforce: Salesforce = field(kw_only=True)


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    port = free_port()
    origin = f"http://127.0.0.1:{port}"
    segue = LiveServer(tmp_path_factory.mktemp("salesforce"), settings={"SEGUE_SALESFORCE_SANDBOX": origin})
    arguments = ("--app-origin", segue.origin)
    with contextlib.ExitStack() as stack:
        stack.callback(segue.stop)
        stack.enter_context(towns.running("salesforce", port, *arguments, answers_at="/__sandbox/org"))
        segue.start()
        yield Town(segue, salesforce=Salesforce(origin))


def to_consent(town: Town, page: Page) -> None:
    """From nothing to the org's own page, where it says what is asked for."""
    org = town.salesforce.ask("GET", "org")
    page.goto(f"{town.segue.origin}/connections")
    page.get_by_role("link", name="Connect Salesforce").click()
    # By keyboard alone, as some do.
    page.get_by_role("region", name="Sign in").get_by_label("Consumer key").focus()
    page.keyboard.type(org["consumerKey"])
    page.keyboard.press("Tab")
    page.keyboard.type(org["consumerSecret"])
    page.keyboard.press("Enter")
    expect(page.get_by_text("Manage user data via APIs")).to_be_visible()


def connected(town: Town, page: Page) -> str:
    """The connection's page; connected by signing in, and the org's key handed over, at the first need."""
    if not town.account:
        to_consent(town, page)
        page.get_by_label("As which user").select_option(
            label="Segue Integration (segue.integration@northwind.example)"
        )
        page.get_by_role("button", name="Allow").click()
        expect(page.get_by_text("Connected.").first).to_be_visible(timeout=30_000)
        town.account = page.url.split("?")[0]
        page.get_by_role("link", name="let the org call Segue").click()
        page.get_by_role("button", name="Make a new key").click()
        key = page.get_by_role("textbox", name="The org’s key").input_value()
        page.goto(f"{town.salesforce.origin}/setup")
        credential = page.locator("form", has_text="Named Credential")
        credential.get_by_label("Key", exact=True).fill(key)
        credential.get_by_role("button", name="Save").click()
        expect(page.get_by_text("Done.")).to_be_visible()
        town.publish(SLUG, RENAMED)
    return town.account


def link_from_flow(town: Town, page: Page, record_id: str) -> str:
    """What the Flow's action gives that record."""
    page.goto(town.salesforce.page_of(record_id))
    page.get_by_label("Campaign in Segue").fill(SLUG)
    page.get_by_role("button", name="Create personalised video link").click()
    link = page.locator("a[href*='/v/']").first
    expect(link).to_be_visible()
    return str(link.get_attribute("href"))


def clicked(town: Town, **where: Any) -> bool:
    rows = town.salesforce.records("Video_Engagement__c", **where)
    return any(row["CTA_Clicked__c"] and row["Sentence__c"] for row in rows)


def greeting(chromium: Browser, link: str) -> str:
    with person(chromium, viewport=DESK) as (_, page):
        page.goto(link)
        expect(page.locator("[data-headline]")).to_be_visible(timeout=20_000)
        return page.locator("[data-headline]").inner_text()


def test_an_admin_signs_in_sees_the_org_and_checks_a_record(town: Town, page: Page) -> None:
    account = connected(town, page)

    page.goto(account)
    for words in ("Developer Edition", "segue.integration@northwind.example", "by signing in, at login.salesforce.com"):
        expect(page.get_by_text(words).first).to_be_visible()
    page.get_by_role("button", name="Look again").click()
    expect(page.get_by_text("Looked just now.")).to_be_visible(timeout=30_000)
    expect(page.locator(".scope", has_text="Named by the campaign").first).to_contain_text("field-level security")

    page.get_by_role("link", name="Check and mail").click()
    page.get_by_label("Contact, Lead or Campaign Member").fill("ana@harbor.example")
    page.get_by_role("button", name=re.compile("Check")).click()
    expect(page.get_by_role("status").filter(has_text="Read just now")).to_be_visible(timeout=20_000)
    expect(page.locator("tr", has_text="contact.FirstName")).to_contain_text("Ana")
    expect(page.locator("tr", has_text="contact.member_since")).to_contain_text("no such field")


def test_a_contacts_link_from_a_flow_is_watched_and_the_rep_reads_it(town: Town, page: Page, chromium: Browser) -> None:
    connected(town, page)
    ana = town.salesforce.record("Contact", Email="ana@harbor.example")["Id"]
    link = link_from_flow(town, page, ana)
    assert town.salesforce.record("Contact", Id=ana)["Video_Link__c"] == link

    watch(chromium, link)
    await_(lambda: clicked(town, Contact__c=ana))

    page.goto(town.salesforce.page_of(ana))
    timeline = page.locator("#timeline")
    expect(timeline.locator(".entry").first).to_contain_text(re.compile(r"Watched \d+ of \d+ s|Opened the page"))
    expect(timeline.locator("svg.heat").first).to_be_visible()
    expect(timeline.get_by_role("link", name=re.compile("Opened the video"))).to_have_count(1)
    expect(timeline.get_by_role("link", name=re.compile("Pressed “"))).to_have_count(1)


def test_a_lead_becomes_a_contact_and_link_and_engagement_go_along(town: Town, page: Page, chromium: Browser) -> None:
    connected(town, page)
    salesforce = town.salesforce
    lead = salesforce.record("Lead", Email="priya@monsoon.example")["Id"]
    member = salesforce.record("CampaignMember", LeadId=lead)["Id"]
    link = link_from_flow(town, page, member)
    watch(chromium, link)
    await_(lambda: clicked(town, Lead__c=lead))
    assert "Priya" in greeting(chromium, link)

    page.goto(salesforce.page_of(lead))
    page.get_by_text("Convert", exact=True).click()
    page.get_by_role("button", name="Convert lead").click()
    contact = salesforce.record("Lead", Id=lead)["ConvertedContactId"]
    page.goto(salesforce.page_of(contact))
    page.get_by_label("FirstName").fill("Priyanka")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Saved")).to_be_visible()

    assert "Priyanka" in greeting(chromium, link)
    page.goto(salesforce.page_of(contact))
    expect(page.locator("#timeline .entry").first).to_contain_text(re.compile(r"Watched \d+ of \d+ s|Opened the page"))
    expect(page.locator("#timeline").get_by_role("link", name=re.compile("Pressed “")).first).to_be_visible()


def test_whoever_says_no_at_salesforce_is_not_connected(town: Town, page: Page) -> None:
    account = connected(town, page)
    to_consent(town, page)
    page.get_by_role("button", name="Deny").click()

    expect(page.get_by_role("alert")).to_contain_text("wasn’t allowed")
    page.goto(account)
    expect(page.locator(".verdict")).to_contain_text("Connected")


@pytest.mark.parametrize(("size", "light"), [(DESK, "light"), (PHONE, "dark")], ids=["desk", "phone at night"])
def test_the_screens_are_for_everyone_on_every_screen(
    town: Town, page: Page, size: dict[str, int], light: Literal["light", "dark"]
) -> None:
    account = connected(town, page)
    page.set_viewport_size(size)  # type: ignore[arg-type]
    page.emulate_media(color_scheme=light)
    for path in ("", "/setup", "/check", "/lists", "/queue", "/leave"):
        need_for_everyone(page, account + path)
    for address in ("/connections", "/connections/salesforce/new", "/connections/hubspot/new"):
        need_for_everyone(page, town.segue.origin + address)
