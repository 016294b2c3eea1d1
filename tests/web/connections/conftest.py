"""The connections' screens over a portal of the sandbox, in a client that behaves like a browser on this machine."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from argon2 import PasswordHasher
from flask import Flask

from connectors.salesforce.sandbox import Sandbox as OrgSandbox
from plugin.accounts import members
from plugin.accounts.members import add_member
from plugin.campaigns.publish import publish
from plugin.kernel.database import Database
from plugin.kernel.seal import Vault
from plugin.kernel.settings import Settings
from tests.connectors.hubspot.world import World, connected
from tests.connectors.salesforce.world import World as OrgWorld
from tests.plugin.campaigns.boards import FIELDS, make_document
from tests.plugin.campaigns.test_publish import make_clips
from tests.web.crm.conftest import ORIGIN, PASSWORD, Browser
from web.app import create_app

HUBSPOT_NAMES = {"contact.first_name": "contact.firstname", "contact.language": "contact.hs_language"}


@pytest.fixture
def database(sqlite_template: Path, tmp_path: Path) -> Iterator[Database]:
    """What these screens show is proved on both databases where it is made."""
    shutil.copy(sqlite_template, tmp_path / "segue.sqlite3")
    made = Database(f"sqlite:///{tmp_path / 'segue.sqlite3'}")
    yield made
    made.dispose()


@pytest.fixture
def world(database: Database, vault: Vault) -> Iterator[World]:
    with connected(database, vault, tier="professional") as made:
        yield made


@pytest.fixture
def make_app(database: Database, vault: Vault, tmp_path: Path) -> Iterator[Callable[..., Flask]]:
    made: list[Flask] = []

    def make(world: World | OrgWorld | None = None, **given: Any) -> Flask:
        told = world.settings if world else Settings()
        crms = ("hubspot_", "salesforce_")
        config = {
            **{name: getattr(told, name) for name in Settings.model_fields if name.startswith(crms)},
            "data_dir": tmp_path,
            "database_url": database.engine.url.render_as_string(hide_password=False),
            "public_origin": ORIGIN,
            "master_secret": bytes(range(32)).hex(),
            "log_level": "error",
            "crm_open": True,
            **given,
        }
        app = create_app(Settings(**config))
        app.testing = True
        made.append(app)
        return app

    yield make
    for app in made:
        app.extensions["segue"].database.dispose()


@pytest.fixture
def browser(make_app: Callable[..., Flask], world: World) -> Browser:
    """At the open door."""
    return Browser(make_app(world).test_client())


@pytest.fixture
def spring(world: World) -> str:
    """A published campaign of the account that names HubSpot's own properties."""
    fields = [{**field, "source": HUBSPOT_NAMES.get(field["source"], field["source"])} for field in FIELDS]
    with world.database.transaction() as session:
        document = make_document(fields=fields)
        make_clips(session, document)
        publish(session, vault=world.vault, slug="spring", installation_id=world.installation_id, document=document)
    return "spring"


@pytest.fixture
def member(database: Database, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], str]:
    # A password's cost is the accounts room's promise; here it would only be waited for.
    monkeypatch.setattr(members, "_hasher", PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))

    def make(role: str) -> str:
        with database.transaction() as session:
            return add_member(session, f"{role}@example.org", PASSWORD, role).email

    return make


# -- and over an org of Salesforce's -------------------------------------------

SALESFORCE_NAMES = {
    "contact.first_name": "contact.FirstName",
    "contact.tier": "contact.Tier__c",
    "contact.points": "contact.Points__c",
}


@pytest.fixture
def org(database: Database, vault: Vault) -> Iterator[OrgWorld]:
    with OrgSandbox(app_origin=ORIGIN) as sandbox:
        yield OrgWorld(sandbox, database, vault)


@pytest.fixture
def org_browser(make_app: Callable[..., Flask], org: OrgWorld) -> Browser:
    """At the open door of a server that has an app of its own."""
    app = org.sandbox.logins.apps[0]
    made = make_app(org, salesforce_client_id=app.consumer_key, salesforce_client_secret=app.consumer_secret)
    return Browser(made.test_client())


@pytest.fixture
def autumn(org: OrgWorld) -> str:
    """A published campaign of the org that names Salesforce's own fields."""
    fields = [{**field, "source": SALESFORCE_NAMES.get(field["source"], field["source"])} for field in FIELDS]
    with org.database.transaction() as session:
        document = make_document(fields=fields)
        make_clips(session, document)
        publish(session, vault=org.vault, slug="autumn", installation_id=org.installation_id, document=document)
    return "autumn"
