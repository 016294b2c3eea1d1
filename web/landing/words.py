"""Lengths, times and names of languages as a viewer reads them. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

from babel import Locale, UnknownLocaleError


def clock_time(seconds: float) -> str:
    """`1:05`, `1:02:03`: a place in a video."""
    minutes, second = divmod(int(seconds), 60)
    hours, minute = divmod(minutes, 60)
    return f"{hours}:{minute:02}:{second:02}" if hours else f"{minute}:{second:02}"


def length(seconds: float, words: Mapping[str, str]) -> str:
    """'40 seconds', '1 minute', '2 min 10 s': how long a video runs, to the nearest whole second."""
    whole = max(1, round(seconds))
    minutes, rest = divmod(whole, 60)
    if not minutes:
        return words["seconds"].format(n=whole)
    if rest:
        return words["minutes_seconds"].format(m=minutes, s=rest)
    return words["one_minute"] if minutes == 1 else words["minutes"].format(n=minutes)


def length_between(least_s: float, most_s: float, words: Mapping[str, str]) -> str:
    """'35–44 seconds', '40 seconds', 'About 2 min 10 s': a video whose length depends on what is chosen."""
    least, most = int(least_s), int(most_s)  # a player's clock rounds down, and stands right beside
    if least == most:
        return length(most, words)
    if most < 60:
        return words["seconds"].format(n=f"{least}–{most}")
    return words["length_about"].format(length=length((least + most) / 2, words))


def iso_duration(seconds: float) -> str:
    """ISO 8601, as schema.org wants it: `PT1M5S`; whole seconds, never zero."""
    minutes, rest = divmod(max(1, round(seconds)), 60)
    return "PT" + (f"{minutes}M" if minutes else "") + (f"{rest}S" if rest or not minutes else "")


@lru_cache(maxsize=512)
def language_name(language: str, said_in: str) -> str:
    """'Spanish', 'español': the name of a language, the tag itself when nobody knows it."""
    try:
        return Locale.parse(language, sep="-").get_language_name(said_in.split("-")[0]) or language
    except (UnknownLocaleError, ValueError):
        return language
