"""`/__sandbox/…`: what tests and people ask of the sandbox itself, beside Salesforce's own paths."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson

from connectors.salesforce.sandbox.answers import json_answer
from connectors.salesforce.sandbox.problems import Problem, bad_json, not_found
from connectors.salesforce.sandbox.store.values import show
from connectors.sandbox.wire import Answer, Request

if TYPE_CHECKING:
    from connectors.salesforce.sandbox.server import Sandbox


def answer(sandbox: Sandbox, request: Request) -> Answer:
    """The answer to a path that isn't Salesforce's."""
    segments = request.segments
    if segments[0] != "__sandbox":
        return not_found().answer()
    try:
        return json_answer(_answer(sandbox, request, segments[1:]))
    except Problem as problem:
        return problem.answer()


def _answer(sandbox: Sandbox, request: Request, path: list[str]) -> Any:
    match request.method, path:
        case "GET", ["records", name]:
            return {"records": [_record(sandbox, name, row) for row in _rows(sandbox, name)]}
        case "GET", ["faults"]:
            return {"rules": sandbox.faults.as_json(), "seed": sandbox.faults.seed}
        case "POST", ["faults"]:
            body = _body(request)
            try:
                rules = sandbox.faults.parse(body)
            except ValueError as error:
                raise bad_json(str(error)) from None
            sandbox.faults.clear(body.get("seed"))
            sandbox.faults.rules.extend(rules)
            return {"rules": sandbox.faults.as_json(), "seed": sandbox.faults.seed}
        case "DELETE", ["faults"]:
            sandbox.faults.clear()
            return {"rules": []}
        case "GET", ["counts"]:
            return _counts(sandbox)
        case "POST", ["reset"]:
            sandbox.counts.reset()
            sandbox.org.limits.forget()
            return _counts(sandbox)
        case "GET", ["log"]:
            return {"calls": sandbox.counts.log()}
        case "POST", ["clock"]:
            sandbox.clock.advance(float(_body(request).get("advanceS", 0)))
            return {"aheadS": sandbox.clock.ahead_s}
    raise not_found("the sandbox has no such path")


def _rows(sandbox: Sandbox, name: str) -> list[dict[str, Any]]:
    kind = sandbox.org.schema.kind(name)
    if kind is None:
        raise not_found(f"there is no object {name[:80]}")
    return list(sandbox.org.table(kind).rows.values())


def _record(sandbox: Sandbox, name: str, row: dict[str, Any]) -> dict[str, Any]:
    kind = sandbox.org.schema.kind(name)
    assert kind is not None
    return {field.name: show(field, sandbox.org.value(row, field)) for field in kind.fields.values()}


def _counts(sandbox: Sandbox) -> dict[str, Any]:
    used = sandbox.org.limits.used(sandbox.clock())
    return {**sandbox.counts.as_json(), "apiCalls": used, "apiCallsMax": sandbox.org.limits.most}


def _body(request: Request) -> dict[str, Any]:
    try:
        body = orjson.loads(request.body or b"{}")
    except orjson.JSONDecodeError as error:
        raise bad_json(error.msg) from None
    if not isinstance(body, dict):
        raise bad_json("an object is wanted")
    return body
