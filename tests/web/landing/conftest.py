"""The world these tests look at."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from plugin.kernel.database import Database
from tests.conftest import HeldClock
from tests.web.landing.world import World, make_world


@pytest.fixture
def world(database: Database, tmp_path: Path, clock: HeldClock) -> Iterator[World]:
    made = make_world(database, tmp_path / "data", clock)
    yield made
    made.services.database.dispose()
