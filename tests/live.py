"""A real server in a process of its own, and a real Chromium: what the journeys and the chaos tests drive."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, BrowserContext, Page, Playwright

CHROMIUM_FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
# A browser under test announces itself twice: by `navigator.webdriver` and by its user agent. A run that plays a person
# hides both, a run that plays a robot neither.
USER_AGENT = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36"
LIKE_A_PERSON = ("--disable-blink-features=AutomationControlled", f"--user-agent={USER_AGENT}")


def chromium_path() -> str:
    """Where the browser is; `make test` has installed it."""
    for name in ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable"):
        if found := shutil.which(name):
            return found
    raise RuntimeError("no Chromium found: run `make test`, which installs it, or `apt install chromium`")


def launch(playwright: Playwright, extra: Sequence[str] = LIKE_A_PERSON) -> Browser:
    return playwright.chromium.launch(executable_path=chromium_path(), args=[*CHROMIUM_FLAGS, *extra])


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@dataclass
class LiveServer:
    """`segue serve` on a free port, with a data folder of its own."""

    folder: Path
    port: int = field(default_factory=free_port)
    demo: bool = True
    settings: dict[str, str] = field(default_factory=dict)
    process: subprocess.Popen[bytes] | None = None

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def environment(self) -> dict[str, str]:
        ours = {"SEGUE_DATA_DIR": str(self.folder), "SEGUE_PUBLIC_ORIGIN": self.origin, **self.settings}
        return {**os.environ, **ours}

    def start(self) -> LiveServer:
        self.folder.mkdir(parents=True, exist_ok=True)
        arguments = ["serve", "--port", str(self.port), *(["--demo"] if self.demo else [])]
        with (self.folder / "out.log").open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "web.cli", *arguments],
                env=self.environment(),
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self._wait()
        return self

    def _wait(self) -> None:
        assert self.process is not None
        for _ in range(1800):
            if self.process.poll() is not None:
                raise RuntimeError(f"the server ended: {self.printed()}")
            with (
                contextlib.suppress(OSError),
                urllib.request.urlopen(f"{self.origin}/healthz", timeout=2) as answer,
            ):
                if answer.status == 200:
                    return
            time.sleep(0.05)
        raise RuntimeError(f"the server does not answer: {self.printed()}")

    def printed(self) -> str:
        return (self.folder / "out.log").read_text(errors="replace")

    def links(self) -> dict[str, str]:
        """What it printed: `Recipient  <name>  <link>`."""
        for _ in range(400):
            rows = [line.split("  ") for line in self.printed().splitlines() if line.startswith("Recipient")]
            if len(rows) >= 3:
                return {row[1].strip(): row[-1].strip() for row in rows}
            time.sleep(0.05)
        raise RuntimeError(f"no links printed: {self.printed()}")

    def kill(self) -> None:
        """As a power cut would: the whole group at once, nothing said."""
        self._signal(signal.SIGKILL)

    def stop(self) -> None:
        self._signal(signal.SIGTERM)

    def _signal(self, number: signal.Signals) -> None:
        if self.process is None:
            return
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, number)
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait(20)
        self.process = None


@contextlib.contextmanager
def person(browser: Browser, **options: Any) -> Iterator[tuple[BrowserContext, Page]]:
    """A fresh browser profile with one page."""
    context = browser.new_context(**options)
    try:
        yield context, context.new_page()
    finally:
        context.close()


def until(page: Page, expression: str, *, within_s: float = 30) -> None:
    """Wait until a JavaScript expression is true; the page's policy forbids `wait_for_function`, which needs eval."""
    for _ in range(int(within_s * 10)):
        if page.evaluate(f"() => !!({expression})"):
            return
        page.wait_for_timeout(100)
    raise AssertionError(f"never true within {within_s} s: {expression}")
