"""An account's front page: what it is, the app under test, what is installed, and how to install it."""

from __future__ import annotations

from connectors.hubspot.sandbox.pages.visit import Visit
from connectors.hubspot.sandbox.portal import Installation
from connectors.hubspot.sandbox.problems import invalid, not_found
from connectors.hubspot.sandbox.scopes import OAUTH_ONLY, TIERS
from connectors.sandbox.wire import Answer

_TEXTS = (
    "origin",
    "reached_at",
    "client_id",
    "client_secret",
    "action_path",
    "webhook_path",
    "card_path",
    "settings_path",
)


def page(visit: Visit, rest: list[str]) -> Answer:
    """`/portals/<id>`: the front page; posts change the account, the app, or add an account."""
    if rest:
        raise not_found("There is no such page.")
    if visit.request.method == "POST":
        return _change(visit)
    private = visit.portal.grantable(app_events=visit.sandbox.app.app_events)
    return visit.show(
        "account.html",
        tiers=TIERS,
        scopes=[(scope, scope not in OAUTH_ONLY) for scope in sorted(private)],
        made=None,
    )


def apps(visit: Visit, rest: list[str]) -> Answer:
    """`/portals/<id>/apps[/<app>]`: create a private app; look at an app's settings page; take it out."""
    posted = visit.request.method == "POST"
    if not rest and posted:
        return _create(visit)
    if len(rest) == 1 and rest[0].isdecimal():
        installation = visit.portal.installations.get(int(rest[0]))
        if installation is None:
            raise not_found("This app isn't installed here.")
        if posted:
            visit.sandbox.uninstall(visit.portal, installation)
            return visit.go("", f"{installation.name} is uninstalled; its tokens are dead.")
        sent = visit.sandbox.fetches.settings(visit.portal, installation)
        return visit.show("app_settings.html", installation=installation, sent=sent)
    raise not_found("There is no such page.")


def _create(visit: Visit) -> Answer:
    form = visit.form()
    with visit.portal.lock:
        made: Installation = visit.portal.create_private_app(
            form.get("scopes", "").split("\n"),
            name=form.get("name") or "Segue",
            app_events=visit.sandbox.app.app_events,
        )
    return visit.show("app_made.html", made=made)


def _change(visit: Visit) -> Answer:
    form = visit.form()
    match form.get("do"):
        case "account":
            if form.get("tier") not in TIERS:
                raise invalid(f"A tier is one of {', '.join(TIERS)}.")
            visit.portal.tier = form["tier"]
            visit.portal.merge_makes_new_id = "merge_makes_new_id" in form
            return visit.go("", f"The account is {visit.portal.tier} now.")
        case "app":
            app = visit.sandbox.app
            for name in _TEXTS:
                setattr(app, name, form.get(name, "").strip())
            app.redirect_uris = form.get("redirect_uris", "").split()
            app.properties = tuple(form.get("properties", "").replace(",", " ").split())
            app.webhooks, app.app_events = "webhooks" in form, "app_events" in form
            return visit.go("", "The app's settings are saved.")
        case "portal":
            number = form.get("portal_id", "")
            if not number.isdecimal() or any(each.id == int(number) for each in visit.sandbox.portals):
                raise invalid("An account's number is a number no other account has.")
            visit.portal = visit.sandbox.add_portal(
                int(number), tier="free", seeded=True, name=form.get("name") or "New"
            )
            return visit.go("", "This is a new account.")
    raise invalid("Nothing was asked for.")
