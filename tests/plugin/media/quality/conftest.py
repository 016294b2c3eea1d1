"""Planted films, each written and looked at once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest

from plugin.media.quality.examine import Subject, examine
from plugin.media.quality.report import Report
from tests.plugin.media.quality.planted import CLEAN, FAULTS, Film, moving, voice

Look = Callable[[str], Report]
NOBODY = "0" * 64


@pytest.fixture(scope="session")
def look(tmp_path_factory: pytest.TempPathFactory) -> Look:
    """The report on a planted film, by its name."""
    folder = tmp_path_factory.mktemp("planted")

    @cache
    def report(name: str) -> Report:
        planted = {**CLEAN, **FAULTS}[name]
        path = planted.film.write(folder / f"{name.replace(' ', '-')}.mkv")
        made = examine(path, Subject(name, NOBODY, planted.packaged, presenter=planted.presenter), show=True)
        path.unlink()
        return made

    return report


@pytest.fixture(scope="session")
def small_film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same with so few lines that somebody has to look."""
    return Film(moving, voice).write(tmp_path_factory.mktemp("small") / "small.mkv")


@pytest.fixture(scope="session")
def clean_film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A source in which nothing is wrong."""
    return replace(CLEAN["moving"].film, seconds=1.28).write(tmp_path_factory.mktemp("clean") / "clean.mkv")
