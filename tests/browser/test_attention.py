"""The camera in a real browser: asked late, on a page of its own, right second by second, and off at one tap."""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, Request, Response, expect, sync_playwright

from tests.attention.film import ACTS, truth, write_film
from tests.live import LiveServer, launch, person, until

pytestmark = pytest.mark.browser
ROOT = Path(__file__).parents[2]
VIDEO = "document.querySelector('[data-player] video')"
NOTE_CAMERA = """(() => {
  const media = navigator.mediaDevices, open = media.getUserMedia.bind(media);
  window.cameras = [];
  media.getUserMedia = async wanted => {
    const stream = await open(wanted);
    window.cameras.push({at: document.querySelector("[data-player] video").currentTime, stream});
    return stream;
  };
})()"""
ON = "window.cameras?.at(-1)?.stream.getTracks().every(track => track.readyState === 'live')"


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_film(tmp_path_factory.mktemp("film") / "film.y4m")


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    server = LiveServer(tmp_path_factory.mktemp("attention")).start()
    server.links()
    publish(server, "on")
    yield server
    server.stop()


@pytest.fixture(scope="module")
def browser(film: Path) -> Iterator[Browser]:
    from tests.live import LIKE_A_PERSON

    camera = (
        "--use-fake-ui-for-media-stream",
        "--use-fake-device-for-media-stream",
        f"--use-file-for-fake-video-capture={film}",
    )
    with sync_playwright() as playwright:
        started = launch(playwright, (*LIKE_A_PERSON, *camera))
        yield started
        started.close()


def publish(server: LiveServer, attention: str) -> None:
    command = [
        "campaign",
        "publish",
        str(ROOT / "demo/storyboard.json"),
        "--slug",
        "velaluna",
        "--attention",
        attention,
    ]
    subprocess.run([sys.executable, "-m", "web.cli", *command], env=server.environment(), check=True, cwd=ROOT)


def rows(server: LiveServer, query: str, *given: Any) -> list[tuple[Any, ...]]:
    with sqlite3.connect(server.folder / "segue.sqlite3") as database:
        return database.execute(query, given).fetchall()


class Visitor:
    """A page opened by a link, and all that it asked for."""

    def __init__(self, page: Page, link: str) -> None:
        self.page = page
        self.requests: list[Request] = []
        self.pages: list[Response] = []
        page.add_init_script(NOTE_CAMERA)
        page.on("request", lambda request: self.requests.append(request))  # a builtin can't be a listener
        page.on(
            "response", lambda answer: self.pages.append(answer) if answer.request.is_navigation_request() else None
        )
        page.goto(link)
        expect(page.locator("[data-player]")).to_be_visible()

    def watch(self, rate: float = 2) -> None:
        """Agree to be measured, and watch until the question comes."""
        self.page.locator("#consent [data-choice=yes]").click()
        expect(self.page.locator("#consent")).to_have_attribute("data-consent", "on")
        self.page.locator(".player-start").click()
        until(self.page, f"{VIDEO}.currentTime > 0")
        self.page.evaluate(f"() => {{ {VIDEO}.playbackRate = {rate}; }}")
        expect(self.page.locator("#attention")).to_have_attribute("data-attention-state", "ask", timeout=15_000)

    def say(self, answer: str) -> None:
        self.page.locator(f"[data-attention-choice={answer}]").click()

    def policies(self) -> list[str]:
        return [answer.headers.get("permissions-policy", "").split(",")[0] for answer in self.pages if answer.ok]

    def asked(self, part: str) -> list[Request]:
        return [request for request in self.requests if part in request.url]


def test_facing_the_screen_is_told_second_by_second_and_forgotten_at_a_tap(demo: LiveServer, browser: Browser) -> None:
    link = next(iter(demo.links().values()))
    with person(browser) as (_, page):
        visitor = Visitor(page, link)
        visitor.watch()
        assert visitor.policies() == ["camera=()"]
        assert visitor.asked("mediapipe") == []
        before = len(visitor.requests)

        visitor.say("yes")
        until(page, ON, within_s=20)
        expect(page.locator(".player-camera")).to_be_visible()
        offset = page.evaluate("window.cameras[0].at")
        whole = sum(act.seconds for act in ACTS)
        until(page, f"{VIDEO}.currentTime > {offset + whole - 0.2} || {VIDEO}.ended", within_s=whole + 15)
        page.evaluate(f"() => {VIDEO}.pause()")
        until(page, f"!({ON})")
        expect(page.locator(".player-camera")).to_be_hidden()
        page.wait_for_timeout(600)

        kept = rows(demo, "SELECT second, score, n, quality FROM attention_second ORDER BY second")
        # A second with too few pictures (the model was still loading, the machine busy) is told as null, and is no claim.
        told = [(second, score) for second, score, _, quality in kept if quality != "few"]
        judged = [(act, second, score) for second, score in told if (act := truth(second, offset))]
        right = [agrees(act.facing, score) for act, _, score in judged]
        assert len(judged) >= 10, kept
        assert {act.face for act, *_ in judged} == {act.face for act in ACTS}
        assert sum(right) / len(right) >= 0.95, [one for one, good in zip(judged, right, strict=True) if not good]
        assert visitor.policies() == ["camera=()", "camera=(self)"]
        assert only_numbers_left(visitor.requests[before:])
        assert rows(demo, "SELECT count(*) FROM visit")[0][0] == 1

        visitor.say("no")
        expect(page.locator("#attention")).to_have_attribute("data-attention-state", "off")
        assert rows(demo, "SELECT count(*) FROM attention_second") == [(0,)]
        page.reload()
        expect(page.locator("[data-player]")).to_be_visible()
        assert visitor.policies()[-1] == "camera=()"
        assert page.locator("#attention").count() == 0


def agrees(facing: bool | None, score: float | None) -> bool:
    if facing is None or score is None:
        return facing is None and score is None
    return (score >= 0.5) == facing


def only_numbers_left(requests: list[Request]) -> bool:
    """Of all that left the page after the yes, seconds are four numbers each, and nothing else has room for a face."""
    told = [request for request in requests if request.url.endswith("/attention/seconds")]
    for request in told:
        if request.post_data is None:
            continue
        said = json.loads(request.post_data)
        assert set(said) == {"nonce", "seconds"}
        for one in said["seconds"]:
            assert set(one) == {"second", "score", "n", "quality"}
            assert isinstance(one["quality"], str)
            assert len(one["quality"]) <= 12
    posted = [request for request in requests if request.method == "POST"]
    assert {request.url.split("/", 3)[3] for request in posted} <= {
        "attention",
        "attention/seconds",
        "open",
        "b",
        "consent",
    }
    assert all(len(request.post_data_buffer or b"") < 8_000 for request in posted)
    assert all(len(request.url) < 400 for request in requests if not request.url.startswith(("data:", "blob:")))
    return bool(told)
