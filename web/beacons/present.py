"""The consent question as the page shows it, and the visit as the page carries it."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from flask import Request, Response
from markupsafe import Markup
from sqlalchemy.orm import Session

from plugin.campaigns.storyboard import Brand
from plugin.decisions.plan import OpenedVideo
from plugin.engagement import nonce
from plugin.engagement.begin import Arrival, Begun, begin, go_on
from plugin.engagement.request import facts_of
from plugin.privacy.consent import Notice
from plugin.privacy.models import ConsentState, Regime
from plugin.privacy.regime import may_choose
from web.attention.present import AttentionView, attention_view
from web.services import Services
from web.texts import texts

NOTICE_VERSION = "1"
"""Raised with every change of what the notice means; its words are hashed besides."""
RECEIPTS_COOKIE = "__Host-segue-receipts"
_MOST_RECEIPTS = 16
_COOKIE_DAYS = 180
_BASIS = {Regime.CONSENT: "consent (GDPR Art. 6(1)(a))", Regime.OPT_OUT: "legitimate interest (GDPR Art. 6(1)(f))"}
_DATA = (
    "seconds played",
    "chapters chosen",
    "buttons chosen",
    "time in view",
    "signs of a person (gestures counted, automated browser, daily pseudonym of the network)",
)


@dataclass(frozen=True, slots=True)
class ConsentView:
    """Everything the macro `consent` shows."""

    state: str
    """ask | on | off | signalled | never | preview."""
    line: str
    words: Mapping[str, str]
    details: tuple[tuple[str, str], ...]
    nonce: str
    privacy_url: str
    receipt: bool
    """This browser holds a receipt to download."""


@dataclass(frozen=True, slots=True)
class VisitView:
    """What an opened page is given of its visit."""

    attributes: Markup
    """For the element that holds the video: `data-visit`, `data-nonce`, `data-tracking`."""
    consent: ConsentView
    attention: AttentionView | None = None
    """Of the camera, when there is something to say of it."""


def begin_visit(
    session: Session,
    incoming: Request,
    opened: OpenedVideo,
    brand: Brand,
    here: Services,
    *,
    member: bool = False,
    attentive: bool = False,
    going_on: bool = False,
) -> VisitView:
    """Start the visit of an open just made, in its transaction; `member` is someone of the company looking in.

    `attentive`: this page may use the camera, by a live yes; `going_on`: the visit of that yes goes on in it.
    """
    language = opened.plan.language
    receipts = receipts_held(incoming)
    arrival = Arrival(
        facts=facts_of(incoming.headers, member=member),
        gpc=signals_off(incoming),
        address=incoming.remote_addr,
        receipts=receipts,
        notice=notice_of(brand, language, Regime.CONSENT, here.settings.event_days),
    )
    if going_on:
        begun = go_on(session, opened.open_id, arrival, vault=here.vault)
    else:
        begun = begin(session, opened, arrival, vault=here.vault, clock=here.clock)
    token = nonce.issue(here.vault, begun.visit_id, now=here.clock())
    tracking = "on" if begun.tracked else "off"
    # Ids, digits, dots and base64url: there is nothing in it to escape.
    attention = "on" if attentive else begun.attention
    # Refused, withdrawn or never to be asked is the page as it is without any of this, byte for byte.
    asked = ' data-attention="ask"' if attention in ("ask", "kept") else ""
    attributes = Markup(f'data-visit data-nonce="{token}" data-tracking="{tracking}"{asked}')  # noqa: S704
    view = consent_view(begun, brand, language, token, event_days=here.settings.event_days, receipt=bool(receipts))
    if attention not in ("on", "kept"):
        return VisitView(attributes, view)
    server = "ask" if here.settings.attention_server else "no"
    return VisitView(attributes, view, attention_view(attention, brand, language, token, here.settings, server=server))


def signals_off(incoming: Request) -> bool:
    """Global Privacy Control: `Sec-GPC: 1`."""
    return incoming.headers.get("Sec-GPC", "").strip() == "1"


def receipts_held(incoming: Request) -> tuple[str, ...]:
    """Ids of the receipts this browser was given; they prove that the choice was made in it."""
    kept = incoming.cookies.get(RECEIPTS_COOKIE, "")
    return tuple(part for part in kept.split(".")[:_MOST_RECEIPTS] if 0 < len(part) <= 32)


def receipts_with(held: tuple[str, ...], added: str) -> str:
    """The cookie's value with one more, newest first."""
    return ".".join((added, *held)[:_MOST_RECEIPTS])


def keep_receipt(response: Response, incoming: Request, receipt_id: str) -> None:
    """Give the browser one more receipt to hold."""
    response.set_cookie(
        RECEIPTS_COOKIE,
        receipts_with(receipts_held(incoming), receipt_id),
        max_age=_COOKIE_DAYS * 86400,
        secure=True,
        httponly=True,
        samesite="Lax",
        path="/",
    )


def consent_view(
    begun: Begun, brand: Brand, language: str, token: str, *, event_days: int, receipt: bool
) -> ConsentView:
    """What to ask or to say, in the page's language."""
    words = texts(language, "privacy")
    state, line = _state(begun)
    return ConsentView(
        state=state,
        line=words[line].format(brand=brand.name),
        words=words,
        details=_details(words, brand, event_days),
        nonce=token,
        privacy_url=brand.privacy_url,
        receipt=receipt,
    )


def _state(begun: Begun) -> tuple[str, str]:
    if begun.preview:
        return "preview", "preview"
    if begun.regime not in (Regime.CONSENT, Regime.OPT_OUT):
        return "never", "never"
    if begun.gpc:
        return "signalled", "signalled"
    if begun.tracked:
        return "on", "on_consent" if begun.state == ConsentState.GIVEN else "on_opt_out"
    asked = begun.state in (None, ConsentState.SIGNALLED_OFF) and begun.regime == Regime.CONSENT
    return ("ask", "ask") if asked and may_choose(begun.regime, gpc=begun.gpc) else ("off", "off")


@lru_cache(256)
def notice_of(brand: Brand, language: str, regime: str, event_days: int) -> Notice:
    """What stands on the page, for the receipt; the hash is over the question and every detail as shown."""
    words = texts(language, "privacy")
    details = [text for pair in _details(words, brand, event_days) for text in pair]
    shown = [words["ask"].format(brand=brand.name), words["same"], *details]
    return Notice(
        version=NOTICE_VERSION,
        language=language,
        sha256=hashlib.sha256("\n".join(shown).encode()).hexdigest(),
        legal_basis=_BASIS.get(Regime(regime), _BASIS[Regime.CONSENT]),
        data_categories=_DATA,
        controller=brand.name,
        recipients=words["recipients"].format(brand=brand.name),
        retention=words["how_long"].format(days=event_days),
        withdrawal=words["withdrawal"].format(contact=brand.contact),
    )


def _details(words: Mapping[str, str], brand: Brand, event_days: int) -> tuple[tuple[str, str], ...]:
    rows = [
        (words[f"{name}_label"], words[name].format(brand=brand.name, days=event_days))
        for name in ("what", "who", "how_long", "change")
    ]
    return (*rows, (words["controller_label"], f"{brand.name}, {brand.contact}"))
