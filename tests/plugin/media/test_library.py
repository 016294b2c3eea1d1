"""Packaged clips travel as folders: out of one library, into another, every byte checked."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from plugin.kernel.database import Database
from plugin.kernel.errors import BadInput, NotFound
from plugin.media import library
from plugin.media.models import Clip
from plugin.media.store import LocalStore
from tests.plugin.media.conftest import VAULT, Studio


@pytest.fixture
def packages(filled: Studio, tmp_path: Path) -> Path:
    folder = tmp_path / "packages"
    with filled.database.reading() as session:
        library.export(session, filled.store, ["mute", "plain-30"], folder)
    return folder


@pytest.fixture
def shelf(tmp_path: Path) -> LocalStore:
    return LocalStore(tmp_path / "clips", VAULT, period_s=3600)


def test_a_library_goes_out_and_comes_in_unchanged(
    database: Database, filled: Studio, packages: Path, shelf: LocalStore
) -> None:
    with database.transaction() as session:
        taken = library.import_(session, shelf, packages)

    assert [clip.name for clip in taken] == ["mute", "plain-30"]
    with database.reading() as session, filled.database.reading() as original:
        for clip in session.query(Clip):
            first = library.clip_named(original, clip.name)
            for field in ("title", "language", "frames", "cues", "content_sha256", "loudness_lufs", "ai_role"):
                assert getattr(clip, field) == getattr(first, field), field
            for file, before in zip(clip.renditions, first.renditions, strict=True):
                assert (file.key, file.index, file.codecs) == (before.key, before.index, before.codecs)
                assert shelf.open(file.key).read() == filled.store.open(file.key).read()


def test_importing_again_changes_nothing(database: Database, packages: Path, shelf: LocalStore) -> None:
    with database.transaction() as session:
        first = [clip.id for clip in library.import_(session, shelf, packages)]

    with database.transaction() as session:
        again = [clip.id for clip in library.import_(session, shelf, packages)]

    assert first == again


def _spoil(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[-1] ^= 1
    path.write_bytes(data)


def _reword(path: Path, **changed: object) -> None:
    path.write_text(json.dumps({**json.loads(path.read_text()), **changed}))


@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        (lambda at: _spoil(at / "mute" / "360p.mp4"), "mute: 360p.mp4 is not what clip.json says"),
        (lambda at: _spoil(at / "mute" / "poster.jpg"), "mute: poster.jpg is not what"),
        (lambda at: (at / "plain-30" / "360p.mp4").unlink(), "plain-30: 360p.mp4 is missing"),
        (lambda at: _reword(at / "mute" / "clip.json", frames=8), "mute: 360p.mp4 is not what"),
        (lambda at: _reword(at / "mute" / "clip.json", name="../../etc"), "mute/clip.json: name"),
        (lambda at: _reword(at / "mute" / "clip.json", surprise=1), "mute/clip.json: surprise"),
        (lambda at: (at / "mute" / "clip.json").write_text("{"), "mute/clip.json"),
    ],
)
def test_one_bad_package_and_none_is_taken(
    database: Database, packages: Path, shelf: LocalStore, spoil, reason
) -> None:
    spoil(packages)

    with pytest.raises(BadInput, match=reason), database.transaction() as session:
        library.import_(session, shelf, packages)

    assert not shelf.root.exists()
    with database.reading() as session:
        assert session.query(Clip).count() == 0


def test_a_folder_without_packages_says_so(database: Database, shelf: LocalStore, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="no packaged clips"), database.transaction() as session:
        library.import_(session, shelf, tmp_path / "packages")


def test_the_same_content_under_another_name_is_refused(database: Database, packages: Path, shelf: LocalStore) -> None:
    with database.transaction() as session:
        library.import_(session, shelf, packages)
    _reword(packages / "mute" / "clip.json", name="silent")

    with pytest.raises(BadInput, match="there already, named 'mute'"), database.transaction() as session:
        library.import_(session, shelf, packages)


def test_exporting_an_unknown_clip_names_it(filled: Studio, tmp_path: Path) -> None:
    with filled.database.reading() as session, pytest.raises(NotFound, match="no clip named absent"):
        library.export(session, filled.store, ["mute", "absent"], tmp_path)
