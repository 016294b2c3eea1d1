"""A sandbox, and our adapter connected to it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from connectors.salesforce.sandbox import Sandbox
from plugin.kernel.database import Database
from plugin.kernel.seal import Vault
from tests.connectors.salesforce.world import World


@pytest.fixture
def world(database: Database, vault: Vault) -> Iterator[World]:
    with Sandbox() as sandbox:
        yield World(sandbox, database, vault)
