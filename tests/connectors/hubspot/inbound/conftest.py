"""A connected portal with two published campaigns, and just enough of HubSpot to write links to."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import orjson
import pytest

from connectors.hubspot.accounts.config import PortalConfig
from connectors.hubspot.accounts.tokens import ACCESS, CLIENT_SECRET
from connectors.hubspot.inbound.give_link import Issuing
from connectors.hubspot.portal import Portal
from connectors.hubspot.portals import Portals
from plugin.accounts import credentials
from plugin.campaigns.publish import publish
from plugin.kernel.database import Database
from plugin.kernel.seal import Vault
from plugin.kernel.settings import Settings
from plugin.links.keys import Keyring
from plugin.privacy import suppress
from plugin.recipients.ports import ExternalRef
from tests.conftest import HeldClock
from tests.connectors.hubspot.scripted import Asked, Reply, ScriptedServer, json_reply
from tests.make import make_campaign, make_installation
from tests.plugin.campaigns.boards import make_document
from tests.plugin.campaigns.test_publish import make_clips

ORIGIN = "https://video.example.com"
SECRET = "app-secret-of-111"
OAUTH_SECRET = "the-servers-oauth-secret"


@dataclass
class Hub:
    """Contacts by id with their properties; `missing` properties aren't there yet; `before` may answer first."""

    contacts: dict[str, dict[str, str]] = field(default_factory=dict)
    missing: set[str] = field(default_factory=set)
    completed: list[dict[str, Any]] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    refuse: dict[str, str] = field(default_factory=dict)
    """Contact id → the admin's own rule it breaks."""
    over: set[str] = field(default_factory=set)
    """Callbacks nobody waits for any more."""
    before: Any = None
    lock: threading.Lock = field(default_factory=threading.Lock)

    def __call__(self, asked: Asked) -> Reply:
        path, body = asked.path, orjson.loads(asked.body or b"{}")
        with self.lock:
            self.asked.append(f"{asked.method} {path}")
        if self.before is not None and (reply := self.before(asked)) is not None:
            return reply
        if "/callbacks/" in path:
            return self._complete(path, body)
        if "/properties/" in path:
            return self._property(asked, path, body)
        if path.endswith("/batch/update"):
            return self._batch(body["inputs"])
        return self._patch(path.rsplit("/", 1)[-1], body["properties"])

    def _patch(self, contact_id: str, properties: dict[str, str]) -> Reply:
        if contact_id not in self.contacts:
            return json_reply(404, {"message": "resource not found"})
        if refused := self._refusal(contact_id, properties):
            return json_reply(400, refused)
        self.contacts[contact_id] |= properties
        return json_reply(200, {"id": contact_id, "properties": properties})

    def _batch(self, inputs: list[dict[str, Any]]) -> Reply:
        for each in inputs:
            if set(each["properties"]) & self.missing:
                return json_reply(400, self._refusal(each["id"], each["properties"]))
        results, errors = [], []
        for each in inputs:
            reply = self._patch(each["id"], each["properties"])
            told = orjson.loads(reply.body)
            trace = each["objectWriteTraceId"]
            if reply.status == 200:
                results.append({"id": each["id"], "objectWriteTraceId": trace})
            else:
                category = told.get("category", "OBJECT_NOT_FOUND")
                context = {"ids": [each["id"]], "objectWriteTraceId": [trace]}
                errors.append({"category": category, "message": told["message"], "context": context})
        return json_reply(207 if errors else 200, {"results": results, "errors": errors})

    def _refusal(self, contact_id: str, properties: dict[str, str]) -> dict[str, Any]:
        for name in sorted(set(properties) & self.missing):
            message = f'Property "{name}" does not exist'
            context = {"propertyName": [name]}
            detail = {"message": message, "code": "PROPERTY_DOESNT_EXIST", "context": context}
            return {"message": message, "category": "VALIDATION_ERROR", "errors": [detail]}
        if contact_id in self.refuse:
            return {"message": self.refuse[contact_id], "category": "VALIDATION_ERROR"}
        return {}

    def _property(self, asked: Asked, path: str, body: dict[str, Any]) -> Reply:
        if asked.method == "POST":
            self.missing.discard(body["name"])
            return json_reply(201, body)
        name = path.rsplit("/", 1)[-1]
        if name in self.missing:
            return json_reply(404, {"message": "no such property"})
        return json_reply(200, {"name": name, "type": "string", "label": name})

    def _complete(self, path: str, body: dict[str, Any]) -> Reply:
        one = re.search(r"/([^/]+)/complete", path)
        named = [one[1]] if one and one[1] != "2026-09" else [each["callbackId"] for each in body["inputs"]]
        if self.over & set(named):
            return json_reply(404, {"message": "no such callback"})
        given = [body] if one and one[1] != "2026-09" else body["inputs"]
        self.completed += [{"callbackId": name, **each} for name, each in zip(named, given, strict=True)]
        return Reply(204, b"")


class MovingClock(HeldClock):
    """Begins at NOW and goes on: whoever waits for a turn to call must see time pass."""

    def __init__(self) -> None:
        super().__init__()
        self._began = time.monotonic()

    def __call__(self) -> datetime:
        return self.now + timedelta(seconds=time.monotonic() - self._began)


@dataclass
class World:
    database: Database
    vault: Vault
    settings: Settings
    clock: MovingClock
    installation_id: str
    hub: Hub
    portals: Portals
    issuing: Issuing

    @property
    def portal(self) -> Portal:
        return self.portals.of(self.installation_id)

    def suppress(self, contact_id: str, reason: str = "asked") -> None:
        ref = ExternalRef(self.installation_id, "contact", contact_id)
        with self.database.transaction() as session:
            suppress.suppress(session, suppress.pseudonym_of(self.vault, ref), reason)


@pytest.fixture
def clock() -> MovingClock:
    return MovingClock()


@pytest.fixture
def hub() -> Hub:
    return Hub({"501": {}, "502": {}})


@pytest.fixture
def server(hub: Hub) -> Iterator[ScriptedServer]:
    made = ScriptedServer(hub)
    yield made
    made.close()


@pytest.fixture
def world(database: Database, vault: Vault, clock: MovingClock, server: ScriptedServer, hub: Hub) -> World:
    settings = Settings(
        public_origin=ORIGIN,
        hubspot_api=server.origin,
        hubspot_client_id="client",
        hubspot_client_secret=OAUTH_SECRET,
    )
    with database.transaction() as session:
        config = PortalConfig(auth="static", scopes=("automation",), calls_per_10s=9999).as_json()
        installation = make_installation(session, connector="hubspot", account="111", config=config)
        credentials.keep(session, vault, installation.id, {ACCESS: "token", CLIENT_SECRET: SECRET})
        make_clips(session, make_document())
        for slug in ("spring", "autumn"):
            publish(session, vault=vault, slug=slug, installation_id=installation.id, document=make_document())
        make_campaign(session, installation_id=installation.id, slug="drafted")
        make_campaign(session, slug="elsewhere", published_version=1)
    return World(
        database,
        vault,
        settings,
        clock,
        installation.id,
        hub,
        Portals(database, vault, settings, clock=clock),
        Issuing(Keyring(database, vault), ORIGIN, 90),
    )
