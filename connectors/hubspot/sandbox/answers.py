"""Answers as JSON, and the envelopes HubSpot puts results into."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import orjson

from connectors.hubspot.sandbox.clock import iso
from connectors.sandbox.wire import Answer

_JSON = "application/json;charset=utf-8"


def json_answer(body: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> Answer:
    """A body as JSON."""
    return Answer(status, orjson.dumps(body), {"Content-Type": _JSON, **(headers or {})})


def nothing() -> Answer:
    """204."""
    return Answer(204)


def batch_answer(results: Sequence[Any], errors: Sequence[Any], at: float, *, status: int = 200) -> Answer:
    """`{status: COMPLETE, results, …}`; with errors a 207 that names each."""
    moment = iso(at)
    body: dict[str, Any] = {"status": "COMPLETE", "results": results, "startedAt": moment, "completedAt": moment}
    if errors:
        body |= {"numErrors": len(errors), "errors": list(errors)}
    return json_answer(body, 207 if errors else status)


def page(results: Sequence[Any], after: str | None, **more: Any) -> dict[str, Any]:
    """A page of results, with the cursor to the next when there is one."""
    paging = {"paging": {"next": {"after": after, "link": f"?after={after}"}}} if after is not None else {}
    return {"results": list(results), **paging, **more}
