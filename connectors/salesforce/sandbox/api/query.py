"""`query` and `queryAll`: SOQL, and the pages of a long answer."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from typing import Any

from connectors.salesforce.sandbox.answers import json_answer
from connectors.salesforce.sandbox.api.call import BASE, ApiRoutes, Call
from connectors.salesforce.sandbox.problems import Problem
from connectors.salesforce.sandbox.soql import parse, run
from connectors.salesforce.sandbox.store.ids import make_id
from connectors.sandbox.wire import Answer

routes = ApiRoutes()

PAGE = 2000
SMALLEST = 200
_KEPT = 10


@dataclass(frozen=True, slots=True)
class Cursor:
    """An answer too long for one page."""

    user_id: str
    records: list[dict[str, Any]]
    page: int
    verb: str


class Cursors:
    """The last ten of an org: Salesforce too lets older ones go."""

    def __init__(self) -> None:
        self._held: OrderedDict[str, Cursor] = OrderedDict()
        self._last = 0

    def keep(self, cursor: Cursor) -> str:
        """Its id."""
        self._last += 1
        cursor_id = make_id("01g", self._last)
        self._held[cursor_id] = cursor
        while len(self._held) > _KEPT:
            self._held.popitem(last=False)
        return cursor_id

    def find(self, cursor_id: str, user_id: str) -> Cursor:
        """The cursor; raises `Problem` INVALID_QUERY_LOCATOR."""
        cursor = self._held.get(cursor_id)
        if cursor is None or cursor.user_id != user_id:
            raise Problem("INVALID_QUERY_LOCATOR", "invalid query locator")
        return cursor


@routes("GET", f"{BASE}/query")
def query(call: Call) -> Answer:
    return _query(call, deleted=False)


@routes("GET", f"{BASE}/queryAll")
def query_all(call: Call) -> Answer:
    return _query(call, deleted=True)


@routes("GET", f"{BASE}/query/{{cursor}}")
def more(call: Call) -> Answer:
    return _more(call)


@routes("GET", f"{BASE}/queryAll/{{cursor}}")
def more_of_all(call: Call) -> Answer:
    return _more(call)


def _query(call: Call, *, deleted: bool) -> Answer:
    text = call.one("q")
    if not text.strip():
        raise Problem("MALFORMED_QUERY", "SOQL statements cannot be empty or null")
    tree = parse(text)
    total, records = run(call.org, call.user_id, tree, text, deleted=deleted, version=call.version)
    size = _page_size(call)
    verb = "queryAll" if deleted else "query"
    if len(records) <= size:
        return json_answer({"totalSize": total, "done": True, "records": records})
    cursor_id = call.sandbox.cursors.keep(Cursor(call.user_id, records, size, verb))
    return _page(call, cursor_id, 0)


def _more(call: Call) -> Answer:
    cursor_id, _, place = call.values["cursor"].rpartition("-")
    if not place.isdecimal():
        raise Problem("INVALID_QUERY_LOCATOR", "invalid query locator")
    return _page(call, cursor_id, int(place))


def _page(call: Call, cursor_id: str, start: int) -> Answer:
    cursor = call.sandbox.cursors.find(cursor_id, call.user_id)
    if start >= len(cursor.records):
        raise Problem("INVALID_QUERY_LOCATOR", "invalid query locator")
    end = start + cursor.page
    body: dict[str, Any] = {"totalSize": len(cursor.records), "done": end >= len(cursor.records)}
    if not body["done"]:
        body["nextRecordsUrl"] = call.url(cursor.verb, f"{cursor_id}-{end}")
    return json_answer({**body, "records": cursor.records[start:end]})


def _page_size(call: Call) -> int:
    name, _, number = call.request.headers.get("sforce-query-options", "").partition("=")
    if name.strip().lower() != "batchsize" or not number.strip().isdecimal():
        return PAGE
    return min(max(int(number), SMALLEST), PAGE)
