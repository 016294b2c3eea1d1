"""Signing in: each way there is, and how each ends."""

from __future__ import annotations

import secrets
from typing import Any
from urllib.parse import parse_qs, urlsplit

import jwt
import pytest
import requests
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from simple_salesforce.api import Salesforce

from connectors.salesforce.sandbox import Sandbox
from connectors.salesforce.sandbox.callouts.certificate import Certificate
from connectors.salesforce.sandbox.oauth.apps import ClientApp
from connectors.salesforce.sandbox.oauth.token import challenge_of
from connectors.salesforce.sandbox.seed import ADMIN, INTEGRATION
from tests.connectors.salesforce.sandbox.conftest import client, refused, session_to

CALLBACK = "https://video.example.com/salesforce/oauth/callback"
KEY = rsa.generate_private_key(65537, 2048)
PRIVATE = KEY.private_bytes(
    serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
).decode()
PUBLIC = (
    KEY.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo).decode()
)


@pytest.fixture
def app(sandbox: Sandbox) -> ClientApp:
    app = sandbox.logins.apps[0]
    app.certificate, app.callbacks = PUBLIC, [CALLBACK]
    return app


def token(sandbox: Sandbox, **form: str) -> requests.Response:
    return requests.post(f"{sandbox.origin}/services/oauth2/token", data=form, timeout=10)


def error(answer: requests.Response) -> tuple[int, str, str]:
    return answer.status_code, answer.json()["error"], answer.json()["error_description"]


def assertion(sandbox: Sandbox, **claims: Any) -> dict[str, str]:
    told = {
        "iss": sandbox.logins.apps[0].consumer_key,
        "sub": INTEGRATION,
        "aud": "https://login.salesforce.com",
        "exp": int(sandbox.clock()) + 180,
    }
    return {
        "grant_type": "urn:ietf:params:oauth:grant-type:jwt-bearer",
        "assertion": jwt.encode({**told, **claims}, claims.pop("key", PRIVATE), "RS256"),
    }


def code(sandbox: Sandbox, verifier: str, *, choice: str = "allow", **more: str) -> dict[str, list[str]]:
    """What comes back to the app after the consent page."""
    form = {
        "response_type": "code",
        "client_id": sandbox.logins.apps[0].consumer_key,
        "redirect_uri": CALLBACK,
        "scope": "api refresh_token",
        "state": "s",
        "code_challenge": challenge_of(verifier),
        "choice": choice,
        "user_id": sandbox.org.admin_id,
    }
    url = f"{sandbox.origin}/services/oauth2/authorize"
    answer = requests.post(url, data=form | more, timeout=10, allow_redirects=False)
    assert answer.status_code == 302
    return parse_qs(urlsplit(answer.headers["Location"]).query)


def exchange(sandbox: Sandbox, app: ClientApp, verifier: str, granted: str, **more: str) -> requests.Response:
    form = {
        "grant_type": "authorization_code",
        "client_id": app.consumer_key,
        "client_secret": app.consumer_secret,
        "redirect_uri": CALLBACK,
        "code": granted,
        "code_verifier": verifier,
    }
    return token(sandbox, **(form | more))


def refresh(sandbox: Sandbox, app: ClientApp, refresh_token: str) -> requests.Response:
    return token(
        sandbox,
        grant_type="refresh_token",
        client_id=app.consumer_key,
        client_secret=app.consumer_secret,
        refresh_token=refresh_token,
    )


def signed_in(sandbox: Sandbox, app: ClientApp) -> dict[str, Any]:
    verifier = secrets.token_urlsafe(48)
    found: dict[str, Any] = exchange(sandbox, app, verifier, code(sandbox, verifier)["code"][0]).json()
    return found


def test_simple_salesforce_signs_in_by_jwt(sandbox: Sandbox, app: ClientApp) -> None:
    sf = Salesforce(
        username=INTEGRATION,
        consumer_key=app.consumer_key,
        privatekey=PRIVATE,
        version="67.0",
        session=session_to(sandbox.origin),
    )

    assert sf.query("SELECT COUNT() FROM Contact")["totalSize"] == 9


