"""The player as a person meets it: clicks, keys, fingers, and what it tells the page."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from plugin.campaigns.storyboard import Box, Look
from tests.browser.stage import Serving, Stage, make_overlay, make_stage
from tests.live import person

pytestmark = pytest.mark.browser

AXE = Path(__file__).parents[1] / "node" / "node_modules" / "axe-core" / "axe.min.js"
HOSTILE = '<img src=x onerror="window.hacked=1"><script>window.hacked=1</script>\'" {{7*7}}'
_RECORD = """
window.told = [];
for (const kind of ["play", "pause", "span", "seek", "ended", "cta", "chapter"]) {
  document.addEventListener(`segue:${kind}`, (event) => window.told.push({kind, ...event.detail}));
}"""

_STATE = """(() => { const video = document.querySelector('video'); return JSON.stringify({at: video.currentTime,
  paused: video.paused, ready: video.readyState, source: video.src, error: video.error?.message,
  state: document.querySelector('[data-player]').dataset.state}); })()"""


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    made = make_stage(tmp_path_factory.mktemp("stage"), 3)
    with Serving(made):
        yield made
    made.services.database.dispose()


@pytest.fixture
def page(chromium: Browser) -> Iterator[Page]:
    with person(chromium, viewport={"width": 1280, "height": 800}) as (_, made):
        errors: list[str] = []
        made.on("pageerror", lambda error: errors.append(str(error)))
        yield prepared(made)
        assert not errors


def prepared(page: Page) -> Page:
    """Records what the player tells."""
    page.add_init_script(_RECORD)
    return page


def told(page: Page, kind: str) -> list[dict[str, Any]]:
    return [one for one in page.evaluate("window.told") if one["kind"] == kind]


def clock(page: Page) -> float:
    return float(page.evaluate("document.querySelector('video').currentTime"))


def until(page: Page, claim: str) -> None:
    """Waits for a claim about `video` and `root`; asked from outside, since the page's policy forbids eval within."""
    script = f"""(() => {{ const root = document.querySelector('[data-player]');
        const video = root.querySelector('video'); return Boolean({claim}); }})()"""
    for _ in range(600):
        if page.evaluate(script):
            return
        page.wait_for_timeout(25)
    pytest.fail(f"never came true: {claim}; {page.evaluate(_STATE)}")


def begin(page: Page, address: str) -> None:
    page.goto(address)
    page.locator(".player-start").click()
    until(page, "root.dataset.state === 'playing' && video.currentTime > 0.1")


def jump(page: Page, seconds: float) -> None:
    page.evaluate(f"document.querySelector('video').currentTime = {seconds}")
    until(page, "!video.seeking")


def test_nothing_plays_or_loads_a_second_video_before_it_is_asked_to(stage: Stage, page: Page) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))

    page.goto(stage.show(stage.plan(stage.clips)))
    expect(page.locator(".player-start")).to_be_visible()
    page.wait_for_timeout(600)

    assert page.evaluate("document.querySelector('video').paused")
    assert not [url for url in asked if "video.mp4" in url]
    assert not [url for url in asked if ".m3u8" in url], "playlists are in the page"
    assert len([url for url in asked if "/clips/" in url]) == 1, "the first seconds, once"
    assert not [url for url in asked if not url.startswith((stage.origin, "data:"))]


def test_a_press_plays_with_sound_captions_on_through_every_part(stage: Stage, page: Page) -> None:
    begin(page, stage.show(stage.plan(stage.clips)))
    expect(page.locator(".player-captions p", has_text="This is part 1 & it says <so>.")).to_be_visible()
    jump(page, 5.6)
    until(page, "video.currentTime > 7")

    expect(page.locator(".player-captions p", has_text="This is part 3")).to_be_visible()
    assert not page.evaluate("document.querySelector('video').muted")
    assert page.evaluate("document.querySelector('video').src").startswith("blob:")
    until(page, "root.dataset.state === 'ended'")
    expect(page.locator(".player-ended .player-cta")).to_have_count(2)
    expect(page.locator(".player-ended .player-again")).to_be_visible()


