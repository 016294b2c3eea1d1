"""Before anything HubSpot sends is believed: signed by the app of the account it names, for our address, just now."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

import orjson
from flask import Response, request

from connectors.hubspot.inbound.callers import Account, accounts_of
from connectors.hubspot.inbound.give_link import Issuing
from connectors.hubspot.inbound.signature import Call
from plugin.kernel.errors import BadInput, Forbidden
from web.services import services


class Unsigned(Forbidden):
    """Refused, with the same words whatever was wrong."""

    def __init__(self) -> None:
        super().__init__("not signed by the app of an account that is connected here")


def answer(body: Any, status: int = 200, **headers: str) -> Response:
    """JSON that nobody stores."""
    return Response(orjson.dumps(body), status, {"Cache-Control": "no-store", **headers}, mimetype="application/json")


def accounts(portal_ids: Collection[str], *, allow_v2: bool = False) -> Mapping[str, Account]:
    """The accounts this request is about, by portal id; raises `Unsigned`."""
    here = services()
    call = Call(request.method, _target(), request.get_data(cache=True), _headers())
    with here.database.reading() as session:
        found = accounts_of(session, here.vault, here.settings, call, portal_ids, here.clock(), allow_v2=allow_v2)
    if found is None:
        raise Unsigned
    return found


def one_account() -> Account:
    """The account of a card or settings request, which HubSpot names in the query; raises `Unsigned`."""
    named = request.args.getlist("portalId")
    return accounts(named)[named[0]] if len(named) == 1 else _nobody()


def asked() -> Mapping[str, Any]:
    """The body of a card's request; raises `BadInput`."""
    try:
        body = orjson.loads(request.get_data(cache=True) or b"{}")
    except orjson.JSONDecodeError:
        raise BadInput("the body is not JSON") from None
    if not isinstance(body, dict):
        raise BadInput("the body is not an object")
    return body


def issuing() -> Issuing:
    """What making links takes."""
    here = services()
    return Issuing(here.keyring, here.settings.public_origin, here.settings.link_days)


def _nobody() -> Account:
    accounts(())
    raise Unsigned


def _target() -> str:
    """Path and query as sent; our paths hold nothing that could be escaped, so their text is what was sent."""
    query = request.query_string.decode("utf-8", "surrogateescape")
    return f"{request.path}?{query}" if query else request.path


def _headers() -> Mapping[str, str]:
    return {name.lower(): value for name, value in request.headers.items()}
