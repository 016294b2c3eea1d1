"""A portal of the sandbox, set up as a real one is, and what a rep would see there: for tests of write-back."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from sqlalchemy import select, update

from connectors.hubspot.accounts import provision
from connectors.hubspot.accounts.config import PortalConfig, Timeline, config_of
from connectors.hubspot.accounts.find import portal_of
from connectors.hubspot.accounts.tokens import ACCESS
from connectors.hubspot.connector import HubSpotCrm
from connectors.hubspot.models import HubSpotNote, HubSpotTelling
from connectors.hubspot.portal import NAME, Portal, open_portal
from connectors.hubspot.sandbox import Sandbox, timeline, write
from connectors.hubspot.sandbox.media_bridge import provider_of
from connectors.hubspot.sandbox.portal import Installation as App
from connectors.hubspot.writeback.calls import Times
from connectors.hubspot.writeback.events import NAMES
from plugin.accounts import credentials
from plugin.accounts.models import Installation
from plugin.kernel.clock import Clock, utcnow
from plugin.kernel.database import Database
from plugin.kernel.seal import Vault
from plugin.kernel.settings import Settings
from plugin.outbox.ports import Message
from tests.conftest import NOW
from tests.connectors.hubspot.openapi import checked

QUICK = Times(budget_s=8, timeout_s=2, patience_s=2, lag_s=0.0, again_s=0.01)
"""For a HubSpot on this machine: it is done with a call when the connection ends."""
ALL: tuple[Timeline, ...] = ("none", "media_bridge", "custom_events", "app_events")


@dataclass
class Stage:
    """A sandbox, our database, and the portal between them."""

    sandbox: Sandbox
    database: Database
    vault: Vault
    settings: Settings
    app: App
    installation_id: str
    times: Times = field(default=QUICK)

    @property
    def account(self) -> Any:
        return self.sandbox.portal

    def portal(self, clock: Clock = utcnow) -> Portal:
        """Opened anew, as another process would."""
        with self.database.reading() as session:
            installation = portal_of(session, self.installation_id)
        return open_portal(self.database, self.vault, self.settings, installation, clock=clock)

    def crm(self) -> HubSpotCrm:
        return HubSpotCrm(self.portal(), times=self.times)

    def config(self) -> PortalConfig:
        with self.database.reading() as session:
            return config_of(portal_of(session, self.installation_id).config)

    def choose(self, form: Timeline) -> None:
        with self.database.transaction() as session:
            row = session.get_one(Installation, self.installation_id)
            row.config = {**row.config, "chosen": form}

    def contact(self, **properties: Any) -> str:
        return write.create(self.account, self.account.contacts, properties, None).id

    def values(self, contact_id: str) -> dict[str, str]:
        """Our properties of a contact."""
        held = self.account.contact(contact_id).properties
        return {name: value for name, value in held.items() if name.startswith("segue_")}

    def notes(self, contact_id: str) -> list[str]:
        return [
            each["raw"]["hs_note_body"] for each in timeline.entries(self.account, contact_id) if each["kind"] == "note"
        ]

    def events(self, contact_id: str) -> list[tuple[str, dict[str, str]]]:
        """What stands on the timeline beside notes and media, as `(kind of ours, values)`, in the order it came."""
        kinds = {name: kind for kind, name in NAMES.items()}
        found = []
        for each in timeline.entries(self.account, contact_id):
            if each["kind"] in ("custom_event", "app_event"):
                name = each["raw"].get("eventName") or each["raw"]["eventTypeName"]
                found.append((kinds[re.sub(r"^.*?(segue_)", r"\1", name)], each["raw"]["properties"]))
        return found

    def cards(self, contact_id: str) -> list[Any]:
        return timeline.cards(self.account, contact_id)

    def calls(self, template: str = "", status: int | None = None) -> int:
        return self.sandbox.counts.total("POST", template, status)

    def rows(self, table: type[Any]) -> list[Any]:
        with self.database.reading() as session:
            return list(session.scalars(select(table)))

    def lease_ends(self) -> None:
        """Whoever was at it is gone for certain."""
        with self.database.transaction() as session:
            for table in (HubSpotNote, HubSpotTelling):
                session.execute(update(table).values(under_way_until=NOW - timedelta(days=1)))


@contextmanager
def staged(
    database: Database,
    vault: Vault,
    form: Timeline = "none",
    *,
    tier: str = "enterprise",
    held_to_specs: bool = True,
    per_10s: int = 1_000_000,
) -> Iterator[Stage]:
    """A portal that allows every form, telling in one."""
    with Sandbox(tier=tier, seeded=False) as sandbox, checked(sandbox) if held_to_specs else nullcontext():
        sandbox.app.app_events = True
        account = sandbox.portal
        app = account.create_private_app(account.grantable(app_events=True), app_events=True)
        app.limits.burst, app.limits.daily = 1_000_000, None
        provider = provider_of(account, app.app_id)
        provider.name, provider.types = "Segue", {"VIDEO"}
        config = PortalConfig(
            auth="static",
            app_id=str(app.app_id),
            scopes=tuple(sorted(app.scopes)),
            tier=tier,
            possible=("app_events", "media_bridge", "custom_events", "none"),
            chosen=form,
            calls_per_10s=per_10s,
        )
        with database.transaction() as session:
            made = Installation(connector=NAME, account=str(account.id), label="HubSpot", config=config.as_json())
            session.add(made)
            session.flush()
            credentials.keep(session, vault, made.id, {ACCESS: app.token})
        settings = Settings(hubspot_api=sandbox.origin, public_origin="https://video.example")
        stage = Stage(sandbox, database, vault, settings, app, made.id)
        provision.apply(stage.portal())
        stage.choose(form)
        with database.transaction() as session:
            row = session.get_one(Installation, made.id)
            row.config = {**row.config, "possible": list(config.possible)}
        sandbox.counts.reset()
        yield stage


def told(
    contact_id: str, kind: str, key: str = "", *, visit: str = "visit-1", after_s: float = 0, **data: Any
) -> Message:
    at = NOW + timedelta(seconds=after_s)
    payload = {
        "visit_id": visit,
        "campaign_id": "c1",
        "campaign_title": "Spring",
        "occurred_at": at.isoformat(),
        "who": "person",
        **data,
    }
    return Message(key or f"{visit}:{kind}:{after_s}", kind, f"contact:{contact_id}", payload, at)


def summary(contact_id: str, revision: int = 1, *, visit: str = "visit-1", after_s: float = 0, **data: Any) -> Message:
    payload = {
        "session_key": visit,
        "revision": revision,
        "started_at": (NOW + timedelta(seconds=after_s)).isoformat(),
        "duration_s": 40.0,
        "coverage_s": 38.0,
        "watch_s": 51.0,
        "quartile": 75,
        "completed": False,
        "replays": [{"scene": "pricing", "title": "Pricing", "times": 2}],
        "ctas": ["Book a demo"],
        "spans": [[0.0, 38.0]],
        "again": [[8.0, 12.0]],
        "confidence": "high",
        "reasons": ["3 taps"],
        "score": 83,
        "score_reasons": ["watched 95 %: 38 points"],
        **data,
    }
    key = f"{visit}:{revision}"
    return told(contact_id, "visit.summarised", key, visit=visit, after_s=after_s, **payload)


def visit_of(contact_id: str, visit: str = "visit-1", *, after_s: float = 0) -> list[Message]:
    """All that one visit tells, in order."""
    return [
        told(contact_id, "link.opened", visit=visit, after_s=after_s),
        told(contact_id, "video.played", visit=visit, after_s=after_s + 1),
        *(
            told(contact_id, "video.quartile_reached", visit=visit, after_s=after_s + 10 * n, quartile=25 * n)
            for n in (1, 2, 3)
        ),
        told(contact_id, "cta.clicked", visit=visit, after_s=after_s + 31, cta="book", label="Book a demo"),
        summary(contact_id, visit=visit, after_s=after_s),
    ]


def kinds(messages: Sequence[Message]) -> list[str]:
    return [message.kind for message in messages]
