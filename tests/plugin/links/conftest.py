"""What the rooms' tests of links share: a keyring over the test's database."""

from __future__ import annotations

import pytest

from plugin.links.keys import Keyring


@pytest.fixture
def keyring(database, vault) -> Keyring:
    return Keyring(database, vault)
