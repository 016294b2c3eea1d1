"""Walking through the records that changed since, deleted ones too: missing none, and dealing with each change once.

By `SystemModstamp`, which every change moves, an import's too. A long transaction shows its records later than they are
stamped: so each walk begins some minutes before the last one ended, and leaves out what was seen by then.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from connectors.salesforce.api.rows import Rows, moment, pages
from connectors.salesforce.api.soql import soql
from connectors.salesforce.org import Org

LAG = timedelta(minutes=5)
"""Longer than a transaction may take."""
MOST_PAGES = 50
"""Of one walk: 100,000 records. What is behind them is gone through by the next, so no import holds up all else."""
_MOST_SEEN = 1000
"""Records of the last minutes that are remembered one by one; more than that are looked at twice, which is harmless."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What is walked through. `where`: a further condition, ours alone."""

    kind: str
    fields: tuple[str, ...]
    where: str = ""


@dataclass(frozen=True, slots=True)
class Cursor:
    """All that changed before `at` was dealt with, and of what changed since, `seen` (id and stamp)."""

    at: datetime
    seen: frozenset[str] = field(default_factory=frozenset)
    whole: bool = False
    """The walk that came so far came to its end."""

    def as_json(self) -> dict[str, Any]:
        """As kept."""
        return {"at": self.at.isoformat(), "seen": sorted(self.seen), "whole": self.whole}


def cursor_from(kept: Mapping[str, Any], begin: datetime) -> Cursor:
    """The cursor as kept, else at `begin`."""
    at = moment(kept.get("at"))
    return Cursor(begin) if at is None else Cursor(at, frozenset(kept.get("seen") or ()), bool(kept.get("whole")))


def walk(org: Org, asked: Asked, cursor: Cursor) -> Iterator[tuple[Rows, Cursor]]:
    """Pages of records, each with the cursor that stands once they are dealt with.

    Stopped anywhere and taken up at the last cursor kept, it sees every record. Raises `SalesforceError`.
    """
    settled = (org.clock() - LAG).replace(microsecond=0)
    fields = ", ".join(dict.fromkeys(("Id", "SystemModstamp", *asked.fields)))
    further = f" AND {asked.where}" if asked.where else ""
    query = soql(
        f"SELECT {fields} FROM {asked.kind} WHERE SystemModstamp >= {{at}}{further} ORDER BY SystemModstamp, Id",
        at=cursor.at,
    )
    seen = {key: at for key in cursor.seen if (at := moment(key.partition("|")[2])) is not None}
    reached = cursor.at
    for number, rows in enumerate(pages(org.api, query, deleted=True), 1):
        if number == 1 and org.api.told_at is not None:
            # Stamps are the org's: where our clock is ahead of its, what it stamps next would be passed over for good.
            settled = min(settled, org.api.told_at - LAG)
        for row in rows:
            reached = max(reached, moment(row.get("SystemModstamp")) or reached)
        reached_safely = max(cursor.at, min(reached, settled))
        fresh = [row for row in rows if _key(row) not in cursor.seen]
        seen |= {_key(row): moment(row.get("SystemModstamp")) or reached for row in rows}
        seen = {key: at for key, at in seen.items() if at >= reached_safely}
        yield fresh, Cursor(reached_safely, _newest(seen))
        if number >= MOST_PAGES:
            return
    end = max(cursor.at, settled)
    yield [], Cursor(end, _newest({key: at for key, at in seen.items() if at >= end}), whole=True)


def _key(row: Mapping[str, Any]) -> str:
    return f"{row.get('Id')}|{row.get('SystemModstamp')}"


def _newest(seen: Mapping[str, datetime]) -> frozenset[str]:
    return frozenset(sorted(seen, key=lambda key: seen[key], reverse=True)[:_MOST_SEEN])
