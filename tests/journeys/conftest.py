"""One demo server and one page for the whole tour."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from tests.live import LiveServer

AXE = (Path(__file__).parents[1] / "node/node_modules/axe-core/axe.min.js").read_text()
PHONE = {"width": 390, "height": 844}
DESK = {"width": 1280, "height": 900}


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    """`segue serve --demo`, as `make run` starts it, with a data folder of its own."""
    server = LiveServer(tmp_path_factory.mktemp("demo"), settings={"SEGUE_LOG_LEVEL": "debug"}).start()
    server.links()
    yield server
    server.stop()


@pytest.fixture
def context(chromium: Browser) -> Iterator[BrowserContext]:
    made = chromium.new_context(viewport={"width": 1280, "height": 900})
    made.set_default_timeout(20_000)
    yield made
    made.close()


@pytest.fixture
def page(context: BrowserContext) -> Page:
    return context.new_page()
