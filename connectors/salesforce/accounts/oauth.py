"""OAuth 2.0 with Salesforce: JWT bearer, client credentials, and the web-server flow with PKCE and rotating tokens.

simple-salesforce knows the first two only, and reports their errors without a kind; so the token endpoint is asked
here, for all of them alike. The username-password flow isn't offered: Salesforce is retiring it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode, urlsplit

import jwt
import requests
from authlib.common.security import generate_token
from authlib.oauth2.rfc7636 import create_s256_code_challenge

from connectors.salesforce.api.errors import Disconnected, SalesforceError, Unreachable, Unwell, faults_of
from connectors.salesforce.api.session import CONNECT_S
from plugin.kernel.clock import Clock, utcnow
from plugin.kernel.errors import BadInput
from plugin.kernel.settings import Settings

TOKEN_S = 10.0
MOST = 1024
"""Characters of a consumer key or secret."""
ASSERTION_LIVES = timedelta(minutes=3)
"""Salesforce takes no assertion that lives longer."""
SCOPES = ("api", "refresh_token")
_LOGIN = re.compile(
    r"(?:https://)?((?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.){1,6}(?:salesforce\.com|salesforce\.mil|sfcrmapps\.cn))(?:/.*)?",
    re.ASCII,
)
"""Letter by letter: what reads a host in `evil.example\\.salesforce.com` doesn't read the same one as what calls it."""


@dataclass(frozen=True, slots=True)
class Grant:
    """What Salesforce gave; `refresh_token` is "" where there is none, and differs from the one spent on it."""

    access_token: str
    refresh_token: str
    instance_url: str
    org_id: str
    user_id: str


@dataclass(frozen=True, slots=True)
class Journey:
    """One way to the consent page: where to send the browser, and what must come back with it."""

    url: str
    state: str
    verifier: str


def login_origin(text: str) -> str:
    """`https://host` of a place Salesforce signs people in; raises `BadInput` for any other, as tokens go there."""
    found = _LOGIN.fullmatch(text.strip().lower())
    if found is None:
        raise BadInput(
            "give login.salesforce.com, test.salesforce.com, or the org's My Domain such as acme.my.salesforce.com"
        )
    return f"https://{found[1]}"


@dataclass(frozen=True, slots=True)
class OAuthApp:
    """An External Client App; `redirect_uri` is registered there, character by character."""

    client_id: str
    client_secret: str
    redirect_uri: str


def app_of(settings: Settings, client_id: str = "", client_secret: str = "") -> OAuthApp:
    """The app of that key, or the server's own where none is given; raises `BadInput` when there is neither.

    Each org that deploys the package has an app with a key of its own, shown in its Setup.
    """
    own = settings.salesforce_client_secret
    secret = client_secret.strip()
    if not (key := client_id.strip()):
        key, secret = settings.salesforce_client_id, secret or (own.get_secret_value() if own else "")
    if not key:
        raise BadInput("give the app's consumer key, or set SEGUE_SALESFORCE_CLIENT_ID on the server")
    if not all(len(text) <= MOST and text.isprintable() and " " not in text for text in (key, secret)):
        raise BadInput("give the consumer key and secret as Salesforce shows them")
    return OAuthApp(key, secret, f"{settings.public_origin.rstrip('/')}/salesforce/oauth/callback")


def begin(login: str, client_id: str, redirect_uri: str) -> Journey:
    """Where to send the admin's browser; keep `state` and `verifier` with that browser until it comes back.

    `login` is an origin: of `login_origin`, or of a sandbox on this machine.
    """
    state, verifier = generate_token(43), generate_token(64)
    query = {
        "response_type": "code",
        "client_id": client_id,
        "redirect_uri": redirect_uri,
        "scope": " ".join(SCOPES),
        "state": state,
        "code_challenge": create_s256_code_challenge(verifier),
        "code_challenge_method": "S256",
    }
    return Journey(f"{login}/services/oauth2/authorize?{urlencode(query)}", state, verifier)


