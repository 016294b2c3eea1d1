"""Salesforce read: against one bare round trip. Salesforce is the sandbox, in a process of its own, 150 ms away."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import requests

from benchmarks.figures import Figure
from benchmarks.round_trip import beyond, in_turn
from benchmarks.salesforce_stand import stand
from benchmarks.stand import VAULT
from connectors.salesforce.orgs import Orgs
from connectors.salesforce.read.live import make_reader
from plugin.recipients.ports import ExternalRef

AWAY_MS = 150
OPENS, EVERY_S = 120, 0.25
ALL = ("contact.FirstName", "contact.LastName", "account.Name", "opportunity.StageName", "campaign_member.Status")


def run(opens: int = OPENS) -> list[Figure]:
    """Contact, account, opportunity and membership at an open: all in one call."""
    with tempfile.TemporaryDirectory() as folder, stand(Path(folder), opens) as at:
        at.allow(calls=1_000_000)
        org = Orgs(at.database, VAULT, at.settings).of(at.installation_id)
        reader = make_reader(org)
        session = requests.Session()
        session.headers["Authorization"] = f"Bearer {at.org.token}"

        def bare(contact: str) -> object:
            return session.get(f"{at.org.origin}/services/data/v67.0/sobjects/Contact/{contact}", timeout=10).content

        def whole(contact: str) -> object:
            return reader.read(ExternalRef(at.installation_id, "contact", contact), ALL, timeout_s=10)

        at.ask("trouble", rules=[{"kind": "slow", "slow_ms": AWAY_MS}])
        trips, reads = in_turn(at.org.contacts, bare, whole, EVERY_S)
    name = "Salesforce: contact, account, opportunity and membership at an open, p95 beyond one bare round trip"
    return [beyond(name, trips, reads, f"{opens} opens, Salesforce {AWAY_MS} ms away")]


if __name__ == "__main__":
    sys.exit("run it as: python -m benchmarks salesforce_read")
