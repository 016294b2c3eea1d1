"""Lists: those there are, and their members."""

from __future__ import annotations

from connectors.hubspot.sandbox.listing import ContactList, known, make_list
from connectors.hubspot.sandbox.pages.contacts import name_of
from connectors.hubspot.sandbox.pages.visit import Visit
from connectors.hubspot.sandbox.problems import invalid, not_found
from connectors.sandbox.wire import Answer

_SHOWN = 200


def page(visit: Visit, rest: list[str]) -> Answer:
    """`/portals/<id>/lists[/<list>]`; a post makes one: of the contacts named, or of whom a property is known."""
    portal = visit.portal
    if visit.request.method == "POST":
        form = visit.form()
        name, ids = form.get("name", "").strip(), form.get("ids", "").replace(",", " ").split()
        if not name:
            raise invalid("A list has a name.")
        with portal.lock:
            filters = known(form["known"].strip()) if form.get("known", "").strip() else None
            made = make_list(portal, name, [each for each in ids if portal.contact(each)], filters=filters)
        return visit.go(f"/lists/{made.id}", "The list is made.")
    if not rest:
        with portal.lock:
            return visit.show("lists.html", lists=[(each, each.size(portal)) for each in portal.lists.values()])
    held: ContactList | None = portal.lists.get(rest[0])
    if held is None or rest[1:]:
        raise not_found("There is no such list.")
    with portal.lock:
        members, more = held.page(portal, 0, _SHOWN)
        shown = [(contact, name_of(contact)) for member, _ in members if (contact := portal.contact(member))]
        return visit.show("list.html", held=held, members=shown, more=more, size=held.size(portal))
