"""The project made for a server: it points there and nowhere else, and holds nothing secret or left to fill in."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from xml.etree import ElementTree

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from connectors.salesforce.api.version import API
from connectors.salesforce.inbound.links import CERTIFICATE
from connectors.salesforce.package_build import MAIN, OAUTH_CALLBACK, PROJECT, PackageOrder, build
from plugin.kernel.errors import BadInput
from tests.connectors.salesforce.package.project import JWT, KEY, ORIGIN, Node

ELSEWHERE = replace(KEY, origin="https://Watch.Example.org:443/", email="help@example.org")
# Where metadata itself lives, where the command line signs people in, and where SVG does.
NAMES = {"http://soap.sforce.com", "https://login.salesforce.com", "http://www.w3.org", "https://segue.invalid"}


def one(order: PackageOrder, path: str) -> Node:
    return Node(ElementTree.fromstring(build(order)[MAIN + path]))


def parameters(order: PackageOrder) -> dict[str, tuple[str, str]]:
    """Of the external credential: type and value by name."""
    node = one(order, "externalCredentials/Segue.externalCredential-meta.xml")
    return {
        each.one("parameterName"): (each.one("parameterType"), each.one("parameterValue"))
        for each in node.all("externalCredentialParameters")
    }


def certificate(key: Any) -> bytes:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "segue")])
    now = datetime(2026, 11, 28, tzinfo=UTC)
    made = x509.CertificateBuilder(name, name, key.public_key(), 1, now, now + timedelta(days=365)).sign(
        key, hashes.SHA256()
    )
    return made.public_bytes(Encoding.PEM)


@pytest.fixture(scope="module")
def key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(65537, 2048)


@pytest.mark.parametrize("order", [KEY, JWT, ELSEWHERE], ids=["key", "jwt", "elsewhere"])
def test_everything_points_to_the_server_and_nothing_is_left_to_fill_in(order: PackageOrder) -> None:
    files = build(order)

    text = "".join(content.decode() for content in files.values())
    origin = "https://watch.example.org" if order is ELSEWHERE else ORIGIN
    assert set(re.findall(r"https?://[^\s\"'/<`]+", text)) - NAMES == {origin}
    assert not re.findall(r"\$\{[A-Z_]+\}", text)
    assert not any(path.startswith("variants/") for path in files)


def test_the_addresses_are_the_servers() -> None:
    app = one(ELSEWHERE, "externalClientApps/Segue.eca-meta.xml")
    oauth = one(ELSEWHERE, "extlClntAppGlobalOauthSets/Segue_glbloauth.ecaGlblOauth-meta.xml")
    credential = one(ELSEWHERE, "namedCredentials/Segue.namedCredential-meta.xml")

    assert oauth.one("callbackUrl") == "https://watch.example.org" + OAUTH_CALLBACK
    assert credential.anywhere("parameterValue") == ["https://watch.example.org"]
    assert app.one("contactEmail") == "help@example.org"


def test_signing_in_takes_pkce_and_a_refresh_token_works_once() -> None:
    oauth = one(KEY, "extlClntAppGlobalOauthSets/Segue_glbloauth.ecaGlblOauth-meta.xml")
    scopes = one(KEY, "extlClntAppOauthSettings/Segue_oauth.ecaOauth-meta.xml")

    assert oauth.one("isPkceRequired") == oauth.one("isRefreshTokenRotationEnabled") == "true"
    assert oauth.one("isConsumerSecretOptional") == "false"
    assert scopes.one("commaSeparatedOauthScopes") == "Api, RefreshToken"


@pytest.mark.parametrize("order", [KEY, JWT], ids=["key", "jwt"])
def test_nothing_secret_and_nothing_of_one_org_is_in_it(order: PackageOrder) -> None:
    names = {element.tag.rpartition("}")[2] for path, content in build(order).items() if path.endswith("-meta.xml")
             for element in ElementTree.fromstring(content).iter()}  # fmt: skip

    assert not names & {"consumerKey", "consumerSecret", "orgScopedExternalApp", "oauthLink", "password", "oauthToken"}
    assert not names & {"certificate"} or order is JWT
    assert not names & {"runningUser", "clientCredentialsFlowUser"}


def test_the_org_shows_a_key_that_is_entered_in_setup() -> None:
    assert parameters(KEY) == {
        "Segue": ("NamedPrincipal", ""),
        "Authorization": ("AuthHeader", "{!'Bearer ' & $Credential.Segue.apiKey}"),
    }
    named = one(KEY, "namedCredentials/Segue.namedCredential-meta.xml")
    # Without formulas in headers the key would be sent as the words above.
    assert (named.one("allowMergeFieldsInHeader"), named.one("generateAuthorizationHeader")) == ("true", "false")


def test_or_a_token_its_own_certificate_signs_with_the_claims_the_server_asks_for() -> None:
    told = parameters(JWT)

    assert told["iss"] == ("JwtBodyClaim", "00D000000000001EAA")
    assert told["aud"] == ("JwtBodyClaim", ORIGIN)
    assert told["exp"][0] == "JwtBodyClaim"
    assert told["SigningCertificate"][0] == "SigningCertificate"
    assert one(JWT, "externalCredentials/Segue.externalCredential-meta.xml").anywhere("certificate") == ["Segue_Calls"]
    assert one(JWT, "namedCredentials/Segue.namedCredential-meta.xml").one("generateAuthorizationHeader") == "true"
    assert CERTIFICATE == "org_certificate"


def test_both_kinds_hold_the_same_files() -> None:
    assert set(build(KEY)) == set(build(JWT))


def test_the_servers_certificate_stands_in_the_app_as_metadata_holds_it(key: rsa.RSAPrivateKey) -> None:
    pem = certificate(key)
    order = replace(KEY, server_certificate=pem)

    held = one(order, "extlClntAppGlobalOauthSets/Segue_glbloauth.ecaGlblOauth-meta.xml").one("certificate")

    assert held == "".join(pem.decode().split("-----")[2].split())


def test_a_private_key_never_gets_into_it(key: rsa.RSAPrivateKey) -> None:
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())

    for pem in (private, certificate(key) + private):
        with pytest.raises(BadInput, match="private key, which never leaves"):
            build(replace(KEY, server_certificate=pem))


def test_a_certificate_salesforce_could_not_use_is_refused() -> None:
    with pytest.raises(BadInput, match="RSA certificates only"):
        build(replace(KEY, server_certificate=certificate(ec.generate_private_key(ec.SECP256R1()))))
    for pem in (b"", b"\xff", b"-----BEGIN CERTIFICATE-----\nx\n-----END CERTIFICATE-----\n"):
        with pytest.raises(BadInput, match="BEGIN CERTIFICATE"):
            build(replace(KEY, server_certificate=pem))


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"origin": "http://video.example.com"}, "Salesforce calls nothing but https"),
        ({"origin": "https://localhost"}, "Salesforce can't reach localhost"),
        ({"origin": "https://video.example.com/x"}, "more than an origin"),
        ({"email": "nobody"}, "no e-mail address"),
        ({"email": "a@b.c<script>"}, "no e-mail address"),
        ({"org_certificate": "Segue_Calls"}, "together"),
        ({"org_id": "00D000000000001"}, "together"),
        ({"org_certificate": "a b", "org_id": "00D000000000001"}, "no unique name"),
        ({"org_certificate": "a__b", "org_id": "00D000000000001"}, "no unique name"),
        ({"org_certificate": "Segue_Calls", "org_id": "003000000000001"}, "begins with 00D"),
        ({"org_certificate": "Segue_Calls", "org_id": "00D"}, "no Salesforce id"),
    ],
)
def test_an_order_salesforce_could_not_use_is_refused_with_the_reason(changes: dict[str, Any], said: str) -> None:
    with pytest.raises(BadInput, match=said):
        build(replace(KEY, **changes))


def test_the_project_is_of_the_version_the_adapter_speaks() -> None:
    files = build(KEY)
    project = json.loads(files["sfdx-project.json"])

    assert next(iter(files)) == "sfdx-project.json"
    assert project["name"] == PROJECT
    assert project["sourceApiVersion"] == API
    assert json.loads(files["config/project-scratch-def.json"])["features"] == ["ExternalClientApps"]
    assert ".forceignore" in files


def test_the_same_order_makes_the_same_bytes() -> None:
    assert build(KEY) == build(replace(KEY))
