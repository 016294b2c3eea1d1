"""Who may look at the CRM's screens and act in them: sign-in, roles, and requests that are really ours.

OWASP ASVS 5.0 L2 (V3.5 cross-origin, V7 sessions). The demo's open door lets in this machine only.
"""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
import secrets
from dataclasses import dataclass
from typing import cast
from urllib.parse import urlsplit

from flask import Request, Response, g, make_response, redirect, request, url_for
from itsdangerous import BadData, URLSafeTimedSerializer

from plugin.accounts.models import Member
from plugin.kernel.errors import Forbidden
from web.security import same_origin
from web.services import services

COOKIE = "__Host-segue-crm"
SESSION_S = 12 * 3600
READERS = frozenset({"admin", "rep"})
_PUBLIC = frozenset({"crm.sign_in.form", "crm.sign_in.enter"})
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
_FORWARDED = frozenset({"forwarded", "via", "x-real-ip", "true-client-ip", "x-client-ip", "x-cluster-client-ip"})
_FORWARDED_FAMILIES = ("x-forwarded-", "x-original-", "cf-", "fastly-")


@dataclass(frozen=True, slots=True)
class Viewer:
    """Who asks; `csrf` stands in every form of theirs and in nobody else's."""

    label: str
    role: str
    csrf: str
    signed_in: bool

    @property
    def is_admin(self) -> bool:
        """Whether they may send dead letters on their way again."""
        return self.role == "admin"


def viewer() -> Viewer:
    """Whoever `guard` let in."""
    return cast("Viewer", g.crm_viewer)


def is_member(asking: Request) -> bool:
    """Whether someone signed in to the CRM asks, on any page; the demo's open door signs no one in."""
    return COOKIE in asking.cookies and _signed_in(asking) is not None


def guard() -> Response | None:
    """Before every request to this room: known, allowed, and when it changes something, sent by our own page."""
    if request.endpoint in _PUBLIC:
        if request.method not in _SAFE:
            need_own_page()
        return None
    found = _viewer()
    if found is None:
        return _ask_to_sign_in()
    if found.role not in READERS:
        raise Forbidden("this member may not look at the CRM")
    if request.method not in _SAFE:
        need_own_page()
        if not hmac.compare_digest(request.form.get("csrf", "").encode(), found.csrf.encode()):
            raise Forbidden("the form is not of this session")
    g.crm_viewer = found
    return None


def need_admin() -> None:
    """Raise `Forbidden` unless an admin asks."""
    if not viewer().is_admin:
        raise Forbidden("only an admin may do this")


def guard_admin() -> Response | None:
    """`guard`, for rooms where only admins have business."""
    turned_away = guard()
    if turned_away is None:
        need_admin()
    return turned_away


def need_own_page() -> None:
    """Raise `Forbidden` unless the browser says that our own page sent this."""
    if not same_origin(request):
        raise Forbidden("this was not sent by our own page")


def start_session(response: Response, member: Member) -> None:
    """Keep `member` signed in for twelve hours, or until their password changes."""
    token = _serializer().dumps({"m": member.id, "n": secrets.token_urlsafe(12), "p": _password_tag(member)})
    response.set_cookie(COOKIE, token, max_age=SESSION_S, secure=True, httponly=True, samesite="Lax", path="/")


def end_session(response: Response) -> None:
    """Sign out."""
    response.delete_cookie(COOKIE, secure=True, httponly=True, samesite="Lax", path="/")


def on_this_machine(asking: Request) -> bool:
    """Whether client, `Host` and the server's own public address are all loopback, with no proxy between."""
    hosts = (
        asking.remote_addr,
        urlsplit(f"//{asking.host}").hostname,
        urlsplit(services().settings.public_origin).hostname,
    )
    return all(_is_loopback(host) for host in hosts) and not _came_through_a_proxy(asking)


def _viewer() -> Viewer | None:
    return _signed_in(request) or _through_the_open_door()


def _through_the_open_door() -> Viewer | None:
    if services().settings.crm_open and on_this_machine(request):
        return Viewer("Demo, this machine only", "admin", _csrf("open"), signed_in=False)
    return None


def _signed_in(asking: Request) -> Viewer | None:
    try:
        session = _serializer().loads(asking.cookies.get(COOKIE, ""), max_age=SESSION_S)
    except BadData:
        return None
    with services().database.reading() as reading:
        member = reading.get(Member, session["m"])
    if member is None or not hmac.compare_digest(session["p"], _password_tag(member)):
        return None
    return Viewer(member.email, member.role, _csrf(session["n"]), signed_in=True)


def _ask_to_sign_in() -> Response:
    target = url_for("crm.sign_in.form", next=request.full_path.rstrip("?") if request.method == "GET" else None)
    if request.headers.get("HX-Request") == "true":
        return make_response("", 401, {"HX-Redirect": url_for("crm.sign_in.form")})
    return cast("Response", redirect(target, 303))


def _serializer() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(
        services().vault.derive("crm session"), salt="crm", signer_kwargs={"digest_method": hashlib.sha256}
    )


def _password_tag(member: Member) -> str:
    return services().vault.pseudonym("crm session password", member.password_hash)


def _csrf(session: str) -> str:
    return hmac.new(services().vault.derive("crm csrf"), session.encode(), hashlib.sha256).hexdigest()


def _came_through_a_proxy(asking: Request) -> bool:
    # nginx rewrites `Host` and names no client unless told to, but then speaks HTTP/1.0, as no browser does.
    names = [name.lower() for name in asking.headers.keys()]  # noqa: SIM118 - iterating gives pairs
    marked = any(name in _FORWARDED or name.startswith(_FORWARDED_FAMILIES) for name in names)
    return marked or asking.environ.get("SERVER_PROTOCOL") == "HTTP/1.0"


def _is_loopback(host: str | None) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host or "").is_loopback
    except ValueError:
        return False
