"""The words on our screens, one file per language and room, English standing in for what a language lacks."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from types import MappingProxyType

import orjson

DEFAULT = "en"
RIGHT_TO_LEFT = frozenset({"ar", "dv", "fa", "he", "ku", "ps", "sd", "ug", "ur", "yi"})


@cache
def languages() -> frozenset[str]:
    """The languages our screens speak, as primary subtags (BCP 47)."""
    return frozenset(folder.name for folder in files(__name__).iterdir() if folder.is_dir() and len(folder.name) == 2)


def direction(language: str) -> str:
    """`rtl` for languages written from the right, else `ltr`: HTML's `dir`."""
    return "rtl" if _primary(language) in RIGHT_TO_LEFT else "ltr"


def texts(language: str, room: str) -> Mapping[str, str]:
    """The room's words in the nearest language: `es-MX` finds `es`, an unknown one English. Never missing a key."""
    primary = _primary(language)
    return _room(primary if primary in languages() else DEFAULT, room)


def _primary(language: str) -> str:
    return language.split("-", 1)[0].lower()


@cache
def _room(language: str, room: str) -> Mapping[str, str]:
    words = _file(DEFAULT, room) | (_file(language, room) if language != DEFAULT else {})
    return MappingProxyType(words)


def _file(language: str, room: str) -> dict[str, str]:
    file = files(__name__) / language / f"{room}.json"
    found: dict[str, str] = orjson.loads(file.read_bytes()) if file.is_file() else {}
    return found
