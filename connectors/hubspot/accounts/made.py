"""What we made in a portal, written down: the only things uninstalling may remove."""

from __future__ import annotations

from threading import Lock
from typing import cast

from cachetools import TTLCache
from sqlalchemy import Table, delete, select

from connectors.hubspot.models import HubSpotAsset
from connectors.hubspot.portal import Portal
from plugin.kernel.database import insert_ignoring

_fitting: TTLCache[tuple[str, str], None] = TTLCache(maxsize=4_096, ttl=600)
_lock = Lock()


def ours(portal: Portal) -> set[tuple[str, str]]:
    """(kind, name) of all we made there."""
    with portal.database.reading() as session:
        rows = session.execute(
            select(HubSpotAsset.kind, HubSpotAsset.name).where(HubSpotAsset.installation_id == portal.installation_id)
        )
        return {(kind, name) for kind, name in rows}


def is_ours(portal: Portal, kind: str, name: str) -> bool:
    """Whether we made this one."""
    with portal.database.reading() as session:
        return session.get(HubSpotAsset, (portal.installation_id, kind, name)) is not None


def note(portal: Portal, kind: str, name: str) -> bool:
    """Write down that we are about to make it; False when that stood there already."""
    table = cast("Table", HubSpotAsset.__table__)
    unique = ["installation_id", "kind", "name"]
    row = {"installation_id": portal.installation_id, "kind": kind, "name": name, "made_at": portal.clock()}
    with portal.database.transaction() as session:
        statement = insert_ignoring(session.get_bind().dialect.name, table, unique).returning(table.c.name)
        return session.execute(statement, row).first() is not None


def strike(portal: Portal, kind: str, name: str) -> None:
    """It isn't there, or isn't ours."""
    with portal.database.transaction() as session:
        session.execute(
            delete(HubSpotAsset).where(
                HubSpotAsset.installation_id == portal.installation_id,
                HubSpotAsset.kind == kind,
                HubSpotAsset.name == name,
            )
        )
    with _lock:
        _fitting.pop((portal.installation_id, name), None)


def fits(portal: Portal, name: str) -> bool:
    """Whether this property was seen to fit lately, by this process."""
    with _lock:
        return (portal.installation_id, name) in _fitting


def remember_fit(portal: Portal, name: str) -> None:
    """It was."""
    with _lock:
        _fitting[portal.installation_id, name] = None
