"""A portal set up for each test, on SQLite unless a test is about locks."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest

from connectors.hubspot.writeback import contacts
from plugin.kernel.database import Database
from plugin.kernel.seal import Vault
from tests.connectors.hubspot.writeback.stage import Stage, staged


@pytest.fixture(autouse=True)
def nothing_remembered() -> None:
    """What this process found out about another test's portal."""
    contacts._unknown.clear()


@pytest.fixture
def stage_in(database: Database, vault: Vault) -> Iterator[Callable[..., Stage]]:
    """`stage_in(form)`: a portal that tells in this form."""
    with ExitStack() as stack:
        yield lambda form="none", **more: stack.enter_context(staged(database, vault, form, **more))


@pytest.fixture
def stage(stage_in: Callable[..., Stage]) -> Stage:
    return stage_in()
