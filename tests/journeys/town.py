"""Segue and a CRM's sandbox side by side, each in a process of its own; what an admin types, what a recipient does."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
from playwright.sync_api import Browser, Page, expect

from tests.journeys.conftest import AXE, DESK
from tests.live import LiveServer, person, until

STORYBOARD = Path(__file__).parents[2] / "demo/storyboard.json"


@dataclass
class Sandbox:
    """A CRM on this machine, asked as its own page on tests says."""

    origin: str

    def ask(self, method: str, path: str, body: Any = None) -> Any:
        answer = httpx.request(method, f"{self.origin}/__sandbox/{path}", json=body, timeout=10)
        assert answer.status_code == 200, answer.text
        return answer.json()


@dataclass
class Town:
    """Segue with a connection; `account` is the connection's page once there is one."""

    segue: LiveServer
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

    def publish(self, slug: str, renamed: Mapping[str, str]) -> None:
        """The demo's storyboard for the connected account, with its own names for fields."""
        document = json.loads(STORYBOARD.read_text("utf-8"))
        for field in document["fields"]:
            field["source"] = renamed.get(field["source"], field["source"])
        file = self.segue.folder / f"{slug}.json"
        file.write_text(json.dumps(document), "utf-8")
        installation = self.account.rsplit("/", 1)[-1]
        self.run("campaign", "publish", str(file), "--slug", slug, "--installation", installation)


@contextlib.contextmanager
def running(crm: str, port: int, *arguments: str, answers_at: str) -> Iterator[None]:
    """`segue crm sandbox <crm>` on that port, until it is killed; `answers_at` is asked until it answers."""
    process = subprocess.Popen(
        [sys.executable, "-m", "web.cli", "crm", "sandbox", crm, "--port", str(port), *arguments],
        env=os.environ,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        await_(lambda: httpx.get(f"http://127.0.0.1:{port}{answers_at}", timeout=2).status_code == 200)
        yield
    finally:
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


def need_for_everyone(page: Page, address: str) -> None:
    """No violation axe knows of, and nothing wider than the screen."""
    page.goto(address)
    page.evaluate(AXE)
    found = page.evaluate("async () => (await axe.run()).violations.map(v => v.id + ': ' + v.nodes[0].html)")
    assert found == [], address
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), f"{address} is wider than the screen"