def test_the_app_may_hold_a_certificate_or_a_bare_key(sandbox: Sandbox, app: ClientApp) -> None:
    signer = Certificate("segue_server")
    app.certificate = signer.pem
    claims = {"iss": app.consumer_key, "sub": INTEGRATION, "aud": sandbox.origin, "exp": int(sandbox.clock()) + 60}
    form = {"grant_type": "urn:ietf:params:oauth:grant-type:jwt-bearer"}

    good = token(sandbox, assertion=jwt.encode(claims, signer.key, "RS256"), **form)
    app.certificate = "no key"
    bad = token(sandbox, assertion=jwt.encode(claims, signer.key, "RS256"), **form)

    assert (good.status_code, bad.status_code) == (200, 400)
    assert error(bad)[2] == "invalid assertion"


def test_simple_salesforce_signs_in_by_client_credentials(sandbox: Sandbox, app: ClientApp) -> None:
    sf = Salesforce(
        consumer_key=app.consumer_key,
        consumer_secret=app.consumer_secret,
        domain="northwind.my",
        version="67.0",
        session=session_to(sandbox.origin),
    )

    assert sf.query("SELECT Id FROM Organization")["records"][0]["Id"] == sandbox.org.id


def test_client_credentials_are_for_the_orgs_own_domain(sandbox: Sandbox, app: ClientApp) -> None:
    answer = session_to(sandbox.origin).post(
        "https://login.salesforce.com/services/oauth2/token",
        data={"grant_type": "client_credentials"},
        auth=(app.consumer_key, app.consumer_secret),
    )

    assert error(answer) == (400, "invalid_grant", "request not supported on this domain")


@pytest.mark.parametrize(
    ("claims", "why"),
    [
        ({"aud": "https://test.salesforce.com"}, "audience is invalid"),
        ({"exp": 1}, "expired authorization code"),
        ({"exp": 4_000_000_000}, "assertion is valid for too long"),
        ({"sub": "nobody@northwind.example"}, "user hasn't approved this consumer"),
        ({"key": rsa.generate_private_key(65537, 2048)}, "invalid assertion"),
    ],
)
def test_an_assertion_that_isnt_right_gets_no_token(
    sandbox: Sandbox, app: ClientApp, claims: dict[str, Any], why: str
) -> None:
    claims = dict(claims)
    key = claims.pop("key", PRIVATE)
    told = jwt.decode(assertion(sandbox, **claims)["assertion"], options={"verify_signature": False})

    answer = token(
        sandbox,
        grant_type="urn:ietf:params:oauth:grant-type:jwt-bearer",
        assertion=jwt.encode(told, key, "RS256"),
    )

    assert error(answer) == (400, "invalid_grant", why)


def test_a_user_the_admin_didnt_let_in_gets_no_token(sandbox: Sandbox, app: ClientApp) -> None:
    app.allowed = set()

    assert error(token(sandbox, **assertion(sandbox)))[1] == "invalid_app_access"


def test_the_web_way_gives_tokens_once_for_the_right_verifier(sandbox: Sandbox, app: ClientApp) -> None:
    verifier = secrets.token_urlsafe(48)
    back = code(sandbox, verifier)

    wrong = exchange(sandbox, app, "another", back["code"][0])
    again = exchange(sandbox, app, verifier, back["code"][0])
    right = exchange(sandbox, app, verifier, code(sandbox, verifier)["code"][0])

    assert back["state"] == ["s"]
    assert error(wrong) == (400, "invalid_grant", "invalid code verifier")
    assert error(again) == (400, "invalid_grant", "expired authorization code")
    assert right.json().keys() >= {"access_token", "refresh_token", "instance_url", "id", "issued_at", "signature"}
    assert right.json()["id"].endswith(f"/id/{sandbox.org.id}/{sandbox.org.admin_id}")


