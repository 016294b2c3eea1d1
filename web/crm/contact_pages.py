"""Contacts on screen: found, read, edited, and undone."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for
from htmx_flask import request as htmx_request
from sqlalchemy import select
from sqlalchemy.orm import Session

from connectors.local import contacts
from connectors.local.models import Contact
from plugin.accounts.models import Installation
from plugin.engagement.words import sentence
from plugin.kernel.errors import BadInput, NotFound
from web.crm.forms import Typed, fields, typed
from web.crm.present import links_of, render_block, timeline_of
from web.services import services

bp = Blueprint("contacts", __name__)

PAGE = 50
LAST_PAGE = 1_000_000
"""Beyond it no database counts rows."""
SCREEN = "crm/contact.html"
CHANGED = "Someone else saved this contact meanwhile. What you typed is still here: save again to keep it."


@bp.get("")
def index() -> str:
    """Everyone, or those the search finds."""
    text, page = request.args.get("q", "")[:200], min(max(1, request.args.get("page", 1, type=int)), LAST_PAGE)
    with services().database.reading() as session:
        listed = contacts.search(session, text, limit=PAGE, offset=(page - 1) * PAGE)
        total = contacts.count(session, text)
    shown = {"listed": listed, "total": total, "q": text, "page": page, "pages": -(-total // PAGE), "tell": sentence}
    if htmx_request.htmx:
        return render_block("crm/contacts.html", "list", **shown)
    return render_template("crm/contacts.html", **shown)


@bp.get("/contacts/new")
def new() -> str:
    """The form for a new contact."""
    return render_template("crm/new_contact.html", problem=None, given={})


@bp.post("/contacts")
def create() -> Response:
    """Make a contact and go there."""
    given = {name: request.form.get(name, "") for name in ("first_name", "last_name", "email")}
    try:
        if not any(value.strip() for value in given.values()):
            raise BadInput("A contact needs a name or an e-mail address.")
        with services().database.transaction() as session:
            contact = contacts.create(session, _installation(session), given, clock=services().clock)
    except BadInput as error:
        return make_response(render_template("crm/new_contact.html", problem=str(error), given=given), 422)
    return _to(contact.id)


@bp.get("/contacts/<contact_id>")
def contact(contact_id: str) -> str | Response:
    """One contact: properties, links, timeline; for a deleted one, the way to bring them back."""
    with services().database.reading() as session:
        try:
            found = contacts.get(session, contact_id)
        except contacts.ContactDeleted:
            return make_response(render_template("crm/deleted.html", contact_id=contact_id), 410)
        shown = _shown(found, notice=request.args.get("done"))
        shown |= {"links": links_of(session, services(), found), "timeline": timeline_of(session, contact_id)}
    return render_template(SCREEN, **shown)


@bp.get("/contacts/<contact_id>/timeline")
def timeline(contact_id: str) -> Response:
    """The timeline if it has changed since `seen`; else 204, so that nothing on screen moves."""
    with services().database.reading() as session:
        found = contacts.get(session, contact_id)
        current = timeline_of(session, contact_id)
    if request.args.get("seen") == current.version:
        return make_response("", 204)
    return make_response(render_block(SCREEN, "timeline", contact=found, timeline=current))


@bp.post("/contacts/<contact_id>")
def save(contact_id: str) -> Response:
    """Save what was typed: the next open reads it."""
    with services().database.transaction() as session:
        found = contacts.get(session, contact_id)
        given = typed(request.form, found.properties)
        if given.problems:
            return _form(session, found, given, status=422)
        try:
            # Nothing changed is no save, so that the last real one can still be undone.
            if given.changes:
                seen = request.form.get("revision", type=int)
                found = contacts.update(session, contact_id, given.changes, revision=seen, clock=services().clock)
        except contacts.ContactChanged:
            return _form(session, found, given, status=409, warning=CHANGED)
        except BadInput as error:
            return _form(session, found, given, status=422, warning=str(error))
        return _saved(session, found, "saved" if given.changes else "unchanged")


@bp.post("/contacts/<contact_id>/undo")
def undo(contact_id: str) -> Response:
    """Put back what the last save replaced."""
    with services().database.transaction() as session:
        return _saved(session, contacts.undo(session, contact_id, clock=services().clock), "undone")


@bp.post("/contacts/<contact_id>/delete")
def delete(contact_id: str) -> Response:
    """Take a contact out of the CRM; the answer offers to bring them back."""
    with services().database.transaction() as session:
        contacts.delete(session, contact_id, clock=services().clock)
    return make_response(render_template("crm/deleted.html", contact_id=contact_id))


@bp.post("/contacts/<contact_id>/restore")
def restore(contact_id: str) -> Response:
    """Bring a deleted contact back."""
    with services().database.transaction() as session:
        contacts.restore(session, contact_id)
    return _to(contact_id, done="restored")


def _shown(
    found: Contact, *, given: Typed | None = None, notice: str | None = None, warning: str | None = None
) -> dict[str, Any]:
    new = {name: request.form.get(name, "") for name in ("new_name", "new_kind", "new_value")}
    return {
        "contact": found,
        "fields": fields(found.properties, given),
        "problems": given.problems if given else {},
        "new": new if given else dict.fromkeys(new, ""),
        "notice": notice,
        "warning": warning,
    }


def _form(session: Session, found: Contact, given: Typed, *, status: int, warning: str | None = None) -> Response:
    shown = _shown(found, given=given, warning=warning)
    if htmx_request.htmx:
        return make_response(render_block(SCREEN, "properties", **shown), status)
    shown |= {"links": links_of(session, services(), found), "timeline": timeline_of(session, found.id)}
    return make_response(render_template(SCREEN, **shown), status)


def _saved(session: Session, found: Contact, done: str) -> Response:
    session.flush()
    if htmx_request.htmx:
        return make_response(render_block(SCREEN, "properties", **_shown(found, notice=done), swapped=True))
    return _to(found.id, done=done)


def _to(contact_id: str, **query: str) -> Response:
    target: Mapping[str, Any] = {"contact_id": contact_id, **query}
    return cast("Response", redirect(url_for("crm.contacts.contact", **target), 303))


def _installation(session: Session) -> str:
    found = session.scalar(select(Installation.id).where(Installation.connector == "local").order_by(Installation.id))
    if found is None:
        raise NotFound("the embedded CRM is not set up")
    return found
