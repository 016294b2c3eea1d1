"""One engine, one base for tables, one way to open a transaction; the same code for SQLite and PostgreSQL."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any, cast

from sqlalchemy import (
    JSON,
    DateTime,
    Dialect,
    Engine,
    MetaData,
    PoolProxiedConnection,
    Table,
    create_engine,
    event,
    text,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.orm import DeclarativeBase, Session, sessionmaker
from sqlalchemy.types import TypeDecorator

from plugin.kernel.database_file import DatabaseFile
from plugin.kernel.errors import Busy

FULL = "the disk is full: the database can't be written"
REPLACED = "the database file was removed or replaced: put the right one there and restart"


_NO_WAIT = text("SET LOCAL synchronous_commit = off")


class UtcDateTime(TypeDecorator[datetime]):
    """An aware UTC datetime on every database (SQLite itself forgets the zone)."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("naive datetime")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


Json = JSON().with_variant(JSONB(), "postgresql")


class Entity(DeclarativeBase):
    """The base of every table."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {datetime: UtcDateTime, dict[str, Any]: Json, list[Any]: Json}


def make_engine(url: str, *, waits_for_disk: bool = True) -> Engine:
    """An engine whose acknowledged commits survive a killed process and a cut cable; its errors hide what was written.

    SQLite: WAL, `synchronous=FULL`, foreign keys on, 5 s busy time-out, and `BEGIN IMMEDIATE`
    for writers (see `transaction`), so that a reader never has to be upgraded and refused. Not `waits_for_disk`:
    `synchronous=NORMAL`, and what was committed last may be gone after a cut cable, not after a killed process.
    """
    if not url.startswith("sqlite"):
        driver = url.replace("postgresql://", "postgresql+psycopg://", 1)
        return create_engine(driver, pool_pre_ping=True, hide_parameters=True)
    engine = create_engine(url, connect_args={"timeout": 5, "check_same_thread": False}, hide_parameters=True)

    @event.listens_for(engine, "connect")
    def _prepare(connection: Any, _record: object) -> None:
        # The driver's own implicit BEGIN is deferred; we issue ours.
        connection.isolation_level = None
        synchronous = "FULL" if waits_for_disk else "NORMAL"
        for pragma in ("journal_mode=WAL", f"synchronous={synchronous}", "foreign_keys=ON", "busy_timeout=5000"):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def _begin(connection: Any) -> None:
        reading = connection.get_execution_options().get("segue_read_only", False)
        begin = "BEGIN DEFERRED" if reading else "BEGIN IMMEDIATE"
        try:
            connection.connection.dbapi_connection.execute(begin)
        except sqlite3.OperationalError as error:
            raise OperationalError(begin, None, error) from error

    return engine


class Database:
    """The engine and its sessions, opened once per process and handed to the edges."""

    def __init__(self, url: str) -> None:
        self.engine = make_engine(url)
        self._file = _file_of(self.engine)
        self._writing = sessionmaker(self.engine, class_=WritingSession, expire_on_commit=False)
        reader = self.engine.execution_options(segue_read_only=True)
        self._reading = sessionmaker(reader, class_=ReadingSession, expire_on_commit=False)
        self._idle: list[ReadingSession] = []
        self._hasty = self._writing
        if self._file is not None:
            # Its connections are made at first need.
            self._hasty_engine = make_engine(url, waits_for_disk=False)
            self._hasty = sessionmaker(self._hasty_engine, class_=WritingSession, expire_on_commit=False)

    @contextmanager
    def transaction(self) -> Iterator[Session]:
        """A session that commits when the block ends well and rolls back when it doesn't.

        Raises `Busy` when the database can't be written now: locked, out of reach, full, or its file gone.
        """
        with _translated(), self._writing.begin() as session:
            yield session

    @contextmanager
    def forgettable(self) -> Iterator[Session]:
        """Like `transaction`, for what may be forgotten when the machine dies: its commit waits for no disk."""
        with _translated(), self._hasty.begin() as session:
            if self.engine.dialect.name == "postgresql":
                session.execute(_NO_WAIT)
            yield session

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """A session that only reads: it never waits for a writer."""
        # Made anew and given up each time, a session costs more than the one row most requests read.
        session = self._idle.pop() if self._idle else self._reading()
        try:
            yield session
        except DBAPIError as error:
            _translate(error)
            raise
        finally:
            if session.in_transaction():
                session.close()
            self._idle.append(session)

    def ping(self) -> None:
        """Raise `Busy` unless the database answers, and stands where it is read with room to be written."""
        with self.reading() as session:
            session.execute(text("select 1"))
        if self._file is not None and not self._file.is_same():
            raise Busy(REPLACED)
        if self._file is not None and not self._file.has_room():
            raise Busy(FULL)

    def dispose(self) -> None:
        """Close every connection that no one is using."""
        while self._idle:
            self._idle.pop().drop_driver()
        self.engine.dispose()
        if self._file is not None:
            self._hasty_engine.dispose()


class WritingSession(Session):
    """A session that writes; prepared statements run in its transaction."""

    _begun: tuple[object, Any] = (None, None)

    def driver(self) -> Any:
        """The driver's connection that holds this transaction, which begins now if it hasn't."""
        transaction, connection = self._begun
        if transaction is None or transaction is not self.get_transaction():
            connection = self.connection().connection.dbapi_connection
            self._begun = (self.get_transaction(), connection)
        return connection


class ReadingSession(Session):
    """A session for reading, with one connection outside the pool for prepared statements (`prepare.Prepared`).

    Each of those is a transaction of its own, so nothing is begun or ended around it.
    """

    _kept: PoolProxiedConnection | None = None

    def driver(self) -> Any:
        """The kept connection of the driver, made at first need."""
        if self._kept is None:
            engine = cast("Engine", self.bind)
            kept = engine.raw_connection()
            engine.dialect.set_isolation_level(cast("Any", kept.dbapi_connection), "AUTOCOMMIT")
            kept.detach()
            self._kept = kept
        return self._kept.dbapi_connection

    def drop_driver(self) -> None:
        """Close the kept connection; another is made when it is needed."""
        kept, self._kept = self._kept, None
        if kept is not None:
            kept.close()


def _file_of(engine: Engine) -> DatabaseFile | None:
    path = engine.url.database
    if engine.dialect.name != "sqlite" or not path or path == ":memory:" or path.startswith("file:"):
        return None
    file = DatabaseFile(Path(path))

    @event.listens_for(engine, "connect")
    def _opened(_connection: object, _record: object) -> None:
        file.opened()

    @event.listens_for(engine, "begin", insert=True)
    def _need_same(connection: Any) -> None:
        # What is written into a removed file is gone with the process; what is read from it was still true.
        if not connection.get_execution_options().get("segue_read_only", False) and not file.is_same():
            raise OperationalError("BEGIN", None, sqlite3.OperationalError(REPLACED))

    return file


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except DBAPIError as error:
        _translate(error)
        raise


def _translate(error: DBAPIError) -> None:
    """Raise `Busy` for what passes or an operator can mend; anything else is the caller's to raise."""
    # SQLite says it in words; PostgreSQL by SQLSTATE 42P01, undefined_table.
    if "no such table" in str(error.orig) or getattr(error.orig, "sqlstate", "") == "42P01":
        raise Busy("the database lacks its tables: run `segue db migrate`") from error
    if isinstance(error, OperationalError):
        raise Busy(_cause(error.orig)) from error


