"""Group commit: beacons that arrive together are written in one transaction, and each is answered after it."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy import Connection
from sqlalchemy.exc import InterfaceError, OperationalError, SQLAlchemyError, TimeoutError as PoolTimeout

from plugin.engagement.accept import Accepted, Row
from plugin.engagement.limit import Limit
from plugin.kernel.database import Database
from plugin.kernel.errors import Busy

SETTLE_AFTER = timedelta(seconds=1)
"""How long a visit's events gather before they are settled."""


_GATHER_STEPS = 8
_GATHER_STEP_S = 0.00025


class Writer:
    """Writes what beacons brought; one per process, shared by its threads.

    Whoever comes first writes for all who came meanwhile, and then hands the pen on: so there is no thread to start,
    to stop or to lose in a fork. `write` returns only once the rows would survive a cut cable.
    """

    def __init__(
        self, database: Database, *, most_waiting: int = 512, rows_per_commit: int = 2000, patience_s: float = 10
    ) -> None:
        self._database = database
        self._limit = Limit(database)
        self._most_waiting = most_waiting
        self._rows_per_commit = rows_per_commit
        self._patience_s = patience_s
        self._lock = threading.Lock()
        self._waiting: deque[_Turn] = deque()
        self._writing = False
        self._company = 1
        """How many were written for together last time."""

    def write(self, accepted: Accepted) -> None:
        """Return once the events are committed; the same id again changes nothing.

        Events of a visit that isn't tracked (any more) are dropped, and those beyond `limit.MOST_EVENTS`. Raises `Busy`
        when too many wait, or the database is locked or gone: then nothing was promised, and the same beacon may be
        sent again.
        """
        admitted = self._limit.admit(accepted.visit_id, len(accepted.rows))
        if not admitted:
            return
        if admitted < len(accepted.rows):
            accepted = replace(accepted, rows=accepted.rows[:admitted])
        turn = _Turn(accepted)
        with self._lock:
            if len(self._waiting) >= self._most_waiting:
                raise Busy("too many beacons are waiting to be written")
            self._waiting.append(turn)
            first, self._writing = not self._writing, True
        if first or self._await(turn):
            self._write_group(turn)
        if turn.failure is not None:
            raise turn.failure

    def _await(self, turn: _Turn) -> bool:
        """Wait until written for, or until the pen is ours (then True)."""
        rang = turn.bell.acquire(timeout=self._patience_s)
        with self._lock:
            if not rang and not turn.holds_pen and turn.failure is None:
                if turn in self._waiting:
                    self._waiting.remove(turn)
                raise Busy("the database is late")
            return turn.holds_pen

    def _write_group(self, ours: _Turn) -> None:
        group: list[_Turn] = []
        try:
            group = self._take()
            commit(self._database, [turn.accepted for turn in group])
        except (OperationalError, InterfaceError, PoolTimeout):
            _fail(group, Busy("the database is locked or out of reach"))
        except SQLAlchemyError:
            self._write_singly(group)
        except BaseException:
            _fail(group, Busy("the events could not be written"))
            raise
        finally:
            for turn in group:
                if turn is not ours:
                    turn.bell.release()
            self._hand_on()

    def _write_singly(self, group: Sequence[_Turn]) -> None:
        # A row no check foresaw must not cost its neighbours theirs.
        for turn in group:
            try:
                commit(self._database, [turn.accepted])
            except SQLAlchemyError:
                turn.failure = Busy("the events could not be written")

    def _take(self) -> list[_Turn]:
        self._gather()
        group: list[_Turn] = []
        rows = 0
        with self._lock:
            while self._waiting and rows < self._rows_per_commit:
                group.append(self._waiting.popleft())
                rows += len(group[-1].accepted.rows)
        self._company = len(group)
        return group

    def _gather(self) -> None:
        # Those written for last time are just being answered and may bring their next: a moment's wait makes one
        # large commit of two, and spares every row a fight for the interpreter lock. Alone, nobody waits.
        for _ in range(_GATHER_STEPS):
            if len(self._waiting) >= self._company:
                return
            time.sleep(_GATHER_STEP_S)

    def _hand_on(self) -> None:
        with self._lock:
            if not self._waiting:
                self._writing = False
                return
            heir = self._waiting[0]
            heir.holds_pen = True
            heir.bell.release()


