"""An org to test against: the sandbox, and our adapter connected to it."""

from __future__ import annotations

from typing import Any

from connectors.salesforce.accounts.connect import Connected, connect_client_credentials
from connectors.salesforce.accounts.find import org_of
from connectors.salesforce.connector import SalesforceCrm
from connectors.salesforce.org import Org, open_org
from connectors.salesforce.sandbox import Sandbox
from connectors.salesforce.sandbox.store.bin import restore
from connectors.salesforce.sandbox.store.write import Writer
from plugin.kernel.clock import Clock, utcnow
from plugin.kernel.database import Database
from plugin.kernel.seal import Vault
from plugin.kernel.settings import Settings


class World:
    """A sandbox with our app let in, and what we make of it."""

    def __init__(self, sandbox: Sandbox, database: Database, vault: Vault, *, clock: Clock = utcnow) -> None:
        self.sandbox, self.database, self.vault, self.clock = sandbox, database, vault, clock
        self.settings = Settings(salesforce_sandbox=sandbox.origin, public_origin="https://video.example")
        self.connected: Connected = self.connect()

    @property
    def installation_id(self) -> str:
        return self.connected.installation_id

    def connect(self) -> Connected:
        app = self.sandbox.logins.apps[0]
        return connect_client_credentials(
            self.database,
            self.vault,
            self.settings,
            login=self.sandbox.org.my_domain,
            client_id=app.consumer_key,
            client_secret=app.consumer_secret,
            clock=self.clock,
        )

    def org(self) -> Org:
        """Opened anew, as another process would."""
        with self.database.reading() as session:
            installation = org_of(session, self.installation_id)
        return open_org(self.database, self.vault, self.settings, installation, clock=self.clock)

    def crm(self) -> SalesforceCrm:
        return SalesforceCrm(self.org())

    def add(self, kind: str, **fields: Any) -> str:
        """A record, made by the org's admin."""
        org = self.sandbox.org
        found = org.schema.kind(kind)
        assert found is not None
        with org.lock:
            made = Writer(org, org.admin_id).create(found, fields)
            org.journal.close()
        return made

    def change(self, kind: str, record_id: str, **fields: Any) -> None:
        org = self.sandbox.org
        found = org.schema.kind(kind)
        assert found is not None
        with org.lock:
            Writer(org, org.admin_id).update(found, record_id, fields)
            org.journal.close()

    def delete(self, kind: str, record_id: str) -> None:
        org = self.sandbox.org
        found = org.schema.kind(kind)
        assert found is not None
        with org.lock:
            Writer(org, org.admin_id).delete(found, record_id)
            org.journal.close()

    def restore(self, kind: str, record_id: str) -> None:
        org = self.sandbox.org
        found = org.schema.kind(kind)
        assert found is not None
        with org.lock:
            restore(org, found, record_id)
            org.journal.close()

    def rows(self, kind: str, **where: Any) -> list[dict[str, Any]]:
        """Records as they stand."""
        found = [dict(row) for row in self.sandbox.org.live(kind)]
        return [row for row in found if all(row.get(name) == value for name, value in where.items())]

    def calls(self, template: str = "") -> int:
        """Requests of the REST API the sandbox has had since the last reset."""
        return self.sandbox.counts.total(template=template or "/services/data")
