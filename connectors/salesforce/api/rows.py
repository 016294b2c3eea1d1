"""What a query answers, page by page; and the values in it as they come."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from urllib.parse import urlsplit

from connectors.salesforce.api.errors import Unwell
from connectors.salesforce.api.transport import SalesforceApi

Rows = Sequence[Mapping[str, Any]]
_MORE = re.compile(r"/services/data/v[0-9.]+/(query(?:All)?/[A-Za-z0-9-]{1,64})")
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)


def pages(api: SalesforceApi, query: str, *, deleted: bool = False) -> Iterator[Rows]:
    """The answer's pages, up to 2,000 records each; `deleted`: those in the recycle bin among them.

    A call each. Raises `SalesforceError`; also when an answer names no page of this API behind it.
    """
    path, params = ("queryAll/" if deleted else "query/"), {"q": query}
    while True:
        answer = api.read("GET", path, params=params)
        yield listed(answer)
        if not isinstance(answer, dict) or answer.get("done", True):
            return
        path, params = _more(answer.get("nextRecordsUrl")), {}


def listed(answer: Any) -> Rows:
    """The records of a page, or of a subquery's part; none where there are none."""
    held = answer.get("records") if isinstance(answer, dict) else None
    return [each for each in held if isinstance(each, dict)] if isinstance(held, list) else []


def moment(value: object) -> datetime | None:
    """A datetime or date field; None: it is none."""
    if not isinstance(value, str):
        return None
    try:
        found = datetime.fromisoformat(value)
    except ValueError:
        return None
    return found.replace(tzinfo=UTC) if _DAY.fullmatch(value) or found.tzinfo is None else found.astimezone(UTC)


def number(value: object) -> Decimal | None:
    """A number or currency field as it was written; None: it is none."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    found = Decimal(repr(value))
    return found if found.is_finite() else None


def _more(url: object) -> str:
    found = _MORE.fullmatch(urlsplit(url).path) if isinstance(url, str) else None
    if found is None:
        raise Unwell("Salesforce names no next page where there should be one")
    return found[1]
