"""The camera in a real browser: asked late, on a page of its own, right second by second, and off at one tap."""

from __future__ import annotations

import base64
import json
import re
import sqlite3
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Browser, Page, Playwright, Request, Response, expect

from plugin.engagement.attention.eyes import Eyes
from plugin.engagement.attention.look import Look
from plugin.engagement.attention.score import SHUT_MS, frame_score, norm_of
from tests.attention.film import ACTS, jpeg, truth, write_film
from tests.journeys.conftest import AXE
from tests.live import LIKE_A_PERSON, LiveServer, launch, person, until

pytestmark = pytest.mark.browser
ROOT = Path(__file__).parents[2]
VIDEO = "document.querySelector('[data-player] video')"
NOTE_CAMERA = """(() => {
  const media = navigator.mediaDevices, open = media.getUserMedia.bind(media);
  window.cameras = [];
  media.getUserMedia = async wanted => {
    const stream = await open(wanted);
    const video = document.querySelector("[data-player] video"), began = performance.now();
    window.cameras.push({at: video.currentTime, stream});
    // When the camera showed what: on a busy machine the video waits now and then, the camera doesn't.
    window.clock = [[video.currentTime, 0]];
    setInterval(() => window.clock.push([video.currentTime, (performance.now() - began) / 1000]), 25);
    return stream;
  };
})()"""
ON = "window.cameras?.at(-1)?.stream.getTracks().every(track => track.readyState === 'live')"
HIDE = """hidden => {
  Object.defineProperty(document, "visibilityState", {get: () => hidden ? "hidden" : "visible", configurable: true});
  document.dispatchEvent(new Event("visibilitychange"));
}"""
NO_WEBGL = """const get = OffscreenCanvas.prototype.getContext;
OffscreenCanvas.prototype.getContext = function (kind, ...more) {
  return kind.startsWith("webgl") ? null : get.call(this, kind, ...more);
};
await import("/static/js/attention/worker.js");"""
# As our own session does it: one picture after another, to the very worker that a page starts.
LOOK = """async pictures => {
  const worker = new Worker("/attention/worker.js", {type: "module"});
  const next = () => new Promise((good, bad) => {
    worker.onmessage = ({data}) => data.trouble ? bad(data.trouble) : good(data);
  });
  while (!(await next()).ready);
  const seen = [];
  for (const text of pictures) {
    const bytes = Uint8Array.from(atob(text), one => one.charCodeAt(0));
    const picture = await createImageBitmap(new Blob([bytes], {type: "image/jpeg"}));
    const answer = next();
    worker.postMessage(picture, [picture]);
    seen.push((await answer).seen);
  }
  worker.terminate();
  return seen;
}"""


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_film(tmp_path_factory.mktemp("film") / "film.y4m")


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    server = LiveServer(tmp_path_factory.mktemp("attention"), settings={"SEGUE_ATTENTION_SERVER": "true"})
    try:
        server.start().links()
        publish(server, "on")
        yield server
    finally:
        server.stop()


@contextmanager
def with_camera(playwright: Playwright, film: Path) -> Iterator[Browser]:
    """One whose camera shows the film, and whose person allows it."""
    camera = ("--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream")
    started = launch(playwright, (*LIKE_A_PERSON, *camera, f"--use-file-for-fake-video-capture={film}"))
    yield started
    started.close()


@pytest.fixture(scope="module")
def browser(playwright: Playwright, film: Path) -> Iterator[Browser]:
    with with_camera(playwright, film) as started:
        yield started


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


def switch(server: LiveServer, attention: bool) -> None:
    """What publishing again does, without waiting for a command to start."""
    with closing(sqlite3.connect(server.folder / "segue.sqlite3", timeout=30)) as database, database:
        database.execute("UPDATE campaign SET attention = ?", [attention])


def rows(server: LiveServer, query: str, *given: Any) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(server.folder / "segue.sqlite3")) as database:
        return database.execute(query, given).fetchall()


