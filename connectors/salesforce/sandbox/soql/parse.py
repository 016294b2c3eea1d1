"""Words → tree, by recursive descent; complaints point to the place, as Salesforce's do."""

from __future__ import annotations

from typing import NoReturn

from connectors.salesforce.sandbox.soql.literals import COUNTED_SPANS, literal
from connectors.salesforce.sandbox.soql.tokens import Token, complain, tokens
from connectors.salesforce.sandbox.soql.tree import (
    Among,
    Compare,
    Condition,
    Count,
    Joined,
    Not,
    Order,
    Path,
    Query,
    Value,
)

MOST_OFFSET = 2000
_FUNCTIONS = frozenset({"COUNT", "COUNT_DISTINCT", "MIN", "MAX", "SUM", "AVG"})
_DEEPEST = 40


def parse(text: str) -> Query:
    """The tree of a query; raises a `Problem`."""
    reader = _Reader(text)
    found = reader.query()
    reader.need_end()
    return found


def parse_condition(text: str) -> Condition:
    """The tree of a WHERE clause alone; raises a `Problem`."""
    reader = _Reader(text)
    found = reader.condition()
    reader.need_end()
    return found


class _Reader:
    def __init__(self, text: str) -> None:
        self._text = text
        self._tokens = tokens(text)
        self._place = 0
        self._depth = 0

    # -- words ---------------------------------------------------------------

    @property
    def _now(self) -> Token:
        return self._tokens[self._place]

    def _next(self) -> Token:
        token = self._now
        self._place += token.kind != "end"
        return token

    def _is(self, *words: str) -> bool:
        return [token.word for token in self._tokens[self._place : self._place + len(words)]] == list(words)

    def _took(self, *words: str) -> bool:
        if self._is(*words):
            self._place += len(words)
            return True
        return False

    def _is_sign(self, sign: str, ahead: int = 0) -> bool:
        token = self._tokens[min(self._place + ahead, len(self._tokens) - 1)]
        return token.kind == "sign" and token.text == sign

    def _took_sign(self, sign: str) -> bool:
        if self._is_sign(sign):
            self._place += 1
            return True
        return False

    def _need_sign(self, sign: str) -> None:
        if not self._took_sign(sign):
            self._unexpected()

    def _need(self, word: str) -> None:
        if not self._took(word):
            self._unexpected()

    def _unexpected(self) -> NoReturn:
        complain(self._text, self._now.at, f"unexpected token: '{self._now.text}'")

    def need_end(self) -> None:
        """Nothing may follow."""
        if self._now.kind != "end":
            self._unexpected()

    # -- clauses -------------------------------------------------------------

    def query(self, *, inner: bool = False) -> Query:
        """`SELECT … FROM …`."""
        self._need("SELECT")
        select = [self._item(inner=inner)]
        while self._took_sign(","):
            select.append(self._item(inner=inner))
        self._need("FROM")
        source = self._next()
        if source.kind != "name":
            self._place -= source.kind != "end"
            self._unexpected()
        where = self.condition() if self._took("WHERE") else None
        group = self._paths() if self._took("GROUP", "BY") else ()
        order = self._orders() if self._took("ORDER", "BY") else ()
        limit = self._whole() if self._took("LIMIT") else None
        offset = self._whole() if self._took("OFFSET") else 0
        if offset > MOST_OFFSET:
            words = f"Maximum SOQL offset allowed is {MOST_OFFSET}"
            complain(self._text, self._now.at, words, "NUMBER_OUTSIDE_VALID_RANGE")
        return Query(tuple(select), source.text, where, group, order, limit, offset, source.at)

    def _item(self, *, inner: bool) -> Path | Count | Query:
        if self._took_sign("("):
            if inner:
                self._place -= 1
                self._unexpected()
            found = self.query(inner=True)
            self._need_sign(")")
            return found
        token = self._now
        if token.word in _FUNCTIONS and self._is_sign("(", 1):
            self._place += 2
            path = None if token.word == "COUNT" and self._is_sign(")") else self._path()
            self._need_sign(")")
            alias = self._next().text if self._now.kind == "name" and self._now.word != "FROM" else ""
            return Count(token.word, path, alias)
        return self._path()

    def _path(self) -> Path:
        token = self._now
        if token.kind != "name":
            self._unexpected()
        self._place += 1
        return Path(tuple(token.text.split(".")), token.at)

    def _paths(self) -> tuple[Path, ...]:
        found = [self._path()]
        while self._took_sign(","):
            found.append(self._path())
        return tuple(found)

    def _orders(self) -> tuple[Order, ...]:
        found = [self._order()]
        while self._took_sign(","):
            found.append(self._order())
        return tuple(found)

    def _order(self) -> Order:
        path = self._path()
        descending = self._took("DESC")
        if not descending:
            self._took("ASC")
        nulls_last = self._took("NULLS", "LAST")
        if not nulls_last:
            self._took("NULLS", "FIRST")
        return Order(path, descending, nulls_last)

    def _whole(self) -> int:
        token = self._next()
        if token.kind != "number" or not token.text.isdecimal():
            self._place -= token.kind != "end"
            self._unexpected()
        return int(token.text)

    # -- conditions ----------------------------------------------------------

    def condition(self) -> Condition:
        """What follows WHERE. AND and OR side by side need parentheses."""
        self._depth += 1
        if self._depth > _DEEPEST:
            complain(self._text, self._now.at, "Query is either selecting too many fields or the filter is too deep.")
        parts = [self._operand()]
        word = self._now.word
        while word in ("AND", "OR") and self._took(word):
            parts.append(self._operand())
        if self._now.word in ("AND", "OR"):
            self._unexpected()
        self._depth -= 1
        if len(parts) == 1:
            return parts[0]
        return Joined("AND" if word == "AND" else "OR", tuple(parts))

    def _operand(self) -> Condition:
        if self._took("NOT"):
            return Not(self._operand())
        if self._took_sign("("):
            found = self.condition()
            self._need_sign(")")
            return found
        return self._comparison()

    def _comparison(self) -> Condition:
        path = self._path()
        if self._took("NOT", "IN"):
            return Among(path, "NOT IN", self._set())
        if self._took("IN"):
            return Among(path, "IN", self._set())
        for word in ("INCLUDES", "EXCLUDES"):
            if self._took(word):
                return Among(path, word, self._values())
        if self._took("LIKE"):
            token = self._now
            if token.kind != "text":
                self._unexpected()
            self._place += 1
            return Compare(path, "LIKE", Value("pattern", token.text, token.at))
        token = self._next()
        if token.kind != "sign" or token.text not in ("=", "!=", "<>", "<", "<=", ">", ">="):
            self._place -= token.kind != "end"
            self._unexpected()
        return Compare(path, "!=" if token.text == "<>" else token.text, self._value())

    def _set(self) -> tuple[Value, ...] | Query:
        self._need_sign("(")
        if self._is("SELECT"):
            found = self.query(inner=True)
            self._need_sign(")")
            return found
        self._place -= 1
        return self._values()

    def _values(self) -> tuple[Value, ...]:
        self._need_sign("(")
        found: list[Value] = [self._value()]
        while self._took_sign(","):
            found.append(self._value())
        self._need_sign(")")
        return tuple(found)

    def _value(self) -> Value:
        token = self._now
        if token.kind == "sign" and token.text == ":":
            complain(self._text, token.at, "Bind variables only allowed in Apex code")
        found = literal(self._text, token)
        if found is None:
            self._unexpected()
        self._place += 1
        if found.kind == "span" and found.value in COUNTED_SPANS:
            self._need_sign(":")
            return Value("span", f"{found.value}:{self._whole()}", token.at)
        return found
