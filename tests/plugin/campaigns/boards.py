"""A small storyboard to change one thing of, and the clips it calls for."""

from __future__ import annotations

from typing import Any

import numpy as np

from plugin.campaigns.storyboard import Storyboard
from plugin.media.assembly import ClipMedia, RenditionMedia
from plugin.media.index import RenditionIndex, Segment
from plugin.media.timeline import AiRole, ClipFacts, Cue

Document = dict[str, Any]
BOX = {"x": 0.1, "y": 0.2, "width": 0.6, "height": 0.2}
GOLD = {"field": "tier", "op": "eq", "value": "Gold"}
FIELDS: list[Document] = [
    {
        "name": "first_name",
        "source": "contact.first_name",
        "type": "text",
        "label": {"en": "First name", "es": "Nombre"},
        "purpose": {"en": "To greet you", "es": "Para saludarle"},
    },
    {
        "name": "language",
        "source": "contact.language",
        "type": "text",
        "label": {"en": "Language", "es": "Idioma"},
        "purpose": "To speak yours",
    },
    {
        "name": "tier",
        "source": "contact.tier",
        "type": "choice",
        "label": {"en": "Membership", "es": "Membresía"},
        "purpose": {"en": "To choose the offer", "es": "Para elegir la oferta"},
        "choices": ["Gold", "Silver", "New"],
        "fallback": "New",
    },
    {
        "name": "points",
        "source": "contact.points",
        "type": "number",
        "label": {"en": "Points", "es": "Puntos"},
        "purpose": {"en": "To show your balance", "es": "Para mostrar su saldo"},
    },
    {
        "name": "renewal",
        "source": "contact.renewal_price",
        "type": "money",
        "currency": "EUR",
        "label": "Renewal",
        "purpose": "To show your price",
        "fallback": 49,
    },
    {
        "name": "since",
        "source": "contact.member_since",
        "type": "date",
        "label": "Member since",
        "purpose": "To thank you",
    },
    {
        "name": "subscribed",
        "source": "contact.subscribed",
        "type": "boolean",
        "label": "Newsletter",
        "purpose": "To offer it",
    },
]


def both(en: str, es: str = "") -> Document:
    return {"en": en, "es": es or f"{en} (es)"}


def make_choice(id_: str, when: Document | None = None, **given: Any) -> Document:
    return {
        "id": id_,
        "when": when,
        "clips": {"en": f"{id_}-en", "es": f"{id_}-es"},
        "because": both(f"Because of {id_}"),
        **given,
    }


def make_scene(id_: str, *choices: Document, **given: Any) -> Document:
    return {"id": id_, "title": both(id_.title()), "choices": list(choices) or [make_choice(id_)], **given}


def make_text(id_: str = "words", en: str = "Welcome", es: str = "Hola", **given: Any) -> Document:
    return {"kind": "text", "id": id_, "text": both(en, es), "from_s": 0.4, "to_s": 3, "box": BOX, **given}


def make_number(id_: str = "balance", field: str = "points", **given: Any) -> Document:
    caption = both(f"You have {{{{{field}}}}} now", f"Ya tiene {{{{{field}}}}}")
    made = {"kind": "number", "id": id_, "field": field, "caption": caption, "from_s": 0.5, "to_s": 3, "box": BOX}
    return {**made, **given}


def make_document(**changes: Any) -> Document:
    """Three scenes: one for everyone, an offer by tier, and one that only some get."""
    return {
        "title": both("Your year"),
        "description": both("What your membership did."),
        "greeting": both("Hi {{first_name}}, this was your year", "Hola, {{first_name}}: este fue su año"),
        "greeting_otherwise": both("This was your year", "Este fue su año"),
        "brand": {
            "name": "Alder",
            "accent": "#0b6b4f",
            "url": "https://alder.example/",
            "privacy_url": "https://alder.example/privacy",
            "contact": "care@alder.example",
        },
        "languages": ["en", "es"],
        "language_field": "language",
        "fields": FIELDS,
        "scenes": [
            make_scene(
                "hello",
                overlays=[
                    make_text("name", "Hi {{first_name}},", "Hola, {{first_name}}:", otherwise=both("Hello", "Hola"))
                ],
            ),
            make_scene(
                "offer",
                make_choice("gold", GOLD, overlays=[make_text("price", "Renew for {{renewal}}", "Por {{renewal}}")]),
                make_choice("standard"),
                overlays=[make_number()],
            ),
            make_scene(
                "thanks", make_choice("long", {"field": "since", "op": "lt", "value": "2020-01-01"}), optional=True
            ),
        ],
        "ctas": [
            {
                "id": "book",
                "label": both("Book"),
                "url": "https://alder.example/book",
                "primary": True,
                "scene": "offer",
            },
            {"id": "gold", "label": both("Lounge"), "url": "https://alder.example/lounge", "when": GOLD},
        ],
        **changes,
    }


def make_board(**changes: Any) -> Storyboard:
    return Storyboard.model_validate(make_document(**changes))


def make_clip_media(
    name: str, language: str = "en", *, frames: int = 80, heights: tuple[int, ...] = (360, 720)
) -> ClipMedia:
    """A clip as the catalogue would hand it over, saying its own name."""
    cue = Cue(0.2, frames / 25 - 0.2, f"This is {name}.")
    synthetic = name.startswith("hello")
    ai = AiRole("generated", "synthetic voice", True) if synthetic else AiRole("none", "", False)
    facts = ClipFacts(f"id-{name}", name, language, frames, (cue,), ai, "poster.jpg")
    return ClipMedia(facts, {f"{height}p": _rendition(name, height, frames) for height in heights})


def clips_for(board: Storyboard, **frames: int) -> dict[str, ClipMedia]:
    """Every clip the storyboard calls for, 3.2 s long unless `frames` says otherwise by choice id."""
    return {
        name: make_clip_media(name, language, frames=frames.get(choice.id, 80))
        for scene in board.scenes
        for choice in scene.choices
        for language, name in choice.clips.items()
    }


def _rendition(name: str, height: int, frames: int) -> RenditionMedia:
    index = RenditionIndex(
        init=f"init {height}".encode(),
        segments=(Segment(4, 1000, frames, 100, 900),),
        video_sizes=np.full(frames, 8, np.uint32),
        composition=np.zeros(frames, np.int8),
        audio_sizes=np.full(frames * 15 // 8, 1, np.uint32),
    )
    return RenditionMedia(
        f"{height}p",
        height * 16 // 9,
        height,
        1,
        1,
        "avc1.64001f,mp4a.40.2",
        name,
        index.size,
        index.init_sha256,
        index,
    )
