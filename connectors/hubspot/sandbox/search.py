"""`/crm/objects/…/search`: filters, sorts, pages; 200 a page, 10,000 in all."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from connectors.hubspot.api.version import API
from connectors.hubspot.sandbox import shapes
from connectors.hubspot.sandbox.answers import json_answer, page
from connectors.hubspot.sandbox.calls import Call, Routes
from connectors.hubspot.sandbox.clock import seconds
from connectors.hubspot.sandbox.objects import shown_names, to_read
from connectors.hubspot.sandbox.problems import invalid
from connectors.hubspot.sandbox.store import Record, Store, show
from connectors.sandbox.wire import Answer

routes = Routes()
_PAGE, _ALL = 200, 10_000
_GROUPS, _FILTERS = 5, 18
Test = Callable[[Record], bool]


@routes("POST", f"/crm/objects/{API}/{{objectType}}/search", to_read, search=True, shape=shapes.SEARCH)
def search(call: Call) -> Answer:
    body, store = call.json(), call.store
    limit, after = _number(body.get("limit") or 10, "limit"), _number(body.get("after") or 0, "after")
    if limit > _PAGE:
        raise invalid(f"limit must be at most {_PAGE}")
    if after + limit > _ALL:
        raise invalid(f"No more than {_ALL} results can be paged through")
    found = _found(call, store, body)
    _sort(store, found, body.get("sorts") or [])
    names = shown_names(store, body.get("properties") or [])
    shown = [show(record, store.kind, names) for record in found[after : after + limit]]
    more = str(after + limit) if len(found) > after + limit else None
    return json_answer(page(shown, more, total=len(found)))


def _found(call: Call, store: Store, body: dict[str, Any]) -> list[Record]:
    groups = body.get("filterGroups") or []
    every = [each for group in groups for each in group.get("filters") or []]
    if len(groups) > _GROUPS or len(every) > _FILTERS:
        raise invalid(f"at most {_GROUPS} filterGroups with {_FILTERS} filters together")
    tests = [[_test(store, each) for each in group.get("filters") or []] for group in groups]
    words = str(body.get("query") or "").lower().split()
    settled = call.now - call.portal.search_lag_s
    return [
        record
        for record in store.live()
        if (not tests or any(all(test(record) for test in group) for group in tests))
        and (not words or _says(record, words))
        and record.updated_at <= settled
    ]


def _says(record: Record, words: list[str]) -> bool:
    text = " ".join(record.properties.values()).lower()
    return all(word in text for word in words)


def _test(store: Store, asked: dict[str, Any]) -> Test:
    name, operator = str(asked.get("propertyName", "")), str(asked.get("operator", ""))
    if name not in store.definitions:
        raise invalid(f'There was a problem with the request: property "{name[:100]}" does not exist')
    value, high = str(asked.get("value", "")), str(asked.get("highValue", ""))
    values = {str(each).lower() for each in asked.get("values") or []}
    measure = _measure(store, name)

    def held(record: Record) -> str:
        return record.properties.get(name, "")

    def order(test: Callable[[Any, Any], bool]) -> Test:
        limit = measure(value)
        if limit is None:
            raise invalid(f"{value[:40]!r} can't be compared with {name}")
        return lambda record: (its := measure(held(record))) is not None and test(its, limit)

    match operator:
        case "EQ":
            return lambda record: held(record) != "" and _same(measure, held(record), value)
        case "NEQ":
            return lambda record: not _same(measure, held(record), value)
        case "LT":
            return order(lambda one, other: one < other)
        case "LTE":
            return order(lambda one, other: one <= other)
        case "GT":
            return order(lambda one, other: one > other)
        case "GTE":
            return order(lambda one, other: one >= other)
        case "BETWEEN":
            least, most = measure(value), measure(high)
            return lambda record: (its := measure(held(record))) is not None and least <= its <= most
        case "IN":
            return lambda record: held(record).lower() in values
        case "NOT_IN":
            return lambda record: held(record) != "" and held(record).lower() not in values
        case "HAS_PROPERTY":
            return lambda record: held(record) != ""
        case "NOT_HAS_PROPERTY":
            return lambda record: held(record) == ""
        case "CONTAINS_TOKEN":
            return lambda record: _contains(held(record), value)
        case "NOT_CONTAINS_TOKEN":
            return lambda record: not _contains(held(record), value)
    raise invalid(f"operator {operator[:40]!r} is not one of HubSpot's")


def _measure(store: Store, name: str) -> Callable[[str], Any]:
    """What values of this property are compared by: None for one that can't be."""
    kind = store.definitions[name].facts["type"]
    if kind in ("date", "datetime"):
        return seconds
    return _float if kind == "number" else (lambda text: text.lower() or None)


def _float(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def _same(measure: Callable[[str], Any], one: str, other: str) -> bool:
    return bool(measure(one) == measure(other))


def _contains(text: str, token: str) -> bool:
    wanted = token.lower().strip("*")
    return wanted in text.lower() if "*" in token else wanted in text.lower().replace("@", " @ ").split()


def _sort(store: Store, found: list[Record], sorts: list[Any]) -> None:
    if len(sorts) > 1:
        raise invalid("only one sort can be applied")
    if not sorts:
        found.sort(key=lambda record: record.created_at)
        return
    told = sorts[0]
    if isinstance(told, str):
        told = {"propertyName": told.lstrip("-"), "direction": "DESCENDING" if told.startswith("-") else "ASCENDING"}
    name = str(told.get("propertyName", ""))
    if name not in store.definitions:
        raise invalid(f'can\'t sort by "{name[:100]}": there is no such property')
    measure = _measure(store, name)

    def key(record: Record) -> tuple[bool, Any]:
        value = measure(record.properties.get(name, ""))
        return (value is None, 0 if value is None else value)

    found.sort(key=key, reverse=told.get("direction") == "DESCENDING")


def _number(value: Any, name: str) -> int:
    text = str(value)
    if not text.isdecimal():
        raise invalid(f"{name} must be a whole number, was {text[:40]}")
    return int(text)
