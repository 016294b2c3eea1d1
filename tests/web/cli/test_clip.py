"""`segue clip`, as an operator types it."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from plugin.kernel.database import Database
from plugin.kernel.errors import BadInput, NotFound
from plugin.kernel.settings import settings
from tests.plugin.media.films import make_film
from web.cli import cli

Run = Callable[..., Result]


@pytest.fixture
def segue(database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Run]:
    monkeypatch.setenv("SEGUE_DATABASE_URL", database.engine.url.render_as_string(hide_password=False))
    monkeypatch.setenv("SEGUE_DATA_DIR", str(tmp_path / "data"))
    settings.cache_clear()
    yield lambda *words: CliRunner().invoke(cli, ["clip", *map(str, words)])
    settings.cache_clear()


@pytest.fixture(scope="session")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_film(tmp_path_factory.mktemp("film") / "Hello_World.mp4", seconds=0.64, size=(320, 180))


def _add(segue: Run, film: Path, *more: object) -> Result:
    words = ("--title", "Hello", "--language", "en", "--preset", "veryfast", "--crf", 34)
    return segue("add", film, *words, *more)


def test_a_clip_is_added_listed_shown_withdrawn_and_put_back(segue: Run, film: Path, tmp_path: Path) -> None:
    words = tmp_path / "words.txt"
    words.write_text("Hello, world.")

    added = _add(
        segue, film, "--transcript", words, "--ai", "generated", "--ai-note", "synthetic voice", "--voice-synthetic"
    )
    again = _add(segue, film)
    shown = segue("show", "hello-world")
    segue("withdraw", "hello-world")
    listed = segue("list", "--json")
    segue("withdraw", "hello-world", "--undo")

    assert "Added hello-world  0.64 s  360p" in added.output
    assert "There already: hello-world" in again.output
    assert "Hello, world." in shown.output
    assert "synthetic voice" in shown.output
    row = json.loads(listed.output)
    assert (row["name"], row["AI"], row["state"]) == ("hello-world", "generated", "withdrawn")
    assert json.loads(segue("list", "--json").output)["state"] == "in use"
    assert "hello-world" in segue("list").output


def test_clips_go_out_and_come_in(segue: Run, film: Path, tmp_path: Path) -> None:
    _add(segue, film, "--name", "one")

    out = segue("export", tmp_path / "packages")
    back = segue("import", tmp_path / "packages")

    assert "Exported 1 clip" in out.output
    assert "1 clips in the library" in back.output
    assert (tmp_path / "packages" / "one" / "clip.json").exists()


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (["--transcript", "words.srt"], "a transcript is a .txt or a .vtt file"),
        (["--transcript", "absent.txt"], "can't read absent.txt"),
        (["--transcript", "bad.vtt"], "lacks its first line"),
        (["--name", "No Spaces"], "name"),
        (["--voice-synthetic"], "synthetic voice"),
    ],
)
def test_what_won_t_do_is_said_in_one_line(
    segue: Run, film: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: list[str], reason: str
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "bad.vtt").write_text("Hello")

    result = _add(segue, film, *words)

    assert isinstance(result.exception, BadInput)
    assert reason in str(result.exception)
    assert "\n" not in str(result.exception)


def test_an_unknown_clip_is_not_found(segue: Run) -> None:
    assert isinstance(segue("show", "absent").exception, NotFound)
    assert isinstance(segue("withdraw", "absent").exception, NotFound)


def test_a_bad_file_exits_with_2_and_one_line(segue: Run, tmp_path: Path) -> None:
    (tmp_path / "x.mp4").write_bytes(b"not a film" * 100)

    done = subprocess.run(
        [sys.executable, "-m", "web.cli", "clip", "add", str(tmp_path / "x.mp4"), "--title", "X", "--language", "en"],
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 2
    assert done.stderr.startswith("segue: can't read x.mp4 as video")
    assert len(done.stderr.splitlines()) == 1
    assert not done.stdout
