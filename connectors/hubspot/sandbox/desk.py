"""`/__sandbox/portals/<id>/…`: what a person would do in HubSpot, for tests in another process: enrol, open, merge …"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from connectors.hubspot.sandbox import mail, write
from connectors.hubspot.sandbox.portal import Installation, Portal
from connectors.hubspot.sandbox.problems import invalid, not_found
from connectors.hubspot.sandbox.rules import Rule
from connectors.hubspot.sandbox.runs import Run
from connectors.hubspot.sandbox.scopes import TIERS
from connectors.sandbox.outbound import Sent

if TYPE_CHECKING:
    from connectors.hubspot.sandbox.server import Sandbox


def act(sandbox: Sandbox, portal: Portal, action: str, told: Mapping[str, Any]) -> Any:
    """Do it and tell what came of it; raises a `Problem`."""
    match action:
        case "enrol":
            run = sandbox.workflows.enrol(
                portal,
                installed(portal, told),
                str(told.get("contactId")),
                str(told.get("campaign", "")),
                str(told.get("days", "")),
            )
            return run_json(run)
        case "card":
            return sent_json(sandbox.fetches.card(portal, installed(portal, told), str(told.get("contactId"))))
        case "settings":
            return sent_json(sandbox.fetches.settings(portal, installed(portal, told)))
        case "fetch":
            path = str(told.get("path"))
            return sent_json(sandbox.fetches.fetch(portal, installed(portal, told), path, told.get("body") or {}))
        case "uninstall":
            sandbox.uninstall(portal, installed(portal, told))
            return {}
        case "delete" | "erase" | "update" | "opt-out" | "bounce" | "merge":
            with portal.lock:
                return _change(portal, action, told)
        case "limits":
            return _limit(installed(portal, told), told)
        case "rule":
            portal.rules.add(str(told.get("objectType", "contacts")), _rule(told))
            return {}
        case "tier":
            if told.get("tier") not in TIERS:
                raise invalid(f"tier: one of {', '.join(TIERS)}")
            portal.tier = str(told["tier"])
            return {"tier": portal.tier}
    raise not_found(f"nobody can {action[:40]} in an account")


def installed(portal: Portal, told: Mapping[str, Any]) -> Installation:
    """The app `appId` names, or the only one there is; raises the 404 `Problem`."""
    wanted = told.get("appId")
    found = [each for each in portal.installations.values() if wanted is None or str(each.app_id) == str(wanted)]
    if not found:
        raise not_found("no such app is installed in this account")
    return found[-1]


def run_json(run: Run) -> dict[str, Any]:
    """An enrolment, for people and tests."""
    return {
        "callbackId": run.callback_id,
        "contactId": run.contact_id,
        "inputs": run.inputs,
        "state": run.state,
        "output": run.output,
        "attempts": [{"at": at, "status": status, "words": words} for at, status, words in run.attempts],
        "completions": run.completions,
    }


def sent_json(sent: Sent) -> dict[str, Any]:
    """A request to the app with its answer."""
    return {"url": sent.url, "status": sent.status, "words": sent.words, "tookMs": sent.took_ms, "answer": sent.json}


def _change(portal: Portal, action: str, told: Mapping[str, Any]) -> dict[str, Any]:
    contacts = portal.contacts
    record = write.must_find(contacts, str(told.get("contactId")))
    address = record.properties.get("email", "")
    match action:
        case "delete":
            write.archive(portal, contacts, record)
        case "erase":
            write.erase(portal, record)
        case "update":
            write.update(portal, contacts, record, told.get("properties"), write.UI_SOURCE)
        case "opt-out":
            mail.opt_out(portal, address)
        case "bounce":
            mail.bounce(portal, address)
        case "merge":
            record = write.merge(portal, contacts, record, write.must_find(contacts, str(told.get("other"))))
    return {"id": record.id, "properties": record.properties}


def _limit(installation: Installation, told: Mapping[str, Any]) -> dict[str, Any]:
    """`burst` calls in ten seconds and `daily` ones (null: no limit), and whether a 429 says when to come again."""
    limits = installation.limits
    try:
        limits.burst = int(told.get("burst", limits.burst))
        daily = told.get("daily", limits.daily)
        limits.daily = None if daily is None else int(daily)
    except (TypeError, ValueError):
        raise invalid("burst and daily are numbers") from None
    limits.retry_after = bool(told.get("retryAfter", limits.retry_after))
    return {"burst": limits.burst, "daily": limits.daily, "retryAfter": limits.retry_after}


def _rule(told: Mapping[str, Any]) -> Rule:
    try:
        return Rule(str(told["property"]), str(told["message"]), told.get("pattern"), bool(told.get("required")))
    except KeyError as missing:
        raise invalid(f"a rule has a {missing}") from None
