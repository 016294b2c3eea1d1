"""A plan as the player takes it: playlists in the page, addresses, overlays, words; all of it plain data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from threading import Lock
from typing import Any

from cachetools import LRUCache

from plugin.decisions.plan import Plan, PlannedOverlay
from plugin.media.assembly import AssemblyMedia
from plugin.media.catalogue import load_assembly
from plugin.media.disclosure import Disclosure
from plugin.media.playlist import media_playlist, multivariant
from web.player.addresses import Signer, address, signer
from web.services import Services
from web.texts import texts

_KEPT: LRUCache[tuple[str, str], dict[str, str]] = LRUCache(1024)
_LOCK = Lock()


def player_json(plan: Plan, services: Services) -> dict[str, Any]:
    """What `player.html` and the player's script need; raises `NotFound` or `Gone` when a clip is no longer there.

    Times are seconds. Everything in it is text: the script never makes markup of it.
    """
    with services.database.reading() as session:
        media = load_assembly(session, plan.assembly_id)
    words = dict(texts(plan.language, "player"))
    return {
        "assembly": plan.assembly_id,
        "title": plan.title,
        "language": plan.language,
        "duration": plan.duration_s,
        "master": address(plan.assembly_id, "master.m3u8"),
        "playlists": playlists(media, signer(services)),
        "mp4": address(plan.assembly_id, "video.mp4"),
        "download": address(plan.assembly_id, "video.mp4?download=1"),
        "captions": address(plan.assembly_id, "captions.vtt"),
        "poster": address(plan.assembly_id, "poster.jpg"),
        "scenes": [
            {
                "id": scene.id,
                "title": scene.title,
                "start": scene.start_s,
                "duration": scene.duration_s,
                "ai": {"role": scene.ai.role, "note": scene.ai.note},
            }
            for scene in plan.scenes
        ],
        "overlays": [_overlay(one) for one in plan.overlays],
        "ctas": [asdict(cta) for cta in plan.ctas],
        "disclosure": {
            "role": plan.disclosure.role,
            "label": disclosure_label(plan.disclosure, words),
            "notes": list(plan.disclosure.notes),
        },
        "text": words,
    }


def address_of_player(plan: Plan, services: Services) -> str:
    """Changes whenever the addresses in `player_json` do; raises `NotFound` or `Gone` as it does."""
    with services.database.reading() as session:
        media = load_assembly(session, plan.assembly_id)
    return plan.assembly_id + signer(services)(media.clips[0].facts.poster_key)


def _overlay(overlay: PlannedOverlay) -> dict[str, Any]:
    """As the script draws it; what only the transcript says stays out."""
    return {
        "id": overlay.id,
        "kind": overlay.kind,
        "text": overlay.text,
        "number": overlay.number,
        "decimals": overlay.decimals,
        "currency": overlay.currency,
        "count_up": overlay.count_up,
        "from_s": overlay.from_s,
        "to_s": overlay.to_s,
        "box": overlay.box.model_dump(),
        "look": overlay.look.model_dump(),
    }


def disclosure_label(disclosure: Disclosure, words: Mapping[str, str]) -> str:
    """The AI label in the picture; empty when no part was made by a machine."""
    if disclosure.role == "none":
        return ""
    wholly = disclosure.source_type == "TrainedAlgorithmicMediaDigitalSource"
    return words["ai_wholly" if wholly else "ai_partly"]


def playlists(media: AssemblyMedia, sign: Signer) -> dict[str, str]:
    """Every playlist of the assembly, by its path: in the page they cost no round trip."""
    name = media.timeline.assembly_id
    # A new period, or another key, makes other addresses.
    kept = (name, sign(media.clips[0].facts.poster_key))
    with _LOCK:
        found = _KEPT.get(kept)
    if found is None:
        found = {address(name, "master.m3u8"): multivariant(media, lambda one: address(name, f"{one}.m3u8"))}
        for rendition in media.common():
            found[address(name, f"{rendition}.m3u8")] = media_playlist(media.rendition(rendition), sign)
        with _LOCK:
            _KEPT[kept] = found
    return found
