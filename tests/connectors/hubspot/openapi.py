"""Holds what went over the wire to HubSpot's own OpenAPI files, where they are: `with checked(sandbox): …`.

The files stand beside the repository (`../shared/specs/hubspot`); without them nothing is checked, and nothing fails.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote

from jsonschema import Draft202012Validator
from jsonschema.protocols import Validator

from connectors.hubspot.sandbox import Sandbox
from connectors.hubspot.sandbox.counts import Exchange


def _folder() -> Path | None:
    """The OpenAPI files, beside the repository or beside the one this is a worktree of."""
    for above in Path(__file__).resolve().parents:
        found = above / "shared" / "specs" / "hubspot"
        if found.is_dir():
            return found
    return None


SPECS = _folder()
_BY_TYPE = {name: name for name in ("contacts", "deals", "notes")}
# Documented by HubSpot, but in none of the files.
_ELSEWHERE = {("DELETE", "/appinstalls/2026-09/external-install")}
# What a gateway answers for limits is worded otherwise than the APIs' errors.
_LIMITED = {
    "type": "object",
    "required": ["status", "message", "errorType", "correlationId", "policyName"],
    "properties": {
        "status": {"const": "error"},
        "errorType": {"const": "RATE_LIMIT"},
        "policyName": {"enum": ["TEN_SECONDLY_ROLLING", "DAILY", "SECONDLY"]},
    },
}


@dataclass(frozen=True)
class Operation:
    """One method of one path of one file."""

    file: str
    template: str
    told: Mapping[str, Any]


@contextmanager
def checked(sandbox: Sandbox) -> Iterator[list[Exchange]]:
    """Check everything that is exchanged meanwhile, and fail with all that isn't as HubSpot's files say."""
    seen: list[Exchange] = []
    sandbox.counts.recorders.append(seen.append)
    try:
        yield seen
    finally:
        sandbox.counts.recorders.remove(seen.append)
    if SPECS is not None:
        found = [fault for exchange in seen for fault in faults(exchange)]
        assert not found, "\n".join(found[:20])


def faults(exchange: Exchange) -> list[str]:
    """What of this exchange isn't as HubSpot's files say; nothing when trouble was injected into it."""
    if exchange.fault or exchange.status == 0:
        return []
    path, _, query = exchange.target.partition("?")
    where = f"{exchange.method} {path} → {exchange.status}"
    operation = find(exchange.method, path)
    if operation is None:
        if (exchange.method, path) in _ELSEWHERE:
            return []
        return [f"{where}: no such path in HubSpot's files"] if exchange.status < 400 else []
    wrong = list(_answer_faults(operation, exchange))
    if exchange.status < 300:
        wrong += _request_faults(operation, exchange)
        wrong += _query_faults(operation, parse_qs(query))
    return [f"{where} ({operation.file}): {each}" for each in wrong]


def find(method: str, path: str) -> Operation | None:
    """The operation of a path: of the most literal template, in the file of the object type when there are several."""
    parts = [unquote(part) for part in path.strip("/").split("/")]
    fitting = [
        (literals, Operation(file, template, told))
        for file, template, methods in _paths(len(parts))
        if (told := methods.get(method.lower())) and (literals := _fits(template, parts)) is not None
    ]
    if not fitting:
        return None
    most = max(literals for literals, _ in fitting)
    best = [operation for literals, operation in fitting if literals == most]
    kind = next((_BY_TYPE[part] for part in parts if part in _BY_TYPE), "objects")
    return next((each for each in best if each.file.startswith(kind)), best[0])


def _request_faults(operation: Operation, exchange: Exchange) -> Iterator[str]:
    contents = operation.told.get("requestBody", {}).get("content", {})
    if not contents:
        return
    sent = exchange.request_headers.get("content-type", "").partition(";")[0]
    if sent not in contents:
        yield f"the request is {sent or 'of no type'}, not {', '.join(contents)}"
    elif sent == "application/json":
        yield from _schema_faults(operation.file, contents[sent].get("schema", {}), exchange.request_body, "request")
    else:
        known = contents[sent].get("schema", {}).get("properties", {})
        unknown = parse_qs(exchange.request_body.decode()).keys() - known.keys()
        yield from (f"request: {name} is no field of the form" for name in sorted(unknown))


def _query_faults(operation: Operation, query: Mapping[str, Sequence[str]]) -> Iterator[str]:
    parameters = {each["name"]: each for each in operation.told.get("parameters", []) if each["in"] == "query"}
    for name, values in query.items():
        if name not in parameters:
            yield f"query: {name} is no parameter"
            continue
        schema = parameters[name].get("schema", {})
        for value in values:
            if schema.get("type") == "integer" and not value.lstrip("-").isdecimal():
                yield f"query: {name} is no whole number: {value}"
            if schema.get("type") == "boolean" and value not in ("true", "false"):
                yield f"query: {name} is neither true nor false: {value}"
    for name, told in parameters.items():
        if told.get("required") and name not in query:
            yield f"query: {name} is missing"


def _answer_faults(operation: Operation, exchange: Exchange) -> Iterator[str]:
    responses = operation.told["responses"]
    if exchange.status == 429:
        yield from _errors(Draft202012Validator(_LIMITED), exchange.body, "answer")
        return
    if exchange.status >= 400:
        yield from _schema_faults(
            operation.file, {"$ref": "#/components/schemas/Error"}, exchange.body, "answer", open_=True
        )
        return
    listed = [code for code in responses if code.startswith("2")]
    told = responses.get(str(exchange.status))
    if told is None and exchange.status == 207 and listed:
        # 2026-09 leaves 207 out, but for its body it has the fields.
        told = responses[listed[0]]
    if told is None:
        if listed:
            yield f"the answer's status is none of {', '.join(responses)}"
        return
    content = told.get("content", {})
    if not content:
        if exchange.body:
            yield "the answer has a body, and should have none"
        return
    schema = next(iter(content.values())).get("schema", {})
    yield from _schema_faults(operation.file, schema, exchange.body, "answer")


def _schema_faults(
    file: str, schema: Mapping[str, Any], body: bytes, which: str, *, open_: bool = False
) -> Iterator[str]:
    document = _document(file, open_)
    yield from _errors(Draft202012Validator({**_closed(schema, open_), "components": document}), body, which)


def _errors(validator: Validator, body: bytes, which: str) -> Iterator[str]:
    try:
        value = json.loads(body)
    except ValueError:
        yield f"{which}: no JSON"
        return
    for error in validator.iter_errors(value):
        yield f"{which} at {error.json_path}: {error.message[:300]}"


# -- the files -----------------------------------------------------------------


@cache
def _file(name: str) -> dict[str, Any]:
    assert SPECS is not None
    document: dict[str, Any] = json.loads((SPECS / name).read_text("utf-8"))
    return document


@cache
def _all_paths() -> dict[int, list[tuple[str, str, Mapping[str, Any]]]]:
    found: dict[int, list[tuple[str, str, Mapping[str, Any]]]] = {}
    for path in sorted(SPECS.glob("*.json")) if SPECS else []:
        for template, methods in _file(path.name)["paths"].items():
            found.setdefault(len(template.strip("/").split("/")), []).append((path.name, template, methods))
    return found


def _paths(length: int) -> list[tuple[str, str, Mapping[str, Any]]]:
    return _all_paths().get(length, [])


def _fits(template: str, parts: Sequence[str]) -> int | None:
    """How many parts of a template are literally those of a path; None when it doesn't fit."""
    literals = 0
    for wanted, part in zip(template.strip("/").split("/"), parts, strict=True):
        if wanted == part:
            literals += 1
        elif not wanted.startswith("{"):
            return None
    return literals


@cache
def _document(file: str, open_: bool) -> dict[str, Any]:
    schemas = _file(file)["components"]["schemas"]
    return {"schemas": {name: _closed(schema, open_) for name, schema in schemas.items()}}


def _closed(schema: Any, open_: bool) -> Any:
    """An OpenAPI 3.0 schema as JSON Schema: `nullable` as a type, and (unless `open_`) no field that isn't named."""
    if isinstance(schema, list):
        return [_closed(each, open_) for each in schema]
    if not isinstance(schema, dict):
        return schema
    made = {name: _closed(value, open_) for name, value in schema.items() if name not in ("example", "nullable")}
    if isinstance(schema.get("properties"), dict):
        # A property may be called `example` or `nullable`.
        made["properties"] = {name: _closed(value, open_) for name, value in schema["properties"].items()}
        if not open_ and isinstance(schema.get("type"), str):
            made.setdefault("additionalProperties", False)
    if schema.get("nullable") and isinstance(schema.get("type"), str):
        made["type"] = [schema["type"], "null"]
        if "enum" in schema:
            made["enum"] = [*schema["enum"], None]
    return made
