"""`/services/oauth2/…` and `/id/…`: which of them answers."""

from __future__ import annotations

from connectors.salesforce.sandbox.oauth.apps import Logins
from connectors.salesforce.sandbox.oauth.consent import consent
from connectors.salesforce.sandbox.oauth.identity import revoke, who
from connectors.salesforce.sandbox.oauth.token import TokenEndpoint
from connectors.salesforce.sandbox.org import Org
from connectors.salesforce.sandbox.problems import not_found
from connectors.sandbox.wire import Answer, Request


def signing(org: Org, logins: Logins, origin: str, request: Request) -> Answer:
    """The answer to anything about signing in."""
    match request.segments:
        case ["services", "oauth2", "token"]:
            return TokenEndpoint(org, logins, origin).answer(request)
        case ["services", "oauth2", "authorize"]:
            return consent(org, logins, origin, request)
        case ["services", "oauth2", "revoke"]:
            return revoke(logins, request)
        case ["services", "oauth2", "userinfo"] | ["id", _, _]:
            return who(org, logins, origin, request)
    return not_found().answer()
