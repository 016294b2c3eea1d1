"""A workflow with the app's action in it: contacts are enrolled, the app is called, waited for, asked again."""

from __future__ import annotations

import re
from typing import Any

from connectors.hubspot.sandbox.app import App
from connectors.hubspot.sandbox.later import Later
from connectors.hubspot.sandbox.outbound import Outbound
from connectors.hubspot.sandbox.portal import Installation, Portal
from connectors.hubspot.sandbox.problems import Problem, not_found
from connectors.hubspot.sandbox.runs import Run
from connectors.hubspot.sandbox.scopes import TIERS
from connectors.hubspot.sandbox.who import texts
from connectors.sandbox.outbound import Sent

ANSWER_S = 30.0
LONGEST_S = 3 * 86_400.0
"""So long failed calls are repeated."""
_WAIT_S = 7 * 86_400.0
_DURATION = re.compile(r"P(?:(\d+)W)?(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?\Z")
_UNITS_S = (604_800, 86_400, 3600, 60, 1)


class Workflows:
    """Enrolments of all portals."""

    def __init__(self, app: App, outbound: Outbound, later: Later) -> None:
        self._app, self._outbound, self._later = app, outbound, later

    def enrol(self, portal: Portal, installation: Installation, contact_id: str, campaign: str, days: str = "") -> Run:
        """Start a contact; the action is called at once. Raises a 403 or 404 `Problem`."""
        if TIERS.index(portal.tier) < TIERS.index("professional"):
            raise Problem(403, "FORBIDDEN", f"Workflows need a Professional account; this one is {portal.tier}")
        with portal.lock:
            contact = portal.contact(contact_id)
            if contact is None:
                raise not_found(f"there is no contact {contact_id}")
            inputs = {"campaign": campaign, **({"days": days} if days else {})}
            run = Run(f"ap-{portal.id}-{portal.next_number()}-7-0", contact.id, inputs, portal.now())
            portal.runs[run.callback_id] = run
        self._later.add(0, lambda: self._call(portal, installation, run))
        return run

    def again(self, portal: Portal, installation: Installation, run: Run) -> None:
        """Call the action once more for the same enrolment, as HubSpot does when an answer was lost."""
        self._later.add(0, lambda: self._call(portal, installation, run))

    def _call(self, portal: Portal, installation: Installation, run: Run) -> None:
        with portal.lock:
            contact = portal.contact(run.contact_id)
            values = dict(contact.properties) if contact else {}
        wanted = ("email", "firstname", "lastname")
        body = {
            "callbackId": run.callback_id,
            "origin": {"portalId": portal.id, "actionDefinitionId": 7, "actionDefinitionVersion": 1},
            "context": {"source": "WORKFLOWS", "workflowId": 1_000 + portal.id % 1_000},
            "object": {
                "objectId": int(run.contact_id),
                "objectType": "CONTACT",
                "properties": {name: values[name] for name in wanted if name in values},
            },
            "inputFields": run.inputs,
        }
        path = self._app.action_path
        sent = self._outbound.post(installation, path, body, timeout_s=ANSWER_S, versions=("v3", "v2"))
        with portal.lock:
            run.attempts.append((sent.at, sent.status, sent.words))
            if run.state == "calling":
                self._take(portal, installation, run, sent)

    def _take(self, portal: Portal, installation: Installation, run: Run, sent: Sent) -> None:
        if sent.status == 429 or sent.status >= 500 or sent.status == 0:
            wait_s = min(self._app.backoff_s * 2 ** (len(run.attempts) - 1), 3600.0)
            if sent.at + wait_s - run.began_at > LONGEST_S:
                run.state = "failed"
                return
            self._later.add(sent.retry_after_s or wait_s, lambda: self._call(portal, installation, run))
        elif sent.status >= 400:
            run.state = "failed"
        else:
            self._settle(portal, run, sent.json)

    def _settle(self, portal: Portal, run: Run, answer: Any) -> None:
        told = answer.get("outputFields") if isinstance(answer, dict) else None
        output = texts(told) if isinstance(told, dict) else {}
        state = output.get("hs_execution_state", "SUCCESS")
        if state in ("BLOCK", "ASYNC"):
            wait_s = duration_s(output.get("hs_expiration_duration", "")) or _WAIT_S
            run.state, run.output = "waiting", output
            run.waits_until = portal.now() + wait_s
            self._later.add(wait_s, lambda: self._expire(portal, run))
        else:
            run.settle(output, portal.now())

    def _expire(self, portal: Portal, run: Run) -> None:
        with portal.lock:
            if run.state == "waiting":
                run.state = "expired"


def duration_s(text: str) -> float | None:
    """ISO 8601's `P1WT2H` in seconds; None when it isn't one."""
    found = _DURATION.match(text)
    if not found or not any(found.groups()):
        return None
    return float(sum(int(number) * unit for number, unit in zip(found.groups("0"), _UNITS_S, strict=True)))
