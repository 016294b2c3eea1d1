"""`segue clip check` and `approve`, as an operator types them."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from plugin.accounts.members import add_member
from plugin.kernel.database import Database
from plugin.kernel.errors import BadInput, NotFound
from plugin.kernel.settings import settings
from plugin.media.library import clip_named
from plugin.media.quality.models import ClipCheck
from tests.plugin.media.quality.planted import CLEAN, FAULTS
from web.cli import cli

Run = Callable[..., Result]
DEMO = Path(__file__).parents[3] / "demo"
QUICK = ("--preset", "veryfast", "--crf", 34)


@pytest.fixture
def segue(database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Run]:
    monkeypatch.setenv("SEGUE_DATABASE_URL", database.engine.url.render_as_string(hide_password=False))
    monkeypatch.setenv("SEGUE_DATA_DIR", str(tmp_path / "data"))
    settings.cache_clear()
    yield lambda *words: CliRunner().invoke(cli, [str(word) for word in words])
    settings.cache_clear()


@pytest.fixture(scope="session")
def films(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("films")
    made = {"clean": CLEAN["moving"], "soft": FAULTS["resolution"], "dark": FAULTS["black"]}
    return {name: planted.film.write(folder / f"{name}.mkv") for name, planted in made.items()}


@pytest.fixture
def small(tmp_path: Path, films: dict[str, Path]) -> Path:
    """A film to be looked at, quick to encode: a third of the pixels of a clip."""
    return films["soft"]


def _add(segue: Run, film: Path, name: str, *more: object) -> Result:
    return segue("clip", "add", film, "--name", name, "--title", name, "--language", "en", *QUICK, *more)


# A database is never asked for, so one kind of it will do.
@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_files_are_looked_at_without_a_database_and_the_exit_code_tells(
    segue: Run, films: dict[str, Path], tmp_path: Path
) -> None:
    words = tmp_path / "words.vtt"
    words.write_text("WEBVTT\n\n00:00.200 --> 00:02.000\nHello {{frist_name}}.\n")

    clean, dark = segue("clip", "check", films["clean"]), segue("clip", "check", films["dark"])
    told = segue("clip", "check", films["clean"], "--transcript", words, "--storyboard", DEMO / "storyboard.json")

    assert (clean.exit_code, dark.exit_code) == (0, 2)
    assert "pass  clean.mkv  2.56 s  1280×720" in clean.output
    assert re.search(r"fail  00:00\.24–00:02\.40 +black +Nothing but black for 2\.16 s\.", dark.output)
    assert "did you mean 'first_name'?" in told.output
    assert not (tmp_path / "data" / "segue.sqlite3").exists()


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_one_that_can_t_be_looked_at_does_not_take_the_others_with_it(
    segue: Run, films: dict[str, Path], tmp_path: Path
) -> None:
    (tmp_path / "noise.mp4").write_bytes(bytes(range(256)) * 40)

    done = segue("clip", "check", tmp_path / "noise.mp4", films["clean"], "--html", tmp_path / "report.html")

    assert done.exit_code == 2
    assert "fail  noise.mp4  can't read noise.mp4 as video" in done.output
    assert "pass  clean.mkv" in done.output
    assert "1 looked at, 1 refused: fail" in done.output
    assert "can&#39;t read noise.mp4" in (tmp_path / "report.html").read_text("utf-8")


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_the_page_and_the_json_hold_everything_and_need_nothing_else(
    segue: Run, films: dict[str, Path], tmp_path: Path
) -> None:
    page, data = tmp_path / "report.html", tmp_path / "report.json"

    segue("clip", "check", films["dark"], films["clean"], "--html", page, "--json", data)

    html, document = page.read_text("utf-8"), json.loads(data.read_text("utf-8"))
    assert "Nothing but black" in html
    assert "data:image/jpeg;base64," in html
    assert "FFmpeg `blackdetect`" in html
    assert not re.search(r"(?:src|href)=\"(?!data:)|url\(|@import|<script", html)
    assert document["verdict"] == "fail"
    dark, clean = document["clips"]
    assert (dark["verdict"], clean["verdict"]) == ("fail", "pass")
    assert {finding["kind"]: finding["start_s"] for finding in dark["findings"]} == {"resolution": None, "black": 0.24}
    assert dark["frames"][0]["image"].startswith("data:image/jpeg")


def test_a_clip_is_looked_at_when_added_and_waits_for_a_yes(
    segue: Run, database: Database, small: Path, tmp_path: Path
) -> None:
    with database.transaction() as session:
        add_member(session, "anna@example.com", "a long enough password", "admin")

    added = _add(segue, small, "small")
    # 180 lines fail; a person's yes is for what a machine can't decide.
    refused = segue("clip", "approve", "small", "--by", "anna@example.com", "--note", "It is small.")
    listed = json.loads(segue("clip", "list", "--json").output)

    assert "small failed its check and can't be published: segue clip show small" in added.output
    assert isinstance(refused.exception, BadInput)
    assert listed["check"] == "fail"
    assert "It had 180 lines" in segue("clip", "show", "small").output


def test_a_yes_is_recorded_and_counts_in_the_next_check(segue: Run, database: Database, films: dict[str, Path]) -> None:
    with database.transaction() as session:
        add_member(session, "anna@example.com", "a long enough password", "admin")
    mute = FAULTS["mute"].film.write(films["dark"].with_name("mute.mkv"))
    added = _add(segue, mute, "mute")

    yes = segue("clip", "approve", "mute", "--by", "anna@example.com", "--note", "Shown without sound.")
    again = segue("clip", "check", "mute")

    assert "A person has to look at mute" in added.output
    assert "anna@example.com said yes to mute: resolution, silence" in yes.output
    assert again.exit_code == 0
    assert "anna@example.com said yes" in again.output


def test_imported_clips_are_looked_at_and_all_finds_those_left(
    segue: Run, database: Database, small: Path, tmp_path: Path
) -> None:
    _add(segue, small, "small")
    segue("clip", "export", tmp_path / "out")
    with database.transaction() as session:
        clip = clip_named(session, "small")
        session.delete(session.get_one(ClipCheck, clip.id))

    never = json.loads(segue("clip", "list", "--json").output)["check"]
    everything = segue("clip", "check", "--all")
    with database.transaction() as session:
        session.delete(session.get_one(ClipCheck, clip.id))
    imported = segue("clip", "import", tmp_path / "out")

    assert never == "never"
    # What only the source shows is gone with its report, unless the package brings it along.
    assert everything.exit_code == 1
    assert "1 looked at: look" in everything.output
    assert "small failed its check" in imported.output
    assert (tmp_path / "out" / "small" / "quality.json").exists()


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_a_storyboard_brings_its_clips_and_every_joint(segue: Run, database: Database) -> None:
    segue("demo", "load")

    done = segue("clip", "check", "welcome-en", "--storyboard", DEMO / "storyboard.json")

    assert done.exit_code == 0
    assert "26 joints, 26 without a finding" in done.output
    assert "1 looked at: pass" in done.output
    # The demo is published, so its joints are those people get.
    assert "26 joints, 26 without a finding\n18 looked at: pass" in segue("clip", "check", "--all").output


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_a_campaign_goes_out_after_its_unchecked_clips_were_looked_at(segue: Run, database: Database) -> None:
    segue("demo", "load")
    with database.transaction() as session:
        session.delete(session.get_one(ClipCheck, clip_named(session, "welcome-en").id))

    checked = segue("campaign", "check", DEMO / "storyboard.json")
    published = segue("campaign", "publish", DEMO / "storyboard.json", "--slug", "again")

    assert checked.exit_code == 0
    assert "again version 1" in published.output


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    ("words", "reason"),
    [
        ([], "name a FILE or a NAME"),
        (["absent-en"], "'absent-en' is neither a file nor a clip"),
        (["absent-en", "--presenter"], "said of a FILE"),
        (["{dark}", "--html", "/absent/report.html"], "can't write"),
        (["{dark}", "--storyboard", "absent.json"], "can't read absent.json"),
        (["{dark}", "--script", "words.doc"], "a transcript is a .txt or a .vtt file"),
    ],
)
def test_what_won_t_do_is_said_in_one_line(segue: Run, films: dict[str, Path], words: list[str], reason: str) -> None:
    result = segue("clip", "check", *(word.format(**films) for word in words))

    assert isinstance(result.exception, BadInput | NotFound)
    assert reason in str(result.exception)
