"""`/__sandbox/…`: what tests and people ask of the sandbox itself, beside HubSpot's own paths."""

from __future__ import annotations

from dataclasses import asdict, fields
from typing import TYPE_CHECKING, Any

import orjson

from connectors.hubspot.sandbox import desk, timeline
from connectors.hubspot.sandbox.answers import json_answer
from connectors.hubspot.sandbox.problems import Problem, bad_json, invalid, not_found
from connectors.hubspot.sandbox.webhooks import Delivery
from connectors.sandbox.control import control
from connectors.sandbox.wire import Answer, Request

if TYPE_CHECKING:
    from connectors.hubspot.sandbox.server import Sandbox


def answer(sandbox: Sandbox, request: Request) -> Answer | None:
    """The answer to a path of the sandbox's own; None when it isn't one."""
    segments = request.segments
    if segments[0] != "__sandbox":
        return None
    try:
        return json_answer(_answer(sandbox, request, segments[1:]))
    except Problem as problem:
        return problem.answer()


def _answer(sandbox: Sandbox, request: Request, path: list[str]) -> Any:
    match request.method, path:
        case "GET", ["portals"]:
            return {"portals": [_portal(sandbox, portal.id) for portal in sandbox.portals]}
        case "GET", ["portals", number]:
            return _portal(sandbox, _number(number))
        case "GET", ["portals", number, "contacts", contact_id]:
            return _contact(sandbox, _number(number), contact_id)
        case "GET", ["portals", number, "contacts", contact_id, "timeline"]:
            portal = sandbox.find_portal(_number(number))
            with portal.lock:
                cards = [asdict(card) for card in timeline.cards(portal, contact_id)]
                return {"entries": timeline.entries(portal, contact_id), "cards": cards}
        case "POST", ["portals", number, "private-apps"]:
            made = sandbox.find_portal(_number(number)).create_private_app(
                _body(request).get("scopes"), app_events=sandbox.app.app_events
            )
            shown = {"appId": made.app_id, "token": made.token, "clientSecret": made.client_secret}
            return {**shown, "scopes": sorted(made.scopes)}
        case "GET", ["portals", number, "runs"]:
            return {"runs": [desk.run_json(run) for run in sandbox.find_portal(_number(number)).runs.values()]}
        case "POST", ["portals", number, action]:
            return desk.act(sandbox, sandbox.find_portal(_number(number)), action, _body(request))
        case "POST", ["portals"]:
            body = _body(request)
            made_portal = sandbox.add_portal(
                _number(str(body.get("portalId"))), tier=str(body.get("tier", "enterprise"))
            )
            return _portal(sandbox, made_portal.id)
        case "GET", ["app"]:
            return _app(sandbox)
        case "POST", ["app"]:
            return _change_app(sandbox, _body(request))
        case "GET", ["webhooks"]:
            return {"deliveries": [_delivery(each) for each in sandbox.webhooks.log]}
        case "POST", ["webhooks"]:
            body = _body(request)
            sandbox.webhooks.twice = float(body.get("twice", sandbox.webhooks.twice))
            sandbox.webhooks.shuffle = bool(body.get("shuffle", sandbox.webhooks.shuffle))
            return {"twice": sandbox.webhooks.twice, "shuffle": sandbox.webhooks.shuffle}
        case "GET", ["counts"]:
            return _counts(sandbox)
        case "POST", ["reset"]:
            sandbox.counts.reset()
            for portal in sandbox.portals:
                for installation in portal.installations.values():
                    installation.limits.forget()
            return _counts(sandbox)
    try:
        found = control(sandbox.clock, sandbox.counts, sandbox.faults, request.method, path, _body(request))
    except ValueError as error:
        raise invalid(str(error)) from None
    if found is None:
        raise not_found("the sandbox has no such path")
    return found


def _portal(sandbox: Sandbox, portal_id: int) -> dict[str, Any]:
    portal = sandbox.find_portal(portal_id)
    return {
        "portalId": portal.id,
        "name": portal.name,
        "tier": portal.tier,
        "timeZone": portal.time_zone,
        "contacts": [record.id for record in portal.contacts.live()][:1000],
        "rejectedEvents": list(portal.rejected),
        "installations": [
            {"appId": each.app_id, "name": each.name, "kind": each.kind, "scopes": sorted(each.scopes)}
            for each in portal.installations.values()
        ],
    }


def _contact(sandbox: Sandbox, portal_id: int, contact_id: str) -> dict[str, Any]:
    portal = sandbox.find_portal(portal_id)
    contact = portal.contact(contact_id)
    if contact is None:
        raise not_found(f"there is no contact {contact_id}")
    return {"id": contact.id, "properties": contact.properties, "history": contact.history}


def _app(sandbox: Sandbox) -> dict[str, Any]:
    app = asdict(sandbox.app)
    return {**app, "event_types": sorted(app["event_types"]), "redirects": sandbox.app.redirects()}


def _change_app(sandbox: Sandbox, told: dict[str, Any]) -> dict[str, Any]:
    known = {each.name: type(getattr(sandbox.app, each.name)) for each in fields(sandbox.app)}
    wrong = [name for name in told if name not in known]
    if wrong:
        raise invalid(f"the app has no {', '.join(wrong)}")
    for name, value in told.items():
        setattr(sandbox.app, name, known[name](value))
    return _app(sandbox)


def _delivery(delivery: Delivery) -> dict[str, Any]:
    return {
        "state": delivery.state,
        "appId": delivery.installation.app_id,
        "events": delivery.events,
        "attempts": [{"at": each.at, "status": each.status, "words": each.words} for each in delivery.attempts],
    }


def _counts(sandbox: Sandbox) -> dict[str, Any]:
    windows = {
        f"{portal.id}/{installation.app_id}": installation.limits.most_in_window
        for portal in sandbox.portals
        for installation in portal.installations.values()
    }
    return {**sandbox.counts.as_json(), "mostIn10s": windows}


def _body(request: Request) -> dict[str, Any]:
    try:
        body = orjson.loads(request.body or b"{}")
    except orjson.JSONDecodeError as error:
        raise bad_json(error.msg) from None
    if not isinstance(body, dict):
        raise bad_json("an object is wanted")
    return body


def _number(text: str) -> int:
    if not text.isdecimal():
        raise not_found(f"{text[:40]} is no portal's id")
    return int(text)
