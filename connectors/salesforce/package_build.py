"""The project an admin deploys to an org, made for one server from the source in `package/`. Pure."""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType
from urllib.parse import urlsplit
from xml.sax.saxutils import escape

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding

from connectors.package_origin import origin_of
from connectors.package_write import Kind
from connectors.salesforce.names import long_id
from plugin.kernel.errors import BadInput

PROJECT = "segue-video"
KIND = Kind("sfdx-project.json", PROJECT, "force-app")
SOURCE = Path(__file__).parent / "package"
MAIN = "force-app/main/default/"
OAUTH_CALLBACK = "/salesforce/oauth/callback"

_VARIANTS = "variants/"
_JWT = "variants/jwt/"
_PLACEHOLDER = re.compile(r"\$\{([A-Z_]+)\}")
_EMAIL = re.compile(r"[^@\s<>\"&]+@[^@\s<>\"&]+\.[^@\s<>\"&]+")
_CERTIFICATE_NAME = re.compile(r"[A-Za-z](?:_?[A-Za-z0-9])*")


@dataclass(frozen=True, slots=True)
class PackageOrder:
    """For which server, and how server and org know each other.

    `email` stands in the app as whom to ask; empty means `postmaster@` the server. `server_certificate` (PEM) is the
    public half of the key that the server signs in with (JWT bearer); without it the admin uploads it in Setup, or
    signs in by hand. `org_certificate` names a certificate in Setup with which the org signs its calls; then `org_id`
    says whose calls they are. Without it the org shows a key that the admin enters in Setup.
    """

    origin: str
    email: str | None = None
    server_certificate: bytes | None = None
    org_certificate: str | None = None
    org_id: str | None = None


def build(order: PackageOrder) -> dict[str, bytes]:
    """The project's files by path, `sfdx-project.json` first; raises `BadInput` for what Salesforce couldn't use."""
    words = _words(order)
    source = dict(_source())
    files = {path: content for path, content in source.items() if not path.startswith(_VARIANTS)}
    if order.org_certificate:
        chosen = {path: content for path, content in source.items() if path.startswith(_JWT)}
        files |= {MAIN + path.removeprefix(_JWT): content for path, content in chosen.items()}
    in_order = sorted(files.items(), key=lambda item: (item[0] != KIND.manifest, item[0]))
    return {path: _filled(content, words) if path.endswith("-meta.xml") else content for path, content in in_order}


def _words(order: PackageOrder) -> dict[str, str]:
    origin = origin_of(order.origin, caller="Salesforce")
    email = order.email or f"postmaster@{urlsplit(origin).hostname}"
    if not _EMAIL.fullmatch(email) or len(email) > 80:
        raise BadInput(f"{email!r} is no e-mail address")
    if bool(order.org_certificate) != bool(order.org_id):
        raise BadInput("name the org's certificate and its id together: --org-certificate NAME --org-id 00D…")
    return {
        "ORIGIN": origin,
        "CONTACT_EMAIL": email,
        "SERVER_CERTIFICATE": _body(order.server_certificate) if order.server_certificate is not None else "",
        "ORG_CERTIFICATE": _certificate_name(order.org_certificate or ""),
        "ORG_ID": _org_id(order.org_id or ""),
    }


def _body(pem: bytes) -> str:
    """A certificate as metadata holds it: base64 in one line; raises `BadInput` for one that signs nobody in."""
    if b"PRIVATE KEY" in pem:
        raise BadInput("that file holds a private key, which never leaves the server: pass the certificate alone")
    try:
        found = x509.load_pem_x509_certificate(pem)
    except ValueError:
        raise BadInput("the certificate can't be read: pass a PEM file that begins with BEGIN CERTIFICATE") from None
    if not isinstance(found.public_key(), rsa.RSAPublicKey):
        raise BadInput("Salesforce takes RSA certificates only")
    return base64.b64encode(found.public_bytes(Encoding.DER)).decode()


def _certificate_name(name: str) -> str:
    if name and (not _CERTIFICATE_NAME.fullmatch(name) or len(name) > 64):
        raise BadInput(f"{name!r} is no unique name of a certificate in Setup: letters, digits and single _ only")
    return name


def _org_id(text: str) -> str:
    if not text:
        return ""
    found = long_id(text)
    if not found.startswith("00D"):
        raise BadInput(f"{text!r} is no id of an org: it begins with 00D (Setup, Company Information)")
    return found


def _filled(content: bytes, words: Mapping[str, str]) -> bytes:
    """With each `${WORD}` replaced; a line that holds nothing but an empty word in its element goes away."""
    lines = []
    for line in content.decode().splitlines(keepends=True):
        named = _PLACEHOLDER.findall(line)
        if named and all(not words[name] for name in named):
            continue
        lines.append(_PLACEHOLDER.sub(lambda found: escape(words[found[1]]), line))
    return "".join(lines).encode()


@cache
def _source() -> Mapping[str, bytes]:
    files = (path for path in SOURCE.rglob("*") if path.is_file() and "node_modules" not in path.parts)
    return MappingProxyType({path.relative_to(SOURCE).as_posix(): path.read_bytes() for path in files})
