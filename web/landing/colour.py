"""A brand's accent made legible: WCAG 2.2 contrast, computed. Pure."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass

PAPER_LIGHT, PAPER_DARK = "#efefea", "#191c20"
"""The least favourable grounds of `static/css/tokens.css`: `--sunken` in light, `--surface` in dark."""
_AA = 4.5


@dataclass(frozen=True, slots=True)
class BrandStyle:
    """The page's own custom properties, and the hash a policy may name instead of a nonce."""

    css: str
    sha256: str
    """Base64, for `style-src 'sha256-…'`."""


def brand_style(accent: str) -> BrandStyle:
    """Tokens for light and dark from one `#rrggbb`: text on the accent and accent on paper reach 4.5:1."""
    light, dark = _tokens(accent, PAPER_LIGHT), _tokens(_readable(accent, PAPER_DARK, 3.0), PAPER_DARK)
    css = f":root{{{light}}}@media (prefers-color-scheme:dark){{:root{{{dark}}}}}"
    return BrandStyle(css, base64.b64encode(hashlib.sha256(css.encode()).digest()).decode())


def contrast(one: str, other: str) -> float:
    """The WCAG contrast ratio of two `#rrggbb` colours, 1 to 21."""
    high, low = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def _tokens(accent: str, paper: str) -> str:
    # One of black and white always reaches 4.58:1 on any colour.
    ink = max("#ffffff", "#000000", key=lambda colour: contrast(colour, accent))
    return f"--accent:{accent};--accent-ink:{ink};--accent-text:{_readable(accent, paper, _AA)}"


def _readable(colour: str, paper: str, least: float) -> str:
    """The nearest mix with black or white that has `least` contrast on the paper."""
    towards = "#ffffff" if _luminance(paper) < 0.2 else "#000000"
    for step in range(0, 101, 4):
        mixed = _mix(colour, towards, step / 100)
        if contrast(mixed, paper) >= least:
            return mixed
    return towards


def _mix(one: str, other: str, share: float) -> str:
    pairs = zip(_channels(one), _channels(other), strict=True)
    return "#" + "".join(f"{round(a + (b - a) * share):02x}" for a, b in pairs)


def _channels(colour: str) -> tuple[int, int, int]:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def _luminance(colour: str) -> float:
    red, green, blue = ((_linear(channel / 255)) for channel in _channels(colour))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(value: float) -> float:
    return value / 12.92 if value <= 0.04045 else float(((value + 0.055) / 1.055) ** 2.4)
