"""Making, changing, merging and removing records: the same rules for single calls, batches and the person's pages."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from connectors.hubspot.sandbox.associations import DEFAULT, HUBSPOT, PRIMARY, End, Label
from connectors.hubspot.sandbox.calls import object_type
from connectors.hubspot.sandbox.definitions import CONTACTS, DEALS, NOTES, TYPES
from connectors.hubspot.sandbox.portal import Portal
from connectors.hubspot.sandbox.problems import Detail, Problem, bad_json, conflict, detail, invalid, not_found
from connectors.hubspot.sandbox.store import Record, Store
from connectors.hubspot.sandbox.values import LONGEST, BadValue, as_text

API_SOURCE = "INTEGRATION"
UI_SOURCE = "CRM_UI"


def checked(store: Store, properties: Any) -> dict[str, str]:
    """Values as HubSpot keeps them; raises a 400 `Problem` that names every bad one."""
    if not isinstance(properties, dict):
        raise bad_json("Some required fields were not set: [properties]")
    found: dict[str, str] = {}
    faults: list[Detail] = []
    definitions = store.definitions
    for name, value in properties.items():
        definition = definitions.get(name)
        if definition is not None and definition.plain and type(value) is str and len(value) <= LONGEST:
            found[name] = value
            continue
        if definition is None or definition.archived:
            faults.append(detail(f'Property "{name[:100]}" does not exist', "PROPERTY_DOESNT_EXIST", propertyName=name))
            continue
        text = as_text(value)
        if definition.read_only:
            words = f'"{name}" is a read only property; its value cannot be set.'
            faults.append(detail(words, "READ_ONLY_VALUE", propertyName=name))
            continue
        try:
            found[name] = definition.check(text) if text else ""
        except BadValue as bad:
            faults.append(detail(bad.message, bad.code, propertyName=name))
    if faults:
        raise _invalid_values(faults)
    return found


@dataclass(frozen=True, slots=True)
class Planned:
    """A write that has passed every check. `record` None: a new one."""

    store: Store
    record: Record | None
    values: dict[str, str]
    bonds: tuple[tuple[End, Label], ...] = ()


def plan(
    portal: Portal,
    store: Store,
    record: Record | None,
    properties: Any,
    associations: Any = None,
    claimed: set[tuple[str, str]] | None = None,
) -> Planned:
    """Check a write without doing it; raises a 400 or 409 `Problem`.

    `claimed` gathers the unique values of a batch, so that two of it can't have the same.
    """
    values = checked(store, properties)
    if record is None and store.kind is NOTES and not values.get("hs_timestamp"):
        told = detail("hs_timestamp is required", "MISSING_REQUIRED_PROPERTY", propertyName="hs_timestamp")
        raise invalid('Error creating NOTE. Some required properties were not set. [{"name":"hs_timestamp"}]', [told])
    _unique(store, values, record, claimed if claimed is not None else set())
    if store.kind.name in portal.rules.types:
        _rules(portal, store, {**record.properties, **values} if record else values)
    return Planned(store, record, values, tuple(_bonds(portal, store, associations)))


def commit(portal: Portal, planned: Planned, source: str = API_SOURCE, at: float | None = None) -> Record:
    """Do what was planned, `at` a moment (now)."""
    store, values, record = planned.store, planned.values, planned.record
    now = portal.now() if at is None else at
    if record is None:
        record = store.make(now)
        store.records[record.id] = record
    changed = store.put(record, values, now, source)
    _derived(store, record, values)
    for end, label in planned.bonds:
        portal.associations.add((store.kind.name, record.id), end, [label])
    if store.kind is CONTACTS and portal.heard:
        if planned.record is None:
            portal.changed("contact.creation", record.id)
        for name, value in changed.items():
            portal.changed("contact.propertyChange", record.id, name=name, value=value, source=source)
    return record


def create(portal: Portal, store: Store, properties: Any, associations: Any = None, source: str = API_SOURCE) -> Record:
    """A new record, bound to others; raises a 400 or 409 `Problem`."""
    return commit(portal, plan(portal, store, None, properties, associations), source)


def update(portal: Portal, store: Store, record: Record, properties: Any, source: str = API_SOURCE) -> None:
    """Set properties of a record; raises a 400 or 409 `Problem`."""
    commit(portal, plan(portal, store, record, properties), source)


def archive(portal: Portal, store: Store, record: Record) -> None:
    """To the recycling bin: no longer found, its unique values free."""
    store.forget(record)
    record.archived_at = portal.now()
    if store.kind is CONTACTS:
        portal.changed("contact.deletion", record.id)


def erase(portal: Portal, record: Record) -> None:
    """For good, with all that was on its timeline: a person's right."""
    contacts = portal.contacts
    contacts.forget(record)
    portal.associations.drop((CONTACTS.name, record.id))
    del contacts.records[record.id]
    contacts.erased.add(record.id)
    gone = {entry.number for entry in portal.by_contact.pop(record.id, [])}
    portal.timeline = [entry for entry in portal.timeline if entry.number not in gone]
    portal.changed("contact.privacyDeletion", record.id)


