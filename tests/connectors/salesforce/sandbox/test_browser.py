"""A person tries the sandbox in a real browser: lets the app in, makes links, reads an engagement, converts a lead."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import orjson
import pytest
from playwright.sync_api import Browser, Page, expect

from connectors.salesforce.sandbox import Sandbox
from tests.connectors.hubspot.scripted import Asked, Reply, ScriptedServer, json_reply
from tests.connectors.salesforce.sandbox.conftest import client, engagement, first, upsert
from tests.live import person

pytestmark = pytest.mark.browser

AXE = Path(__file__).parents[3] / "node/node_modules/axe-core/axe.min.js"


@pytest.fixture
def page(chromium: Browser) -> Iterator[Page]:
    # The check for accessibility is put into the page, which its policy would forbid.
    with person(chromium, bypass_csp=True, viewport={"width": 390, "height": 844}) as (_, made):
        yield made


def _links(asked: Asked) -> Reply:
    if not asked.body:
        return json_reply(200, "back")
    results = [
        {"recordId": each["recordId"], "ok": True, "link": f"https://video.example.com/v/{each['campaignMemberId']}"}
        | {"expiresAt": "2027-02-01T00:00:00Z", "reused": False, "error": ""}
        for each in orjson.loads(asked.body)["requests"]
    ]
    return json_reply(200, {"results": results})


@pytest.fixture
def receiver(sandbox: Sandbox) -> Iterator[ScriptedServer]:
    made = ScriptedServer(_links)
    sandbox.links.named.url = made.origin
    yield made
    made.close()


def check(page: Page) -> None:
    """No page is wider than a phone, and axe has nothing to say."""
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0, page.url
    page.add_script_tag(path=AXE)
    found = page.evaluate("axe.run().then(r => r.violations.map(v => v.id + ': ' + v.nodes[0].html))")
    assert found == [], page.url


def test_a_person_tries_the_whole_of_it(sandbox: Sandbox, receiver: ScriptedServer, page: Page) -> None:
    app = sandbox.logins.apps[0]
    app.callbacks = [f"{receiver.origin}/back"]
    asked = {"response_type": "code", "client_id": app.consumer_key, "state": "s", "code_challenge": "c" * 43}
    page.goto(f"{sandbox.origin}/services/oauth2/authorize?{urlencode(asked)}")
    check(page)
    page.get_by_label("As which user").select_option(label="Segue Integration (segue.integration@northwind.example)")
    page.get_by_role("button", name="Allow").click()
    expect(page).to_have_url(re.compile(rf"^{receiver.origin}/back\?code=.+&state=s$"))

    page.goto(sandbox.origin)
    check(page)
    page.get_by_role("link", name="campaign", exact=True).click()
    page.get_by_role("link", name="Spring offers").click()
    page.get_by_role("checkbox", name="Tom Baker").uncheck()
    page.get_by_label("Campaign in Segue").fill("spring")
    page.get_by_role("button", name="Create personalised video link").click()
    expect(page.get_by_text("What the action answered")).to_be_visible()
    check(page)
    members = list(sandbox.org.live("CampaignMember"))
    assert [("Video_Link__c" in row) for row in members] == [True] * 7 + [False]

    contact, lead = first(sandbox, "Contact"), first(sandbox, "Lead")
    told = {"First_Opened_At__c": "2026-11-28T10:42:00Z", "Sentence__c": "Watched 38 of 40 s", "Who__c": "person"}
    seen: dict[str, Any] = {
        "Spans__c": "[[0,12.5],[14,40]]",
        "Again__c": "[[8,12]]",
        "Duration_Seconds__c": 40,
        "Coverage_Percent__c": 95,
    }
    sf = client(sandbox)
    upsert(sf, engagement("a", Contact__c=contact, **told, **seen), engagement("b", Lead__c=lead, **told, **seen))
    page.goto(f"{sandbox.origin}/records/{contact}")
    expect(page.get_by_role("img", name="95 % of the video was seen")).to_be_visible()
    expect(page.get_by_text("Opened the video:")).to_be_visible()
    page.get_by_label("First Name").fill("Anna")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("status")).to_contain_text("Saved")
    check(page)

    page.goto(f"{sandbox.origin}/records/{lead}")
    page.get_by_text("Convert", exact=True).click()
    page.get_by_role("button", name="Convert lead").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Priya Nair")
    expect(page.get_by_role("img", name="95 % of the video was seen")).to_be_visible()

    page.get_by_role("link", name="Set-up").click()
    check(page)
    page.get_by_role("button", name="Take it away").click()
    page.get_by_role("link", name="Engagement").click()
    expect(page.get_by_text("The package isn’t deployed")).to_be_visible()
    check(page)
    for path in ("/contacts", "/calls", "/trouble", "/new/Contact"):
        page.goto(sandbox.origin + path)
        check(page)
    assert sandbox.api.crashes == []
