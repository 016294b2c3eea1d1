"""What Marketing Cloud is answered, and where the links lead that it signs."""

from __future__ import annotations

import re

from flask import Response, render_template, request

from connectors.salesforce.inbound.links import Answer
from connectors.salesforce.marketing import journey, keys, mail
from plugin.accounts.credentials import is_connected
from plugin.kernel.errors import Forbidden, NotFound
from web.salesforce.answers import answer_all, as_json
from web.security import new_nonce, recipient_headers
from web.services import services

_NAME = re.compile(r"[A-Za-z0-9_-]{1,80}", re.ASCII)
_FRAMED_BY = "https://*.exacttarget.com https://*.marketingcloudapps.com https://*.salesforce.com"


def config(slug: str, extension: str) -> Response:
    """The activity of one campaign; `extension` is the component's unique key in Marketing Cloud's package."""
    _need(slug, extension)
    response = as_json(journey.describe(services().settings.public_origin, slug, extension))
    # Journey Builder's own page fetches it.
    response.headers["Access-Control-Allow-Origin"] = "*"
    return response


def look(slug: str, extension: str) -> Response:
    """What Journey Builder shows when the activity is opened: there is nothing to set."""
    _need(slug, extension)
    response = Response(render_template("salesforce/activity.html", slug=slug), mimetype="text/html")
    response.headers["Content-Security-Policy"] = f"default-src 'none'; frame-ancestors {_FRAMED_BY}"
    for name, value in recipient_headers(""):
        # It is shown in a frame of theirs, which two of these would keep it from.
        if name in ("X-Content-Type-Options", "Permissions-Policy", "Referrer-Policy"):
            response.headers[name] = value
    return response


def execute() -> Response:
    """A contact passes: their link. Asked again, the same link."""
    asked = journey.passing(_signed())
    if isinstance(asked.asked, Answer):
        return as_json(journey.answered(asked.asked))
    # One call of the org's for each contact of a journey would be all it has: the worker looks at many at once.
    [answered] = answer_all(asked.installation_id, [asked.asked], ask_org=False)
    return as_json(journey.answered(answered))


def prepare(step: str) -> Response:
    """A journey is made or ended: what can't work is said before it is published."""
    signed = _signed()
    with services().database.reading() as session:
        wrong = journey.wrong_with(session, signed) if step in ("publish", "validate") else ""
    response = as_json({"success": not wrong, "error": wrong})
    response.status_code = 400 if wrong else 200
    return response


def follow(signed: str) -> Response:
    """To the person's own page. Fetching it makes the link if there is none yet, and counts as nothing."""
    kit = services()
    # Read before anything is locked: whoever makes links up must not keep others from writing.
    with kit.database.reading() as session:
        asked = mail.read(session, kit.vault, signed, now=kit.clock())
    with kit.database.transaction() as session:
        door = mail.open_door(session, asked, keyring=kit.keyring, clock=kit.clock, link_days=kit.settings.link_days)
    path = f"/v/{door.token}" if door.token else f"/c/{door.slug}"
    return Response(status=302, headers=[("Location", path), *recipient_headers(new_nonce())])


def _signed() -> keys.Signed:
    kit = services()
    with kit.database.reading() as session:
        signed = keys.verified(session, kit.vault, "journey", request.get_data(), now=kit.clock())
        if not is_connected(session, signed.installation_id):
            # Its admin parted: nobody would learn of an opt-out there.
            raise Forbidden("the org isn't connected any more")
    return signed


def _need(*names: str) -> None:
    with services().database.reading() as session:
        on = keys.is_on(session, "journey")
    if not on or not all(_NAME.fullmatch(name) for name in names if name):
        raise NotFound("no journey is connected here")
