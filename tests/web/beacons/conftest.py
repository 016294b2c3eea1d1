"""An application over each database, with the tests' vault and clock."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from plugin.kernel.database import Database
from plugin.kernel.seal import Vault
from plugin.kernel.settings import Settings
from tests.conftest import HeldClock
from web.app import create_app
from web.services import Services


@pytest.fixture
def app(database: Database, vault: Vault, clock: HeldClock, tmp_path: Path) -> Iterator[Flask]:
    url = database.engine.url.render_as_string(hide_password=False)
    made = create_app(
        Settings(
            data_dir=tmp_path / "data",
            database_url=url,
            master_secret=bytes(range(32)).hex(),
            public_origin="https://video.example",
            log_level="error",
        )
    )
    services: Services = made.extensions["segue"]
    services.clock = clock
    yield made
    services.database.dispose()


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()
