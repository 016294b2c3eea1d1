"""Routes of the player room: text made on the fly, bytes that never change."""

from __future__ import annotations

import hashlib
from functools import partial

from flask import Blueprint, Response, request

from plugin.kernel.errors import NotFound
from plugin.media.assembly import AssemblyMedia
from plugin.media.captions import captions
from plugin.media.catalogue import load_assembly, load_timeline
from plugin.media.store import LocalStore
from plugin.media.virtual_mp4 import virtual_mp4
from web.player.addresses import address, signer
from web.player.bytes import Content, reply
from web.player.present import playlists
from web.services import services

bp = Blueprint("player", __name__)

# Long enough to share, short enough that a withdrawn clip is out of use within a minute.
_BRIEFLY = "public, max-age=60"


@bp.get("/m/<assembly>/<name>.m3u8")
def playlist(assembly: str, name: str) -> Response:
    """`master`, or a rendition's; the same text the page carries."""
    with services().database.reading() as session:
        media = load_assembly(session, assembly)
    text = playlists(media, signer(services())).get(address(assembly, f"{name}.m3u8"))
    if text is None:
        raise NotFound("no such playlist")
    return _text(text, "application/vnd.apple.mpegurl")


@bp.get("/m/<assembly>/video.mp4")
def video(assembly: str) -> Response:
    """The whole video as one file that is nowhere stored; `?quality=360p` picks a rendition, `?download=1` saves it."""
    with services().database.reading() as session:
        media = load_assembly(session, assembly)
    made = virtual_mp4(media.rendition(request.args.get("quality") or plain_rendition(media)))
    store = services().store
    content = Content(made.size, made.etag, "video/mp4", lambda offset, size: made.read(store, offset, offset + size))
    name = "video.mp4" if request.args.get("download") else None
    return reply(request, content, cache=_BRIEFLY, download_as=name)


@bp.get("/m/<assembly>/captions.vtt")
def subtitles(assembly: str) -> Response:
    """What is said, in the assembled video's own time."""
    with services().database.reading() as session:
        timeline = load_timeline(session, assembly)
    return _text(captions(timeline, timeline.clips[0].language), "text/vtt")


@bp.get("/m/<assembly>/poster.jpg")
def poster(assembly: str) -> Response:
    """The first clip's."""
    with services().database.reading() as session:
        timeline = load_timeline(session, assembly)
    store, key = services().store, timeline.clips[0].poster_key
    content = Content(store.size(key), key.replace("/", "-"), "image/jpeg", partial(store.read, key))
    return reply(request, content, cache=_BRIEFLY)


@bp.get("/clips/<grant>/<path:key>")
def clip(grant: str, key: str) -> Response:
    """Bytes of one clip file, to whom a page of ours gave the address."""
    store = services().store
    if not isinstance(store, LocalStore):
        raise NotFound("clips are served by the object store")
    left_s = store.check(grant, key, services().clock())
    mimetype = "video/mp4" if key.endswith(".mp4") else "image/jpeg"
    content = Content(store.size(key), key.replace("/", "-"), mimetype, partial(store.read, key))
    return reply(request, content, cache=f"public, max-age={left_s}, immutable")


def plain_rendition(media: AssemblyMedia) -> str:
    """For players that can't choose: 720p, or the best below it."""
    names = media.common()
    return "720p" if "720p" in names else names[-1]


def _text(text: str, mimetype: str) -> Response:
    response = Response(text, mimetype=mimetype)
    response.headers["Cache-Control"] = _BRIEFLY
    response.set_etag(hashlib.blake2b(text.encode(), digest_size=12).hexdigest())
    response.make_conditional(request)
    return response
