"""`/salesforce/links`: the org's 'Create personalised video link' action."""

from __future__ import annotations

import orjson
from flask import Blueprint, Response, request

from connectors.salesforce.inbound import links
from plugin.kernel.errors import BadInput
from web.services import services

bp = Blueprint("salesforce", __name__, url_prefix="/salesforce")


@bp.post("/links")
def create_links() -> Response:
    """Links for up to 200 records; the errors of single records stand in the answer, so a Flow can branch on them."""
    kit = services()
    origin = kit.settings.public_origin
    with kit.database.reading() as session:
        installation_id = links.who_asks(
            session,
            kit.vault,
            request.headers.get("X-Segue-Org", ""),
            request.headers.get("Authorization", ""),
            audience=origin,
        )
    try:
        asks = links.parse(orjson.loads(request.get_data()))
    except orjson.JSONDecodeError:
        raise BadInput("the body is no JSON") from None
    answers = links.answer(
        kit.database,
        installation_id,
        asks,
        origin=origin,
        keyring=kit.keyring,
        clock=kit.clock,
        link_days=kit.settings.link_days,
        org=kit.orgs.of,
    )
    body = orjson.dumps({"results": [each.as_json() for each in answers]})
    return Response(body, mimetype="application/json", headers={"Cache-Control": "no-store"})
