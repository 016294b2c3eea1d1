"""Rows as the org last took them, by digest: what stands there already isn't sent again.

A worker that is killed, and a person whose other visit was locked, would else cost whole calls once more.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping
from typing import Any

import orjson
from sqlalchemy import update

from connectors.salesforce.models import SalesforceVisit
from connectors.salesforce.org import Org


def digest(row: Mapping[str, Any]) -> str:
    """Of a row as a collection takes it."""
    return hashlib.sha256(orjson.dumps(row, option=orjson.OPT_SORT_KEYS)).hexdigest()[:32]


def keep(org: Org, rows: Mapping[str, Mapping[str, Any]], taken: Collection[str]) -> None:
    """Note of these visits that the org took their rows, at once: whoever comes after us must know."""
    if not taken:
        return
    with org.database.transaction() as session:
        session.execute(
            update(SalesforceVisit),
            [
                {"installation_id": org.installation_id, "visit_id": visit_id, "standing": digest(rows[visit_id])}
                for visit_id in sorted(taken)
            ],
        )
