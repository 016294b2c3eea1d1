"""`composite`: up to 25 requests in one, each able to name what an earlier one answered; `composite/batch` without."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import orjson

from connectors.salesforce.sandbox.answers import json_answer
from connectors.salesforce.sandbox.api.call import BASE, ApiRoutes, Call
from connectors.salesforce.sandbox.problems import Problem, bad_json, not_found
from connectors.sandbox.wire import Answer, Request

routes = ApiRoutes()

MOST = 25
MOST_LONG = 5
"""Of them, queries and collections."""
_REFERENCE = re.compile(r"@\{(\w+)((?:\.\w+|\[\d+\])*)\}")
_REFERENCE_ID = re.compile(r"[A-Za-z]\w*", re.ASCII)
_LONG = re.compile(r"/services/data/v\d+\.\d/(query|queryAll|composite/sobjects)\b")
_ROLLED_BACK = "The transaction was rolled back since another operation in the same transaction failed."


class _NoReference(Exception):
    pass


@routes("POST", f"{BASE}/composite")
def composite(call: Call) -> Answer:
    body = call.json()
    asked = _asked(call, body.get("compositeRequest"))
    whole = bool(body.get("allOrNone"))
    mark = call.org.journal.mark()
    answers: dict[str, Any] = {}
    results: list[dict[str, Any]] = []
    for each in asked:
        answer = _run(call, each, answers)
        parsed = orjson.loads(answer.body) if answer.body else None
        if answer.status < 300:
            answers[each["referenceId"]] = parsed
        headers = {"Location": answer.headers["Location"]} if "Location" in answer.headers else {}
        results.append(
            {
                "body": parsed,
                "httpHeaders": headers,
                "httpStatusCode": answer.status,
                "referenceId": each["referenceId"],
            }
        )
        if whole and answer.status >= 300:
            break
    if whole and results[-1]["httpStatusCode"] >= 300:
        call.org.journal.back_to(mark)
        halted = [{"errorCode": "PROCESSING_HALTED", "message": _ROLLED_BACK}]
        results = [{**done, "body": halted, "httpHeaders": {}, "httpStatusCode": 400} for done in results[:-1]] + [
            results[-1],
            *(
                {"body": halted, "httpHeaders": {}, "httpStatusCode": 400, "referenceId": each["referenceId"]}
                for each in asked[len(results) :]
            ),
        ]
    return json_answer({"compositeResponse": results})


@routes("POST", f"{BASE}/composite/batch")
def batch(call: Call) -> Answer:
    body = call.json()
    asked = body.get("batchRequests")
    if not isinstance(asked, list) or not asked:
        raise bad_json("Missing required field: batchRequests")
    _need_few(asked)
    results: list[dict[str, Any]] = []
    for each in asked:
        url = "/services/data/" + str(each.get("url", "")).lstrip("/").removeprefix("services/data/")
        answer = _send(call, str(each.get("method", "GET")), url, each.get("richInput"))
        results.append({"statusCode": answer.status, "result": orjson.loads(answer.body) if answer.body else None})
        if body.get("haltOnError") and answer.status >= 300:
            break
    return json_answer({"hasErrors": any(each["statusCode"] >= 300 for each in results), "results": results})


def _asked(call: Call, asked: Any) -> list[dict[str, Any]]:
    if not isinstance(asked, list) or not asked or not all(isinstance(each, dict) for each in asked):
        raise bad_json("Missing required field: compositeRequest")
    _need_few(asked)
    names: set[str] = set()
    for each in asked:
        name, url = each.get("referenceId"), each.get("url")
        if not isinstance(name, str) or not _REFERENCE_ID.fullmatch(name) or name in names:
            raise Problem("INVALID_INPUT", f"Provided referenceId ('{str(name)[:80]}') must be unique and valid.")
        if not isinstance(url, str) or not url.startswith("/services/data/v"):
            raise Problem("INVALID_INPUT", "The URL of each subrequest must begin with /services/data/vXX.X/")
        names.add(name)
    if sum(bool(_LONG.match(each["url"])) for each in asked) > MOST_LONG:
        words = f"The request can’t contain more than {MOST_LONG} query or sObject collections operations."
        raise Problem("LIMIT_EXCEEDED", words)
    return asked


def _need_few(asked: list[Any]) -> None:
    if len(asked) > MOST:
        raise Problem("LIMIT_EXCEEDED", f"The request can’t contain more than {MOST} operations.")


def _run(call: Call, each: Mapping[str, Any], answers: Mapping[str, Any]) -> Answer:
    try:
        url = _REFERENCE.sub(lambda found: str(_look(found, answers)), str(each["url"]))
        body = _filled(each.get("body"), answers)
    except _NoReference as missing:
        words = f"Invalid reference specified. No value for {missing} found. Please check the referenceId and the path."
        return json_answer([{"errorCode": "PROCESSING_HALTED", "message": words}], 400)
    return _send(call, str(each.get("method", "GET")), url, body)


def _send(call: Call, method: str, url: str, body: Any) -> Answer:
    raw = b"" if body is None else orjson.dumps(body)
    request = Request(method.upper(), url, {**call.request.headers, "content-type": "application/json"}, raw)
    if request.segments[3:4] == ["composite"] and request.segments[4:5] != ["sobjects"]:
        return not_found("Composite requests can't be nested.").answer()
    answer, inner = call.sandbox.api.answer(request, call.user_id, call.trouble)
    if inner is not None and inner.batch is not None:
        call.batch = (call.batch or 0) + inner.batch
    return answer


def _filled(value: Any, answers: Mapping[str, Any]) -> Any:
    if isinstance(value, str):
        if alone := _REFERENCE.fullmatch(value):
            return _look(alone, answers)
        return _REFERENCE.sub(lambda found: str(_look(found, answers)), value)
    if isinstance(value, dict):
        return {name: _filled(each, answers) for name, each in value.items()}
    if isinstance(value, list):
        return [_filled(each, answers) for each in value]
    return value


def _look(found: re.Match[str], answers: Mapping[str, Any]) -> Any:
    name, way = found[1], found[2]
    try:
        value = answers[name]
        for key, place in re.findall(r"\.(\w+)|\[(\d+)\]", way):
            value = value[int(place)] if place else value[key]
    except (KeyError, IndexError, TypeError):
        raise _NoReference(f"{name}{way}") from None
    return value
