"""A sheet of people in, the same sheet with their links out: in a stream, batch by batch, each batch committed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import islice

import stamina

from plugin.kernel.clock import Clock, utcnow
from plugin.kernel.database import Database
from plugin.kernel.errors import BadInput, Busy
from plugin.links.address import address
from plugin.links.issue import IssuedLink, issue_many
from plugin.links.keys import Keyring
from plugin.links.sheet import Refused, Row, Sheet
from plugin.recipients.enrol import check, enrol_many
from plugin.recipients.ports import ExternalRef

BATCH = 5000
ADDED = ("link", "expires_at", "status")

Write = Callable[[list[str]], None]


@dataclass(frozen=True, slots=True)
class SheetOrder:
    """For which campaign; a row names its CRM record by `id_column`, and its type by `external_type` if it has one."""

    campaign_id: str
    installation_id: str
    origin: str
    """Scheme, host and port the links begin with."""
    days: int = 90
    renew_days: int = 0
    """A link that would end sooner than this is not reused."""
    id_column: str = "external_id"
    external_type: str = "contact"
    prefix: str = ""
    """Put before the names of the columns we add."""


@dataclass(slots=True)
class Tally:
    """How many rows so far, and what became of them."""

    issued: int = 0
    reused: int = 0
    suppressed: int = 0
    refused: int = 0

    @property
    def rows(self) -> int:
        """All rows read."""
        return self.issued + self.reused + self.suppressed + self.refused


def issue_sheet(
    database: Database,
    order: SheetOrder,
    sheet: Sheet,
    *,
    keyring: Keyring,
    write: Write,
    refuse: Callable[[Refused], None],
    progress: Callable[[Tally], None] = lambda _: None,
    clock: Clock = utcnow,
) -> Tally:
    """Write every row that gets a link, with its link; hand every other to `refuse` with its line.

    Commits batch by batch and keeps no more than one in memory. Stopped half-way and run again, it gives the people
    it had reached the same links. A row of our own output is understood: the columns we once added are replaced.
    """
    columns = _Columns(order, sheet)
    write(columns.header)
    tally = Tally()
    rows = iter(sheet)
    while batch := list(islice(rows, BATCH)):
        asked = [columns.asked(row) for row in batch]
        refs = {each.ref for each in asked if isinstance(each, _Asked)}
        links = _issue_batch(database, order, refs, keyring, clock)
        seen: set[ExternalRef] = set()
        for each in asked:
            _settle(each, links, seen, order, tally, write, refuse)
        progress(tally)
    return tally


def _settle(
    each: _Asked | Refused,
    links: dict[ExternalRef, IssuedLink],
    seen: set[ExternalRef],
    order: SheetOrder,
    tally: Tally,
    write: Write,
    refuse: Callable[[Refused], None],
) -> None:
    if isinstance(each, Refused):
        tally.refused += 1
        refuse(each)
    elif (link := links.get(each.ref)) is None:
        tally.suppressed += 1
        refuse(Refused(each.line, "suppressed: this person asked not to be addressed", each.ref.id))
    else:
        reused = link.reused or each.ref in seen
        seen.add(each.ref)
        tally.reused += reused
        tally.issued += not reused
        ends = link.expires_at.strftime("%Y-%m-%dT%H:%M:%SZ")
        write([*each.kept, address(order.origin, link.token), ends, "reused" if reused else "issued"])


def _issue_batch(
    database: Database, order: SheetOrder, refs: set[ExternalRef], keyring: Keyring, clock: Clock
) -> dict[ExternalRef, IssuedLink]:
    # Nothing of a batch stands until all of it does, so it can be tried again as a whole.
    for attempt in stamina.retry_context(on=Busy, attempts=6, wait_initial=0.2, wait_max=10, timeout=120):
        with attempt, database.transaction() as session:
            people = enrol_many(session, refs)
            links = issue_many(
                session,
                order.campaign_id,
                people.values(),
                keyring=keyring,
                clock=clock,
                days=order.days,
                renew_days=order.renew_days,
            )
    return {ref: links[recipient_id] for ref, recipient_id in people.items() if recipient_id in links}


@dataclass(frozen=True, slots=True)
class _Asked:
    line: int
    ref: ExternalRef
    kept: list[str]


class _Columns:
    """Which cells say who it is, and which are passed through."""

    def __init__(self, order: SheetOrder, sheet: Sheet) -> None:
        self._order = order
        added = [order.prefix + name for name in ADDED]
        places = [sheet.place(name) for name in added]
        if any(place is not None for place in places) and None in places:
            taken = next(name for name, place in zip(added, places, strict=True) if place is not None)
            raise BadInput(f"the file has a column {taken!r} of its own; rename it, or pass --prefix")
        id_place = sheet.place(order.id_column)
        if id_place is None:
            raise BadInput(f"the header has no column {order.id_column!r}")
        self._id = id_place
        self._type = sheet.place("external_type")
        self._kept = [place for place in range(len(sheet.header)) if place not in places]
        self.header = [*(sheet.header[place] for place in self._kept), *added]

    def asked(self, row: Row | Refused) -> _Asked | Refused:
        if isinstance(row, Refused):
            return row
        external_id = row.cells[self._id].strip()
        external_type = row.cells[self._type].strip() if self._type is not None else ""
        ref = ExternalRef(self._order.installation_id, external_type or self._order.external_type, external_id)
        try:
            check(ref)
        except BadInput as error:
            reason = str(error) if external_id else f"no {self._order.id_column}"
            return Refused(row.line, reason, external_id)
        return _Asked(row.line, ref, [row.cells[place] for place in self._kept])


def refused_row(refused: Refused) -> list[str]:
    """A line of the errors file, under `REFUSED_HEADER`."""
    return [str(refused.line), refused.external_id, refused.reason]


REFUSED_HEADER = ["line", "external_id", "reason"]
