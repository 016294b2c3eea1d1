"""`/services/oauth2/token`: JWT bearer, client credentials, authorization code with PKCE, refresh with rotation."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import secrets
from collections.abc import Callable, Mapping
from typing import Any, NoReturn
from urllib.parse import parse_qs, unquote

import jwt
from cryptography import x509
from cryptography.hazmat.primitives import serialization

from connectors.salesforce.sandbox.answers import json_answer
from connectors.salesforce.sandbox.oauth.apps import ClientApp, Grant, Logins, Session
from connectors.salesforce.sandbox.org import Org
from connectors.sandbox.wire import Answer, Request

LONGEST_ASSERTION_S = 300
"""How far ahead an assertion's `exp` may lie: three minutes, and some for clocks that differ."""
_PUBLIC_HOSTS = ("login.salesforce.com", "test.salesforce.com")


class Refused(Exception):
    """`{"error": …, "error_description": …}` with 400 or 401."""

    def __init__(self, error: str, description: str, status: int = 400) -> None:
        super().__init__(description)
        self.error, self.description, self.status = error, description, status

    def answer(self) -> Answer:
        """As Salesforce sends it."""
        body = {"error": self.error, "error_description": self.description}
        return json_answer(body, self.status, {"Cache-Control": "no-store"})


class TokenEndpoint:
    """Tokens of one org; `origin` is what `instance_url` says."""

    def __init__(self, org: Org, logins: Logins, origin: str) -> None:
        self._org, self._logins, self._origin = org, logins, origin
        self._ways: Mapping[str, Callable[[Request, Mapping[str, str]], Answer]] = {
            "urn:ietf:params:oauth:grant-type:jwt-bearer": self._by_jwt,
            "client_credentials": self._by_client_credentials,
            "authorization_code": self._by_code,
            "refresh_token": self._by_refresh,
        }

    def answer(self, request: Request) -> Answer:
        """One request for a token."""
        try:
            if request.method != "POST":
                raise Refused("invalid_request", "must use HTTP POST")
            form = form_of(request)
            way = self._ways.get(form.get("grant_type", ""))
            if way is None:
                raise Refused("unsupported_grant_type", "grant type not supported")
            return way(request, form)
        except Refused as refused:
            return refused.answer()

    # -- the four ways -------------------------------------------------------

    def _by_jwt(self, _: Request, form: Mapping[str, str]) -> Answer:
        token = form.get("assertion", "")
        try:
            told = jwt.decode(token, options={"verify_signature": False})
        except jwt.PyJWTError:
            raise Refused("invalid_grant", "invalid assertion") from None
        app = self._app(str(told.get("iss", "")))
        try:
            # simple-salesforce writes `exp` as text, which Salesforce takes: so it is checked below.
            options: Any = {"verify_exp": False, "verify_aud": False, "verify_iat": False}
            jwt.decode(token, _public_key(app.certificate), algorithms=["RS256"], options=options)
        except (jwt.PyJWTError, ValueError, TypeError):
            raise Refused("invalid_grant", "invalid assertion") from None
        if told.get("aud") not in self._audiences():
            raise Refused("invalid_grant", "audience is invalid")
        ends = _seconds(told.get("exp"))
        now = self._org.clock()
        if ends is None or ends <= now:
            raise Refused("invalid_grant", "expired authorization code")
        if ends > now + LONGEST_ASSERTION_S:
            raise Refused("invalid_grant", "assertion is valid for too long")
        user_id = self._user(str(told.get("sub", "")))
        if app.allowed is None and not any(
            grant.active and grant.app is app and grant.user_id == user_id for grant in self._logins.grants
        ):
            raise Refused("invalid_grant", "user hasn't approved this consumer")
        self._need_allowed(app, user_id)
        return self._given(self._logins.new_session(app, user_id, app.scopes - {"refresh_token"}, now))

    def _by_client_credentials(self, request: Request, form: Mapping[str, str]) -> Answer:
        if request.headers.get("host", "") in _PUBLIC_HOSTS:
            raise Refused("invalid_grant", "request not supported on this domain")
        app = self._authenticated(request, form, secret=True)
        if not app.run_as:
            raise Refused("invalid_grant", "no client credentials user enabled")
        self._need_active(app.run_as)
        now = self._org.clock()
        return self._given(self._logins.new_session(app, app.run_as, app.scopes - {"refresh_token"}, now))

    def _by_code(self, request: Request, form: Mapping[str, str]) -> Answer:
        app = self._authenticated(request, form, secret=self._app_of(request, form).needs_secret)
        # Gone whatever comes of it: a code is good for one attempt.
        code = self._logins.codes.pop(form.get("code", ""), None)
        now = self._org.clock()
        if code is None or code.app is not app or now >= code.ends_at:
            raise Refused("invalid_grant", "expired authorization code")
        if form.get("redirect_uri") != code.callback:
            raise Refused("redirect_uri_mismatch", "redirect_uri must match configuration")
        if code.challenge and not hmac.compare_digest(challenge_of(form.get("code_verifier", "")), code.challenge):
            raise Refused("invalid_grant", "invalid code verifier")
        self._need_active(code.user_id)
        grant = None
        if code.scopes & {"refresh_token", "offline_access"}:
            grant = self._logins.new_grant(app, code.user_id, code.scopes)
        session = self._logins.new_session(app, code.user_id, code.scopes, now)
        session.grant = grant
        return self._given(session, grant, always=True)

    def _by_refresh(self, request: Request, form: Mapping[str, str]) -> Answer:
        app = self._authenticated(request, form, secret=self._app_of(request, form).needs_secret)
        found = self._logins.by_refresh_token(form.get("refresh_token", ""))
        if found is None or found[0].app is not app:
            raise Refused("invalid_grant", "expired access/refresh token")
        grant, current = found
        if not current:
            # Somebody has a copy: nobody keeps it.
            self._logins.end(grant)
            raise Refused("invalid_grant", "expired access/refresh token")
        self._need_active(grant.user_id)
        if app.rotates:
            self._logins.rotate(grant)
        session = self._logins.new_session(app, grant.user_id, grant.scopes, self._org.clock())
        session.grant = grant
        return self._given(session, grant, always=app.rotates)

    # -- who and what --------------------------------------------------------

    def _app_of(self, request: Request, form: Mapping[str, str]) -> ClientApp:
        return self._app(_client(request, form)[0])

    def _app(self, consumer_key: str) -> ClientApp:
        app = self._logins.app(consumer_key)
        if app is None:
            raise Refused("invalid_client_id", "client identifier invalid")
        return app

    def _authenticated(self, request: Request, form: Mapping[str, str], *, secret: bool) -> ClientApp:
        key, given = _client(request, form)
        app = self._app(key)
        if (secret or given) and not secrets.compare_digest(given.encode(), app.consumer_secret.encode()):
            raise Refused("invalid_client", "invalid client credentials")
        return app

    def _user(self, username: str) -> str:
        for row in self._org.live("User"):
            if str(row.get("Username", "")).lower() == username.lower():
                self._need_active(row["Id"])
                return str(row["Id"])
        raise Refused("invalid_grant", "user hasn't approved this consumer")

    def _need_active(self, user_id: str) -> None:
        if not self._org.active(user_id):
            raise Refused("invalid_grant", "inactive user")

    def _need_allowed(self, app: ClientApp, user_id: str) -> None:
        if app.allowed is not None and user_id not in app.allowed:
            raise Refused("invalid_app_access", "user is not admin approved to access this app")

    def _audiences(self) -> set[str]:
        public = "https://test.salesforce.com" if self._org.is_sandbox else "https://login.salesforce.com"
        return {public, f"https://{self._org.my_domain}", self._origin}

    def _given(self, session: Session, grant: Grant | None = None, *, always: bool = False) -> Answer:
        issued = str(int(self._org.clock() * 1000))
        identity = f"{self._origin}/id/{self._org.id}/{session.user_id}"
        signed = hmac.digest(session.app.consumer_secret.encode(), f"{identity}{issued}".encode(), "sha256")
        body = {
            "access_token": session.token,
            "scope": " ".join(sorted(session.scopes)),
            "instance_url": self._origin,
            "id": identity,
            "token_type": "Bearer",
            "issued_at": issued,
            "signature": base64.b64encode(signed).decode(),
        }
        if grant is not None and always:
            body["refresh_token"] = grant.refresh_token
        return json_answer(body, 200, {"Cache-Control": "no-store"})


def challenge_of(verifier: str) -> str:
    """S256 of a verifier (RFC 7636 §4.2)."""
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()


def form_of(request: Request) -> dict[str, str]:
    """What was posted, as a form."""
    text = request.body.decode("utf-8", "replace")
    return {name: values[0] for name, values in parse_qs(text, keep_blank_values=True).items()}


def _client(request: Request, form: Mapping[str, str]) -> tuple[str, str]:
    scheme, _, encoded = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "basic":
        try:
            key, _, secret = base64.b64decode(encoded, validate=True).decode().partition(":")
        except (binascii.Error, UnicodeDecodeError):
            _no_client()
        return unquote(key), unquote(secret)
    return form.get("client_id", ""), form.get("client_secret", "")


def _public_key(pem: str) -> Any:
    """Of a certificate, as an admin uploads it, or a bare public key; raises `ValueError` for neither."""
    raw = pem.encode()
    if b"BEGIN CERTIFICATE" in raw:
        return x509.load_pem_x509_certificate(raw).public_key()
    return serialization.load_pem_public_key(raw)


def _no_client() -> NoReturn:
    raise Refused("invalid_client", "invalid client credentials")


def _seconds(value: object) -> float | None:
    try:
        return float(str(value))
    except ValueError:
        return None
