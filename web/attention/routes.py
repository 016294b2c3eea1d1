"""Routes of the camera: the question once something was seen, the answer, the seconds told, and the worker's script."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import orjson
from flask import Blueprint, Response, make_response, redirect, render_template, request
from sqlalchemy import select
from sqlalchemy.orm import Session

from plugin.campaigns.models import Campaign, StoryboardVersion
from plugin.campaigns.storyboard import Brand
from plugin.decisions.models import Open
from plugin.engagement import nonce
from plugin.engagement.accept import BeaconTooLarge
from plugin.engagement.attention import consent, jpeg
from plugin.engagement.attention.accept import MAX_BYTES, accept
from plugin.engagement.attention.keep import keep
from plugin.engagement.models import Visit
from plugin.kernel.errors import BadInput, Busy, Forbidden, NotFound
from plugin.privacy.models import ConsentReceipt, ConsentState, Purpose
from web.attention import camera
from web.attention.pace import Pace
from web.attention.present import attention_view, notice_of
from web.beacons.present import keep_receipt, receipts_held, signals_off
from web.security import same_origin, worker_headers
from web.services import services

bp = Blueprint("attention", __name__, url_prefix="/attention")

_WORKER = b'import "/static/js/attention/worker.js";\n'
_LONGEST_S = 36_000.0
_pace = Pace()


@bp.post("/offer")
def offer() -> Response:
    """The question, for a visit it may be put to now; else 204. Asked by the page after some seconds of playing."""
    page = _page()
    here = services()
    with here.database.reading() as session:
        offered = consent.is_offered(session, page.visit_id, vault=here.vault, gpc=signals_off(request))
    if not offered:
        return Response(status=204)
    return _fragment(page, "ask", receipt=bool(receipts_held(request)))


@bp.post("")
def choose() -> Response:
    """Record a yes or a no.

    A yes leads to the same video on a page that may use the camera; any other answer is shown in place of the question.
    """
    page = _page()
    match request.form.get("choice"), request.form.get("way", ""):
        case "yes", "":
            return _to_a_page_of_its_own(page)
        case "yes", "server":
            if not services().settings.attention_server:
                raise BadInput("this server takes no pictures")
            receipt = _answered(page, Purpose.ATTENTION_SERVER, consent.allow_server, gpc=signals_off(request))
            response = _fragment(page, "on", server="on")
        case "no", "":
            receipt = _answered(page, Purpose.ATTENTION, consent.withdraw)
            response = _after_no(page, receipt)
        case "no", "server":
            receipt = _answered(page, Purpose.ATTENTION_SERVER, consent.refuse_server)
            response = _fragment(page, "on")
        case _:
            raise BadInput("the answer is yes or no")
    keep_receipt(response, request, receipt.id)
    return response


@bp.post("/server")
def second_question() -> Response:
    """The question whether pictures may be sent, for a browser that can't do without; 204 where none are taken."""
    page = _page()
    if not services().settings.attention_server:
        return Response(status=204)
    return _fragment(page, "server")


@bp.post("/seconds")
def seconds() -> Response:
    """Take in seconds: 204 once they are committed, or dropped because nothing may be kept (any more)."""
    if request.headers.get("Sec-Fetch-Site", "same-origin") != "same-origin":
        raise Forbidden("this only works from the page itself")
    if (request.content_length or 0) > MAX_BYTES:
        return Response(status=413)
    here = services()
    try:
        told = accept(here.vault, request.stream.read(MAX_BYTES + 1), now=here.clock())
    except BeaconTooLarge:
        return Response(status=413)
    if told.seconds and not signals_off(request):
        with here.database.transaction() as session:
            keep(session, told, clock=here.clock)
    return Response(status=204)


