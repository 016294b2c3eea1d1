"""Statements compiled once and run on the driver itself: what every request repeats costs a tenth of `execute`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Any, cast

from sqlalchemy import Dialect, Engine, Insert, Select, Table
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from plugin.kernel.database import ReadingSession, WritingSession

Values = Mapping[str, Any]
_Convert = Callable[[Any], Any]


class Prepared:
    """One Core statement with a value for each of its parameters, on either database.

    Values and rows are converted by the columns' own types, and columns left out of an insert take their default, so
    it is what `Session.execute` would do. Lists (`in_`) are not for it. Errors are SQLAlchemy's, and tell no value.
    """

    def __init__(self, statement: Select[*tuple[Any, ...]] | Callable[[str], Insert]) -> None:
        self._statement = statement
        self._on = cache(self._compile)

    def first(self, session: Session, values: Values) -> tuple[Any, ...] | None:
        """The first row, or None. In a session for reading it sees what is committed at this moment."""
        form = self._on(_dialect(session))
        row = self._run(session, form, values).fetchone()
        return None if row is None else form.convert(row)

    def all(self, session: Session, values: Values) -> list[tuple[Any, ...]]:
        """Every row."""
        form = self._on(_dialect(session))
        return [form.convert(row) for row in self._run(session, form, values).fetchall()]

    def run(self, session: Session, values: Values) -> None:
        """Do it, in the session's transaction."""
        self._run(session, self._on(_dialect(session)), values)

    def _run(self, session: Session, form: _Form, values: Values) -> Any:
        given = form.given(values)
        if isinstance(session, WritingSession):
            session.flush()
            return form.execute(session.driver(), given)
        if not isinstance(session, ReadingSession):
            session.flush()
            return form.execute(session.connection().connection.dbapi_connection, given)
        try:
            return form.execute(session.driver(), given)
        except DBAPIError as error:
            session.drop_driver()
            if not error.connection_invalidated:
                raise
        # The server ended a connection that lay idle; a fresh one tells whether it is there at all.
        return form.execute(session.driver(), given)

    def _compile(self, dialect: Dialect) -> _Form:
        statement = self._statement
        return _Form(statement if isinstance(statement, Select) else statement(dialect.name), dialect)


class _Form:
    """A statement as one driver takes it."""

    def __init__(self, statement: Select[*tuple[Any, ...]] | Insert, dialect: Dialect) -> None:
        compiled: Any = statement.compile(dialect=dialect)
        self._sql = compiled.string
        self._dialect = dialect
        types = {name: parameter.type for parameter, name in compiled.bind_names.items()}
        names: Sequence[str] = compiled.positiontup or tuple(types)
        self._named = not compiled.positional
        self._takes = tuple((name, _taking(types[name], dialect)) for name in names)
        self._constant = {name: value for name, value in compiled.params.items() if value is not None}
        self._made: dict[str, Callable[[Any], Any]] = {}
        if isinstance(statement, Insert):
            self._take_defaults(cast("Table", statement.table))
        columns = statement.selected_columns if isinstance(statement, Select) else ()
        gives = [_giving(column.type, dialect) for column in columns]
        self._gives = tuple((at, convert) for at, convert in enumerate(gives) if convert)

    def given(self, values: Values) -> Any:
        whole = {**self._constant, **values} if self._constant else values
        for name, make in self._made.items():
            if name not in values:
                whole = {**whole, name: make(None)}
        if self._named:
            return {name: take(whole[name]) if take else whole[name] for name, take in self._takes}
        return [take(whole[name]) if take else whole[name] for name, take in self._takes]

    def _take_defaults(self, table: Table) -> None:
        for column in table.c:
            default: Any = column.default
            if default is not None and default.is_callable:
                self._made[column.name] = default.arg
            elif default is not None or column.nullable:
                self._constant[column.name] = None if default is None else default.arg

    def execute(self, connection: Any, given: Any) -> Any:
        dbapi: Any = self._dialect.dbapi
        try:
            return connection.execute(self._sql, given)
        except dbapi.Error as error:
            lost = self._dialect.is_disconnect(error, connection, None)
            raise DBAPIError.instance(
                self._sql,
                None,
                error,
                dbapi.Error,
                hide_parameters=True,
                connection_invalidated=lost,
                dialect=self._dialect,
            ) from error

    def convert(self, row: tuple[Any, ...]) -> tuple[Any, ...]:
        if not self._gives:
            return row
        out = list(row)
        for at, convert in self._gives:
            out[at] = convert(out[at])
        return tuple(out)


def _taking(kind: Any, dialect: Dialect) -> _Convert | None:
    return cast("_Convert | None", kind.dialect_impl(dialect).bind_processor(dialect))


def _giving(kind: Any, dialect: Dialect) -> _Convert | None:
    return cast("_Convert | None", kind.dialect_impl(dialect).result_processor(dialect, None))


def _dialect(session: Session) -> Dialect:
    return cast("Engine", session.bind).dialect
