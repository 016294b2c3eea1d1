"""Learning ahead what hangs together with many contacts, so that each one's first open takes one trip."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from connectors.hubspot.api.errors import MissingScopes
from connectors.hubspot.api.version import API
from connectors.hubspot.portal import Portal
from connectors.hubspot.read.choose import newest
from connectors.hubspot.read.known import Bonds, keep_bonds
from connectors.hubspot.read.live import wanted_of

MOST = 1000
"""Contacts in one call."""
_PRIMARY = 1
"""HubSpot's own type of the bond to the primary company."""


def warm(portal: Portal, contact_ids: Collection[str], paths: Iterable[str]) -> None:
    """Look up companies and deals of these contacts, if `paths` ask for any; raises `HubSpotError`."""
    wanted = wanted_of(portal, set(paths))
    if not (wanted.company or wanted.deal):
        return
    ids = sorted(contact_ids)
    for start in range(0, len(ids), MOST):
        some = ids[start : start + MOST]
        companies = _bonds(portal, some, "companies") if wanted.company else {}
        deals = _bonds(portal, some, "deals") if wanted.deal else {}
        now = portal.clock()
        keep_bonds(
            portal,
            {each: Bonds(_primary(companies.get(each, ())), _ids(deals.get(each, ())), now) for each in some},
        )


def _bonds(portal: Portal, ids: Sequence[str], to: str) -> dict[str, Sequence[Mapping[str, Any]]]:
    body = {"inputs": [{"id": each} for each in ids]}
    try:
        answer = portal.api.read("POST", f"/crm/associations/{API}/contacts/{to}/batch/read", body=body)
    except MissingScopes:
        return {}
    found: dict[str, Sequence[Mapping[str, Any]]] = {}
    for each in answer.results:
        of, listed = each.get("from"), each.get("to")
        if isinstance(of, dict) and isinstance(listed, list):
            found[str(of.get("id"))] = [bond for bond in listed if isinstance(bond, dict)]
    return found


def _primary(bonds: Sequence[Mapping[str, Any]]) -> str | None:
    primary = [bond for bond in bonds if any(kind.get("typeId") == _PRIMARY for kind in _kinds(bond))]
    return next(iter(_in_order([*primary, *bonds])), None)


def _ids(bonds: Sequence[Mapping[str, Any]]) -> tuple[str, ...]:
    return newest(_in_order(bonds))


def _in_order(bonds: Sequence[Mapping[str, Any]]) -> list[str]:
    return [str(bond["toObjectId"]) for bond in bonds if bond.get("toObjectId")]


def _kinds(bond: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    kinds = bond.get("associationTypes")
    return [kind for kind in kinds if isinstance(kind, dict)] if isinstance(kinds, list) else []
