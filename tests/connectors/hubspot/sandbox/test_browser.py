"""A person tries the sandbox in a real browser: makes a private app, edits and enrols a contact, reads the timeline."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from connectors.hubspot.sandbox import Sandbox
from connectors.hubspot.sandbox.associations import HUBSPOT
from tests.connectors.hubspot.sandbox.conftest import Client
from tests.connectors.hubspot.scripted import ScriptedServer, json_reply
from tests.live import person

pytestmark = pytest.mark.browser

AXE = Path(__file__).parents[3] / "node/node_modules/axe-core/axe.min.js"
LINK = "https://video.example.com/v/abc"


@pytest.fixture
def page(chromium: Browser) -> Iterator[Page]:
    # The check for accessibility is put into the page, which its policy would forbid.
    with person(chromium, bypass_csp=True, viewport={"width": 390, "height": 844}) as (_, made):
        yield made


@pytest.fixture
def receiver(sandbox: Sandbox) -> Iterator[ScriptedServer]:
    answer = {"outputFields": {"hs_execution_state": "SUCCESS", "video_url": LINK}, "state": "ok", "score": 72}
    made = ScriptedServer(lambda _: json_reply(200, answer))
    sandbox.app.origin = made.origin
    yield made
    made.close()


def check(page: Page) -> None:
    """No page is wider than a phone, and axe has nothing to say."""
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0, page.url
    page.add_script_tag(path=AXE)
    found = page.evaluate("axe.run().then(r => r.violations.map(v => v.id + ': ' + v.nodes[0].html))")
    assert found == [], page.url


def test_a_person_tries_the_whole_of_it(sandbox: Sandbox, receiver: ScriptedServer, page: Page) -> None:
    page.goto(sandbox.origin)
    check(page)
    page.get_by_label("Send webhooks").check()
    page.get_by_role("button", name="Save").last.click()
    expect(page.get_by_role("status")).to_have_text("The app's settings are saved.")
    page.get_by_role("button", name="Create private app").click()
    token = page.locator("#token").inner_text()
    check(page)

    belongs = [{"to": {"id": "501"}, "types": [{"associationCategory": HUBSPOT, "associationTypeId": 202}]}]
    values = {"hs_note_body": "<p>Watched 38 of 40 s</p>", "hs_timestamp": "2026-11-28T10:42:00Z"}
    note = {"properties": values, "associations": belongs}
    assert Client(sandbox.origin, token)("POST", "/crm/objects/2026-09/notes", note).status == 201

    page.get_by_role("link", name="Contacts").click()
    check(page)
    page.get_by_role("link", name="Ana García").click()
    expect(page.locator("#timeline")).to_contain_text("Watched 38 of 40 s")
    check(page)
    page.get_by_label("Points").fill("99")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("status")).to_have_text("Saved: points.")
    page.get_by_label("Campaign").fill("spring")
    page.get_by_role("button", name="Enrol in workflow").click()
    expect(page.get_by_role("link", name=LINK)).to_be_visible()
    check(page)

    page.get_by_role("link", name="Ana García").click()
    page.get_by_role("link", name="Open card").click()
    expect(page.get_by_role("main")).to_contain_text("72")
    check(page)
    assert sandbox.later.settled()
    for name, text in (("Webhooks", "points"), ("Calls", "/crm/objects/2026-09/notes"), ("Lists", "Spring travellers")):
        page.get_by_role("link", name=name, exact=True).click()
        expect(page.get_by_role("main")).to_contain_text(text)
        check(page)
    page.get_by_role("link", name="Trouble").click()
    page.get_by_label("Which").select_option("503")
    page.get_by_role("button", name="Make trouble").click()
    check(page)
    assert Client(sandbox.origin, token)("GET", "/crm/objects/2026-09/contacts/501").status == 503
    page.get_by_role("button", name="End all trouble").click()
    assert sandbox.faults.rules == []
    assert sandbox.portal.contacts.records["501"].properties["points"] == "99"
