"""A name as a mask of grey, in whatever script it is written: the font is chosen by what it covers."""

from __future__ import annotations

import unicodedata
from functools import cache, lru_cache
from itertools import groupby
from pathlib import Path

from fontTools.ttLib import TTFont
from PIL import Image, ImageDraw, ImageFont

FONTS = Path(__file__).parent / "fonts"
_FIRST, _LAST = "NotoSans-Bold.ttf", "DroidSansFallback.ttf"
_LONGEST = 40
_LEAST_SIZE = 18


def shown_name(name: str) -> str:
    """The name as it is drawn: composed (NFC), without emoji, controls and doubled spaces; empty when too long."""
    kept = "".join(" " if c.isspace() else c for c in unicodedata.normalize("NFC", name) if _drawable(c))
    plain = " ".join(kept.split())
    return plain if len(plain) <= _LONGEST else ""


def lettering(name: str, *, size: int, width: int) -> Image.Image | None:
    """The name at most `width` pixels wide and `size` high, as an `L` mask; None when no font has its letters."""
    runs = _runs(shown_name(name))
    if not runs:
        return None
    while size > _LEAST_SIZE and _width(runs, size) > width:
        size -= 2
    if _width(runs, size) > width:
        return None
    return _drawn(runs, size)


@cache
def _coverage() -> dict[str, frozenset[int]]:
    names = sorted(path.name for path in FONTS.glob("*.ttf"))
    names.sort(key=lambda name: (name != _FIRST, name == _LAST))
    return {name: frozenset(TTFont(FONTS / name, lazy=True).getBestCmap()) for name in names}


@lru_cache(64)
def _font(name: str, size: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(str(FONTS / name), size, layout_engine=ImageFont.Layout.RAQM)


def _drawable(character: str) -> bool:
    # Joiners shape letters in Indic and Arabic scripts; everything else unseen has no place in a name.
    if character in "\u200c\u200d":
        return True
    return unicodedata.category(character)[0] in "LMNPZ" or character in "`´^~"


def _runs(name: str) -> list[tuple[str, str]]:
    """(font, text): one run when a font has it all, else one per font, which only left-to-right scripts allow."""
    needed = {ord(c) for c in name if c not in " \u200c\u200d"}
    if not needed:
        return []
    for font, covered in _coverage().items():
        if needed <= covered:
            return [(font, name)]
    if any(unicodedata.bidirectional(c) in ("R", "AL") for c in name):
        return []
    chosen = [(_first_with(ord(c)), c) for c in name]
    if any(font is None for font, _ in chosen):
        return []
    return [(str(font), "".join(c for _, c in run)) for font, run in groupby(chosen, key=lambda pair: pair[0])]


def _first_with(code: int) -> str | None:
    return next((font for font, covered in _coverage().items() if code in covered), None)


def _width(runs: list[tuple[str, str]], size: int) -> float:
    return sum(_font(font, size).getlength(text) for font, text in runs)


def _drawn(runs: list[tuple[str, str]], size: int) -> Image.Image:
    mask = Image.new("L", (round(_width(runs, size)) + size, 2 * size), 0)
    pen = ImageDraw.Draw(mask)
    x = size / 2
    for font, text in runs:
        pen.text((x, 1.45 * size), text, 255, _font(font, size), anchor="ls")
        x += _font(font, size).getlength(text)
    return mask.crop(mask.getbbox() or (0, 0, 1, 1))