def merge(portal: Portal, store: Store, primary: Record, other: Record) -> Record:
    """Two become one: the primary's values go first, what belonged to either belongs to the survivor."""
    if primary is other:
        raise invalid("Cannot merge an object with itself")
    now = portal.now()
    merged = [primary.id, other.id] if portal.merge_makes_new_id else [other.id]
    survivor = primary
    store.forget(other)
    if portal.merge_makes_new_id:
        survivor = store.make(now)
        store.forget(primary)
        made = {name: survivor.properties[name] for name in (store.kind.created, store.kind.modified, "hs_object_id")}
        survivor.properties = {**primary.properties, **made}
        survivor.writes = primary.writes
        store.records[survivor.id] = survivor
    filled = {name: text for name, text in other.properties.items() if name not in survivor.properties}
    survivor.properties |= {name: text for name, text in filled.items() if not store.definitions[name].unique}
    store.remember(survivor)
    known = ";".join([*_merged(primary), *_merged(other), *merged])
    survivor.properties["hs_merged_object_ids"] = known
    store.touch(survivor, now)
    for gone in merged:
        del store.records[gone]
        store.aliases[gone] = survivor.id
        portal.associations.move((store.kind.name, gone), (store.kind.name, survivor.id))
        _move_timeline(portal, gone, survivor.id)
        for each in portal.lists.values():
            each.replace(gone, survivor.id)
    if store.kind is CONTACTS:
        portal.changed("contact.merge", survivor.id, primary=primary.id, merged=merged)
    return survivor


def _merged(record: Record) -> list[str]:
    return [part for part in record.properties.get("hs_merged_object_ids", "").split(";") if part]


def _move_timeline(portal: Portal, gone: str, survivor: str) -> None:
    moved = portal.by_contact.pop(gone, [])
    portal.by_contact.setdefault(survivor, []).extend(moved)
    portal.by_contact[survivor].sort(key=lambda entry: entry.number)


def _invalid_values(faults: list[Detail]) -> Problem:
    told = "; ".join(str(fault["message"]) for fault in faults)
    return invalid(f"Property values were not valid: {told}", faults)


def _unique(store: Store, values: Mapping[str, str], record: Record | None, claimed: set[tuple[str, str]]) -> None:
    for name in store.unique_names & values.keys():
        value = values[name]
        if not value:
            continue
        owner = store.owner_of(name, value)
        if (name, value.lower()) in claimed:
            owner = "(in this batch)"
        claimed.add((name, value.lower()))
        if owner is not None and (record is None or owner != record.id):
            if name == "email" and store.kind is CONTACTS:
                raise conflict(f"Contact already exists. Existing ID: {owner}")
            words = f'A record with {name} "{value[:100]}" already exists. Existing ID: {owner}'
            raise invalid(words, [detail(words, "CONFLICTING_UNIQUE_VALUE", propertyName=name)])


def _rules(portal: Portal, store: Store, values: Mapping[str, str]) -> None:
    if broken := portal.rules.broken(store.kind.name, values):
        told = "; ".join(str(each["message"]) for each in broken)
        raise invalid(f"Property validation rules were not met: {told}", broken)


def _bonds(portal: Portal, store: Store, associations: Any) -> Iterable[tuple[End, Label]]:
    for asked in associations or []:
        try:
            to_id = str(asked["to"]["id"])
            labels = [(str(label["associationCategory"]), int(label["associationTypeId"])) for label in asked["types"]]
        except (KeyError, TypeError, ValueError):
            raise bad_json("Some required fields were not set: [associations.to.id, associations.types]") from None
        for label in labels:
            to_type = _target(store.kind.name, label)
            found = portal.stores[to_type].find(to_id)
            if found is None:
                words = f"No {object_type(to_type).singular} with ID {to_id[:40]} exists to be associated with"
                raise invalid(words, [detail(words, "INVALID_ASSOCIATION", objectId=to_id[:40])])
            yield (to_type, found.id), label


def _target(of: str, label: Label) -> str:
    for kind in TYPES:
        if label[0] == HUBSPOT and label[1] in _numbers(of, kind.name):
            return kind.name
    raise invalid(f"associationTypeId {label[1]} is not valid from {of}")


def _numbers(of: str, to: str) -> tuple[int | None, ...]:
    return (DEFAULT.get((of, to)), PRIMARY.get((of, to)))


def _derived(store: Store, record: Record, values: Mapping[str, str]) -> None:
    """What HubSpot computes from what was set."""
    held = record.properties
    if store.kind is CONTACTS and (email := values.get("email")):
        held["hs_email_domain"] = email.partition("@")[2]
    if store.kind is DEALS and "dealstage" in values:
        held["hs_is_closed"] = "true" if values["dealstage"].startswith("closed") else "false"
        held["hs_is_closed_won"] = "true" if values["dealstage"] == "closedwon" else "false"
    if store.kind is NOTES and "hs_note_body" in values:
        held["hs_body_preview"] = values["hs_note_body"][:200]


def must_find(store: Store, record_id: str) -> Record:
    """The record; raises the 404 `Problem`."""
    found = store.find(record_id)
    if found is None:
        raise not_found()
    return found
