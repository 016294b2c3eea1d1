"""A portal of the sandbox, connected as a real one is: for tests of what the connector does there."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any
from unittest.mock import patch

from connectors.hubspot.accounts.connect import connect_oauth, connect_static
from connectors.hubspot.accounts.find import portal_of
from connectors.hubspot.accounts.oauth import Grant
from connectors.hubspot.portal import Portal, open_portal
from connectors.hubspot.sandbox import Sandbox, write
from connectors.hubspot.sandbox.associations import DEFAULT, HUBSPOT, PRIMARY
from connectors.hubspot.sandbox.portal import Installation, Portal as Account
from plugin.kernel.clock import utcnow
from plugin.kernel.database import Database
from plugin.kernel.pace import Pace
from plugin.kernel.seal import Vault
from plugin.kernel.settings import Settings
from plugin.recipients.ports import ExternalRef
from tests.connectors.hubspot.openapi import checked

_UNLIMITED = 1_000_000


@dataclass
class World:
    """A sandbox, our server's database, and the portal between them."""

    sandbox: Sandbox
    database: Database
    vault: Vault
    settings: Settings
    account: Account
    app: Installation
    installation_id: str

    @property
    def portal(self) -> Portal:
        """Opened anew, with the config as kept."""
        with self.database.reading() as session:
            installation = portal_of(session, self.installation_id)
        return open_portal(self.database, self.vault, self.settings, installation)

    def ref(self, contact_id: str) -> ExternalRef:
        return ExternalRef(self.installation_id, "contact", contact_id)

    def make(self, kind: str, **values: Any) -> str:
        """A record of HubSpot's; its id."""
        return write.create(self.account, self.account.stores[kind], values, None).id

    def change(self, kind: str, record_id: str, **values: Any) -> None:
        store = self.account.stores[kind]
        write.update(self.account, store, write.must_find(store, record_id), values)

    def set_by_hubspot(self, contact_id: str, **values: str) -> None:
        """Properties only HubSpot itself sets."""
        store = self.account.contacts
        store.put(write.must_find(store, contact_id), values, self.account.now(), "EMAIL")

    def bind(self, of: str, of_id: str, to: str, to_id: str, *, primary: bool = False) -> None:
        number = PRIMARY[(of, to)] if primary else DEFAULT[(of, to)]
        self.account.associations.add((of, of_id), (to, to_id), [(HUBSPOT, number)])

    def calls(self, template: str = "") -> int:
        return self.sandbox.counts.total(template=template)


@contextmanager
def connected(
    database: Database,
    vault: Vault,
    *,
    tier: str = "enterprise",
    scopes: Collection[str] | None = None,
    auth: str = "static",
    paced: bool = False,
    limited: bool = False,
    app_events: bool = False,
) -> Iterator[World]:
    """A world held to HubSpot's files. `scopes` None: all the tier gives.

    `limited`: by the tier's limit on calls; `paced`: and we keep to it.
    """
    with ExitStack() as stack:
        sandbox = stack.enter_context(Sandbox(tier=tier, seeded=False))
        stack.enter_context(checked(sandbox))
        if not paced:
            stack.enter_context(patch.object(Pace, "take", lambda *_, **__: None))
        sandbox.app.app_events = app_events
        account = sandbox.portal
        settings = Settings(
            hubspot_api=sandbox.origin,
            hubspot_app=sandbox.origin,
            hubspot_client_id=sandbox.app.client_id,
            hubspot_client_secret=sandbox.app.client_secret,
            hubspot_app_id=str(sandbox.app.id),
            public_origin="https://video.example",
        )
        if not limited:
            sandbox.portal.searches.free = lambda _: True  # type: ignore[method-assign]
        allowed = account.grantable(app_events=app_events)
        if auth == "oauth":
            app = account.install(
                sandbox.app.id, "Segue", "oauth", allowed if scopes is None else allowed & set(scopes), "x"
            )
            if not limited:
                app.limits.burst, app.limits.daily = _UNLIMITED, None
            access, refresh = sandbox.grants.issue(app, 1800, sandbox.clock())
            grant = Grant(access, refresh, utcnow(), str(account.id), tuple(sorted(app.scopes)))
            made = connect_oauth(database, vault, settings, grant)
        else:
            app = account.create_private_app(scopes, app_events=app_events)
            if not limited:
                app.limits.burst, app.limits.daily = _UNLIMITED, None
            made = connect_static(
                database, vault, settings, token=app.token, client_secret=app.client_secret, app_id=str(app.app_id)
            )
        yield World(sandbox, database, vault, settings, account, app, made.installation_id)
