"""An org comes, or comes again, and goes: its installation, its sealed credential, a first look at what it allows."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, cast

import structlog
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509 import load_der_x509_certificate, load_pem_x509_certificate
from sqlalchemy import Table, select
from sqlalchemy.orm import Session

from connectors.salesforce.accounts.config import Auth, OrgConfig, change_config
from connectors.salesforce.accounts.find import org_of
from connectors.salesforce.accounts.oauth import Grant, TokenEndpoint, login_origin
from connectors.salesforce.accounts.probe import Finding, Probed, probe
from connectors.salesforce.accounts.tokens import values_of
from connectors.salesforce.api.errors import SalesforceError
from connectors.salesforce.api.session import make_session
from connectors.salesforce.held import (
    CERTIFICATE,
    CLIENT_ID,
    CLIENT_SECRET,
    INBOUND_KEY,
    PRIVATE_KEY,
    REFRESH,
    USERNAME,
)
from connectors.salesforce.names import long_id
from connectors.salesforce.org import NAME, open_org
from plugin.accounts import credentials
from plugin.accounts.models import Installation
from plugin.kernel.clock import Clock, utcnow
from plugin.kernel.database import Database, insert_ignoring
from plugin.kernel.errors import BadInput, SegueError
from plugin.kernel.ids import new_id
from plugin.kernel.seal import Vault
from plugin.kernel.settings import Settings

log = structlog.get_logger()

DISCONNECTED = "disconnected: connect the org again"


@dataclass(frozen=True, slots=True)
class Connected:
    """An org that is connected now; `inbound_key` is what its Named Credential sends us, shown this once."""

    installation_id: str
    org_id: str
    again: bool
    inbound_key: str
    probed: Probed


def connect_jwt(
    database: Database,
    vault: Vault,
    settings: Settings,
    *,
    login: str,
    client_id: str,
    username: str,
    private_key: str,
    clock: Clock = utcnow,
) -> Connected:
    """Connect by JWT bearer: nobody signs in, and no token is kept that could be stolen and used elsewhere for long.

    Raises `BadInput` for a key or host that is none, and `SalesforceError`; then nothing is kept.
    """
    endpoint = _endpoint(settings, login, clock)
    grant = endpoint.by_jwt(_given(client_id, "consumer key"), _given(username, "user name"), private_key)
    held = {CLIENT_ID: client_id.strip(), USERNAME: username.strip(), PRIVATE_KEY: private_key}
    return _keep(database, vault, settings, grant, "jwt", login, held, clock)


def connect_client_credentials(
    database: Database,
    vault: Vault,
    settings: Settings,
    *,
    login: str,
    client_id: str,
    client_secret: str,
    clock: Clock = utcnow,
) -> Connected:
    """Connect by client credentials; the login host must be the org's My Domain."""
    endpoint = _endpoint(settings, login, clock)
    grant = endpoint.by_client_credentials(_given(client_id, "consumer key"), _given(client_secret, "consumer secret"))
    held = {CLIENT_ID: client_id.strip(), CLIENT_SECRET: client_secret.strip()}
    return _keep(database, vault, settings, grant, "client_credentials", login, held, clock)


def connect_web(
    database: Database,
    vault: Vault,
    settings: Settings,
    grant: Grant,
    *,
    login: str,
    client_id: str,
    client_secret: str,
    clock: Clock = utcnow,
) -> Connected:
    """Connect with what the web-server flow gave; raises `BadInput` when it gave nothing to come back with."""
    if not grant.refresh_token:
        raise BadInput("the app gave no refresh token: allow its scope refresh_token, then connect again")
    held = {CLIENT_ID: client_id, CLIENT_SECRET: client_secret}
    return _keep(database, vault, settings, grant, "web", login, held, clock)


def new_inbound_key(database: Database, vault: Vault, installation_id: str) -> str:
    """A new key for the org's Named Credential; the old one holds no more."""
    key = secrets.token_urlsafe(32)
    with database.transaction() as session:
        org_of(session, installation_id)
        credentials.change(session, vault, installation_id, lambda held: {**held, INBOUND_KEY: key})
    return key