class _Turn:
    """One beacon waiting to be written."""

    __slots__ = ("accepted", "bell", "failure", "holds_pen")

    def __init__(self, accepted: Accepted) -> None:
        self.accepted = accepted
        self.bell = threading.Lock()
        self.bell.acquire()
        self.failure: Busy | None = None
        self.holds_pen = False


def _fail(group: Sequence[_Turn], failure: Busy) -> None:
    for turn in group:
        turn.failure = failure


# -- the statements: driver SQL, because this is the busiest path there is -----


def commit(database: Database, group: Sequence[Accepted]) -> None:
    """Write the events of tracked visits and mark those visits due, in one transaction."""
    with database.engine.connect() as connection, connection.begin():
        write = _write_sqlite if connection.dialect.name == "sqlite" else _write_postgres
        write(connection, group)


def _rows(group: Sequence[Accepted], tracked: frozenset[str]) -> list[Row]:
    # In one order everywhere, so that two processes sent the same beacon wait for each other instead of deadlocking.
    return sorted((row for accepted in group if accepted.visit_id in tracked for row in accepted.rows), key=_id)


def _id(row: Row) -> str:
    return row[0]


def _due(rows: Sequence[Row]) -> list[tuple[str, datetime]]:
    received = {row[1]: row[4] for row in rows}
    return [(visit_id, received[visit_id] + SETTLE_AFTER) for visit_id in sorted(received)]


def _write_sqlite(connection: Connection, group: Sequence[Accepted]) -> None:
    visits = sorted({accepted.visit_id for accepted in group})
    marks = ",".join("?" * len(visits))
    found = connection.exec_driver_sql(
        f"SELECT id FROM visit WHERE tracked AND id IN ({marks})",  # noqa: S608 - only question marks go in
        tuple(visits),
    )
    rows = _rows(group, frozenset(found.scalars()))
    if not rows:
        return
    connection.exec_driver_sql(
        "INSERT INTO event (id, visit_id, kind, at, received_at, data) VALUES (?,?,?,?,?,?) ON CONFLICT DO NOTHING",
        [
            (id_, visit, kind, _text(at), _text(received), data.decode())
            for id_, visit, kind, at, received, data in rows
        ],
    )
    connection.exec_driver_sql(
        "INSERT INTO visit_due (visit_id, due_at) VALUES (?,?) ON CONFLICT (visit_id) DO UPDATE"
        " SET due_at = excluded.due_at WHERE excluded.due_at < visit_due.due_at",
        [(visit, _text(due)) for visit, due in _due(rows)],
    )


def _write_postgres(connection: Connection, group: Sequence[Accepted]) -> None:
    visits = sorted({accepted.visit_id for accepted in group})
    found = connection.exec_driver_sql("SELECT id FROM visit WHERE tracked AND id = ANY(%s)", (visits,))
    rows = _rows(group, frozenset(found.scalars()))
    if not rows:
        return
    ids, visit_ids, kinds, ats, receiveds, datas = (list(column) for column in zip(*rows, strict=True))
    connection.exec_driver_sql(
        "INSERT INTO event (id, visit_id, kind, at, received_at, data)"
        " SELECT i, v, k, a, r, d::jsonb FROM unnest"
        "(%s::text[], %s::text[], %s::text[], %s::timestamptz[], %s::timestamptz[], %s::text[]) AS t(i, v, k, a, r, d)"
        " ON CONFLICT DO NOTHING",
        (ids, visit_ids, kinds, ats, receiveds, [data.decode() for data in datas]),
    )
    due = _due(rows)
    connection.exec_driver_sql(
        "INSERT INTO visit_due (visit_id, due_at) SELECT v, d FROM unnest(%s::text[], %s::timestamptz[]) AS t(v, d)"
        " ON CONFLICT (visit_id) DO UPDATE SET due_at = excluded.due_at WHERE excluded.due_at < visit_due.due_at",
        ([visit for visit, _ in due], [when for _, when in due]),
    )


def _as_text(rows: Sequence[Row]) -> list[tuple[str, str, str, str, str, str]]:
    # All of one beacon were received at one moment, and most of a group at a few.
    received = {row[4]: _text(row[4]) for row in rows}
    return [(row[0], row[1], row[2], _text(row[3]), received[row[4]], row[5].decode()) for row in rows]


def _text(moment: datetime) -> str:
    """As SQLAlchemy keeps a UTC datetime in SQLite: without the zone."""
    return moment.isoformat(" ", "microseconds")[:26]