class TokenEndpoint:
    """`/services/oauth2/token` of one login host."""

    def __init__(self, login: str, session: requests.Session, *, clock: Clock = utcnow) -> None:
        self._login, self._session, self._clock = login_origin(login), session, clock

    def by_jwt(self, client_id: str, username: str, private_key: str) -> Grant:
        """JWT bearer (RFC 7523): signed with the key whose certificate the org's app holds."""
        claims = {"iss": client_id, "sub": username, "aud": self._login, "exp": self._clock() + ASSERTION_LIVES}
        try:
            assertion = jwt.encode(claims, private_key, "RS256")
        except (ValueError, TypeError, jwt.PyJWTError) as error:
            raise BadInput(
                "the private key can't be read: give a PEM file with an RSA key, without password"
            ) from error
        return self._ask(grant_type="urn:ietf:params:oauth:grant-type:jwt-bearer", assertion=assertion)

    def by_client_credentials(self, client_id: str, client_secret: str) -> Grant:
        """Client credentials (RFC 6749 §4.4), as the user the app names; only on a My Domain host."""
        return self._ask(grant_type="client_credentials", client_id=client_id, client_secret=client_secret)

    def by_code(self, client_id: str, client_secret: str, code: str, redirect_uri: str, verifier: str) -> Grant:
        """The grant behind a code that came back."""
        return self._ask(
            grant_type="authorization_code",
            client_id=client_id,
            client_secret=client_secret,
            code=code,
            redirect_uri=redirect_uri,
            code_verifier=verifier,
        )

    def by_refresh(self, client_id: str, client_secret: str, refresh_token: str) -> Grant:
        """A new grant. The refresh token is spent: using it again would revoke everything (RFC 9700 §4.14.2)."""
        return self._ask(
            grant_type="refresh_token", client_id=client_id, client_secret=client_secret, refresh_token=refresh_token
        )

    def revoke(self, token: str) -> None:
        """End a grant; one that has ended already is ended."""
        try:
            self._post("revoke", {"token": token})
        except Disconnected:
            return

    def _ask(self, **asked: str) -> Grant:
        return _grant(self._post("token", {name: value for name, value in asked.items() if value}))

    def _post(self, path: str, form: Mapping[str, str]) -> Any:
        url = f"{self._login}/services/oauth2/{path}"
        try:
            answer = self._session.post(url, data=dict(form), timeout=(CONNECT_S, TOKEN_S), allow_redirects=False)
        except requests.RequestException as error:
            raise Unreachable("Salesforce's sign-in can't be reached", maybe_done=True) from error
        try:
            body = answer.json()
        except ValueError:
            body = None
        if answer.status_code >= 500:
            raise Unwell(f"Salesforce's sign-in answered {answer.status_code}", status=answer.status_code)
        if answer.status_code != 200:
            raise _refused(answer.status_code, body)
        return body


def _refused(status: int, body: Any) -> SalesforceError:
    fault = next(iter(faults_of(body)), None)
    words = {
        "invalid_grant": "the grant has ended or the user isn't approved for the app",
        "invalid_client_id": "the app's consumer key is unknown there",
        "invalid_client": "the app's consumer key or secret is wrong",
        "invalid_app_access": "the user isn't allowed to use the app: assign the permission set",
        "inactive_user": "the user was deactivated",
        "inactive_org": "the org is locked or closed",
    }
    code = fault.code if fault else ""
    told = (fault.message if fault else "") or f"status {status}"
    hint = f": {words[code]}" if code in words else ""
    return Disconnected(f"Salesforce gives no token{hint} ({told}). Connect the org again", status=status, fault=fault)


def _grant(body: Any) -> Grant:
    told: Mapping[str, Any] = body if isinstance(body, dict) else {}
    token, instance, identity = (str(told.get(name) or "") for name in ("access_token", "instance_url", "id"))
    # https://login.salesforce.com/id/<org id>/<user id>
    parts = urlsplit(identity).path.strip("/").split("/")
    if not token or not instance.startswith(("https://", "http://127.0.0.1")) or len(parts) != 3:
        raise SalesforceError("Salesforce's token answer lacks a token, the instance or who it is for")
    return Grant(token, str(told.get("refresh_token") or ""), instance, parts[1][:18], parts[2][:18])
