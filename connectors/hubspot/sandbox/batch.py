"""`/crm/objects/…/batch/…`: a hundred records at a time, all or nothing, or each on its own.

A batch of writes whose inputs carry `objectWriteTraceId` is settled item by item (207); without it one bad value
refuses the whole batch (400). Ids that don't exist are always told one by one.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from connectors.hubspot.api.version import API
from connectors.hubspot.sandbox import shapes, write
from connectors.hubspot.sandbox.answers import batch_answer, nothing
from connectors.hubspot.sandbox.calls import Call, Routes
from connectors.hubspot.sandbox.objects import shown_names, to_read, to_write, with_history, written
from connectors.hubspot.sandbox.problems import Problem, invalid
from connectors.hubspot.sandbox.store import Record, Store, show
from connectors.sandbox.wire import Answer

Claimed = set[tuple[str, str]]
"""Unique values that inputs of the batch take."""
Plan = Callable[[dict[str, Any], Claimed], write.Planned | None]

routes = Routes()
_BATCH = f"/crm/objects/{API}/{{objectType}}/batch"
MOST = 100


@routes("POST", f"{_BATCH}/read", to_read, shape=shapes.IDS)
def read(call: Call) -> Answer:
    body, inputs = call.json(), call.inputs(MOST)
    by = str(body.get("idProperty") or "hs_object_id")
    if by != "hs_object_id":
        _must_be_unique(call.store, by)
    names = shown_names(call.store, body.get("properties") or [])
    history = body.get("propertiesWithHistory") or []
    archived = call.one("archived") == "true"
    found: dict[str, Record] = {}
    missing = []
    for value in [str(each.get("id", "")) for each in inputs]:
        record = call.store.find(value, archived=archived) if by == "hs_object_id" else call.store.by_value(by, value)
        if record is None:
            missing.append(value)
        else:
            found[record.id] = record
    results = [show(record, call.kind, names) for record in found.values()]
    if history:
        for shown, record in zip(results, found.values(), strict=True):
            shown["propertiesWithHistory"] = with_history(record, history)
    return batch_answer(results, [_missing(call, missing)] if missing else [], call.now)


@routes("POST", f"{_BATCH}/create", to_write, shape=shapes.RECORDS)
def create(call: Call) -> Answer:
    def one(asked: dict[str, Any], claimed: Claimed) -> write.Planned:
        return write.plan(call.portal, call.store, None, asked.get("properties"), asked.get("associations"), claimed)

    return _each(call, one, status=201)


@routes("POST", f"{_BATCH}/update", to_write, shape=shapes.RECORDS)
def update(call: Call) -> Answer:
    store = call.store
    _no_twins(call.inputs(MOST))

    def one(asked: dict[str, Any], claimed: Claimed) -> write.Planned | None:
        record = _find(store, asked)
        if record is None:
            return None
        return write.plan(call.portal, store, record, asked.get("properties"), claimed=claimed)

    return _each(call, one)


@routes("POST", f"{_BATCH}/upsert", to_write, shape=shapes.RECORDS)
def upsert(call: Call) -> Answer:
    inputs, store = call.inputs(MOST), call.store
    _no_twins(inputs)
    by_email = any(each.get("idProperty") == "email" for each in inputs)

    def one(asked: dict[str, Any], claimed: Claimed) -> write.Planned:
        by, value = asked.get("idProperty") or "hs_object_id", str(asked.get("id", ""))
        record = _find(store, asked)
        properties = asked.get("properties") or {}
        if record is None:
            if by == "hs_object_id":
                raise invalid(f"{value[:40]} is no id of a record, and idProperty names no unique property")
            properties = {by: value, **properties}
        return write.plan(call.portal, store, record, properties, claimed=claimed)

    # By e-mail address HubSpot takes all of a batch or nothing of it.
    return _each(call, one, upsert=True, item_by_item=not by_email)


@routes("POST", f"{_BATCH}/archive", to_write, shape=shapes.IDS)
def archive(call: Call) -> Answer:
    for each in call.inputs(MOST):
        if record := call.store.find(str(each.get("id", ""))):
            write.archive(call.portal, call.store, record)
    return nothing()


def _each(call: Call, plan: Plan, *, status: int = 200, upsert: bool = False, item_by_item: bool = True) -> Answer:
    """Do each input; `plan` answers None for an id that doesn't exist."""
    inputs, portal, kind = call.inputs(MOST), call.portal, call.kind
    traced = item_by_item and all(each.get("objectWriteTraceId") for each in inputs)
    claimed: Claimed = set()
    planned: list[tuple[dict[str, Any], write.Planned]] = []
    errors, missing = [], []
    for asked in inputs:
        try:
            found = plan(asked, claimed)
        except Problem as problem:
            if not traced:
                raise _whose(problem, asked) from None
            ids = [str(asked["id"])] if "id" in asked else []
            errors.append(problem.as_item(ids, objectWriteTraceId=[str(asked["objectWriteTraceId"])]))
            continue
        if found is None:
            missing.append(str(asked.get("id", "")))
        else:
            planned.append((asked, found))
    results = []
    for asked, each in planned:
        record = write.commit(portal, each, at=call.now)
        shown = show(record, kind, written(each.store, each.values), nulls=not upsert)
        if upsert:
            shown["new"] = each.record is None
        if traced:
            shown["objectWriteTraceId"] = str(asked["objectWriteTraceId"])
        results.append(shown)
    if missing:
        errors.append(_missing(call, missing))
    return batch_answer(results, errors, call.now, status=status)


def _whose(problem: Problem, asked: dict[str, Any]) -> Problem:
    """The same, saying which input it was."""
    mine = [str(asked.get("id", ""))]
    problem.errors = [{**each, "context": {**each.get("context", {}), "id": mine}} for each in problem.errors]
    return problem


def _find(store: Store, asked: dict[str, Any]) -> Record | None:
    by, value = asked.get("idProperty") or "hs_object_id", str(asked.get("id", ""))
    if by == "hs_object_id":
        return store.find(value)
    _must_be_unique(store, by)
    return store.by_value(by, value)


def _must_be_unique(store: Store, name: str) -> None:
    if name not in store.definitions or not store.definitions[name].unique:
        raise invalid(f'Property "{name[:100]}" is not a unique property of {store.kind.name}')


def _no_twins(inputs: list[dict[str, Any]]) -> None:
    seen: set[str] = set()
    twins = []
    for each in inputs:
        value = str(each.get("id", ""))
        if value in seen:
            twins.append(value)
        seen.add(value)
    if twins:
        raise invalid(f"Duplicate IDs found in batch input: [{', '.join(twins[:20])}]. IDs must be unique")


def _missing(call: Call, ids: list[str]) -> dict[str, Any]:
    name = call.kind.singular.upper()
    problem = Problem(
        404,
        "OBJECT_NOT_FOUND",
        f"Could not get some {name} objects, they may be deleted or not exist. Check that ids are valid.",
    )
    return problem.as_item(ids)
