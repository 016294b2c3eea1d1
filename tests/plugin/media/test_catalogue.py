"""Assemblies: opaque, shared by all who got the sequence, gone with any of their clips."""

from __future__ import annotations

from pathlib import Path

import pytest

from plugin.kernel.database import Database
from plugin.kernel.errors import BadInput, Gone, NotFound
from plugin.kernel.seal import Vault
from plugin.media import catalogue, library
from plugin.media.models import Assembly
from plugin.media.store import LocalStore
from tests.plugin.media.conftest import VAULT, Studio


@pytest.fixture
def ids(database: Database, filled: Studio, tmp_path: Path) -> dict[str, str]:
    with filled.database.reading() as session:
        library.export(session, filled.store, [], tmp_path / "packages")
    with database.transaction() as session:
        clips = library.import_(session, LocalStore(tmp_path / "clips", VAULT, period_s=60), tmp_path / "packages")
        return {clip.name: clip.id for clip in clips}


def test_the_same_sequence_is_one_assembly(database: Database, vault: Vault, ids: dict[str, str]) -> None:
    chosen = [ids["mute"], ids["plain-30"], ids["mute"]]

    with database.transaction() as session:
        first = catalogue.assemble(session, vault, chosen)
    with database.transaction() as session:
        again = catalogue.assemble(session, vault, chosen)
        other = catalogue.assemble(session, vault, chosen[:2])

    assert first == again != other
    assert not any(clip_id in first for clip_id in chosen)
    with database.reading() as session:
        assert session.query(Assembly).count() == 2


def test_a_timeline_adds_up_in_whole_pictures(database: Database, vault: Vault, ids: dict[str, str]) -> None:
    with database.transaction() as session:
        made = catalogue.assemble(session, vault, [ids["plain-30"], ids["mute"]])

    with database.reading() as session:
        timeline = catalogue.load_timeline(session, made)

    assert timeline.starts_s == (0.0, 2.56)
    assert timeline.duration_s == 2.56 + timeline.clips[1].frames / 25
    assert timeline.clips[0].ai.voice_synthetic
    assert timeline.clips[0].cues[0].text == "Hello & <welcome>."


def test_withdrawing_a_clip_takes_its_assemblies_along(database: Database, vault: Vault, ids: dict[str, str]) -> None:
    with database.transaction() as session:
        made = catalogue.assemble(session, vault, [ids["plain-30"], ids["mute"]])
        catalogue.load_timeline(session, made)
        catalogue.withdraw(session, "mute")

    with database.reading() as session:
        with pytest.raises(Gone):
            catalogue.load_timeline(session, made)
        with pytest.raises(Gone):
            catalogue.assemble(session, vault, [ids["mute"]])
        assert "mute" not in catalogue.facts_by_name(session, ids)
    with database.transaction() as session:
        catalogue.restore(session, "mute")
        assert catalogue.load_timeline(session, made).clips[1].id == ids["mute"]


@pytest.mark.parametrize(("clips", "error"), [([], BadInput), (["x"] * 61, BadInput), (["unknown"], NotFound)])
def test_what_can_t_be_assembled_is_refused(database: Database, vault: Vault, clips: list, error: type) -> None:
    with pytest.raises(error), database.transaction() as session:
        catalogue.assemble(session, vault, clips)


def test_an_unknown_assembly_is_not_found(database: Database) -> None:
    with database.reading() as session, pytest.raises(NotFound):
        catalogue.load_timeline(session, "0" * 32)


def test_an_unknown_clip_can_t_be_withdrawn(database: Database) -> None:
    with database.transaction() as session, pytest.raises(NotFound):
        catalogue.withdraw(session, "absent")