def test_the_keys_viewers_know_work_while_the_player_has_the_focus(stage: Stage, page: Page) -> None:
    begin(page, stage.show(stage.plan(stage.clips)))

    page.keyboard.press("k")
    until(page, "video.paused")
    page.keyboard.press("5")
    until(page, "Math.abs(video.currentTime - 4.8) < 0.1")
    page.keyboard.press("ArrowLeft")
    until(page, "video.currentTime < 0.1")
    page.keyboard.press("l")
    until(page, "video.currentTime > 9")
    page.keyboard.press("Home")
    until(page, "video.currentTime === 0")
    page.keyboard.press("m")
    until(page, "video.muted")
    page.keyboard.press("m")
    page.keyboard.press("ArrowDown")
    until(page, "!video.muted && video.volume === 0.95")
    page.keyboard.press(">")
    until(page, "video.playbackRate === 1.25")
    page.keyboard.press("c")
    expect(page.locator("[data-control=captions]")).to_have_attribute("aria-pressed", "false")
    page.keyboard.press("f")
    until(page, "document.fullscreenElement === root")
    page.keyboard.press("f")
    until(page, "!document.fullscreenElement")
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keyboard shortcuts")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_be_hidden()
    page.keyboard.press(" ")
    until(page, "!video.paused")


def test_keys_outside_of_the_player_do_nothing(stage: Stage, page: Page) -> None:
    begin(page, stage.show(stage.plan(stage.clips)))
    page.evaluate("document.querySelector('[data-seek]').focus()")

    page.keyboard.press("k")
    page.keyboard.press("m")

    assert page.evaluate("!document.querySelector('video').paused && !document.querySelector('video').muted")


def test_everything_can_be_reached_and_is_named_by_keyboard_alone(stage: Stage, page: Page) -> None:
    page.goto(stage.show(stage.plan(stage.clips)))
    page.keyboard.press("Tab")
    expect(page.locator(".player-start")).to_be_focused()
    page.keyboard.press("Enter")
    until(page, "root.dataset.state === 'playing'")
    expect(page.get_by_role("button", name="Pause")).to_be_focused()
    page.keyboard.press("Enter")
    until(page, "video.paused")

    names = []
    for _ in range(9):
        page.keyboard.press("Tab")
        names.append(
            page.evaluate("document.activeElement.getAttribute('aria-label') ?? document.activeElement.textContent")
        )
    assert names[:8] == [
        "Mute",
        "Volume",
        "Captions",
        "Speed: 1×",
        "Chapters",
        "Keyboard shortcuts",
        "Picture in picture",
        "Full screen",
    ]


def test_the_seek_bar_is_a_slider_that_says_where_one_is(stage: Stage, page: Page) -> None:
    begin(page, stage.show(stage.plan(stage.clips)))
    page.keyboard.press("k")
    slider = page.get_by_role("slider", name="Seek")
    box = slider.bounding_box()
    assert box

    page.mouse.click(box["x"] + box["width"] * 0.75, box["y"] + box["height"] / 2)
    until(page, "Math.abs(video.currentTime - 7.2) < 0.15")

    expect(slider).to_have_attribute("aria-valuetext", "7 seconds of 9 seconds, Part 3")
    page.mouse.move(box["x"] + box["width"] * 0.4, box["y"] + box["height"] / 2)
    expect(page.locator(".player-tip")).to_have_text("Part 20:03")


def test_a_chapter_is_chosen_from_its_menu(stage: Stage, page: Page) -> None:
    begin(page, stage.show(stage.plan(stage.clips)))

    page.get_by_role("button", name="Chapters").click()
    expect(page.get_by_role("menuitemradio", name="Part 1")).to_be_focused()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")

    until(page, "video.currentTime >= 3.2 && video.currentTime < 4.5")
    assert told(page, "chapter") == [{"kind": "chapter", "id": "scene-1"}]
    expect(page.get_by_role("menu")).to_have_count(0)


def test_speed_is_chosen_from_its_menu_and_left_by_escape(stage: Stage, page: Page) -> None:
    begin(page, stage.show(stage.plan(stage.clips)))
    button = page.get_by_role("button", name="Speed")

    button.click()
    page.get_by_role("menuitemradio", name="1.5×").click()
    until(page, "video.playbackRate === 1.5")
    button.click()
    page.keyboard.press("Escape")

    expect(button).to_be_focused()
    expect(button).to_have_text("1.5×")


