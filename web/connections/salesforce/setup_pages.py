"""What an org needs of us and we of its admin: the key it calls with, its certificate, statuses, our share of calls."""

from __future__ import annotations

import hashlib
from base64 import b64decode
from collections.abc import Mapping
from typing import Any

from flask import Response, request

from connectors.salesforce.accounts.choose import STEPS, choose
from connectors.salesforce.accounts.connect import distrust, new_inbound_key, trust
from connectors.salesforce.held import CERTIFICATE
from plugin.accounts import credentials
from plugin.kernel.errors import BadInput, NotFound
from web.connections.present import attempt, page, to
from web.connections.salesforce.present import forget, look
from web.services import services

MOST_CERTIFICATE = 64 * 1024


def setup(installation_id: str) -> Response:
    """How things stand; the key itself is never shown again."""
    return _shown(installation_id, 200)


def set_up(installation_id: str) -> Response:
    """Keep the names of statuses and our share of the calls."""
    look(installation_id)
    share, problem = attempt(lambda: _share(request.form.get("share", "")))
    if share is not None:
        given = share

        def keep() -> None:
            with services().database.transaction() as session:
                choose(session, installation_id, request.form, given)

        _, problem = attempt(keep)
    if problem:
        return _shown(installation_id, 422, problem=problem, given=request.form)
    forget(installation_id)
    return to("setup", installation_id, done="chosen")


def make_key(installation_id: str) -> Response:
    """A new key for the org's calls, shown this once; the old one holds no more."""
    here = services()
    look(installation_id)
    key, problem = attempt(lambda: new_inbound_key(here.database, here.vault, installation_id))
    return _shown(installation_id, 200 if key else 422, key=key, problem=problem)


def upload(installation_id: str) -> Response:
    """Take calls that the org's certificate signed; without a file, take none any more."""
    here = services()
    look(installation_id)
    if "distrust" in request.form:
        _, problem = attempt(lambda: distrust(here.database, here.vault, installation_id))
    else:
        sent = request.files.get("certificate")
        raw = sent.stream.read(MOST_CERTIFICATE + 1) if sent else b""
        _, problem = attempt(lambda: trust(here.database, here.vault, installation_id, _small(raw)))
    if problem:
        return _shown(installation_id, 422, problem=problem)
    return to("setup", installation_id, done="distrusted" if "distrust" in request.form else "trusted")


def _shown(installation_id: str, status: int, *, given: Mapping[str, str] | None = None, **told: Any) -> Response:
    here = services()
    account = look(installation_id)
    with here.database.reading() as session:
        try:
            held: Mapping[str, str] = credentials.look(session, here.vault, installation_id).values
        except NotFound:
            held = {}
    statuses = {step: (given or account.config.statuses).get(step, "") for step in STEPS}
    return page(
        "salesforce/setup",
        account,
        status,
        here_tab="setup",
        statuses=statuses,
        share=given.get("share", "") if given else f"{account.config.share * 100:g}",
        fingerprint=_fingerprint(held[CERTIFICATE]) if CERTIFICATE in held else None,
        origin=here.settings.public_origin.rstrip("/"),
        **{"key": None, "problem": None, **told},
    )


def _share(text: str) -> float:
    text = text.strip().removesuffix("%").strip().replace(",", ".")
    try:
        return float(text) / 100
    except ValueError:
        raise BadInput("our share of the calls is a number of percent") from None


def _small(raw: bytes) -> bytes:
    if not raw:
        raise BadInput("choose the certificate’s file")
    if len(raw) > MOST_CERTIFICATE:
        raise BadInput("that file is too large to be a certificate")
    return raw


def _fingerprint(pem: str) -> str:
    """SHA-256 of the public key, in pairs."""
    der = b64decode("".join(line for line in pem.splitlines() if not line.startswith("-----")))
    return hashlib.sha256(der).digest().hex(":").upper()
