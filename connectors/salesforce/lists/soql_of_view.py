"""A list view's query, asked anew for our fields and by id, so that it goes on anywhere. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass

from plugin.kernel.errors import BadInput

_UNUSABLE = "this list view can't be gone through by a query: make one with filters of its own, or use a campaign"
_PART = re.compile(r"'(?:\\.|[^'\\])*'|[()]|[A-Za-z_]\w*|\S|\s+")
_AFTER_WHERE = frozenset({"ORDER", "LIMIT", "OFFSET", "GROUP", "HAVING", "FOR", "ALL", "WITH"})
_NOT_OURS = frozenset({"LIMIT", "OFFSET", "GROUP", "HAVING", "WITH"})
"""What can't be kept when records are asked for by id."""


@dataclass(frozen=True, slots=True)
class ViewQuery:
    """`source`: the object and its scope; `where`: the condition, or "" for all."""

    source: str
    where: str

    def page(self, fields: tuple[str, ...], after: str | None, limit: int) -> str:
        """The next records behind an id of eighteen characters."""
        behind = f"Id > '{after}'" if after else ""
        conditions = " AND ".join(each for each in (f"({self.where})" if self.where else "", behind) if each)
        where = f" WHERE {conditions}" if conditions else ""
        return f"SELECT {', '.join(fields)} FROM {self.source}{where} ORDER BY Id LIMIT {limit}"

    def count(self) -> str:
        """How many there are."""
        where = f" WHERE {self.where}" if self.where else ""
        return f"SELECT COUNT() FROM {self.source}{where}"


def parse_view(query: object) -> ViewQuery:
    """What a list view's describe says as `query`; raises `BadInput` when it can't be asked by id."""
    if not isinstance(query, str):
        raise BadInput(_UNUSABLE)
    source, where, at = [], [], "SELECT"
    depth = 0
    for part in _PART.findall(query):
        depth += (part == "(") - (part == ")")
        word = part.upper() if depth == 0 else ""
        if word in _NOT_OURS and at != "SELECT":
            raise BadInput(_UNUSABLE)
        if word == "FROM" and at == "SELECT":
            at = "FROM"
        elif word == "WHERE" and at == "FROM":
            at = "WHERE"
        elif word in _AFTER_WHERE and at in ("FROM", "WHERE"):
            at = "END"
        elif at == "FROM":
            source.append(part)
        elif at == "WHERE":
            where.append(part)
    if depth != 0 or not "".join(source).strip():
        raise BadInput(_UNUSABLE)
    return ViewQuery("".join(source).strip(), "".join(where).strip())
