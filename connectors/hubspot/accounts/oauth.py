"""OAuth 2.0 with HubSpot: to its consent page and back (state, RFC 6749 §10.12; PKCE, RFC 7636), tokens, their end."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from authlib.common.security import generate_token
from authlib.oauth2.rfc7636 import create_s256_code_challenge

from connectors.hubspot.api.errors import Disconnected, HubSpotError, NotThere, Refused
from connectors.hubspot.api.transport import HubSpotApi
from connectors.hubspot.api.version import API
from plugin.kernel.clock import Clock, utcnow
from plugin.kernel.errors import BadInput
from plugin.kernel.settings import Settings

TOKEN_S = 10.0
"""How long a token request may take; far less than the lease of who renews."""
_LEAST_S, _MOST_S = 1, 86_400


@dataclass(frozen=True, slots=True)
class OAuthApp:
    """The app as HubSpot knows it; `redirect_uri` is registered there, character by character."""

    client_id: str
    client_secret: str
    redirect_uri: str


@dataclass(frozen=True, slots=True)
class Journey:
    """One way to HubSpot's consent page: where to send the browser, and what must come back with it."""

    url: str
    state: str
    verifier: str


@dataclass(frozen=True, slots=True)
class Grant:
    """What HubSpot gave: tokens, until when the access token holds, which portal, which scopes."""

    access_token: str
    refresh_token: str
    expires_at: datetime
    portal_id: str
    scopes: tuple[str, ...]


def app_of(settings: Settings) -> OAuthApp:
    """The server's OAuth app; raises `BadInput` when none is set."""
    secret = settings.hubspot_client_secret
    if not settings.hubspot_client_id or secret is None or not secret.get_secret_value():
        raise BadInput("set SEGUE_HUBSPOT_CLIENT_ID and SEGUE_HUBSPOT_CLIENT_SECRET to connect by OAuth")
    redirect = f"{settings.public_origin.rstrip('/')}/hubspot/oauth/callback"
    return OAuthApp(settings.hubspot_client_id, secret.get_secret_value(), redirect)


def begin(app: OAuthApp, authorise_origin: str, scopes: Sequence[str], optional: Sequence[str]) -> Journey:
    """Where to send the admin's browser; keep `state` and `verifier` with that browser until it comes back."""
    state, verifier = generate_token(43), generate_token(64)
    query = {
        "client_id": app.client_id,
        "redirect_uri": app.redirect_uri,
        "scope": " ".join(scopes),
        "optional_scope": " ".join(optional),
        "state": state,
        "code_challenge": create_s256_code_challenge(verifier),
        "code_challenge_method": "S256",
    }
    return Journey(f"{authorise_origin.rstrip('/')}/oauth/authorize?{urlencode(query)}", state, verifier)


class OAuth:
    """The token endpoint of one app."""

    def __init__(self, app: OAuthApp, api_origin: str, *, clock: Clock = utcnow) -> None:
        self.app = app
        # Token requests count toward no portal's limit, and come before there is a token.
        self._api = HubSpotApi(api_origin, None, clock=clock)
        self._clock = clock

    def exchange(self, code: str, verifier: str) -> Grant:
        """The grant behind a code that came back; raises `HubSpotError`."""
        return self._ask(
            grant_type="authorization_code", code=code, redirect_uri=self.app.redirect_uri, code_verifier=verifier
        )

    def refresh(self, refresh_token: str) -> Grant:
        """A new grant; the old refresh token may be dead from now on. Raises `Disconnected` when it was dead before."""
        return self._ask(grant_type="refresh_token", refresh_token=refresh_token)

    def introspect(self, access_token: str) -> Mapping[str, Any]:
        """What HubSpot says of a token (RFC 7662); raises `HubSpotError`, `Disconnected` when it has ended."""
        form = {**self._client(), "token": access_token, "token_type_hint": "access_token"}
        body = self._api.read("POST", f"/oauth/{API}/token/introspect", form=form, within_s=TOKEN_S).body
        told: Mapping[str, Any] = body if isinstance(body, dict) else {}
        if told.get("active") is False:
            raise Disconnected("HubSpot ended the grant: connect the account again", status=401)
        return told

    def revoke(self, refresh_token: str) -> None:
        """End the grant; one that has ended already is ended."""
        form = {**self._client(), "token": refresh_token, "token_type_hint": "refresh_token"}
        try:
            self._api.call("POST", f"/oauth/{API}/token/revoke", form=form, timeout_s=TOKEN_S)
        except (Disconnected, NotThere, Refused):
            return

    def _ask(self, **asked: str) -> Grant:
        asked_at = self._clock()
        try:
            answer = self._api.call("POST", f"/oauth/{API}/token", form={**self._client(), **asked}, timeout_s=TOKEN_S)
        except Refused as refused:
            raise _dead(refused) from None
        return _grant(answer.body, asked_at)

    def _client(self) -> dict[str, str]:
        return {"client_id": self.app.client_id, "client_secret": self.app.client_secret}


def _dead(refused: Refused) -> HubSpotError:
    return Disconnected(f"{refused}. If the app was removed from the portal, connect it again", status=refused.status)


def _grant(body: Any, asked_at: datetime) -> Grant:
    told: Mapping[str, Any] = body if isinstance(body, dict) else {}
    access, refresh = told.get("access_token"), told.get("refresh_token")
    lives_s, hub = told.get("expires_in"), told.get("hub_id")
    known = isinstance(access, str) and isinstance(refresh, str) and isinstance(lives_s, int) and isinstance(hub, int)
    if not known:
        raise HubSpotError("HubSpot's token answer lacks a token, its life or the portal's id")
    scopes = told.get("scopes")
    named = tuple(scope for scope in scopes if isinstance(scope, str)) if isinstance(scopes, list) else ()
    expires_at = asked_at + timedelta(seconds=min(max(int(str(lives_s)), _LEAST_S), _MOST_S))
    return Grant(str(access), str(refresh), expires_at, str(hub), named)
