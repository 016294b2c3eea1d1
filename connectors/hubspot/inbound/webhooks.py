"""What HubSpot's webhooks tell of contacts, taken apart: an array of up to a hundred, of any accounts. Pure."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import orjson

from connectors.hubspot.read.choose import STANDING_NEEDS
from plugin.kernel.errors import BadInput

MOST = 100
"""HubSpot sends no more at once."""
ERASED, DELETED, MERGED, STANDING, CHANGED = "erased", "deleted", "merged", "standing", "changed"
_CONTACTS = (None, "", "0-1", "CONTACT", "contact")
_ID = re.compile(r"[0-9]{1,20}", re.ASCII)
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,199}", re.ASCII)
_LONGEST = 4_000


@dataclass(frozen=True, slots=True)
class Told:
    """One thing about one contact.

    erased    at the person's wish (`contact.privacyDeletion`)
    deleted   to the recycling bin
    merged    `merged_ids` are this contact from now on
    standing  something about their mail changed: opted out, bounced, or the other way
    changed   `name` has `value` now
    """

    portal_id: str
    kind: str
    contact_id: str
    at: datetime
    merged_ids: tuple[str, ...] = ()
    name: str = ""
    value: str = field(default="", repr=False)

    @property
    def key(self) -> str:
        """The same for the same thing told again."""
        said = [self.portal_id, self.kind, self.contact_id, self.at.isoformat(), *self.merged_ids, self.name]
        return hashlib.sha256("\x1f".join(said).encode()).hexdigest()


def portals_in(body: bytes) -> Collection[str]:
    """The accounts a call says it is about, before anything in it is believed; empty: it is none of HubSpot's."""
    try:
        told = orjson.loads(body)
    except orjson.JSONDecodeError:
        return ()
    listed = told if isinstance(told, list) else []
    return {found for each in listed[: MOST + 1] if isinstance(each, dict) and (found := _id(each.get("portalId")))}


def parse(body: bytes) -> Sequence[Told]:
    """What a body that is known as HubSpot's tells of contacts, in its order; anything else is passed over.

    Raises `BadInput` for what is no array of at most `MOST`. An item that can't be read never holds up the others.
    """
    try:
        listed = orjson.loads(body)
    except orjson.JSONDecodeError:
        raise BadInput("the body is not JSON") from None
    if not isinstance(listed, list) or len(listed) > MOST:
        raise BadInput(f"the body is no array of at most {MOST} events")
    return [told for each in listed if isinstance(each, dict) and (told := _told(each)) is not None]


def _told(event: Mapping[str, Any]) -> Told | None:
    subject, _, what = str(event.get("subscriptionType")).partition(".")
    portal_id, contact_id = _id(event.get("portalId")), _id(event.get("objectId"))
    if subject not in ("contact", "object") or event.get("objectTypeId") not in _CONTACTS or portal_id is None:
        return None
    if subject == "object" and not event.get("objectTypeId"):
        return None
    at = _moment(event.get("occurredAt"))
    match what:
        case "merge":
            return _merged(event, portal_id, contact_id, at)
        case "privacyDeletion" if contact_id:
            return Told(portal_id, ERASED, contact_id, at)
        case "deletion" if contact_id:
            return Told(portal_id, DELETED, contact_id, at)
        case "propertyChange" if contact_id:
            return _changed(event, portal_id, contact_id, at)
    return None


def _merged(event: Mapping[str, Any], portal_id: str, contact_id: str | None, at: datetime) -> Told | None:
    """HubSpot may make a new record of those merged: then the former primary moves there like the others."""
    primary = _id(event.get("primaryObjectId")) or contact_id
    survivor = _id(event.get("newObjectId")) or primary
    listed = event.get("mergedObjectIds")
    named = [_id(each) for each in (listed if isinstance(listed, list) else [])[:MOST]]
    merged = {each for each in [primary, *named] if each} - {survivor}
    if survivor is None or not merged:
        return None
    return Told(portal_id, MERGED, survivor, at, merged_ids=tuple(sorted(merged)))


def _changed(event: Mapping[str, Any], portal_id: str, contact_id: str, at: datetime) -> Told | None:
    name, value = event.get("propertyName"), event.get("propertyValue")
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        return None
    if name in STANDING_NEEDS:
        return Told(portal_id, STANDING, contact_id, at, name=name)
    text = value if isinstance(value, str) else "" if value is None else str(value)
    return Told(portal_id, CHANGED, contact_id, at, name=name, value=text[:_LONGEST])


def _id(value: Any) -> str | None:
    text = str(value) if isinstance(value, int | str) and not isinstance(value, bool) else ""
    return text if _ID.fullmatch(text) else None


def _moment(value: Any) -> datetime:
    """When it happened; an event that doesn't say is as old as can be, so that nothing is replaced by it."""
    try:
        return datetime.fromtimestamp(int(value) / 1000, UTC)
    except (TypeError, ValueError, OverflowError, OSError):
        return datetime(1970, 1, 1, tzinfo=UTC)
