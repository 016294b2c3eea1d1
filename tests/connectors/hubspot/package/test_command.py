"""`segue hubspot package`, as an admin types it: what is written where, and what is left alone."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from connectors.hubspot.package_build import PackageOrder, build
from plugin.kernel.errors import BadInput
from plugin.kernel.settings import settings
from web.cli import cli

ORIGIN = "https://video.example.com"
Package = Callable[..., Result]


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Package]:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("SEGUE_PUBLIC_ORIGIN", raising=False)
    settings.cache_clear()
    yield lambda *words: CliRunner().invoke(cli, ["hubspot", "package", *words])
    settings.cache_clear()


def written(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_a_folder_is_made_and_what_comes_next_is_said(package: Package, tmp_path: Path) -> None:
    made = package("--origin", ORIGIN)

    assert made.exit_code == 0, made.output
    assert written(tmp_path / "segue-hubspot-static") == build(PackageOrder(ORIGIN))
    assert "hs project upload" in made.output


def test_without_origin_the_servers_own_is_taken_and_must_be_one_hubspot_reaches(
    package: Package, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    refused = package()
    monkeypatch.setenv("SEGUE_PUBLIC_ORIGIN", "https://watch.example.org")
    settings.cache_clear()
    made = package("--out", "app")

    assert isinstance(refused.exception, BadInput)
    assert made.exit_code == 0
    assert b"https://watch.example.org" in (tmp_path / "app" / "src" / "app" / "app-hsmeta.json").read_bytes()


def test_a_zip_holds_the_same_files_and_is_the_same_each_time(package: Package, tmp_path: Path) -> None:
    for name in ("one.zip", "two.ZIP"):
        assert package("--origin", ORIGIN, "--auth", "oauth", "--out", name).exit_code == 0

    with zipfile.ZipFile(tmp_path / "one.zip") as archive:
        held = {name: archive.read(name) for name in archive.namelist()}
    assert held == {f"segue-video/{path}": text for path, text in build(PackageOrder(ORIGIN, auth="oauth")).items()}
    assert (tmp_path / "one.zip").read_bytes() == (tmp_path / "two.ZIP").read_bytes()


def test_what_is_there_stays_unless_it_is_a_project_of_ours_and_force_is_said(package: Package, tmp_path: Path) -> None:
    assert package("--origin", ORIGIN, "--out", "app").exit_code == 0
    stale = tmp_path / "app" / "src" / "app" / "cards" / "Old.tsx"
    installed = tmp_path / "app" / "src" / "app" / "cards" / "node_modules" / "react" / "index.js"
    mine = tmp_path / "app" / "notes.md"
    for file in (stale, installed, mine):
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("x")

    refused = package("--origin", ORIGIN, "--out", "app")
    forced = package("--origin", "https://new.example.com", "--out", "app", "--force")

    assert isinstance(refused.exception, BadInput)
    assert "--force" in str(refused.exception)
    assert forced.exit_code == 0
    assert (stale.exists(), installed.exists(), mine.exists()) == (False, True, True)
    assert b"new.example.com" in (tmp_path / "app" / "src" / "app" / "app-hsmeta.json").read_bytes()


@pytest.mark.parametrize("content", ["{}", "[]", "{", json.dumps({"name": "another"})])
def test_a_folder_of_something_else_is_never_written_into(package: Package, tmp_path: Path, content: str) -> None:
    (tmp_path / "app").mkdir()
    (tmp_path / "app" / "hsproject.json").write_text(content)

    refused = package("--origin", ORIGIN, "--out", "app", "--force")

    assert isinstance(refused.exception, BadInput)
    assert written(tmp_path / "app") == {"hsproject.json": content.encode()}


@pytest.mark.parametrize("out", ["taken", "taken.zip", "taken/app", "folder.zip"])
def test_a_place_that_is_taken_is_refused_in_a_line(package: Package, tmp_path: Path, out: str) -> None:
    for name in ("taken", "taken.zip"):
        (tmp_path / name).write_text("mine")
    (tmp_path / "folder.zip").mkdir()

    refused = package("--origin", ORIGIN, "--out", out)

    assert isinstance(refused.exception, BadInput)
    assert "\n" not in str(refused.exception)
    assert (tmp_path / "taken").read_text() == (tmp_path / "taken.zip").read_text() == "mine"
