"""What went to and fro: the workflow's enrolments, webhooks, the last calls; and trouble to order."""

from __future__ import annotations

from connectors.hubspot.sandbox.faults import KINDS
from connectors.hubspot.sandbox.pages.contacts import name_of
from connectors.hubspot.sandbox.pages.visit import Visit
from connectors.hubspot.sandbox.problems import invalid, not_found
from connectors.sandbox.faults import Fault
from connectors.sandbox.wire import Answer

_WORDS = {
    "429": "Too many calls in ten seconds",
    "429_daily": "The day's calls are used up",
    "423": "The record is locked",
    "477": "The account is being moved",
    "revoked": "The token is refused",
    "cut": "Hang up before anything is done",
    "timeout_after_commit": "Do it, then hang up",
    "cut_mid_answer": "Do it, hang up in mid-answer",
    "bad_json": "Do it, answer rubbish",
    "slow": "Answer slowly",
}


def workflows(visit: Visit, rest: list[str]) -> Answer:
    """`/portals/<id>/workflows`: every enrolment; a post calls the action once more for one."""
    portal = visit.portal
    if rest:
        raise not_found("There is no such page.")
    if visit.request.method == "POST":
        run = portal.runs.get(visit.form().get("callback_id", ""))
        if run is None or not portal.installations:
            raise not_found("There is no such enrolment, or no app.")
        visit.sandbox.workflows.again(portal, [*portal.installations.values()][-1], run)
        visit.sandbox.later.settled(5.0, ahead_s=0)
        return visit.go("/workflows", "The action was called once more.")
    with portal.lock:
        names = {run.contact_id: portal.contact(run.contact_id) for run in portal.runs.values()}
        shown = [
            (run, name_of(record) if (record := names[run.contact_id]) else "(gone)")
            for run in reversed(portal.runs.values())
        ]
        return visit.show("workflows.html", runs=shown)


def webhooks(visit: Visit, rest: list[str]) -> Answer:
    """`/portals/<id>/webhooks`: the last deliveries."""
    if rest:
        raise not_found("There is no such page.")
    mine = [each for each in visit.sandbox.webhooks.log if each.portal is visit.portal]
    return visit.show("webhooks.html", deliveries=list(reversed(mine)))


def calls(visit: Visit, rest: list[str]) -> Answer:
    """`/portals/<id>/calls`: the last calls of the API, newest first."""
    if rest:
        raise not_found("There is no such page.")
    return visit.show("calls.html", here="/calls", calls=visit.sandbox.counts.log(), shows_who=True)


def faults(visit: Visit, rest: list[str]) -> Answer:
    """`/portals/<id>/faults`: what goes wrong at present; a post adds one or ends all."""
    if rest:
        raise not_found("There is no such page.")
    held = visit.sandbox.faults
    if visit.request.method == "POST":
        form = visit.form()
        if form.get("do") == "clear":
            held.clear()
            return visit.go("/faults", "Nothing goes wrong any more.")
        held.rules.append(_fault(form))
        return visit.go("/faults", "From now on it goes wrong.")
    kinds = [(kind, _WORDS.get(kind, f"{kind} from the gateway")) for kind in KINDS]
    like = "/crm/objects/*"
    return visit.show("trouble.html", here="/faults", problem=None, rules=held.rules, kinds=kinds, path_like=like)


def _fault(form: dict[str, str]) -> Fault:
    try:
        percent, times = float(form.get("percent") or 100), form.get("times", "")
        fault = Fault(
            form.get("kind", ""),
            probability=percent / 100,
            path=form.get("path") or "*",
            times=int(times) if times else None,
            slow_ms=int(form.get("slow_ms") or 200),
        )
    except ValueError:
        raise invalid("Percent, times and milliseconds are numbers.") from None
    if fault.kind not in KINDS or not 0 <= percent <= 100 or not 0 <= fault.slow_ms <= 60_000:
        raise invalid("There is no such trouble.")
    return fault
