"""One record as an admin or a rep sees it: its fields, what belongs to it, its activity – and all that can be done."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from connectors.salesforce.sandbox import desk
from connectors.salesforce.sandbox.given import Given
from connectors.salesforce.sandbox.pages.record_view import editable, fields, shown
from connectors.salesforce.sandbox.pages.visit import Visit
from connectors.salesforce.sandbox.problems import Problem, not_found
from connectors.salesforce.sandbox.schema.field import Field
from connectors.salesforce.sandbox.schema.kind import ObjectKind
from connectors.salesforce.sandbox.store.values import as_text, from_text
from connectors.salesforce.sandbox.store.write import Writer
from connectors.sandbox.wire import Answer

_HOUR_S = 3600


def new(visit: Visit, name: str) -> Answer:
    """`/new/<Object>`: an empty form; a post makes the record."""
    kind = visit.sandbox.org.schema.kind(name)
    if kind is None or not kind.writable:
        raise not_found("There is no such page.")
    form = visit.form()
    if visit.request.method == "POST":
        try:
            return visit.go(f"/records/{_make(visit, kind, form)}", "Made.")
        except Problem as problem:
            return visit.show(
                "new.html", status=problem.status, kind=kind, fields=fields(visit, kind, form, True), problem=problem
            )
    form = {name: values[0] for name, values in visit.request.query.items()}
    return visit.show("new.html", kind=kind, fields=fields(visit, kind, form, True), problem=None)


def page(visit: Visit, record_id: str) -> Answer:
    """`/records/<id>`: the record; a post does what its `do` says."""
    org = visit.sandbox.org
    with org.lock:
        kind, record_id = desk.record_of(visit.sandbox, record_id)
    problem: Problem | None = None
    results: list[Mapping[str, Any]] = []
    if visit.request.method == "POST":
        form = visit.form()
        try:
            done = _DO.get(form.get("do", ""), _unknown)(visit, kind, record_id, form)
        except Problem as refused:
            problem = refused
        else:
            if isinstance(done, Answer):
                return done
            results = done
    with org.lock:
        if record_id not in org.table(kind).rows:
            return visit.go("/", "It is gone for good.")
        return shown(visit, kind, org.table(kind).rows[record_id], problem, results)


# -- what can be done ----------------------------------------------------------

Done = Answer | list[Mapping[str, Any]]


def _make(visit: Visit, kind: ObjectKind, form: Mapping[str, str]) -> str:
    org = visit.sandbox.org
    given = {
        name: from_text(field, text)
        for name, text in form.items()
        if text and (field := kind.fields.get(name)) is not None
    }
    with org.lock:
        record_id = Writer(org, org.admin_id).create(kind, given)
        org.journal.close()
    return record_id


def _save(visit: Visit, kind: ObjectKind, record_id: str, form: Mapping[str, str]) -> Done:
    """What was changed, and no more. A box that isn't ticked isn't sent."""
    org = visit.sandbox.org
    with org.lock:
        row = org.table(kind).rows[record_id]
        given = {
            each.name: from_text(each, _sent(each, form))
            for each in editable(visit, kind, creating=False)
            if (each.kind in ("boolean", "multipicklist") or each.name in form)
            and _sent(each, form) != as_text(each, org.value(row, each)).strip()
        }
        Writer(org, org.admin_id).update(kind, record_id, given)
        org.journal.close()
    return visit.go(f"/records/{record_id}", "Saved: the next open reads it.")


def _sent(field: Field, form: Mapping[str, str]) -> str:
    text = form.get(field.name, "false" if field.kind == "boolean" else "").strip()
    return text.replace("\n", ";") if field.kind == "multipicklist" else text


def _links(visit: Visit, kind: ObjectKind, record_id: str, form: Mapping[str, str]) -> Done:
    ids = form.get("ids", "").split("\n") if "ids" in form else [record_id]
    asked = {"ids": [each for each in ids if each], "campaign": form.get("campaign", ""), "days": form.get("days", "")}
    found: list[Mapping[str, Any]] = desk.do(visit.sandbox, "links", Given(asked))["results"]
    return found


def _deed(name: str, words: str, *, to: str = "") -> Callable[[Visit, ObjectKind, str, Mapping[str, str]], Done]:
    def act(visit: Visit, kind: ObjectKind, record_id: str, form: Mapping[str, str]) -> Done:
        desk.do(visit.sandbox, name, Given({**form, "id": record_id}))
        return visit.go(to or f"/records/{record_id}", words)

    return act


def _convert(visit: Visit, kind: ObjectKind, record_id: str, form: Mapping[str, str]) -> Done:
    asked = {"id": record_id, "contactId": form.get("contactId", ""), "deal": form.get("deal", "false")}
    made = desk.do(visit.sandbox, "convert", Given(asked))
    return visit.go(f"/records/{made['contact_id']}", "Converted: this is the contact.")


def _lock(visit: Visit, kind: ObjectKind, record_id: str, form: Mapping[str, str]) -> Done:
    hours = Given(form).number("hours", 1000)
    desk.do(visit.sandbox, "lock", Given({"ids": [record_id], "seconds": hours * _HOUR_S}))
    return visit.go(f"/records/{record_id}", "Locked." if hours else "Unlocked.")


def _add_members(visit: Visit, kind: ObjectKind, record_id: str, form: Mapping[str, str]) -> Done:
    member = visit.sandbox.org.schema.kind("CampaignMember")
    assert member is not None
    person = form.get("person", "")
    name = "LeadId" if person.startswith("00Q") else "ContactId"
    _make(visit, member, {"CampaignId": record_id, name: person})
    return visit.go(f"/records/{record_id}", "Added.")


def _unknown(visit: Visit, kind: ObjectKind, record_id: str, form: Mapping[str, str]) -> Done:
    raise not_found("There is no such thing to do.")


_DO: Mapping[str, Callable[[Visit, ObjectKind, str, Mapping[str, str]], Done]] = {
    "save": _save,
    "links": _links,
    "convert": _convert,
    "lock": _lock,
    "add": _add_members,
    "merge": _deed("merge", "Merged."),
    "delete": _deed("delete", "Deleted: it is in the recycle bin."),
    "restore": _deed("restore", "It is back."),
    "purge": _deed("purge", "Gone for good.", to="/"),
}