def test_words_stand_over_the_picture_in_time_and_leave_it(stage: Stage, page: Page) -> None:
    begin(page, stage.show(stage.plan(stage.clips)))
    page.keyboard.press("k")
    name, points = page.locator("[data-overlay=name]"), page.locator("[data-overlay=points]")

    jump(page, 1.5)
    expect(name).to_have_text("Hello, Ana")
    expect(points).to_be_hidden()
    jump(page, 3.7)
    counting = points.inner_text()
    jump(page, 5.5)
    expect(points).to_have_text("12,480")
    expect(name).to_be_hidden()
    jump(page, 3.7)

    assert 0 < int(counting.replace(",", "")) < 12480
    assert points.inner_text() == counting, "paused at the same moment, it looks the same"


def test_overlays_stay_on_the_picture_in_full_screen_with_black_bars(stage: Stage, page: Page) -> None:
    page.set_viewport_size({"width": 1000, "height": 900})
    begin(page, stage.show(stage.plan(stage.clips)))
    page.keyboard.press("k")
    jump(page, 1.5)
    page.keyboard.press("f")
    until(page, "document.fullscreenElement === root")
    page.wait_for_timeout(200)

    picture = page.locator(".player-picture").bounding_box()
    words = page.locator("[data-overlay=name]").bounding_box()

    assert picture
    assert words
    assert picture["width"] / picture["height"] == pytest.approx(16 / 9, rel=0.01)
    assert words["x"] == pytest.approx(picture["x"] + 0.07 * picture["width"], abs=2)
    assert words["y"] == pytest.approx(picture["y"] + 0.32 * picture["height"], abs=2)


def test_a_long_name_stays_in_its_box(stage: Stage, page: Page) -> None:
    long = make_overlay("name", "Maximiliana-Alexandra Wolfeschlegelsteinhausenberger", 0, 3)
    begin(page, stage.show(stage.plan(stage.clips, overlays=(long,))))
    page.keyboard.press("k")
    jump(page, 1.5)

    box, words = (page.locator(one).bounding_box() for one in ("[data-overlay=name]", ".player-words"))

    assert box
    assert words
    assert words["height"] <= box["height"] * 1.15
    assert page.evaluate(
        "(() => { const e = document.querySelector('.player-words'); return e.scrollWidth <= e.clientWidth + 1; })()"
    )


def test_words_from_the_record_never_become_markup(stage: Stage, page: Page) -> None:
    plan = stage.plan(stage.clips, title=HOSTILE, overlays=(make_overlay("name", HOSTILE, 0, 3),))
    scenes = tuple(replace(scene, title=HOSTILE) for scene in plan.scenes)
    ctas = tuple(replace(cta, label=HOSTILE, from_s=0.0, to_s=9.0) for cta in plan.ctas)
    begin(page, stage.show(replace(plan, scenes=scenes, ctas=ctas)))
    page.keyboard.press("k")
    jump(page, 1.5)
    page.get_by_role("button", name="Chapters").click()

    expect(page.locator(".player-words")).to_have_text(HOSTILE)
    assert page.evaluate("window.hacked") is None
    assert page.locator(".player img, .player script").count() == 0


def test_a_script_that_runs_from_the_right_is_anchored_on_the_right(stage: Stage, page: Page) -> None:
    arabic = make_overlay("name", "مرحبًا ليلى", 0, 3, box=Box(x=0.1, y=0.3, width=0.8, height=0.2), look=Look(size=0.1))
    begin(page, stage.show(stage.plan(stage.clips, overlays=(arabic,))))
    page.keyboard.press("k")
    jump(page, 1.5)

    words, text = page.evaluate(
        """(() => { const e = document.querySelector('.player-words'), r = document.createRange();
        r.selectNodeContents(e); return [e.getBoundingClientRect().right, r.getBoundingClientRect().right]; })()"""
    )

    assert page.evaluate("getComputedStyle(document.querySelector('.player-words')).direction") == "rtl"
    assert text == pytest.approx(words, abs=3)


def test_what_was_played_is_told_as_spans_without_the_part_that_was_skipped(stage: Stage, page: Page) -> None:
    begin(page, stage.show(stage.plan(stage.clips)))
    until(page, "video.currentTime > 1")
    page.keyboard.press("7")
    until(page, "video.currentTime > 7.2")
    page.keyboard.press("k")
    until(page, "window.told.some(one => one.kind === 'pause')")

    spans = told(page, "span")

    assert len(spans) == 2
    assert spans[0]["from"] == pytest.approx(0, abs=0.2)
    assert spans[0]["to"] < 3
    assert spans[1]["from"] == pytest.approx(6.72, abs=0.2)
    assert spans[1]["to"] == pytest.approx(clock(page), abs=0.05)
    assert [one["kind"] for one in page.evaluate("window.told")].count("play") == 1