def trust(database: Database, vault: Vault, installation_id: str, certificate: bytes) -> None:
    """Take calls that the org's own certificate signed, beside the key; raises `BadInput` for what is none."""
    load = load_pem_x509_certificate if b"-----BEGIN" in certificate else load_der_x509_certificate
    try:
        key = load(certificate).public_key()
    except ValueError:
        raise BadInput("that is no certificate: export it in Setup, Certificate and Key Management, as PEM") from None
    if not isinstance(key, RSAPublicKey):
        raise BadInput("the certificate must hold an RSA key: Salesforce signs with RS256")
    pem = key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
    with database.transaction() as session:
        org_of(session, installation_id)
        credentials.change(session, vault, installation_id, lambda held: {**held, CERTIFICATE: pem})


def distrust(database: Database, vault: Vault, installation_id: str) -> None:
    """Take no more calls that a certificate signed; the key goes on."""
    with database.transaction() as session:
        org_of(session, installation_id)
        credentials.change(session, vault, installation_id, _without_certificate)


def disconnect(database: Database, vault: Vault, settings: Settings, installation_id: str) -> bool:
    """End the connection: Salesforce is told where a token can be ended, the credential forgotten.

    Links, visits and what was told stay. False when Salesforce couldn't be told: remove the app's access there.
    """
    with database.reading() as session:
        config = org_of(session, installation_id).config
        try:
            held: Mapping[str, str] = credentials.look(session, vault, installation_id).values
        except SegueError:
            held = {}
    told = _tell_end(settings, str(config.get("login") or ""), held)
    with database.transaction() as session:
        credentials.forget(session, installation_id)
        change_config(session, installation_id, lambda kept: replace(kept, problem=DISCONNECTED))
    log.info("salesforce.disconnected", installation_id=installation_id, told=told)
    return told


def _without_certificate(held: Mapping[str, str]) -> Mapping[str, str]:
    return {name: value for name, value in held.items() if name != CERTIFICATE}


def _tell_end(settings: Settings, login: str, held: Mapping[str, str]) -> bool:
    token = held.get(REFRESH) or held.get("access_token")
    if not token:
        return False
    try:
        TokenEndpoint(login, make_session(settings.salesforce_sandbox)).revoke(token)
    except SegueError:
        return False
    return True


def _keep(
    database: Database,
    vault: Vault,
    settings: Settings,
    grant: Grant,
    auth: Auth,
    login: str,
    held: dict[str, str],
    clock: Clock,
) -> Connected:
    org_id = long_id(grant.org_id)
    way: dict[str, Any] = {"auth": auth, "login": login_origin(login), "user_id": grant.user_id}
    fresh = {
        "id": new_id(),
        "connector": NAME,
        "account": org_id,
        "label": f"Salesforce {org_id}",
        "config": OrgConfig(**way).as_json(),
        "created_at": clock(),
    }
    with database.transaction() as session:
        table = cast("Table", Installation.__table__)
        # Twice at once: whichever comes first makes it, the other joins.
        session.execute(insert_ignoring(session.get_bind().dialect.name, table, ["connector", "account"]), [fresh])
        installation = session.scalars(
            select(Installation).where(Installation.connector == NAME, Installation.account == org_id)
        ).one()
        again = installation.id != fresh["id"]
        known = _known(session, vault, installation.id)
        key = known.get(INBOUND_KEY) or secrets.token_urlsafe(32)
        trusted = {CERTIFICATE: known[CERTIFICATE]} if CERTIFICATE in known else {}
        values = {**held, **values_of(grant), INBOUND_KEY: key, **trusted}
        credentials.keep(session, vault, installation.id, values, clock=clock)
        change_config(session, installation.id, lambda kept: replace(kept, problem=None, **way))
    log.info("salesforce.connected", installation_id=installation.id, again=again, auth=auth)
    with database.reading() as session:
        org = open_org(database, vault, settings, org_of(session, installation.id), clock=clock)
    try:
        probed = probe(org)
    except SalesforceError as error:
        # It is connected all the same, and looked at again by the worker.
        words = f"Salesforce could not be asked yet what it allows: {error}"
        probed = Probed(org.config, (Finding(False, words, "It is asked again within the hour."),))
    return Connected(installation.id, org_id, again, key, probed)


def _known(session: Session, vault: Vault, installation_id: str) -> Mapping[str, str]:
    try:
        return credentials.look(session, vault, installation_id).values
    except SegueError:
        return {}


def _endpoint(settings: Settings, login: str, clock: Clock) -> TokenEndpoint:
    return TokenEndpoint(login, make_session(settings.salesforce_sandbox), clock=clock)


def _given(text: str, what: str) -> str:
    text = text.strip()
    if not text or len(text) > 1024 or not text.isprintable():
        raise BadInput(f"give the {what} as Salesforce shows it")
    return text
