"""The embedded CRM behind the `Connector` port."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any, cast

from sqlalchemy import Table, bindparam, select, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import TimeoutError as PoolExhausted
from sqlalchemy.orm import Session

from connectors.local.models import Activity, Contact, Engagement
from plugin.kernel.clock import Clock, utcnow
from plugin.kernel.database import Database, insert_ignoring
from plugin.kernel.errors import Busy
from plugin.kernel.prepare import Prepared
from plugin.outbox.ports import Dead, Delivered, Message, Settlement
from plugin.recipients.ports import ExternalRef, ProfileUnavailable, Record, RecordGone

SUMMARY = "visit.summarised"
FORGET = "attention.withdrawn"
_PREFIX = "contact."
_FIND = select(Contact.installation_id, Contact.properties, Contact.deleted_at).where(Contact.id == bindparam("id"))
_CONTACT = Prepared(_FIND)
_UNKNOWN = Dead("The CRM has no such contact. If it was deleted, restore it and retry; else nothing is left to do.")


class LocalCrm:
    """Contacts and timeline in our own database, spoken to as if it were someone else's."""

    max_batch = 500

    def __init__(self, database: Database, installation_id: str, *, clock: Clock = utcnow) -> None:
        self._database = database
        self._installation_id = installation_id
        self._clock = clock
        self.at_hand = database.engine.dialect.name == "sqlite"
        """SQLite's readers never wait (WAL), so a read needs no thread to be given up in."""

    def read(self, ref: ExternalRef, paths: Collection[str], *, timeout_s: float) -> Record:
        """The properties at `contact.<name>`; blank ones are absent. Raises `ProfileUnavailable` or `RecordGone`."""
        try:
            row = self._row(ref.id, timeout_s)
        except (Busy, PoolExhausted) as error:
            raise ProfileUnavailable("the CRM's database is late or out of reach") from error
        installation_id, properties, deleted_at = row or (None, {}, None)
        if deleted_at is not None or installation_id != self._installation_id:
            raise RecordGone("the CRM no longer has this contact")
        wanted = ((path, properties.get(path.removeprefix(_PREFIX))) for path in paths if path.startswith(_PREFIX))
        return Record({path: value for path, value in wanted if value not in (None, "")}, self._clock())

    def deliver(self, messages: Sequence[Message]) -> Sequence[Settlement]:
        """Put them on the timelines in one transaction, each key once; a visit's later summary replaces an earlier."""
        with self._database.transaction() as session:
            known = self._known(session, {_contact_id(message) for message in messages})
            welcome = [message for message in messages if _contact_id(message) in known]
            told = [message for message in welcome if message.kind not in (SUMMARY, FORGET)]
            _add_activities(session, told, self._clock)
            _put_engagements(session, [message for message in welcome if message.kind == SUMMARY])
            _forget_attention(session, [message for message in welcome if message.kind == FORGET])
        return [Delivered() if _contact_id(message) in known else _UNKNOWN for message in messages]

    def _row(self, contact_id: str, timeout_s: float) -> tuple[Any, ...] | None:
        with self._database.reading() as session:
            if self.at_hand:
                return _CONTACT.first(session, {"id": contact_id})
            # SET takes no parameters.
            session.execute(text(f"SET LOCAL statement_timeout = {max(1, int(timeout_s * 1000))}"))
            row = session.execute(_FIND, {"id": contact_id}).one_or_none()
            return None if row is None else tuple(row)

    def _known(self, session: Session, ids: Collection[str]) -> set[str]:
        return set(
            session.scalars(
                select(Contact.id).where(
                    Contact.id.in_(ids),
                    Contact.installation_id == self._installation_id,
                    Contact.deleted_at.is_(None),
                )
            )
        )


def _contact_id(message: Message) -> str:
    return message.subject.removeprefix("contact:")


def _add_activities(session: Session, messages: Sequence[Message], clock: Clock) -> None:
    if not messages:
        return
    now = clock()
    session.execute(
        insert_ignoring(session.get_bind().dialect.name, cast("Table", Activity.__table__), ["key"]),
        [
            {
                "key": message.key,
                "contact_id": _contact_id(message),
                "kind": message.kind,
                "payload": dict(message.payload),
                "occurred_at": message.occurred_at,
                "received_at": now,
            }
            for message in messages
        ],
    )


def _put_engagements(session: Session, messages: Sequence[Message]) -> None:
    if not messages:
        return
    insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    statement = insert(cast("Table", Engagement.__table__))
    session.execute(
        statement.on_conflict_do_update(
            index_elements=["session_key"],
            set_={name: statement.excluded[name] for name in ("revision", "payload", "occurred_at")},
            where=statement.excluded.revision > Engagement.revision,
        ),
        [
            {
                "session_key": message.payload["session_key"],
                "contact_id": _contact_id(message),
                "revision": message.payload["revision"],
                "payload": dict(message.payload),
                "occurred_at": message.occurred_at,
            }
            for message in messages
        ],
    )


def _forget_attention(session: Session, messages: Sequence[Message]) -> None:
    """Nothing of it stays, not even that there was something: a withdrawal is no event on anyone's timeline."""
    withdrawn = {message.payload["session_key"]: message.payload["revision"] for message in messages}
    found = select(Engagement).where(Engagement.session_key.in_(withdrawn)).with_for_update()
    for engagement in session.scalars(found.order_by(Engagement.session_key)) if withdrawn else ():
        if engagement.revision <= withdrawn[engagement.session_key]:
            engagement.payload = {name: value for name, value in engagement.payload.items() if name != "attention"}
