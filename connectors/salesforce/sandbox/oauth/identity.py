"""Who a token is of (`userinfo`, `/id/…`), and its end (`revoke`)."""

from __future__ import annotations

from typing import Any

from connectors.salesforce.sandbox.answers import json_answer
from connectors.salesforce.sandbox.oauth.apps import Logins, Session
from connectors.salesforce.sandbox.oauth.token import Refused, form_of
from connectors.salesforce.sandbox.org import Org
from connectors.sandbox.wire import Answer, Request


def who(org: Org, logins: Logins, origin: str, request: Request) -> Answer:
    """The user behind the token sent."""
    session = session_of(org, logins, request)
    if session is None:
        return Refused("invalid_token", "Bad_OAuth_Token", 403).answer()
    user: Any = org.row("User", session.user_id) or {}
    name = " ".join(part for part in (user.get("FirstName"), user.get("LastName")) if part)
    return json_answer(
        {
            "sub": f"{origin}/id/{org.id}/{session.user_id}",
            "user_id": session.user_id,
            "organization_id": org.id,
            "preferred_username": user.get("Username"),
            "name": name,
            "email": user.get("Email"),
            "email_verified": True,
            "active": bool(user.get("IsActive")),
            "zoneinfo": user.get("TimeZoneSidKey"),
            "locale": user.get("LanguageLocaleKey"),
            "urls": {"rest": f"{origin}/services/data/v{{version}}/", "custom_domain": origin},
        }
    )


def revoke(logins: Logins, request: Request) -> Answer:
    """End a token: a refresh token with its sessions, an access token alone."""
    query = request.query.get("token", [])
    token = form_of(request).get("token", "") or (query[0] if query else "")
    if found := logins.by_refresh_token(token):
        logins.end(found[0])
        return Answer(200)
    if logins.sessions.pop(token, None) is not None:
        return Answer(200)
    return Refused("unsupported_token_type", "this token type is not supported").answer()


def session_of(org: Org, logins: Logins, request: Request) -> Session | None:
    """The session whose token stands in the request; None when it has ended or its user may not sign in."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() not in ("bearer", "oauth"):
        return None
    session = logins.sessions.get(token.strip())
    if session is None or session.ends_at <= org.clock() or not org.active(session.user_id):
        return None
    return session
