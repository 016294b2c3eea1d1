"""The application with a connected portal, called as HubSpot calls it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from plugin.kernel.settings import Settings
from tests.connectors.hubspot.inbound.conftest import (
    ORIGIN,
    SECRET,
    MovingClock,
    World,
    clock,
    hub,
    server,
    world,
)
from tests.connectors.hubspot.inbound.test_signature import v2, v3
from web.app import create_app

__all__ = ["clock", "hub", "server", "world"]
WHO = "portalId=111&userId=42&userEmail=ana%40example.com&appId=7"


class HubSpot:
    """Sends what HubSpot sends."""

    def __init__(self, client: FlaskClient, clock: MovingClock) -> None:
        self.client, self.clock = client, clock

    def send(self, target: str, body: Any, *, version: int = 3, secret: str = SECRET, **headers: str) -> TestResponse:
        data = body if isinstance(body, bytes) else orjson.dumps(body)
        stamp = str(int(self.clock().timestamp() * 1000))
        call = v3(target, data, stamp=stamp, secret=secret) if version == 3 else v2(target, data, secret)
        # Whatever it is called by, the public origin is what was signed for.
        return self.client.post(target, base_url="http://10.0.0.7:9000", data=data, headers={**call.headers, **headers})

    def card(self, path: str, body: Any, query: str = WHO, **given: Any) -> TestResponse:
        return self.send(f"/hubspot/{path}?{query}", body, **given)


@pytest.fixture
def make_app(world: World, tmp_path: Path) -> Iterator[Callable[..., Flask]]:
    made: list[Flask] = []

    def make(**given: Any) -> Flask:
        url = world.database.engine.url.render_as_string(hide_password=False)
        told = {name: getattr(world.settings, name) for name in Settings.model_fields if name.startswith("hubspot_")}
        config = {
            **told,
            "data_dir": tmp_path,
            "database_url": url,
            "public_origin": ORIGIN,
            "log_level": "error",
            "master_secret": bytes(range(32)).hex(),
            **given,
        }
        app = create_app(Settings(**config))
        app.extensions["segue"].clock = world.clock
        app.testing = True
        made.append(app)
        return app

    yield make
    for app in made:
        app.extensions["segue"].database.dispose()


@pytest.fixture
def hubspot(make_app: Callable[..., Flask], world: World) -> HubSpot:
    return HubSpot(make_app().test_client(), world.clock)
