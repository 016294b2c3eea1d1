"""What went to and fro, and trouble to order."""

from __future__ import annotations

from connectors.salesforce.sandbox import desk
from connectors.salesforce.sandbox.given import Given, wrong
from connectors.salesforce.sandbox.pages.visit import Visit
from connectors.salesforce.sandbox.problems import Problem
from connectors.sandbox.faults import Fault
from connectors.sandbox.wire import Answer

_WORDS = {
    "limit_daily": "The day's calls are used up",
    "limit_concurrent": "Too many long calls at once",
    "session": "The session ends",
    "lock": "The call can't lock a row (400)",
    "lock_500": "The call can't lock a row (500)",
    "lock_item": "Single records can't be locked",
    "duplicate": "The call finds its key taken",
    "duplicate_item": "Single records find their key taken",
    "api_off": "The API is off",
    "500": "An unexpected error",
    "503": "The server is unavailable",
    "maintenance": "A page in HTML says there is maintenance",
    "cut": "Hang up before anything is done",
    "timeout_after_commit": "Do it, then hang up",
    "cut_mid_answer": "Do it, hang up in mid-answer",
    "bad_json": "Do it, answer rubbish",
    "slow": "Answer slowly",
}


def calls(visit: Visit) -> Answer:
    """`/calls`: the last calls of the API, newest first."""
    return visit.show("calls.html", here="/calls", calls=visit.sandbox.counts.log(), shows_who=False)


def callouts(visit: Visit) -> Answer:
    """`/callouts`: what was sent to Segue; a post lets a contact pass a journey, or signs a link as a mail does."""
    problem: Problem | None = None
    link = ""
    if visit.request.method == "POST" and visit.form().get("do") == "mail-link":
        try:
            link = str(desk.do(visit.sandbox, "mail-link", visit.given())["link"])
        except Problem as refused:
            problem = refused
    elif visit.request.method == "POST":
        form = visit.form()
        arguments = {name: form.get(name, "") for name in ("campaign", "recordId") if form.get(name)}
        try:
            asked = Given({"contactKey": form.get("contactKey", ""), "arguments": arguments})
            done = desk.do(visit.sandbox, "journey", asked)
            return visit.go("/callouts", f"The journey's activity was called: {done['words']}.")
        except Problem as refused:
            problem = refused
    sent = [*visit.sandbox.links.log, *visit.sandbox.journey.log]
    ordered = sorted(sent, key=lambda each: each.at, reverse=True)
    status = problem.status if problem else 200
    return visit.show("callouts.html", status=status, here="/callouts", sent=ordered, problem=problem, link=link)


def trouble(visit: Visit) -> Answer:
    """`/trouble`: what goes wrong at present; a post adds one or ends all."""
    held = visit.sandbox.faults
    if visit.request.method == "POST":
        form = visit.form()
        if form.get("do") == "clear":
            held.clear()
            return visit.go("/trouble", "Nothing goes wrong any more.")
        try:
            held.rules.append(_fault(visit, form))
        except Problem as problem:
            return _trouble(visit, problem)
        return visit.go("/trouble", "From now on it goes wrong.")
    return _trouble(visit)


def _trouble(visit: Visit, problem: Problem | None = None) -> Answer:
    held = visit.sandbox.faults
    kinds = [(kind, _WORDS[kind]) for kind in held.kinds]
    status = problem.status if problem else 200
    shown = {"rules": held.rules, "kinds": kinds, "path_like": "/services/data/*/composite/*"}
    return visit.show("trouble.html", status=status, here="/trouble", problem=problem, **shown)


def _fault(visit: Visit, form: dict[str, str]) -> Fault:
    try:
        percent, times = float(form.get("percent") or 100), form.get("times", "")
        rule = {
            "kind": form.get("kind", ""),
            "probability": percent / 100,
            "path": form.get("path") or "*",
            "times": int(times) if times else None,
            "slow_ms": min(int(form.get("slow_ms") or 200), 60_000),
        }
        return visit.sandbox.faults.parse({"rules": [rule]})[0]
    except ValueError:
        raise wrong("Percent (0 to 100), times and milliseconds are numbers.") from None
