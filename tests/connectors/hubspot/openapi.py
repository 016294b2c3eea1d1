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
from connectors.hubspot.sandbox.definitions import BY_NAME
from connectors.sandbox.counts import Exchange

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


@contextmanager
def checked(sandbox: Sandbox) -> Iterator[list[Exchange]]:
    """Check everything that is exchanged meanwhile, and fail with all that isn't as HubSpot's files say."""
    seen: list[Exchange] = []
    sandbox.counts.recorders.append(seen.append)
    try:
        yield seen
    finally:
        sandbox.counts.recorders.remove(seen.append)
    if specs := here():
        found = [fault for exchange in seen for fault in specs.faults(exchange)]
        assert not found, "\n".join(found[:20])


@cache
def here() -> Specs | None:
    """HubSpot's files beside the repository, or beside the one this is a worktree of; None where they aren't."""
    for above in Path(__file__).resolve().parents:
        if (folder := above / "shared" / "specs" / "hubspot").is_dir():
            return Specs(folder)
    return None


@dataclass(frozen=True)
class Operation:
    """One method of one path of one file."""

    file: str
    method: str
    template: str
    told: Mapping[str, Any]


class Specs:
    """A folder of OpenAPI 3.0 files."""

    def __init__(self, folder: Path) -> None:
        self._files = {path.name: json.loads(path.read_text("utf-8")) for path in sorted(folder.glob("*.json"))}
        self._documents: dict[tuple[str, bool], dict[str, Any]] = {}
        self._by_length: dict[int, list[tuple[list[str], Operation]]] = {}
        for name, file in self._files.items():
            for template, methods in file["paths"].items():
                parts = template.strip("/").split("/")
                here = self._by_length.setdefault(len(parts), [])
                here += [(parts, Operation(name, method, template, told)) for method, told in methods.items()]

    def faults(self, exchange: Exchange) -> list[str]:
        """What of this exchange isn't as the files say; nothing when trouble was injected into it."""
        path, _, query = exchange.target.partition("?")
        if exchange.fault or exchange.status == 0 or (exchange.method, path) in _ELSEWHERE:
            return []
        where = f"{exchange.method} {path} → {exchange.status}"
        operation = self.find(exchange.method, path)
        if operation is None:
            return [f"{where}: no such path in HubSpot's files"] if exchange.status < 400 else []
        wrong = list(self._answer_faults(operation, exchange))
        if exchange.status < 300:
            wrong += self._request_faults(operation, exchange)
            wrong += _query_faults(operation, parse_qs(query))
        return [f"{where} ({operation.file}): {each}" for each in wrong]

    def find(self, method: str, path: str) -> Operation | None:
        """The operation of a path: of the most literal template, in its object type's file when there are several."""
        parts = [unquote(part) for part in path.strip("/").split("/")]
        fitting = [
            (literals, operation)
            for template, operation in self._by_length.get(len(parts), [])
            if operation.method == method.lower() and (literals := _fits(template, parts)) is not None
        ]
        if not fitting:
            return None
        most = max(literals for literals, _ in fitting)
        best = [operation for literals, operation in fitting if literals == most]
        kind = next((BY_NAME[part].name for part in parts if part in BY_NAME), "objects")
        own = [each for each in best if each.file.startswith(kind)]
        return (own or [each for each in best if each.file.startswith("objects")] or best)[0]

    def _request_faults(self, operation: Operation, exchange: Exchange) -> Iterator[str]:
        contents = operation.told.get("requestBody", {}).get("content", {})
        if not contents:
            return
        sent = exchange.request_headers.get("content-type", "").partition(";")[0]
        if sent not in contents:
            yield f"the request is {sent or 'of no type'}, not {', '.join(contents)}"
        elif sent == "application/json":
            yield from self._schema_faults(
                operation.file, contents[sent].get("schema", {}), exchange.request_body, "request"
            )
        else:
            known = contents[sent].get("schema", {}).get("properties", {})
            unknown = parse_qs(exchange.request_body.decode()).keys() - known.keys()
            yield from (f"request: {name} is no field of the form" for name in sorted(unknown))

    def _answer_faults(self, operation: Operation, exchange: Exchange) -> Iterator[str]:
        responses = operation.told["responses"]
        if exchange.status == 429:
            yield from _errors(Draft202012Validator(_LIMITED), exchange.body, "answer")
            return
        if exchange.status >= 400:
            yield from self._schema_faults(
                operation.file, {"$ref": "#/components/schemas/Error"}, exchange.body, "answer", loose=True
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
        yield from self._schema_faults(operation.file, schema, exchange.body, "answer")

    def _schema_faults(
        self, name: str, schema: Mapping[str, Any], body: bytes, which: str, *, loose: bool = False
    ) -> Iterator[str]:
        if (name, loose) not in self._documents:
            schemas = self._files[name]["components"]["schemas"]
            # What implements an interface (`TokenInfoResponseBaseIF`) holds more than that names.
            closed = {each: _closed(held, loose or each.endswith("IF")) for each, held in schemas.items()}
            self._documents[name, loose] = {"schemas": closed}
        whole = {**_closed(schema, loose), "components": self._documents[name, loose]}
        yield from _errors(Draft202012Validator(whole), body, which)


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


def _errors(validator: Validator, body: bytes, which: str) -> Iterator[str]:
    try:
        value = json.loads(body)
    except ValueError:
        yield f"{which}: no JSON"
        return
    for error in validator.iter_errors(value):
        yield f"{which} at {error.json_path}: {error.message[:300]}"


def _fits(template: Sequence[str], parts: Sequence[str]) -> int | None:
    """How many parts of a template are literally those of a path; None when it doesn't fit."""
    literals = 0
    for wanted, part in zip(template, parts, strict=True):
        if wanted == part:
            literals += 1
        elif not wanted.startswith("{"):
            return None
    return literals


def _closed(schema: Any, loose: bool) -> Any:
    """An OpenAPI 3.0 schema as JSON Schema: `nullable` as a type, and (unless `loose`) no field that isn't named."""
    if isinstance(schema, list):
        return [_closed(each, loose) for each in schema]
    if not isinstance(schema, dict):
        return schema
    if schema.get("type") == "object" and schema.get("properties") == {}:
        # The generator's way to write 'anything': `subCategory` is a string in truth.
        return {}
    made = {name: _closed(value, loose) for name, value in schema.items() if name not in ("example", "nullable")}
    if isinstance(schema.get("properties"), dict):
        # A property may be called `example` or `nullable`.
        made["properties"] = {name: _closed(value, loose) for name, value in schema["properties"].items()}
        if not loose and isinstance(schema.get("type"), str):
            made.setdefault("additionalProperties", False)
    if schema.get("nullable") and isinstance(schema.get("type"), str):
        made["type"] = [schema["type"], "null"]
        if "enum" in schema:
            made["enum"] = [*schema["enum"], None]
    return made