class Visitor:
    """A page opened by a link, and all that it asked for."""

    def __init__(self, page: Page, link: str) -> None:
        self.page = page
        self.requests: list[Request] = []
        self.pages: list[Response] = []
        page.add_init_script(NOTE_CAMERA)
        page.on("request", lambda request: self.requests.append(request))  # a builtin can't be a listener
        page.on("response", self._note)
        page.goto(link)
        expect(page.locator("[data-player]")).to_be_visible()

    def _note(self, answer: Response) -> None:
        if answer.request.is_navigation_request() and answer.ok:
            self.pages.append(answer)

    def agree(self) -> None:
        self.page.locator("#consent [data-choice=yes]").click()
        expect(self.page.locator("#consent")).to_have_attribute("data-consent", "on")

    def play(self, rate: float = 3) -> None:
        self.page.locator(".player-start").click()
        until(self.page, f"{VIDEO}.currentTime > 0")
        self.page.evaluate(f"() => {{ {VIDEO}.playbackRate = {rate}; }}")

    def watch(self) -> None:
        """Agree to be measured, and watch until the question comes."""
        self.agree()
        self.play()
        expect(self.page.locator("#attention")).to_have_attribute("data-attention-state", "ask", timeout=20_000)

    def say(self, answer: str) -> None:
        self.page.locator(f"[data-attention-choice={answer}]").click()

    def policies(self) -> list[str]:
        return [answer.headers["permissions-policy"].split(",")[0] for answer in self.pages]

    def asked(self, part: str) -> list[Request]:
        return [request for request in self.requests if part in request.url]

    def hindrances(self) -> list[str]:
        """What axe finds in anyone's way (WCAG 2.2)."""
        self.page.evaluate(AXE)
        found = self.page.evaluate("async () => (await axe.run(document, {resultTypes: ['violations']})).violations")
        return [f"{one['id']}: {[node['target'] for node in one['nodes']][:3]}" for one in found]

    def kinds(self) -> set[tuple[str, str]]:
        """What was asked for, but for what is another each time."""
        return {(request.method, kind(request.url)) for request in self.requests if request.url.startswith("http")}


def shown_in(second: int, clock: Sequence[tuple[float, float]]) -> tuple[float, float]:
    """From when to when the camera was seen in a second of the video, in seconds since it began."""
    return tuple(float(np.interp(at, *zip(*clock, strict=True))) for at in (second, second + 1))


def kind(url: str) -> str:
    path = url.split("/", 3)[3].split("?")[0]
    return re.sub(r"^(v|clips)/.*", r"\1/…", path)


# -- the journey ---------------------------------------------------------------


def test_facing_the_screen_is_told_second_by_second_and_forgotten_at_a_tap(demo: LiveServer, browser: Browser) -> None:
    with person(browser) as (_, page):
        visitor = Visitor(page, next(iter(demo.links().values())))
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
        clock = page.evaluate("window.clock")
        page.wait_for_timeout(600)

        kept = rows(demo, "SELECT second, score, n, quality FROM attention_second ORDER BY second")
        # A second with too few pictures (the model still loading, the machine busy) is told as null: no claim.
        told = [(second, score) for second, score, _, quality in kept if quality != "few"]
        judged = [(act, second, score) for second, score in told if (act := truth(*shown_in(second, clock)))]
        right = [agrees(act.facing, score) for act, _, score in judged]
        assert len(judged) >= 8, kept
        assert len({act.face for act, *_ in judged}) >= 6, kept
        assert sum(right) / len(right) >= 0.95, [one for one, good in zip(judged, right, strict=True) if not good]
        assert visitor.policies() == ["camera=()", "camera=(self)"]
        assert only_numbers_left(visitor.requests[before:])
        assert rows(demo, "SELECT count(*) FROM visit") == [(1,)]

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


def only_numbers_left(requests: Sequence[Request]) -> bool:
    """Of all that left the page after the yes, seconds are four values each, and nothing else has room for a face."""
    told = [request for request in requests if request.url.endswith("/attention/seconds") and request.post_data]
    for request in told:
        said = json.loads(request.post_data or "")
        assert set(said) == {"nonce", "seconds"}
        for one in said["seconds"]:
            assert set(one) == {"second", "score", "n", "quality"}
            assert len(one["quality"]) <= 12
    posted = [request for request in requests if request.method != "GET"]
    assert {kind(request.url) for request in posted} <= {"attention", "attention/seconds", "open", "b"}
    assert all(len(request.post_data_buffer or b"") < 8_000 for request in posted)
    assert all(len(request.url) < 400 for request in requests if request.url.startswith("http"))
    return bool(told)