def test_a_button_comes_in_its_time_and_says_that_it_was_pressed(stage: Stage, page: Page) -> None:
    page.context.route("https://example.com/**", lambda route: route.fulfill(body="booked"))
    begin(page, stage.show(stage.plan(stage.clips)))
    button = page.locator(".player-ctas [data-cta=book]")
    expect(button).to_be_hidden()
    jump(page, 4)

    expect(button).to_be_visible()
    with page.expect_popup() as opened:
        button.click()

    assert opened.value.url == "https://example.com/book"
    assert told(page, "cta") == [{"kind": "cta", "id": "book"}]
    until(page, "video.paused")
    assert button.get_attribute("rel") == "noopener noreferrer"


def test_a_button_holds_still_when_the_hand_comes_for_it(stage: Stage, page: Page) -> None:
    begin(page, stage.show(stage.plan(stage.clips)))
    jump(page, 4)
    until(page, "root.hasAttribute('data-idle')")
    page.wait_for_timeout(400)
    button = page.locator(".player-ctas [data-cta=book]")
    before = button.bounding_box()
    page.mouse.move(400, 200)
    until(page, "!root.hasAttribute('data-idle')")
    page.wait_for_timeout(400)

    assert button.bounding_box() == before


def test_a_line_of_the_transcript_leads_to_its_moment(stage: Stage, page: Page) -> None:
    page.goto(stage.show(stage.plan(stage.clips)))

    page.locator("[data-seek]").click()

    until(page, "root.dataset.state === 'playing' && video.currentTime >= 6.4 && video.currentTime < 8")


def test_an_address_with_a_time_begins_there_and_still_waits_to_be_asked(stage: Stage, page: Page) -> None:
    page.goto(stage.show(stage.plan(stage.clips), t="5"))
    page.wait_for_timeout(300)
    assert page.evaluate("document.querySelector('video').paused")

    page.locator(".player-start").click()

    until(page, "root.dataset.state === 'playing' && video.currentTime >= 5 && video.currentTime < 6.5")
    assert all(span["from"] >= 4.9 for span in told(page, "span"))


def test_the_ai_label_stands_before_play_at_first_and_again_after_a_seek(stage: Stage, page: Page) -> None:
    page.goto(stage.show(stage.plan(stage.clips)))
    label = page.locator("[data-ai-label]")
    expect(label).to_have_text("Made partly with AI synthetic voice")
    page.locator(".player-start").click()
    until(page, "video.currentTime > 0.1")
    assert label.get_attribute("data-hushed") is None

    until(page, "root.querySelector('[data-ai-label]').hasAttribute('data-hushed')")
    assert clock(page) == pytest.approx(6, abs=0.5)
    page.keyboard.press("ArrowLeft")
    until(page, "!root.querySelector('[data-ai-label]').hasAttribute('data-hushed')")


def test_a_stream_that_fails_goes_on_as_a_plain_mp4_at_the_same_place(stage: Stage, page: Page) -> None:
    page.goto(stage.show(stage.plan(stage.clips), t="4", hls="broken"))
    page.route("**/*.m3u8", lambda route: route.fulfill(status=500))
    page.locator(".player-start").click()

    until(page, "video.src.endsWith('/video.mp4') && video.currentTime > 4 && !video.paused")


def test_addresses_that_have_run_out_are_renewed_without_a_word(stage: Stage, page: Page) -> None:
    page.goto(stage.show(stage.plan(stage.clips), hls="broken"))

    page.locator(".player-start").click()

    until(page, "video.currentTime > 0.5 && video.src.startsWith('blob:')")
    expect(page.locator(".player-trouble")).to_be_hidden()