@bp.post("/picture")
def picture() -> Response:
    """Look at one picture for a browser that can't, and forget it: only after the second yes of this very visit."""
    here = services()
    if not here.settings.attention_server:
        raise NotFound("this server takes no pictures")
    if not same_origin(request) or signals_off(request):
        raise Forbidden("this only works from the page itself")
    if (request.content_length or 0) > jpeg.MAX_BYTES:
        return Response(status=413)
    licence = nonce.verify(here.vault, request.headers.get("X-Segue-Visit", ""), now=here.clock())
    with here.database.reading() as session:
        if not consent.may_send(session, licence.open_id):
            raise Forbidden("pictures of this visit may not be sent")
    if not _pace.admit(licence.open_id):
        raise Busy("more pictures than a page sends")
    seen = here.eyes.see(request.stream.read(jpeg.MAX_BYTES + 1))
    body = orjson.dumps({"look": seen.look, "light": round(seen.light, 1)})
    return Response(body, mimetype="application/json", headers={"Cache-Control": "no-store"})


@bp.get("/worker.js")
def worker() -> Response:
    """The worker's script, under a policy that lets it compile WebAssembly, which no page of ours may."""
    headers = [*worker_headers(), ("Cache-Control", "public, no-cache")]
    return Response(_WORKER, mimetype="text/javascript", headers=headers)


# -- parts ---------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Page:
    visit_id: str
    token: str
    brand: Brand
    language: str
    slug: str


def _page() -> _Page:
    """The page that asks, by its nonce; raises `Forbidden` when another site sent it."""
    if not same_origin(request):
        raise Forbidden("this only works from the page itself")
    here, token = services(), request.form.get("nonce", "")
    licence = nonce.verify(here.vault, token, now=here.clock())
    with here.database.reading() as session:
        row = _row(session, licence.open_id)
    return _Page(licence.open_id, token, Brand.model_validate(row.document["brand"]), row.language, row.slug)


def _row(session: Session, visit_id: str) -> Any:
    row = session.execute(
        select(Campaign.slug, Open.language, StoryboardVersion.document)
        .select_from(Visit)
        .join(Open, Open.id == Visit.id)
        .join(Campaign, Campaign.id == Visit.campaign_id)
        .join(StoryboardVersion, StoryboardVersion.id == Open.storyboard_version_id)
        .where(Visit.id == visit_id)
    ).one_or_none()
    if row is None:
        raise NotFound("no such visit")
    return row


def _answered(page: _Page, purpose: Purpose, answer: Any, **given: Any) -> ConsentReceipt:
    here = services()
    notice = notice_of(page.brand, page.language, purpose, here.settings.attention_group)
    with here.database.transaction() as session:
        receipt: ConsentReceipt = answer(session, page.visit_id, notice, vault=here.vault, clock=here.clock, **given)
    return receipt


def _to_a_page_of_its_own(page: _Page) -> Response:
    response = make_response(redirect(f"/w/{page.slug}?t={_place()}&lang={page.language}", 303))
    try:
        receipt = _answered(page, Purpose.ATTENTION, consent.allow, gpc=signals_off(request))
    except BadInput:
        # Stopped being measured since the question was put, say: back to the video, as it was.
        return response
    keep_receipt(response, request, receipt.id)
    camera.invite(response, page.token)
    return response


def _place() -> str:
    """Where the video stood, in seconds."""
    at = request.form.get("at", 0.0, type=float)
    return f"{at:.1f}" if math.isfinite(at) and 0 <= at <= _LONGEST_S else "0"


def _after_no(page: _Page, receipt: ConsentReceipt) -> Response:
    if request.headers.get("HX-Request") != "true":
        return make_response(redirect(f"/w/{page.slug}", 303))
    if receipt.state == ConsentState.REFUSED:
        # Nothing was on, so nothing is left to say.
        return Response(b"", mimetype="text/html")
    return _fragment(page, "off")


def _fragment(page: _Page, state: str, *, server: str = "no", receipt: bool = True) -> Response:
    config = services().settings
    view = attention_view(state, page.brand, page.language, page.token, config, server=server, receipt=receipt)
    response = make_response(render_template("ui/attention_fragment.html", view=view))
    response.headers["HX-Trigger"] = orjson.dumps({"segue:attention": {"state": state, "server": server}}).decode()
    return response
