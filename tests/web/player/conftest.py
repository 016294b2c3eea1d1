"""The application with three marked clips in it, made once."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from plugin.decisions.plan import Plan
from tests.browser.stage import Stage, make_stage


@pytest.fixture(scope="session")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    folder: Path = tmp_path_factory.mktemp("player")
    made = make_stage(folder, 3)
    yield made
    made.services.database.dispose()


@pytest.fixture(scope="session")
def plan(stage: Stage) -> Plan:
    return stage.plan(stage.clips)
