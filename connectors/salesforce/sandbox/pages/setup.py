"""The org's front page, and its set-up: package, edition, users, who signs in, and where the org calls."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from connectors.salesforce.sandbox import desk
from connectors.salesforce.sandbox.given import Given
from connectors.salesforce.sandbox.org import EDITIONS
from connectors.salesforce.sandbox.pages.visit import Visit
from connectors.salesforce.sandbox.problems import Problem, not_found
from connectors.sandbox.wire import Answer

_PRIVATE = ("Account", "Contact", "Lead", "Opportunity", "Campaign", "Video_Engagement__c")


def home(visit: Visit) -> Answer:
    """`/`: what this is and how one tries it."""
    sandbox = visit.sandbox
    with sandbox.org.lock:
        counts = [
            (kind.plural, sum(1 for _ in sandbox.org.live(kind.name)))
            for kind in sandbox.org.schema.every()
            if kind.writable
        ]
    return visit.show("home.html", here="/", counts=counts, used=sandbox.org.limits.used(sandbox.clock()))


def page(visit: Visit) -> Answer:
    """`/setup`: everything an admin can turn; a post turns one thing."""
    problem: Problem | None = None
    private_key = ""
    if visit.request.method == "POST":
        form = visit.form()
        try:
            deed = form.get("do", "")
            if deed not in _FORMS:
                raise not_found("There is no such thing to do.")
            done = desk.do(visit.sandbox, deed, Given(_FORMS[deed](form)))
            if deed != "key-pair":
                return visit.go("/setup", "Done.")
            private_key = done["privateKey"]
        except Problem as refused:
            problem = refused
    org = visit.sandbox.org
    with org.lock:
        users = [(row, org.schema.of(row["Id"])) for row in org.live("User")]
    return visit.show(
        "setup.html",
        status=problem.status if problem else 200,
        here="/setup",
        editions=EDITIONS,
        private=_PRIVATE,
        users=users,
        app=visit.sandbox.logins.apps[0],
        named=visit.sandbox.links.named,
        problem=problem,
        private_key=private_key,
    )


def _as_sent(form: Mapping[str, str]) -> Mapping[str, Any]:
    return form


def _ticked(*names: str) -> Callable[[Mapping[str, str]], Mapping[str, Any]]:
    """A box that isn't ticked isn't sent: it means no."""
    return lambda form: {**dict.fromkeys(names, "false"), **form}


def _org(form: Mapping[str, str]) -> Mapping[str, Any]:
    boxes = ("apiAddOn", "multiCurrency", "campaignInfluence", "flows")
    return {"private": "", **dict.fromkeys(boxes, "false"), **form}


def _user(form: Mapping[str, str]) -> Mapping[str, Any]:
    lists = {"hidden": form.get("hidden", ""), "readOnly": form.get("readOnly", "")}
    return {**dict.fromkeys(("active", "package", "seesAll"), "false"), **form, **lists}


_FORMS: Mapping[str, Callable[[Mapping[str, str]], Mapping[str, Any]]] = {
    "deploy": _as_sent,
    "org": _org,
    "user": _user,
    "app": _ticked("rotates", "needsPkce"),
    "key-pair": _as_sent,
    "sign-out": _as_sent,
    "named-credential": _as_sent,
    "fields": lambda form: {"dropped": form.get("dropped", "")},
}
