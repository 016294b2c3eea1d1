"""The picture a mail shows for a link. It is no open pixel: fetching it changes nothing and is never counted."""

from __future__ import annotations

from typing import Literal

from flask import Blueprint, Response, request

from plugin.campaigns.find import find_campaign
from plugin.decisions.mail_picture import MailPicture, mail_picture
from plugin.kernel.errors import Gone
from plugin.links.errors import LinkExpired, LinkRevoked
from plugin.links.resolve import resolve
from plugin.media.thumbnail import Thumbnail, animated, load_backdrop, still
from web.services import Services, services

bp = Blueprint("mail", __name__)

# Mail programs show pictures from their own origin or a proxy's, so this one file may be embedded anywhere.
_HEADERS = (
    ("Cache-Control", "private, max-age=600"),
    ("X-Content-Type-Options", "nosniff"),
    ("X-Robots-Tag", "noindex"),
    ("Referrer-Policy", "no-referrer"),
    ("Cross-Origin-Resource-Policy", "cross-origin"),
    ("Content-Security-Policy", "default-src 'none'"),
)


@bp.get("/v/<token>/still.jpg")
def still_picture(token: str) -> Response:
    """480×270 JPEG with the first name, if there is one."""
    return _answer(_thumbnail(token, "jpg"))


@bp.get("/v/<token>/animated.gif")
def moving_picture(token: str) -> Response:
    """480×270 GIF of twelve frames; the first carries the whole message."""
    return _answer(_thumbnail(token, "gif"))


def _thumbnail(token: str, kind: Literal["jpg", "gif"]) -> Thumbnail:
    here = services()
    shown = _shown(here, token)
    brand = shown.front.storyboard.brand
    backdrop = load_backdrop(here.store, shown.clip, accent=brand.accent, length_s=shown.front.public.duration_s)
    return still(backdrop, shown.name) if kind == "jpg" else animated(backdrop, shown.name)


def _shown(here: Services, token: str) -> MailPicture:
    """An ended link keeps a picture in old mails, without a name; one that isn't ours has none (404)."""
    with here.database.reading() as session:
        try:
            link = resolve(session, token, keyring=here.keyring, clock=here.clock)
        except (LinkExpired, LinkRevoked) as ended:
            if ended.campaign_slug is None:
                raise Gone("this link has ended") from None
            campaign = find_campaign(session, ended.campaign_slug)
            return mail_picture(session, campaign.id, campaign.published_version, None, vault=here.vault)
        return mail_picture(session, link.campaign_id, link.published_version, link, vault=here.vault)


def _answer(picture: Thumbnail) -> Response:
    response = Response(picture.data, mimetype=picture.media_type, headers=list(_HEADERS))
    response.set_etag(picture.etag)
    response.make_conditional(request)
    return response
