"""The org's 'Create personalised video link', as Apex and External Services ask for it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import orjson
from flask import Response, request

from connectors.salesforce.inbound import links
from plugin.kernel.errors import BadInput
from web.salesforce.openapi import document
from web.services import services


def create_links() -> Response:
    """Links for up to 200 records; the errors of single records stand in the answer, so a Flow can branch on them."""
    installation_id, body = _asked()
    answers = answer_all(installation_id, links.parse(body))
    return as_json({"results": [each.as_json() for each in answers]})


def create_link() -> Response:
    """The same for one record, flat, as External Services hand it to a Flow."""
    installation_id, body = _asked()
    [answered] = answer_all(installation_id, links.parse({"requests": [body]}))
    return as_json(answered.as_json())


def describe() -> Response:
    """What an admin registers as an External Service."""
    return as_json(document(services().settings.public_origin))


def answer_all(
    installation_id: str, asks: Sequence[links.Ask | links.Answer], *, ask_org: bool = True
) -> list[links.Answer]:
    """The link of each; of newcomers the org is asked whether they want mail, a call for all of them."""
    kit = services()
    return links.answer(
        kit.database,
        installation_id,
        asks,
        origin=kit.settings.public_origin,
        keyring=kit.keyring,
        clock=kit.clock,
        link_days=kit.settings.link_days,
        org=kit.orgs.of if ask_org else None,
    )


def as_json(body: Any) -> Response:
    """An answer nobody stores."""
    return Response(orjson.dumps(body), mimetype="application/json", headers={"Cache-Control": "no-store"})


def _asked() -> tuple[str, Any]:
    """Who asks, and what; raises `Forbidden` before anything of the body is looked at, and `BadInput`."""
    kit = services()
    with kit.database.reading() as session:
        installation_id = links.who_asks(
            session,
            kit.vault,
            request.headers.get("X-Segue-Org", ""),
            request.headers.get("Authorization", ""),
            audience=kit.settings.public_origin,
        )
    try:
        return installation_id, orjson.loads(request.get_data())
    except orjson.JSONDecodeError:
        raise BadInput("the body is no JSON") from None