# -- a no ----------------------------------------------------------------------


def test_after_a_no_a_page_asks_for_nothing_it_would_not_ask_for_anyway(demo: LiveServer, browser: Browser) -> None:
    link = list(demo.links().values())[1]
    with person(browser) as (_, page):
        visitor = Visitor(page, link)
        visitor.watch()
        assert visitor.hindrances() == []
        visitor.say("no")
        expect(page.locator("#attention")).to_have_count(0)
        after_no = watched_again(page, link)
        switch(demo, False)
        without = watched_again(page, link)
        switch(demo, True)

    assert after_no == without
    assert not [path for _, path in after_no if "attention" in path or "mediapipe" in path]


def watched_again(page: Page, link: str) -> set[tuple[str, str]]:
    """Everything asked for by a page watched past the moment of the question."""
    visitor = Visitor(page, link)
    visitor.play()
    until(page, f"{VIDEO}.currentTime > 9.5")
    page.evaluate(f"() => {VIDEO}.pause()")
    page.wait_for_timeout(300)
    return visitor.kinds()


# -- a browser that can't ------------------------------------------------------


def test_without_webgl_a_word_is_said_the_video_goes_on_and_the_server_may_look_if_told_so(
    demo: LiveServer, browser: Browser
) -> None:
    with person(browser) as (_, page):
        page.route(
            re.compile(r"\d/attention/worker\.js$"), lambda route: route.fulfill(response=route.fetch(), body=NO_WEBGL)
        )
        visitor = Visitor(page, list(demo.links().values())[2])
        visitor.watch()
        visitor.say("yes")
        expect(page.locator("#attention")).to_have_attribute("data-attention-state", "server", timeout=15_000)
        expect(page.locator("[data-attention-now]")).to_have_text("No graphics here. The video goes on without.")
        assert page.evaluate("window.cameras.length") == 0
        at = page.evaluate(f"() => {VIDEO}.currentTime")
        until(page, f"{VIDEO}.currentTime > {at} + 0.3")
        assert visitor.asked("/attention/picture") == []

        visitor.say("yes")
        until(page, ON, within_s=15)
        with page.expect_response(lambda answer: answer.url.endswith("/attention/picture") and answer.ok) as answered:
            pass
        assert answered.value.json()["look"] is not None
        assert visitor.hindrances() == []

        page.evaluate(HIDE, True)
        until(page, f"!({ON})")
        page.evaluate(HIDE, False)
        until(page, f"window.cameras.length === 2 && ({ON})")
        page.evaluate("window.cameras.at(-1).stream.getTracks()[0].dispatchEvent(new Event('ended'))")
        expect(page.locator("[data-attention-now]")).to_have_text("Camera unplugged. The video goes on without.")
        assert not page.evaluate(f"() => {VIDEO}.paused")
        until(page, f"!({ON})")


# -- two pairs of eyes ---------------------------------------------------------


def test_browser_and_server_score_the_same_pictures_alike(demo: LiveServer, browser: Browser) -> None:
    names = [
        "front",
        "rolled",
        "yaw15",
        "yaw30",
        "yaw-50",
        "yaw-65",
        "down30",
        "up30",
        "closed",
        "half-closed",
        "nobody",
    ]
    eyes = Eyes(threads=1, patience_s=30)
    with person(browser) as (_, page):
        page.goto(next(iter(demo.links().values())))
        seen = page.evaluate(LOOK, [base64.b64encode(jpeg(name)).decode() for name in names])
    here = [eyes.see(jpeg(name)) for name in names]
    eyes.close()

    there = scores([one["look"] for one in seen])
    assert there == pytest.approx(scores([one.look for one in here]), abs=0.1)
    assert [round(one["light"], -1) for one in seen] == [round(one.light, -1) for one in here]
    assert there[0] == 1.0
    assert there[-1] == 0.0


def scores(looks: Sequence[dict[str, float] | None]) -> list[float]:
    """Against the first of them."""
    read = [Look(**look) if look else None for look in looks]
    assert read[0] is not None
    return [frame_score(look, norm_of([read[0]]), SHUT_MS) for look in read]
