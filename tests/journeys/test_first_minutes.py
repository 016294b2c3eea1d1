"""The README's five minutes, as a newcomer lives them: three links, three videos, an edit, the timeline."""

from __future__ import annotations

import json
import re

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.live import LiveServer, until

pytestmark = pytest.mark.browser


def opened(page: Page, link: str) -> Page:
    """The link's page, once the person's video stands on it."""
    page.goto(link)
    expect(page.locator("[data-headline]")).to_be_visible()
    return page


def plan_of(page: Page) -> dict[str, object]:
    raw = page.locator("[data-player]").get_attribute("data-plan")
    plan: dict[str, object] = json.loads(raw or "{}")
    return plan


def rep(context: BrowserContext, demo: LiveServer, name: str) -> Page:
    """The contact's page in the embedded CRM."""
    page = context.new_page()
    page.goto(f"{demo.origin}/crm")
    page.get_by_role("link", name=re.compile(re.escape(name.split()[-1]))).first.click()
    expect(page.locator("#timeline")).to_be_attached()
    return page


def test_three_links_are_three_videos(page: Page, demo: LiveServer) -> None:
    seen = []
    for link in demo.links().values():
        opened(page, link)
        seen.append((page.locator("[data-headline]").inner_text(), plan_of(page)["assembly"]))
        page.context.clear_cookies()

    assert len({assembly for _, assembly in seen}) == 3
    assert len({headline for headline, _ in seen}) == 3


def test_each_person_is_spoken_to_in_their_language(page: Page, demo: LiveServer) -> None:
    languages = []
    for link in demo.links().values():
        opened(page, link)
        languages.append(plan_of(page)["language"])
        if languages == ["es"]:
            # What stood around the video before its language was known.
            expect(page.locator("footer")).to_contain_text("Tus datos se dibujan en tu propio dispositivo.")
        page.context.clear_cookies()

    assert languages[:2] == ["es", "en"]


def test_nobody_reads_a_placeholder(page: Page, demo: LiveServer) -> None:
    for link in demo.links().values():
        opened(page, link)
        words = page.locator("body").inner_text()

        assert "{{" not in words
        assert not re.search(r"\b(Hi|Hello|Hola|undefined|None|NaN) ?,", words)
        page.context.clear_cookies()


def test_a_person_watches_and_the_rep_reads_it(context: BrowserContext, demo: LiveServer) -> None:
    name, link = list(demo.links().items())[1]
    page = opened(context.new_page(), link)
    page.locator("#consent [data-choice=yes]").click()
    expect(page.locator("#consent")).to_have_attribute("data-consent", "on")
    page.locator(".player-start").first.click()
    until(page, "document.querySelector('[data-player] video').currentTime > 4")
    page.locator("[data-seek]").nth(3).click()
    page.wait_for_timeout(2500)
    with context.expect_page() as target:
        page.locator("a[data-cta]").first.click(modifiers=["Control"])
    target.value.close()
    page.close()

    crm = rep(context, demo, name)
    expect(crm.locator("#timeline")).to_contain_text(re.compile(r"Watched \d+ of \d+ s"), timeout=30_000)
    expect(crm.locator("#timeline")).to_contain_text(re.compile(r"clicked .+"), timeout=30_000)
    expect(crm.locator("#timeline")).to_contain_text(re.compile(r"person"))


def test_editing_the_contact_changes_the_next_open(context: BrowserContext, demo: LiveServer) -> None:
    name, link = list(demo.links().items())[1]
    before = plan_of(opened(context.new_page(), link))
    crm = rep(context, demo, name)
    crm.get_by_label(re.compile("first name", re.I)).fill("Zoë-Ngọc")
    crm.get_by_label(re.compile("tier", re.I)).fill("gold")
    crm.locator("#save").click()
    expect(crm.get_by_text("Saved.")).to_be_visible()

    after = opened(context.new_page(), link)
    expect(after.locator("[data-headline]")).to_contain_text("Zoë-Ngọc")
    assert plan_of(after)["assembly"] != before["assembly"]

    crm.locator("#undo").click()
    expect(crm.get_by_text("Undone.")).to_be_visible()
    assert plan_of(opened(context.new_page(), link))["assembly"] == before["assembly"]


def test_the_copied_address_opens_the_public_twin_for_someone_else(
    context: BrowserContext, page: Page, demo: LiveServer
) -> None:
    link = next(iter(demo.links().values()))
    opened(page, link)
    page.wait_for_url("**/w/*")
    address = page.url

    page.reload()
    expect(page.locator("[data-headline]")).to_be_visible()
    assert context.browser is not None
    someone_else = context.browser.new_context()
    stranger = someone_else.new_page()
    stranger.goto(address)

    assert "/c/" in stranger.url
    someone_else.close()


def test_the_video_plays_to_its_end_without_a_stall(page: Page, demo: LiveServer) -> None:
    opened(page, list(demo.links().values())[2])
    page.evaluate(
        """() => {
          const video = document.querySelector('[data-player] video');
          window.waits = 0;
          // What waits for a busy processor has its pictures at hand; a stall has none.
          const dry = () => ![...Array(video.buffered.length).keys()].some((n) =>
            video.buffered.start(n) <= video.currentTime && video.buffered.end(n) > video.currentTime + 0.25);
          const count = () => { if (video.currentTime > 0.5 && dry()) window.waits += 1; };
          video.addEventListener('playing', () => video.addEventListener('waiting', count), { once: true });
        }"""
    )
    page.locator(".player-start").first.click()
    until(page, "document.querySelector('[data-player] video').currentTime > 1")
    page.evaluate("document.querySelector('[data-player] video').playbackRate = 2")
    until(page, "document.querySelector('[data-player] video').ended", within_s=60)

    assert page.evaluate("window.waits") == 0


def test_without_script_a_button_brings_the_whole_page(context: BrowserContext, demo: LiveServer) -> None:
    assert context.browser is not None
    plain = context.browser.new_context(java_script_enabled=False)
    page = plain.new_page()
    page.goto(next(iter(demo.links().values())))
    page.get_by_role("button", name=re.compile("Watch|Ver|Mira")).first.click()

    expect(page.locator("video[controls]")).to_have_attribute("src", re.compile(r"/m/.+/video\.mp4"))
    assert page.locator("[data-seek], .transcript li, [id^=t-]").count() >= 5
    plain.close()


def test_a_robot_without_a_hand_never_reaches_the_crm(playwright: object, demo: LiveServer) -> None:
    from playwright.sync_api import Playwright

    from tests.live import launch

    assert isinstance(playwright, Playwright)
    name, link = list(demo.links().items())[2]
    robot = launch(playwright, extra=())
    context = robot.new_context()
    page = opened(context.new_page(), link)
    page.evaluate("document.querySelector('#consent [data-choice=yes]').click()")
    page.wait_for_timeout(1500)
    page.evaluate("() => { document.querySelector('[data-player] video').play(); }")
    page.wait_for_timeout(6000)
    page.close()

    crm = rep(context, demo, name)
    crm.wait_for_timeout(3000)
    crm.reload()
    assert "Watched" not in crm.locator("#timeline").inner_text()
    robot.close()