def test_no_is_told_to_the_app(sandbox: Sandbox, app: ClientApp) -> None:
    assert code(sandbox, "v", choice="deny")["error"] == ["access_denied"]


def test_without_a_challenge_or_with_a_foreign_callback_nobody_is_asked(sandbox: Sandbox, app: ClientApp) -> None:
    url = f"{sandbox.origin}/services/oauth2/authorize"
    asked = {"response_type": "code", "client_id": app.consumer_key, "redirect_uri": CALLBACK}

    bare = requests.get(url, params=asked, timeout=10, allow_redirects=False)
    foreign = requests.get(url, params={**asked, "redirect_uri": "https://evil.example/"}, timeout=10)

    assert "invalid_request" in bare.headers["Location"]
    assert foreign.status_code == 400
    assert "redirect_uri_mismatch" in foreign.text


def test_a_refresh_token_is_good_once_and_its_copy_ends_everything(sandbox: Sandbox, app: ClientApp) -> None:
    given = signed_in(sandbox, app)
    renewed = refresh(sandbox, app, given["refresh_token"]).json()
    assert renewed["refresh_token"] != given["refresh_token"]
    assert client(sandbox, renewed["access_token"]).limits()

    copied = refresh(sandbox, app, given["refresh_token"])

    assert error(copied) == (400, "invalid_grant", "expired access/refresh token")
    assert error(refresh(sandbox, app, renewed["refresh_token"]))[1] == "invalid_grant"
    for access in (given["access_token"], renewed["access_token"]):
        assert refused(client(sandbox, access).limits)[:2] == (401, "INVALID_SESSION_ID")


def test_without_rotation_a_refresh_token_stays(sandbox: Sandbox, app: ClientApp) -> None:
    app.rotates = False
    given = signed_in(sandbox, app)

    answers = [refresh(sandbox, app, given["refresh_token"]) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [200, 200]
    assert "refresh_token" not in answers[0].json()


def test_a_sixth_approval_ends_the_first(sandbox: Sandbox, app: ClientApp) -> None:
    given = [signed_in(sandbox, app) for _ in range(6)]

    answers = [refresh(sandbox, app, each["refresh_token"]).status_code for each in given]

    assert answers == [400, 200, 200, 200, 200, 200]


def test_a_session_ends_with_its_time_its_user_or_when_revoked(sandbox: Sandbox, app: ClientApp) -> None:
    sandbox.logins.session_s = 60
    late, gone, revoked = (client(sandbox) for _ in range(3))
    requests.post(f"{sandbox.origin}/services/oauth2/revoke", data={"token": revoked.session_id}, timeout=10)
    assert refused(revoked.limits)[:2] == (401, "INVALID_SESSION_ID")

    sandbox.org.set_active(sandbox.org.integration_id, False)
    assert refused(gone.limits)[:2] == (401, "INVALID_SESSION_ID")
    assert error(token(sandbox, **assertion(sandbox))) == (400, "invalid_grant", "inactive user")

    sandbox.org.set_active(sandbox.org.integration_id, True)
    sandbox.clock.advance(61)
    assert refused(late.limits)[:2] == (401, "INVALID_SESSION_ID")


def test_userinfo_says_who_it_is(sandbox: Sandbox, app: ClientApp) -> None:
    found = client(sandbox, sandbox.sign_in(sandbox.org.admin_id)).oauth2("userinfo")

    assert found is not None
    assert (found["preferred_username"], found["organization_id"]) == (ADMIN, sandbox.org.id)


def test_a_wrong_secret_or_way_is_refused(sandbox: Sandbox, app: ClientApp) -> None:
    form = {"grant_type": "client_credentials", "client_id": app.consumer_key, "client_secret": "x"}

    assert error(token(sandbox, **form))[1] == "invalid_client"
    assert error(token(sandbox, **(form | {"client_id": "x"})))[1] == "invalid_client_id"
    assert error(token(sandbox, grant_type="password"))[1] == "unsupported_grant_type"