def test_when_nothing_can_be_loaded_it_says_so_and_can_be_tried_again(stage: Stage, page: Page) -> None:
    page.goto(stage.show(stage.plan(stage.clips), hls="broken"))
    for dead in ("**/*.m3u8", "**/video.mp4*"):
        page.route(dead, lambda route: route.abort())
    page.locator(".player-start").click()

    expect(page.get_by_role("alert")).to_contain_text("could not be loaded")
    expect(page.get_by_role("link", name="Download the video")).to_be_visible()
    page.unroute_all()
    page.get_by_role("button", name="Try again").click()

    until(page, "video.currentTime > 0.3")
    expect(page.get_by_role("alert")).to_be_hidden()


def test_fingers_show_the_controls_and_step_ten_seconds(stage: Stage, chromium: Browser) -> None:
    with person(chromium, viewport={"width": 390, "height": 780}, has_touch=True, is_mobile=True) as (_, made):
        page = prepared(made)
        page.goto(stage.show(stage.plan(stage.clips)))
        page.locator(".player-start").tap()
        until(page, "root.dataset.state === 'playing' && root.hasAttribute('data-idle')")
        box = page.locator(".player-surface").bounding_box()
        assert box
        left, right, middle = box["x"] + 40, box["x"] + box["width"] - 40, box["y"] + box["height"] * 0.4

        page.touchscreen.tap(left, middle)
        until(page, "!root.hasAttribute('data-idle') && !video.paused")
        page.wait_for_timeout(400)
        page.touchscreen.tap(right, middle)
        page.touchscreen.tap(right, middle)

        until(page, "video.currentTime > 9 || root.dataset.state === 'ended'")
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_who_wants_no_motion_sees_final_numbers_and_nothing_that_moves(stage: Stage, chromium: Browser) -> None:
    with person(chromium, reduced_motion="reduce") as (_, made):
        page = prepared(made)
        begin(page, stage.show(stage.plan(stage.clips)))
        page.keyboard.press("k")
        jump(page, 3.45)

        expect(page.locator("[data-overlay=points]")).to_have_text("12,480")
        assert page.evaluate("Number(document.querySelector('[data-overlay=points]').style.opacity)") == 1


def test_without_script_the_browser_s_own_controls_play_the_mp4(stage: Stage, chromium: Browser) -> None:
    with person(chromium, java_script_enabled=False) as (_, page):
        page.goto(stage.show(stage.plan(stage.clips)))
        video = page.locator("video")

        expect(video).to_have_attribute("controls", "")
        assert (video.get_attribute("src") or "").endswith("/video.mp4")
        expect(page.locator("[data-ai-label]")).to_be_visible()
        assert page.locator(".player-start").count() == 0


def test_a_floating_player_takes_its_words_along_and_comes_back(stage: Stage, page: Page) -> None:
    begin(page, stage.show(stage.plan(stage.clips)))

    page.get_by_role("button", name="Picture in picture").click()
    page.wait_for_timeout(400)
    floating = "window.documentPictureInPicture.window"
    assert page.evaluate(f"{floating} && {floating}.document.querySelector('[data-overlay=name]') !== null")
    assert page.evaluate(f"!{floating}.document.querySelector('video').paused")
    assert page.locator("[data-player]").count() == 0
    page.evaluate(f"{floating}.close()")

    expect(page.locator("[data-player]")).to_have_count(1)
    until(page, "!video.paused && video.currentTime > 0.4 && !root.hasAttribute('data-floating')")


def test_no_rule_of_accessibility_is_broken_in_any_state(stage: Stage, page: Page) -> None:
    page.goto(stage.show(stage.plan(stage.clips)))
    expect(page.locator(".player-start")).to_be_visible()
    found = {"ready": broken_rules(page)}
    page.locator(".player-start").click()
    until(page, "video.currentTime > 0.3")
    page.keyboard.press("k")
    jump(page, 4)
    found["paused"] = broken_rules(page)
    page.get_by_role("button", name="Chapters").click()
    found["menu"] = broken_rules(page)
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Keyboard shortcuts").click()
    found["help"] = broken_rules(page)
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Play").click()
    jump(page, 9.5)
    until(page, "root.dataset.state === 'ended'")
    found["ended"] = broken_rules(page)

    assert not any(found.values()), found


def broken_rules(page: Page) -> list[str]:
    """What axe-core finds in the player."""
    page.evaluate(AXE.read_text())
    script = "axe.run('.player').then(found => found.violations.map(one => one.id + ' ' + one.nodes[0].html))"
    return list(page.evaluate(script))
