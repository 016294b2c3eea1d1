"""Which page may use the camera: only the one a yes has just led to, and only once.

`Permissions-Policy` can't be changed once a page is loaded, and a frame inside it is never allowed more than the page
itself is. So a page that might later be given a yes would have to be allowed the camera from the start, for every
script on it. Instead every page is served `camera=()`, and a yes leads to a page of its own: `POST /attention` leaves
a cookie that lives a minute, `GET /w/…` with that cookie is served `camera=(self)`, and the open from there goes on
with the same visit and takes the cookie away. Reload it, and the page is one without a camera again.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from flask import Request, Response
from sqlalchemy.orm import Session

from plugin.decisions.open_link import Decided
from plugin.engagement import nonce
from plugin.engagement.attention.resume import carry_over, goes_on, has_yes, shown_before
from plugin.kernel.errors import Forbidden, Gone
from plugin.links.resolve import ResolvedLink
from web.beacons.present import signals_off
from web.services import Services

if TYPE_CHECKING:
    from web.landing.opening import Order

COOKIE = "__Host-segue-camera"
_LIFE_S = 60


def invite(response: Response, token: str) -> None:
    """Let the browser's next page of this visit use the camera; `token` is the visit's nonce."""
    response.set_cookie(COOKIE, token, _LIFE_S, path="/", secure=True, httponly=True, samesite="Lax")


def visit_named(incoming: Request, here: Services) -> str | None:
    """The visit that the browser's invitation is for; None without one of ours, or under a browser's signal."""
    token = incoming.cookies.get(COOKIE)
    if not token or signals_off(incoming):
        return None
    try:
        return nonce.verify(here.vault, token, now=here.clock()).open_id
    except (Forbidden, Gone):
        return None


def as_before(incoming: Request, order: Order, here: Services) -> Order:
    """The order as the viewer had it before their yes: in their language, and without their record if they said so."""
    visit_id = visit_named(incoming, here)
    if visit_id is None:
        return order
    with here.database.reading() as session:
        before = shown_before(session, visit_id)
    if before is None:
        return order
    language, personal = before
    return replace(order, language=order.language or language, personal=order.personal and personal)


def invited(session: Session, incoming: Request, link: ResolvedLink, here: Services) -> str | None:
    """The visit with a live yes that this request goes on with, or None. Without the cookie nothing is asked."""
    visit_id = visit_named(incoming, here)
    return visit_id if visit_id is not None and has_yes(session, visit_id, link) else None


def arrive(session: Session, visit_id: str, decided: Decided) -> bool:
    """Take the yes along to the open just decided; True when it is the same visit going on."""
    if goes_on(session, visit_id, decided):
        return True
    carry_over(session, visit_id, decided.opened.open_id)
    return False


def use_up(response: Response) -> None:
    """The invitation was taken: a reload is a page without a camera."""
    response.delete_cookie(COOKIE, path="/", secure=True, httponly=True, samesite="Lax")
