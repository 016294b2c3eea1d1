"""The landing tests' world, with a campaign that asks about the camera."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from plugin.campaigns.models import Campaign
from plugin.kernel.database import Database
from plugin.links.issue import IssuedLink
from tests.conftest import NOW, HeldClock
from tests.web.landing.world import ANA, OURS, World, make_world

HTMX = {**OURS, "HX-Request": "true"}


@dataclass
class Browser:
    """One browser with one person's link."""

    world: World
    client: FlaskClient
    link: IssuedLink
    nonce: str = ""
    seen: list[str] = field(default_factory=list)

    def shell(self) -> Any:
        return self.client.get(f"/v/{self.link.token}")

    def again(self, path: str = "/w/your-year") -> Any:
        return self.client.get(path)

    def open(self, **headers: str) -> str:
        """The stage, its nonce kept."""
        answer = self.client.post("/open", data={"link": self.link.token}, headers={**HTMX, **headers})
        assert answer.status_code == 200
        page: str = answer.text
        self.nonce = re.search(r'data-nonce="([^"]+)"', page)[1]  # type: ignore[index]
        return page

    def agree_to_be_measured(self) -> None:
        answer = self.client.post("/consent", data={"nonce": self.nonce, "choice": "yes"}, headers=HTMX)
        assert answer.status_code == 200

    def offer(self, **headers: str) -> Any:
        return self.client.post("/attention/offer", data={"nonce": self.nonce}, headers={**HTMX, **headers})

    def answer(self, choice: str, headers: dict[str, str] | None = None, **form: str) -> Any:
        given = {"nonce": self.nonce, "choice": choice, **form}
        return self.client.post("/attention", data=given, headers=headers or (OURS if choice == "yes" else HTMX))

    @property
    def visit_id(self) -> str:
        return self.nonce.split(".")[0]


@pytest.fixture
def world(database: Database, tmp_path: Path, clock: HeldClock) -> Iterator[World]:
    clock.now = NOW + timedelta(minutes=1)
    made = make_world(database, tmp_path / "data", clock)
    asks(made, True)
    yield made
    made.services.database.dispose()


@pytest.fixture
def browser(world: World) -> Browser:
    return Browser(world, world.client, world.link_for(**ANA))


def asks(world: World, attention: bool) -> None:
    with world.services.database.transaction() as session:
        session.get_one(Campaign, world.campaign_id).attention = attention
