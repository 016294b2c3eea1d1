"""The question about the camera as the page shows it, and the notice an answer rests on."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from plugin.campaigns.storyboard import Brand
from plugin.kernel.settings import Settings
from plugin.privacy.consent import Notice
from plugin.privacy.models import Purpose
from web.texts import texts

NOTICE_VERSION = "1"
"""Raised with every change of what the notice means; its words are hashed besides."""
_DATA = {
    Purpose.ATTENTION: (
        "second of the video",
        "facing the screen, 0 to 1",
        "number of pictures",
        "whether they could be judged",
    ),
    Purpose.ATTENTION_SERVER: ("small pictures from the camera, looked at and not kept",),
}
_DETAILS = ("what", "not", "when", "who", "how_long", "change")
_TROUBLES = ("missing", "refused", "busy", "unplugged", "webgl", "simd", "slow", "failed")


@dataclass(frozen=True, slots=True)
class AttentionView:
    """Everything the macro `attention` shows."""

    state: str
    """ask | on | server (the second question) | kept (from an earlier visit) | off."""
    line: str
    note: str
    """Said beside the line; empty where the line is enough."""
    words: Mapping[str, str]
    details: tuple[tuple[str, str], ...]
    script_words: Mapping[str, str]
    """What the script says: that the camera is on, and one short word for each way it can't be."""
    nonce: str
    privacy_url: str
    server: str
    """What a browser that can't do it may do instead: no | ask | on."""
    receipt: bool


def attention_view(
    state: str,
    brand: Brand,
    language: str,
    nonce: str,
    settings: Settings,
    *,
    server: str = "no",
    receipt: bool = True,
) -> AttentionView:
    """What to ask or to say, in the page's language."""
    words = texts(language, "attention")
    line, note = {
        "ask": ("ask", "asked"),
        "server": ("server_ask", "server_asked"),
        "on": ("server_on" if server == "on" else "on", ""),
        "kept": ("kept", ""),
        "off": ("off", ""),
    }[state]
    return AttentionView(
        state=state,
        line=words[line].format(brand=brand.name),
        note=words[note].format(brand=brand.name) if note else "",
        words=words,
        details=_details(words, brand, settings.attention_group, server=state == "server"),
        script_words={
            **{name: words[f"trouble_{name}"] for name in _TROUBLES},
            **{name: words[name] for name in ("camera_on", "camera_stop", "starting", "waiting", "unreached")},
        },
        nonce=nonce,
        privacy_url=brand.privacy_url,
        server=server,
        receipt=receipt,
    )


@lru_cache(256)
def notice_of(brand: Brand, language: str, purpose: Purpose, group: int) -> Notice:
    """What stands on the page, for the receipt; the hash is over the question and every detail as shown."""
    words, server = texts(language, "attention"), purpose == Purpose.ATTENTION_SERVER
    asked = ("server_ask", "server_asked") if server else ("ask", "asked")
    shown = [words[name].format(brand=brand.name) for name in asked]
    shown += [text for pair in _details(words, brand, group, server=server) for text in pair]
    return Notice(
        version=NOTICE_VERSION,
        language=language,
        sha256=hashlib.sha256("\n".join(shown).encode()).hexdigest(),
        legal_basis="explicit consent (GDPR Art. 6(1)(a))",
        data_categories=_DATA[purpose],
        controller=brand.name,
        recipients=words["recipients"].format(brand=brand.name),
        retention=words["how_long"],
        withdrawal=words["withdrawal"].format(contact=brand.contact),
    )


def _details(words: Mapping[str, str], brand: Brand, group: int, *, server: bool) -> tuple[tuple[str, str], ...]:
    rows = []
    for name in _DETAILS:
        said = "server_what" if server and name == "what" else name
        if not (server and name == "not"):
            rows.append((words[f"{name}_label"], words[said].format(brand=brand.name, group=group)))
    return (*rows, (words["controller_label"], f"{brand.name}, {brand.contact}"))
