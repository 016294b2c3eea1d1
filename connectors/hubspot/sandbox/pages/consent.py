"""`/oauth/authorize`: the page where an admin lets an app in."""

from __future__ import annotations

from dataclasses import dataclass

from connectors.hubspot.sandbox.pages.visit import Visit, away
from connectors.hubspot.sandbox.problems import Problem, invalid
from connectors.hubspot.sandbox.scopes import unknown
from connectors.sandbox.wire import Answer


@dataclass(frozen=True, slots=True)
class Wish:
    """What an app asks for."""

    client_id: str
    redirect_uri: str
    scopes: tuple[str, ...]
    optional: tuple[str, ...]
    state: str
    challenge: str


def page(visit: Visit) -> Answer:
    """Show what is asked for; a post is the answer. Raises a 400 `Problem` for what can't be sent back to the app."""
    wish = _wish(visit)
    if visit.request.method == "POST":
        return _answer(visit, wish)
    held = visit.portal.grantable(app_events=visit.sandbox.app.app_events)
    return visit.show(
        "consent.html",
        wish=wish,
        lacking=[scope for scope in wish.scopes if scope not in held],
        optional=[(scope, scope in held) for scope in wish.optional],
        target=visit.request.target,
    )


def _answer(visit: Visit, wish: Wish) -> Answer:
    form = visit.form()
    back = {"state": wish.state} if wish.state else {}
    if form.get("answer") != "allow":
        return away(wish.redirect_uri, error="access_denied", error_description="The admin said no.", **back)
    number = form.get("portal", "")
    portal = visit.sandbox.find_portal(int(number) if number.isdecimal() else 0)
    app = visit.sandbox.app
    held = portal.grantable(app_events=app.app_events)
    if lacking := [scope for scope in wish.scopes if scope not in held]:
        raise Problem(
            403,
            "INSUFFICIENT_TIER",
            f"This account ({portal.tier}) can't give {', '.join(lacking)}, which the app requires.",
        )
    chosen = [*wish.scopes, *(scope for scope in wish.optional if scope in held)]
    installation = portal.install(app.id, app.name, "oauth", chosen, app.client_secret)
    code = visit.sandbox.grants.consent(installation, wish.redirect_uri, wish.challenge, visit.sandbox.clock())
    return away(wish.redirect_uri, code=code, **back)


def _wish(visit: Visit) -> Wish:
    app = visit.sandbox.app
    wish = Wish(
        client_id=visit.asked("client_id"),
        redirect_uri=visit.asked("redirect_uri"),
        scopes=tuple(visit.asked("scope").split()),
        optional=tuple(visit.asked("optional_scope").split()),
        state=visit.asked("state"),
        challenge=visit.asked("code_challenge"),
    )
    if wish.client_id != app.client_id:
        raise invalid(f"No app has the client id {wish.client_id[:80] or '(none)'}; see the front page for ours.")
    if wish.redirect_uri not in app.redirects():
        raise invalid(f"{wish.redirect_uri[:200] or 'No redirect_uri'} isn't one of the app's redirect URLs.")
    if wish.challenge and visit.asked("code_challenge_method") != "S256":
        raise invalid("code_challenge_method must be S256.")
    if never := unknown((*wish.scopes, *wish.optional)):
        raise invalid(f"There is no scope {', '.join(never)[:200]}.")
    return wish
