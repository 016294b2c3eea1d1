"""What every page promises: nothing personal where it could leak, nothing that runs, nothing in the way of anyone."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import BrowserContext, Page, Request, expect

from tests.journeys.conftest import AXE, DESK, PHONE
from tests.journeys.test_first_minutes import opened, plan_of, rep
from tests.live import LiveServer, until

pytestmark = pytest.mark.browser
ROOT = Path(__file__).parents[2]
CANARY = "Quetzalcoatlus"
EVIL = "\"><img src=x onerror=\"document.title='run'\"><script>document.title='run'</script>{{7*7}}${7*7}"


def fill_every_text(crm: Page, value: str) -> None:
    """Every property a rep can type words into; dates, numbers and addresses are checked by the form itself."""
    for box in crm.locator("form[action^='/crm/contacts/'] input[name^='p.']").all():
        if box.get_attribute("type") == "text" and box.get_attribute("inputmode") != "decimal":
            box.fill(value)
    crm.locator("#save").click()
    expect(crm.get_by_text("Saved.")).to_be_visible()


def test_values_of_the_record_leave_only_in_the_fragment(context: BrowserContext, demo: LiveServer) -> None:
    name, link = list(demo.links().items())[1]
    crm = rep(context, demo, name)
    crm.get_by_label(re.compile("first name", re.I)).fill(CANARY)
    crm.locator("#save").click()
    expect(crm.get_by_text("Saved.")).to_be_visible()
    requests: list[Request] = []
    page = context.new_page()
    page.on("request", lambda request: requests.append(request))  # a builtin can't be a listener
    opened(page, link)
    page.locator(".player-start").first.click()
    until(page, "document.querySelector('[data-player] video').currentTime > 2")
    expect(page.locator("[data-headline]")).to_contain_text(CANARY)

    for request in requests:
        assert request.url.startswith((demo.origin, "blob:", "data:")), "a third party was asked"
        assert CANARY not in request.url
        assert CANARY not in json.dumps(request.headers)
        if (answer := request.response()) and not request.url.startswith(("blob:", "data:")):
            assert CANARY not in json.dumps(answer.headers)
            if "/m/" in request.url and "mp4" not in request.url and "jpg" not in request.url:
                assert CANARY not in answer.text()
    assert CANARY not in json.dumps(plan_of(page)["playlists"])
    ld = page.locator("script[type='application/ld+json']").all_text_contents()
    assert CANARY not in json.dumps(ld)
    token = link.rsplit("/", 1)[-1]
    logs = demo.printed().split("Public ", 1)[-1]
    assert CANARY not in logs
    assert token not in logs
    assert page.evaluate("document.referrer") == ""
    crm.locator("#undo").click()
    expect(crm.get_by_text("Undone.")).to_be_visible()


def test_markup_in_a_record_never_runs(context: BrowserContext, demo: LiveServer) -> None:
    name, link = list(demo.links().items())[1]
    crm = rep(context, demo, name)
    fill_every_text(crm, EVIL)
    page = opened(context.new_page(), link)
    page.locator(".player-start").first.click()
    until(page, "document.querySelector('[data-player] video').currentTime > 3")
    crm.reload()

    for where in (page, crm):
        assert where.title() != "run"
        assert where.locator("img[src='x']").count() == 0
        assert "49" not in where.locator("h1").inner_text()
    crm.locator("#undo").click()
    expect(crm.get_by_text("Undone.")).to_be_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])
def test_no_page_stands_in_anyones_way(
    context: BrowserContext, demo: LiveServer, size: dict[str, int], scheme: str
) -> None:
    assert context.browser is not None
    visitor = context.browser.new_context(viewport=size, color_scheme=scheme, bypass_csp=False)  # type: ignore[arg-type]
    page = visitor.new_page()
    link = next(iter(demo.links().values()))
    slug = re.search(r"^Public\s+(\S+)", demo.printed(), re.M)
    assert slug
    name = next(iter(demo.links()))
    addresses = [
        f"{demo.origin}/",
        slug[1],
        f"{demo.origin}/v/not-a-token",
        f"{demo.origin}/nowhere",
        f"{demo.origin}/crm",
        f"{demo.origin}/crm/health",
        f"{demo.origin}/crm/contacts/new",
    ]
    problems = []
    for address in addresses:
        page.goto(address)
        problems += _axe(page, address)
    opened(page, link)
    problems += _axe(page, "the open page")
    page.locator(".why summary").click()
    page.locator("#consent [data-choice=yes]").click()
    expect(page.locator("#consent")).to_have_attribute("data-consent", "on")
    page.locator(".player-start").first.click()
    until(page, "document.querySelector('[data-player] video').currentTime > 0.5")
    problems += _axe(page, "the open page, playing")
    crm = rep(visitor, demo, name)
    problems += _axe(crm, "a contact")
    wide = "document.documentElement.scrollWidth > innerWidth + 1"
    overflow = [where for where in (page, crm) if where.evaluate(wide)]
    visitor.close()

    assert problems == []
    assert overflow == []


def _axe(page: Page, where: str) -> list[str]:
    page.evaluate(AXE)
    found = page.evaluate("async () => (await axe.run(document, { resultTypes: ['violations'] })).violations")
    return [f"{where}: {v['id']} {[node['target'] for node in v['nodes']][:3]}" for v in found]


@pytest.mark.parametrize("which", ["public", "recipient"])
def test_structured_data_is_valid(demo: LiveServer, which: str) -> None:
    public = re.search(r"^Public\s+(\S+)", demo.printed(), re.M)
    assert public
    address = public[1] if which == "public" else next(iter(demo.links().values()))
    html = httpx.get(address).text
    node = ROOT / ".venv/bin/node"
    run = subprocess.run(
        [str(node) if node.exists() else "node", "tests/node/validate.mjs"],
        input=html,
        capture_output=True,
        text=True,
        cwd=ROOT,
        check=True,
        timeout=60,
    )
    verdict = json.loads(run.stdout)

    assert "VideoObject" in verdict["types"]
    assert [issue["issueMessage"] for issue in verdict["issues"] if issue["severity"] == "ERROR"] == []


def test_the_validator_would_notice(demo: LiveServer) -> None:
    broken = (
        '<script type="application/ld+json">{"@context":"https://schema.org","@type":"VideoObject","name":"x"}</script>'
    )
    node = ROOT / ".venv/bin/node"
    run = subprocess.run(
        [str(node) if node.exists() else "node", "tests/node/validate.mjs"],
        input=broken,
        capture_output=True,
        text=True,
        cwd=ROOT,
        check=True,
        timeout=60,
    )

    assert any(issue["severity"] == "ERROR" for issue in json.loads(run.stdout)["issues"])


def test_reduced_motion_waits_for_a_hand(context: BrowserContext, demo: LiveServer) -> None:
    assert context.browser is not None
    calm = context.browser.new_context(reduced_motion="reduce")
    page = opened(calm.new_page(), next(iter(demo.links().values())))
    page.wait_for_timeout(1500)

    assert page.evaluate("document.querySelector('[data-player] video').paused")
    calm.close()


def test_global_privacy_control_is_honoured(context: BrowserContext, demo: LiveServer) -> None:
    assert context.browser is not None
    private = context.browser.new_context(extra_http_headers={"Sec-GPC": "1"})
    page = private.new_page()
    beacons: list[str] = []
    page.on("request", lambda request: beacons.append(request.url) if request.url.endswith("/b") else None)
    opened(page, list(demo.links().values())[2])
    page.locator(".player-start").first.click()
    page.wait_for_timeout(6500)

    assert beacons == []
    assert page.locator("#consent").get_attribute("data-consent") not in ("on", "ask")
    private.close()


def test_nothing_is_sent_before_yes_and_nothing_after_stop(context: BrowserContext, demo: LiveServer) -> None:
    page = context.new_page()
    beacons: list[str] = []
    page.on("request", lambda request: beacons.append(request.url) if request.url.endswith("/b") else None)
    opened(page, list(demo.links().values())[2])
    page.locator(".player-start").first.click()
    page.wait_for_timeout(6000)
    before = len(beacons)
    page.locator("#consent [data-choice=yes]").click()
    expect(page.locator("#consent")).to_have_attribute("data-consent", "on")
    for _ in range(120):
        page.wait_for_timeout(100)
        if during := len(beacons):
            break
    page.locator("#consent [data-choice=no]").click()
    expect(page.locator("#consent")).to_have_attribute("data-consent", "off")
    page.wait_for_timeout(500)
    at_stop = len(beacons)
    page.wait_for_timeout(6000)

    assert before == 0
    assert during > 0
    assert len(beacons) == at_stop
