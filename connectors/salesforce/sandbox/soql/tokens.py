"""SOQL's words: names, text between quotes with its escapes, numbers, dates, signs."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal, NoReturn

from connectors.salesforce.sandbox.problems import Problem

MOST = 100_000
"""Characters a query may have."""

_PLAIN = {"n": "\n", "r": "\r", "t": "\t", "b": "\b", "f": "\f", '"': '"', "'": "'", "\\": "\\"}
_SPACE = re.compile(r"\s+")
_STAMP = re.compile(r"\d{4}-\d\d-\d\d(?:T\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:?\d\d))?", re.IGNORECASE)
_NUMBER = re.compile(r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?")
_NAME = re.compile(r"[A-Za-z]\w*(?:\.[A-Za-z]\w*)*", re.ASCII)
_SIGN = re.compile(r"<=|>=|!=|<>|[=<>(),:]")


@dataclass(frozen=True, slots=True)
class Token:
    """A word and where it stands. Text keeps its LIKE escapes (`\\%`, `\\_`): `value` has them as they were written."""

    kind: Literal["name", "text", "number", "stamp", "sign", "end"]
    text: str
    at: int

    @property
    def word(self) -> str:
        """In capitals, if it is a name."""
        return self.text.upper() if self.kind == "name" else ""


def complain(query: str, at: int, words: str, code: str = "MALFORMED_QUERY") -> NoReturn:
    """Raise the `Problem` that points to the place."""
    line = query.count("\n", 0, at) + 1
    column = at - (query.rfind("\n", 0, at) + 1) + 1
    begin = max(0, at - 40)
    shown = query[begin : at + 40].replace("\n", " ")
    raise Problem(code, f"\n{shown}\n{' ' * (at - begin)}^\nERROR at Row:{line}:Column:{column}\n{words}")


def tokens(query: str) -> list[Token]:
    """The words of a query, an `end` behind them; raises `Problem` MALFORMED_QUERY."""
    if len(query) > MOST:
        raise Problem("QUERY_TOO_COMPLICATED", f"SOQL statements cannot be longer than {MOST} characters.")
    found: list[Token] = []
    at = 0
    while at < len(query):
        if space := _SPACE.match(query, at):
            at = space.end()
            continue
        token, at = _token(query, at)
        found.append(token)
    return [*found, Token("end", "<EOF>", len(query))]


def _token(query: str, at: int) -> tuple[Token, int]:
    if query[at] == "'":
        text, end = _text(query, at)
        return Token("text", text, at), end
    kinds: tuple[tuple[Literal["stamp", "number", "name", "sign"], re.Pattern[str]], ...] = (
        ("stamp", _STAMP),
        ("number", _NUMBER),
        ("name", _NAME),
        ("sign", _SIGN),
    )
    for kind, pattern in kinds:
        if match := pattern.match(query, at):
            return Token(kind, match[0], at), match.end()
    complain(query, at, f"unexpected token: '{query[at]}'")


def _text(query: str, at: int) -> tuple[str, int]:
    """Text between quotes. `\\%` and `\\_` stay as they are: only LIKE knows what they mean."""
    found: list[str] = []
    place = at + 1
    while place < len(query):
        char = query[place]
        if char == "'":
            return "".join(found), place + 1
        if char in "\n\r":
            break
        if char != "\\":
            found.append(char)
            place += 1
            continue
        escaped, place = _escape(query, place)
        found.append(escaped)
    complain(query, at, f"line 1:{at} no viable alternative at character '<EOF>'")


def _escape(query: str, at: int) -> tuple[str, int]:
    sign = query[at + 1 : at + 2]
    if sign in ("%", "_"):
        return f"\\{sign}", at + 2
    if sign in ("u", "U") and re.fullmatch(r"[0-9a-fA-F]{4}", query[at + 2 : at + 6]):
        return chr(int(query[at + 2 : at + 6], 16)), at + 6
    if sign.lower() in _PLAIN and sign:
        # A doubled backslash is kept doubled, so that LIKE can tell it from an escape; text() halves it again.
        return ("\\\\" if sign == "\\" else _PLAIN[sign.lower()]), at + 2
    complain(query, at, f"Illegal string literal escape sequence '\\{sign}'")


def plain(text: str) -> str:
    """What text between quotes means outside LIKE, where `\\%` is a backslash less."""
    return re.sub(r"\\(.)", r"\1", text, flags=re.DOTALL)
