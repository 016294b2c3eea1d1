"""Deliveries a second to the embedded CRM by the real dispatch path, against a bare executemany of the same rows."""

from __future__ import annotations

import logging
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

import structlog
from sqlalchemy import Table, insert

import web.tables
from benchmarks.figures import Figure
from connectors.local import contacts
from connectors.local.models import Activity
from connectors.registry import Connectors
from plugin.accounts.models import Installation
from plugin.kernel.database import Database, Entity
from plugin.outbox.circuits import Circuits
from plugin.outbox.dispatch import dispatch_once
from plugin.outbox.enqueue import Draft, enqueue

__all__ = ["run", "web"]

MESSAGES = 20_000
CONTACTS = 2_000
BATCH = 500
AT = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


def run() -> list[Figure]:
    """20,000 events of 2,000 contacts on SQLite with `synchronous=FULL`, a fresh database for each side."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    with tempfile.TemporaryDirectory() as folder:
        raw = _bare(_fresh(Path(folder) / "bare.sqlite3"))
        delivered = _dispatched(_fresh(Path(folder) / "outbox.sqlite3"))
    return [
        Figure(
            name="outbox: deliveries to the local CRM",
            value=round(delivered),
            unit="deliveries/s",
            goal="≥ 2,000",
            holds=delivered >= 2_000,
            detail=f"bare executemany of the same rows, {BATCH} a commit: {raw:,.0f}/s; ratio {delivered / raw:.2f}",
        )
    ]


def _fresh(path: Path) -> Database:
    database = Database(f"sqlite:///{path}")
    Entity.metadata.create_all(database.engine)
    with database.transaction() as session:
        session.add(Installation(id="crm", connector="local", account="bench", label="Bench"))
        session.flush()
        for n in range(CONTACTS):
            contacts.create(session, "crm", {"first_name": f"Contact {n}"}, contact_id=f"c{n}")
    return database


def _bare(database: Database) -> float:
    rows = [_row(n) for n in range(MESSAGES)]
    statement = insert(cast("Table", Activity.__table__))
    started = time.perf_counter()
    for start in range(0, MESSAGES, BATCH):
        with database.transaction() as session:
            session.execute(statement, rows[start : start + BATCH])
    rate = MESSAGES / (time.perf_counter() - started)
    database.dispose()
    return rate


def _dispatched(database: Database) -> float:
    rows = [_row(n) for n in range(MESSAGES)]
    with database.transaction() as session:
        enqueue(
            session,
            [Draft("crm", row["key"], row["kind"], f"contact:{row['contact_id']}", row["payload"]) for row in rows],
        )
    connectors, circuits = Connectors(database), Circuits()
    delivered = 0
    started = time.perf_counter()
    while batch := dispatch_once(database, connectors.of, circuits=circuits):
        delivered += batch
    rate = delivered / (time.perf_counter() - started)
    database.dispose()
    if delivered != MESSAGES:
        raise RuntimeError(f"{delivered} of {MESSAGES} delivered")
    return rate


def _row(n: int) -> dict[str, Any]:
    # A visit tells about eight things of one contact, one after the other.
    contact = n // 8 % CONTACTS
    payload = {"visit": f"v{n // 8}", "campaign": "Welcome", "occurred_at": AT.isoformat(), "quartile": n % 4}
    return {
        "key": f"event-{n}",
        "contact_id": f"c{contact}",
        "kind": "video.quartile_reached",
        "payload": payload,
        "occurred_at": AT,
        "received_at": AT,
    }
