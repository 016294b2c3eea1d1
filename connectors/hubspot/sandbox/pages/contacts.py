"""Contacts as an admin or a rep sees them: the table, a record with its timeline, and all that can be done to one."""

from __future__ import annotations

from collections.abc import Callable

from connectors.hubspot.sandbox import mail, timeline, write
from connectors.hubspot.sandbox.definitions import Definition
from connectors.hubspot.sandbox.desk import installed
from connectors.hubspot.sandbox.pages.visit import Visit
from connectors.hubspot.sandbox.portal import Portal
from connectors.hubspot.sandbox.problems import Problem, invalid, not_found
from connectors.hubspot.sandbox.store import Record
from connectors.sandbox.wire import Answer

_SHOWN = 200
_ABOUT = "contactinformation"
_FIRST = frozenset({"firstname", "lastname", "email", "company", "hs_language"})
_MAIN, _MORE = "About this contact", "More"


def page(visit: Visit, rest: list[str]) -> Answer:
    """`/portals/<id>/contacts[/<contact>[/card]]`."""
    posted = visit.request.method == "POST"
    if not rest:
        return _create(visit) if posted else _table(visit)
    record = write.must_find(visit.portal.contacts, rest[0])
    if record.id != rest[0]:
        return visit.go(f"/contacts/{record.id}", f"{rest[0]} was merged into this contact.")
    match rest[1:]:
        case []:
            return _do(visit, record) if posted else _record(visit, record)
        case ["card"]:
            sent = visit.sandbox.fetches.card(visit.portal, installed(visit.portal, {}), record.id)
            return visit.show("card.html", record=record, name=name_of(record), sent=sent)
    raise not_found("There is no such page.")


def name_of(record: Record) -> str:
    """What a contact is called."""
    held = record.properties
    return (
        " ".join(held[part] for part in ("firstname", "lastname") if part in held) or held.get("email") or "(no name)"
    )


def _table(visit: Visit) -> Answer:
    words = visit.asked("q").lower().split()
    with visit.portal.lock:
        found = [
            (record, name_of(record))
            for record in visit.portal.contacts.live()
            if all(word in " ".join(record.properties.values()).lower() for word in words)
        ]
    return visit.show("contacts.html", found=found[:_SHOWN], total=len(found), q=visit.asked("q"))


def _create(visit: Visit) -> Answer:
    values = {name: text for name, text in visit.form().items() if text}
    with visit.portal.lock:
        record = write.create(visit.portal, visit.portal.contacts, values, source=write.UI_SOURCE)
    return visit.go(f"/contacts/{record.id}", "The contact is made.")


def _record(visit: Visit, record: Record, problem: Problem | None = None, kept: dict[str, str] | None = None) -> Answer:
    portal = visit.portal
    with portal.lock:
        return visit.show(
            "contact.html",
            status=400 if problem else 200,
            record=record,
            name=name_of(record),
            values={**record.properties, **(kept or {})},
            groups=_editable(portal),
            fixed=sorted(each for each in record.properties if portal.contacts.definitions[each].read_only),
            entries=list(reversed(timeline.entries(portal, record.id))),
            cards=timeline.cards(portal, record.id),
            companies=_others(portal, record, "companies", "name"),
            deals=_others(portal, record, "deals", "dealname"),
            others=[(each.id, name_of(each)) for each in portal.contacts.live() if each is not record][:_SHOWN],
            runs=[run for run in portal.runs.values() if run.contact_id == record.id],
            problem=problem,
        )


def _editable(portal: Portal) -> list[tuple[str, list[Definition]]]:
    """Properties a person may change, by group: the main ones and the account's own first, then those of apps."""
    groups: dict[str, list[Definition]] = {_MAIN: []}
    for name, each in portal.contacts.definitions.items():
        group = each.facts["groupName"]
        if each.read_only or each.facts["archived"]:
            continue
        if group != _ABOUT:
            label = portal.groups["contacts"].get(group, {"label": group})["label"]
        else:
            label = _MAIN if name in _FIRST or not each.facts["hubspotDefined"] else _MORE
        groups.setdefault(label, []).append(each)
    return sorted(groups.items(), key=lambda group: (group[0] == _MORE, group[0] != _MAIN))


def _others(portal: Portal, record: Record, type_name: str, shown: str) -> list[str]:
    links = portal.associations.links(("contacts", record.id), type_name)
    found = [portal.stores[type_name].find(link.to_id) for link in links]
    return [each.properties.get(shown, each.id) for each in found if each is not None]


def _do(visit: Visit, record: Record) -> Answer:
    form = visit.form()
    done = _DEEDS.get(form.pop("do", ""))
    if done is None:
        raise invalid("Nothing was asked for.")
    try:
        return done(visit, record, form)
    except Problem as problem:
        return _record(visit, record, problem, form)


def _save(visit: Visit, record: Record, form: dict[str, str]) -> Answer:
    # Lines end with CR LF in a form, and only what was changed is written.
    sent = {name: text.replace("\r\n", "\n") for name, text in form.items()}
    changed = {name: text for name, text in sent.items() if text != record.properties.get(name, "")}
    with visit.portal.lock:
        write.update(visit.portal, visit.portal.contacts, record, changed, write.UI_SOURCE)
    return visit.go(f"/contacts/{record.id}", f"Saved: {', '.join(changed) or 'nothing had changed'}.")


def _delete(visit: Visit, record: Record, _: dict[str, str]) -> Answer:
    with visit.portal.lock:
        write.archive(visit.portal, visit.portal.contacts, record)
    return visit.go("/contacts", f"{name_of(record)} is deleted.")


def _erase(visit: Visit, record: Record, _: dict[str, str]) -> Answer:
    with visit.portal.lock:
        write.erase(visit.portal, record)
    return visit.go("/contacts", "The contact is erased for good, as a person may ask.")


def _merge(visit: Visit, record: Record, form: dict[str, str]) -> Answer:
    with visit.portal.lock:
        other = write.must_find(visit.portal.contacts, form.get("other", ""))
        survivor = write.merge(visit.portal, visit.portal.contacts, record, other)
    return visit.go(f"/contacts/{survivor.id}", f"{other.id} is merged into this contact.")


def _opt_out(visit: Visit, record: Record, _: dict[str, str]) -> Answer:
    address = record.properties.get("email", "")
    with visit.portal.lock:
        mail.opt_out(visit.portal, address, out=address not in visit.portal.opted_out)
    return visit.go(f"/contacts/{record.id}", "The choice on mail is kept.")


def _bounce(visit: Visit, record: Record, _: dict[str, str]) -> Answer:
    with visit.portal.lock:
        mail.bounce(visit.portal, record.properties.get("email", ""))
    return visit.go(f"/contacts/{record.id}", "A mail came back.")


def _enrol(visit: Visit, record: Record, form: dict[str, str]) -> Answer:
    installation = installed(visit.portal, {})
    visit.sandbox.workflows.enrol(visit.portal, installation, record.id, form.get("campaign", ""), form.get("days", ""))
    visit.sandbox.later.settled(5.0, ahead_s=0)
    return visit.go("/workflows", f"{name_of(record)} is enrolled.")


_DEEDS: dict[str, Callable[[Visit, Record, dict[str, str]], Answer]] = {
    "save": _save,
    "delete": _delete,
    "erase": _erase,
    "merge": _merge,
    "opt-out": _opt_out,
    "bounce": _bounce,
    "enrol": _enrol,
}
