"""`/__sandbox/…`: what tests and people ask of the sandbox itself, beside Salesforce's own paths."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson

from connectors.salesforce.sandbox import desk
from connectors.salesforce.sandbox.answers import json_answer
from connectors.salesforce.sandbox.given import Given, wrong
from connectors.salesforce.sandbox.problems import Problem, not_found
from connectors.salesforce.sandbox.store.values import show
from connectors.sandbox.control import control
from connectors.sandbox.wire import Answer, Request

if TYPE_CHECKING:
    from connectors.salesforce.sandbox.server import Sandbox


def answer(sandbox: Sandbox, request: Request) -> Answer | None:
    """The answer to a path of the sandbox's own; None when it isn't one."""
    segments = request.segments
    if segments[0] != "__sandbox":
        return None
    try:
        return json_answer(_answer(sandbox, request, segments[1:]))
    except Problem as problem:
        return problem.answer()


def _answer(sandbox: Sandbox, request: Request, path: list[str]) -> Any:
    match request.method, path:
        case "GET", ["org"]:
            return _org(sandbox)
        case "GET", ["records", name]:
            with sandbox.org.lock:
                return {"records": _records(sandbox, name)}
        case "GET", ["callouts"]:
            sent = [*sandbox.links.log, *sandbox.journey.log]
            return {"callouts": [_sent(each) for each in sorted(sent, key=lambda each: each.at)]}
        case "GET", ["counts"]:
            return _counts(sandbox)
        case "POST", ["reset"]:
            sandbox.counts.reset()
            sandbox.org.limits.forget()
            return _counts(sandbox)
        case "POST", [deed] if deed in desk.NAMES:
            return desk.do(sandbox, deed, Given(_body(request)))
    try:
        found = control(sandbox.clock, sandbox.counts, sandbox.faults, request.method, path, _body(request))
    except ValueError as error:
        raise wrong(str(error)) from None
    if found is None:
        raise not_found("the sandbox has no such path")
    return found


def _org(sandbox: Sandbox) -> dict[str, Any]:
    org, app = sandbox.org, sandbox.logins.apps[0]
    return {
        "id": org.id,
        "name": org.name,
        "edition": org.switches.edition,
        "myDomain": org.my_domain,
        "deployed": org.schema.deployed,
        "users": [
            {"id": row["Id"], "username": row["Username"], "active": row["IsActive"]} for row in org.live("User")
        ],
        "consumerKey": app.consumer_key,
        "consumerSecret": app.consumer_secret,
        "sessions": len(sandbox.logins.sessions),
        "publicKey": sandbox.certificate.public_pem,
        "crashes": [repr(error) for error in sandbox.api.crashes],
    }


def _records(sandbox: Sandbox, name: str) -> list[dict[str, Any]]:
    org = sandbox.org
    kind = org.schema.kind(name)
    if kind is None:
        raise not_found(f"there is no object {name[:80]}")
    rows = org.table(kind).rows.values()
    return [{field.name: show(field, org.value(row, field)) for field in kind.fields.values()} for row in rows]


def _sent(sent: Any) -> dict[str, Any]:
    return {
        "at": sent.at,
        "url": sent.url,
        "status": sent.status,
        "words": sent.words,
        "request": sent.request.decode("utf-8", "replace"),
        "answer": sent.body.decode("utf-8", "replace"),
    }


def _counts(sandbox: Sandbox) -> dict[str, Any]:
    used = sandbox.org.limits.used(sandbox.clock())
    return {**sandbox.counts.as_json(), "apiCalls": used, "apiCallsMax": sandbox.org.limits.most}


def _body(request: Request) -> dict[str, Any]:
    try:
        body = orjson.loads(request.body or b"{}")
    except orjson.JSONDecodeError as error:
        raise wrong(f"the body is no JSON: {error.msg}") from None
    if not isinstance(body, dict):
        raise wrong("the body is a JSON object")
    return body