def _cause(error: object) -> str:
    # SQLite's primary result code is the low byte; PostgreSQL's SQLSTATE 53100 is disk_full.
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    if code == sqlite3.SQLITE_FULL or getattr(error, "sqlstate", "") == "53100":
        return FULL
    if code == sqlite3.SQLITE_IOERR:
        return "the database's disk refuses: it is full, over a limit, or failing"
    if code == sqlite3.SQLITE_READONLY:
        return "the database file may not be written"
    return REPLACED if str(error) == REPLACED else "the database is locked or out of reach"


def insert_ignoring(dialect: str, table: Table, unique: Sequence[str] | None = None) -> Any:
    """`INSERT … ON CONFLICT DO NOTHING` for either database: the same row twice is one row."""
    return _insert_ignoring(dialect, table, tuple(unique) if unique else None)


def upsert(dialect: str, table: Table, unique: Sequence[str], changed: Sequence[str]) -> Any:
    """`INSERT … ON CONFLICT (unique) DO UPDATE SET changed = excluded.changed`."""
    return _upsert(dialect, table, tuple(unique), tuple(changed))


# Building a statement costs several times what running it does, so each is built once.
@cache
def _insert_ignoring(dialect: str, table: Table, unique: tuple[str, ...] | None) -> Any:
    make = postgresql.insert if dialect == "postgresql" else sqlite.insert
    return make(table).on_conflict_do_nothing(index_elements=unique)


@cache
def _upsert(dialect: str, table: Table, unique: tuple[str, ...], changed: tuple[str, ...]) -> Any:
    make = postgresql.insert if dialect == "postgresql" else sqlite.insert
    statement = make(table)
    return statement.on_conflict_do_update(
        index_elements=unique, set_={name: statement.excluded[name] for name in changed}
    )
