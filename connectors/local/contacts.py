"""Contacts: what a rep and an admin may do with them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from connectors.local.models import Contact, Engagement
from plugin.kernel.clock import Clock, utcnow
from plugin.kernel.errors import BadInput, NotFound
from plugin.kernel.ids import new_id

Value = str | int | float | bool
"""What a property may hold; a date is its ISO 8601 text."""

PROPERTY_NAME = re.compile(r"[a-z][a-z0-9_]{0,63}\Z")
MOST_PROPERTIES = 200
LONGEST_VALUE = 2000
_SEARCHED = ("first_name", "last_name", "email", "company", "phone")


class ContactDeleted(NotFound):
    """It was deleted, and can be restored."""


class ContactChanged(BadInput):
    """Someone else saved this contact since it was read."""


@dataclass(frozen=True, slots=True)
class Listed:
    """A contact as a list shows it, with their latest visit if there was one."""

    contact: Contact
    engagement: Engagement | None


def create(
    session: Session,
    installation_id: str,
    properties: Mapping[str, Any],
    *,
    contact_id: str | None = None,
    clock: Clock = utcnow,
) -> Contact:
    """A new contact; raises `BadInput` for a property that breaks the rules of `checked`."""
    clean = {name: value for name, value in checked(properties).items() if value is not None}
    contact = Contact(
        id=contact_id or new_id(),
        installation_id=installation_id,
        properties=clean,
        name=name_of(clean),
        search=_search_text(clean),
        created_at=clock(),
        updated_at=clock(),
    )
    session.add(contact)
    session.flush()
    return contact


def update(
    session: Session,
    contact_id: str,
    changes: Mapping[str, Any],
    *,
    revision: int | None = None,
    clock: Clock = utcnow,
) -> Contact:
    """Set the named properties, `None` taking one away; the rest stay. The next open reads the new values.

    With `revision`, raises `ContactChanged` unless the contact is still as it was then.
    """
    contact = _locked(session, contact_id)
    if revision is not None and contact.revision != revision:
        raise ContactChanged("someone else saved this contact meanwhile")
    merged = {**contact.properties, **checked(changes)}
    _save(contact, {name: value for name, value in merged.items() if value is not None}, clock())
    return contact


def undo(session: Session, contact_id: str, *, clock: Clock = utcnow) -> Contact:
    """Put back what the last save replaced; undoing twice redoes."""
    contact = _locked(session, contact_id)
    if contact.previous is None:
        raise BadInput("there is no save to undo")
    _save(contact, contact.previous, clock())
    return contact


def delete(session: Session, contact_id: str, *, clock: Clock = utcnow) -> None:
    """Take a contact out of the CRM; their links then say so, and what is owed about them dies with the reason."""
    contact = _locked(session, contact_id)
    contact.deleted_at = clock()


def restore(session: Session, contact_id: str) -> Contact:
    """Bring a deleted contact back as they were; raises `NotFound`."""
    contact = session.get(Contact, contact_id, with_for_update=True)
    if contact is None:
        raise NotFound("no such contact")
    contact.deleted_at = None
    return contact


def get(session: Session, contact_id: str) -> Contact:
    """One contact; raises `NotFound`, and `ContactDeleted` for one that can be restored."""
    return _there(session.get(Contact, contact_id))


def search(session: Session, text: str = "", *, limit: int = 50, offset: int = 0) -> list[Listed]:
    """Contacts whose name, e-mail, company or phone hold every word of `text`; the last one to engage first."""
    latest = (
        select(Engagement.contact_id, func.max(Engagement.occurred_at).label("at"))
        .group_by(Engagement.contact_id)
        .subquery()
    )
    query = (
        select(Contact, Engagement)
        .outerjoin(latest, latest.c.contact_id == Contact.id)
        .outerjoin(Engagement, (Engagement.contact_id == Contact.id) & (Engagement.occurred_at == latest.c.at))
        .where(Contact.deleted_at.is_(None), *_holds_every_word(text))
        .order_by(latest.c.at.desc().nulls_last(), Contact.name, Contact.id)
    )
    seen: dict[str, Listed] = {}
    for contact, engagement in session.execute(query.limit(limit).offset(offset)):
        seen.setdefault(contact.id, Listed(contact, engagement))
    return list(seen.values())


def count(session: Session, text: str = "") -> int:
    """How many contacts `search` would find in all."""
    query = select(func.count(Contact.id)).where(Contact.deleted_at.is_(None), *_holds_every_word(text))
    return session.scalar(query) or 0


def checked(properties: Mapping[str, Any]) -> dict[str, Value | None]:
    """The properties, or `BadInput` naming the first that breaks a rule.

    Names are lower-case words joined by `_`, at most 64 characters; values text up to 2,000 characters, a finite
    number, yes or no. Blank text means the property is taken away.
    """
    if len(properties) > MOST_PROPERTIES:
        raise BadInput(f"a contact holds at most {MOST_PROPERTIES} properties")
    return {_checked_name(name): _checked_value(name, value) for name, value in properties.items()}


def _checked_name(name: str) -> str:
    if not PROPERTY_NAME.match(name):
        raise BadInput(f"{name[:64]!r} can't be a property name: use lower-case letters, digits and _")
    return name


def _checked_value(name: str, value: object) -> Value | None:
    match value:
        case None | bool():
            return value
        case int() if abs(value) < 10**15:
            return value
        case float() if abs(value) < 1e15:  # false for NaN and infinities
            return value
        case str() if "\x00" not in value and len(value) <= LONGEST_VALUE:
            return value.strip() or None
        case str():
            raise BadInput(f"{name} is too long: at most {LONGEST_VALUE} characters of text")
        case int() | float():
            raise BadInput(f"{name} is not a number a record can hold")
        case _:
            raise BadInput(f"{name} must be text, a number, or yes or no")


def like(held: object, text: str) -> Value:
    """Typed text as a value of the kind the property held: a number stays a number, yes or no stays that.

    Raises `BadInput` when it can't be read so.
    """
    try:
        match held:
            case bool():
                return {"yes": True, "true": True, "on": True, "no": False, "false": False}[text.strip().lower()]
            case int() | float():
                number = float(text)
                return int(number) if number.is_integer() else number
    except (KeyError, ValueError):
        expected = "yes or no" if isinstance(held, bool) else "a number"
        raise BadInput(f"{text[:40]!r} is not {expected}") from None
    return text


def name_of(properties: Mapping[str, Any]) -> str:
    """What to call a person in a list: their names, else their e-mail address, else nothing."""
    parts = (str(properties.get(part) or "").strip() for part in ("first_name", "last_name"))
    return " ".join(part for part in parts if part) or str(properties.get("email") or "")


def _search_text(properties: Mapping[str, Any]) -> str:
    return " ".join(str(properties[name]) for name in _SEARCHED if properties.get(name)).casefold()


def _holds_every_word(text: str) -> Sequence[ColumnElement[bool]]:
    return [Contact.search.contains(word, autoescape=True) for word in text.casefold().split()[:8]]


def _save(contact: Contact, properties: dict[str, Any], now: datetime) -> None:
    contact.previous, contact.properties = contact.properties, properties
    contact.name, contact.search = name_of(properties), _search_text(properties)
    contact.revision += 1
    contact.updated_at = now


def _locked(session: Session, contact_id: str) -> Contact:
    return _there(session.get(Contact, contact_id, with_for_update=True))


def _there(contact: Contact | None) -> Contact:
    if contact is None:
        raise NotFound("no such contact")
    if contact.deleted_at is not None:
        raise ContactDeleted("this contact was deleted")
    return contact
