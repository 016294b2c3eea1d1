"""`segue salesforce package`, as an admin types it."""

from __future__ import annotations

import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from connectors.salesforce.package_build import build
from plugin.kernel.errors import BadInput
from plugin.kernel.settings import settings
from tests.connectors.salesforce.package.project import JWT, KEY, ORIGIN
from web.cli import cli

Package = Callable[..., Result]


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Package]:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("SEGUE_PUBLIC_ORIGIN", raising=False)
    settings.cache_clear()
    yield lambda *words: CliRunner().invoke(cli, ["salesforce", "package", *words])
    settings.cache_clear()


def written(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_a_folder_is_made_and_what_comes_next_is_said(package: Package, tmp_path: Path) -> None:
    made = package("--origin", ORIGIN)

    assert made.exit_code == 0, made.output
    assert written(tmp_path / "segue-salesforce") == build(KEY)
    assert "sf project deploy start" in made.output


def test_a_zip_holds_the_same_files(package: Package, tmp_path: Path) -> None:
    made = package(
        "--origin", ORIGIN, "--out", "app.zip", "--org-certificate", "Segue_Calls", "--org-id", "00D000000000001"
    )

    assert made.exit_code == 0, made.output
    with zipfile.ZipFile(tmp_path / "app.zip") as archive:
        held = {name: archive.read(name) for name in archive.namelist()}
    assert held == {f"segue-video/{path}": content for path, content in build(JWT).items()}


def test_without_origin_the_servers_own_is_taken_and_must_be_one_salesforce_reaches(
    package: Package, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    refused = package()
    monkeypatch.setenv("SEGUE_PUBLIC_ORIGIN", "https://watch.example.org")
    settings.cache_clear()
    made = package()

    assert isinstance(refused.exception, BadInput)
    assert made.exit_code == 0
    credential = "force-app/main/default/namedCredentials/Segue.namedCredential-meta.xml"
    assert b"https://watch.example.org" in (tmp_path / "segue-salesforce" / credential).read_bytes()


def test_a_project_of_ours_is_made_anew_and_what_an_earlier_one_had_goes(package: Package, tmp_path: Path) -> None:
    assert package("--origin", ORIGIN).exit_code == 0
    stale = tmp_path / "segue-salesforce/force-app/main/default/classes/Old.cls"
    mine = tmp_path / "segue-salesforce/notes.md"
    for file in (stale, mine):
        file.write_text("x")

    refused = package("--origin", ORIGIN)
    forced = package("--origin", ORIGIN, "--force")

    assert isinstance(refused.exception, BadInput)
    assert "--force" in str(refused.exception)
    assert forced.exit_code == 0
    assert (stale.exists(), mine.exists()) == (False, True)


@pytest.mark.parametrize("held", ['{"name": "segue"}', "[]", "{", '{"name": "another"}'])
def test_a_project_of_somebody_else_is_never_written_into(package: Package, tmp_path: Path, held: str) -> None:
    (tmp_path / "segue-salesforce").mkdir()
    (tmp_path / "segue-salesforce" / "sfdx-project.json").write_text(held)

    refused = package("--origin", ORIGIN, "--force")

    assert isinstance(refused.exception, BadInput)
    assert written(tmp_path / "segue-salesforce") == {"sfdx-project.json": held.encode()}


def test_a_certificate_is_read_from_its_file_and_a_bad_one_named(package: Package, tmp_path: Path) -> None:
    (tmp_path / "server.pem").write_text("no certificate")

    refused = package("--origin", ORIGIN, "--certificate", "server.pem")

    assert isinstance(refused.exception, BadInput)
    assert not (tmp_path / "segue-salesforce").exists()
