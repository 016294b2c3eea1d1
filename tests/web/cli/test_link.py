"""`segue link` and `segue keys` as an operator uses them."""

from __future__ import annotations

import csv
import io
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from click.testing import CliRunner

from plugin.kernel.errors import SegueError
from plugin.kernel.settings import settings
from plugin.links.address import token_in
from plugin.links.keys import Keyring
from plugin.links.resolve import resolve
from plugin.privacy.suppress import pseudonym_of, suppress
from plugin.recipients.ports import ExternalRef
from tests.make import make_campaign
from web.cli import cli

ROOT = str(Path(__file__).resolve().parents[3])


@pytest.fixture
def place(database, vault, tmp_path, monkeypatch):
    """An installation the command line finds by its settings, in a folder of its own."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SEGUE_DATABASE_URL", database.engine.url.render_as_string(hide_password=False))
    monkeypatch.setenv("SEGUE_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("SEGUE_MASTER_SECRET", bytes(range(32)).hex())
    monkeypatch.setenv("SEGUE_PUBLIC_ORIGIN", "https://video.example")
    settings.cache_clear()
    with database.transaction() as session:
        make_campaign(session, slug="draft")
        campaign = make_campaign(session, slug="spring", published_version=1)
    yield campaign
    settings.cache_clear()


def segue(*words: str, stdin: bytes | None = None):
    done = CliRunner().invoke(cli, words, input=stdin)
    if done.exception is not None and not isinstance(done.exception, SystemExit | SegueError):
        raise done.exception
    return done


def table(text: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(text, newline="")))


def test_one_contact_s_link_is_printed_and_leads_to_them(place, database, vault):
    printed = segue("link", "issue", "--campaign", "spring", "--contact", "-x7").stdout.strip()

    assert printed.startswith("https://video.example/v/")
    with database.reading() as session:
        assert resolve(session, token_in(printed), keyring=Keyring(database, vault)).ref.id == "-x7"
    assert segue("link", "issue", "--campaign", "spring", "--contact", "-x7").stdout.strip() == printed


def test_a_sheet_comes_out_with_links_and_its_bad_rows_beside_it(place, tmp_path):
    (tmp_path / "in.csv").write_bytes("\ufeffexternal_id;name\r\n1;Zoë\r\n;x\r\n3;=1+1\r\n".encode())

    done = segue("link", "issue", "--campaign", "spring", "--csv", "in.csv", "--out", "out.csv")

    assert done.exit_code == 1
    assert (tmp_path / "out.csv").read_bytes().startswith("\ufeffexternal_id;name;link;expires_at;status\r\n".encode())
    rows = list(csv.reader((tmp_path / "out.csv").open(encoding="utf-8-sig", newline=""), delimiter=";"))
    assert [row[:2] for row in rows[1:]] == [["1", "Zoë"], ["3", "'=1+1"]]
    assert (tmp_path / "out.csv.errors.csv").read_text() == "line;external_id;reason\n3;;no external_id\n"
    assert "3 rows: 2 links issued, 0 reused, 0 suppressed, 1 refused" in done.stderr
    assert sorted(path.name for path in tmp_path.glob("*csv*")) == ["in.csv", "out.csv", "out.csv.errors.csv"]


def test_put_right_and_run_again_nothing_is_left_to_report(place, tmp_path):
    (tmp_path / "in.csv").write_text("external_id\n1\n\x01\n")
    segue("link", "issue", "--campaign", "spring", "--csv", "in.csv", "--out", "out.csv")
    first = table((tmp_path / "out.csv").read_text())
    (tmp_path / "in.csv").write_text("external_id\n1\n2\n")

    done = segue("link", "issue", "--campaign", "spring", "--csv", "in.csv", "--out", "out.csv")

    assert done.exit_code == 0
    assert table((tmp_path / "out.csv").read_text())[1][1] == first[1][1]
    assert not (tmp_path / "out.csv.errors.csv").exists()


def test_a_pipe_works_at_both_ends(place):
    done = segue("link", "issue", "--campaign", "spring", "--csv", "-", "--out", "-", stdin=b"external_id\n1\n,\n2\n")

    assert [row[0] for row in table(done.stdout)] == ["external_id", "1", "2"]
    assert "line 3: 2 cells where the header has 1" in done.stderr


def test_a_whole_file_is_written_in_place_of_its_source(place, tmp_path):
    rows = 20_000
    (tmp_path / "people.csv").write_text("external_id\n" + "".join(f"{number}\n" for number in range(rows)))

    for status in ("issued", "reused"):
        assert (
            segue("link", "issue", "--campaign", "spring", "--csv", "people.csv", "--out", "people.csv").exit_code == 0
        )
        written = table((tmp_path / "people.csv").read_text())
        assert [row[0] for row in written[1:]] == [str(number) for number in range(rows)]
        assert {row[-1] for row in written[1:]} == {status}
        assert len({row[1] for row in written[1:]}) == rows


def test_a_failed_run_leaves_the_old_output_and_no_debris(place, tmp_path):
    (tmp_path / "out.csv").write_text("old")
    (tmp_path / "in.csv").write_text("external_id,link\n1,x\n")

    done = segue("link", "issue", "--campaign", "spring", "--csv", "in.csv", "--out", "out.csv")

    assert "--prefix" in str(done.exception)
    assert (tmp_path / "out.csv").read_text() == "old"
    assert {path.name for path in tmp_path.iterdir()} - {"segue.sqlite3-wal", "segue.sqlite3-shm", "segue.sqlite3"} == {
        "in.csv",
        "out.csv",
        "data",
    }


def test_killed_half_way_and_run_again_everyone_has_one_link(place, tmp_path):
    rows = 30_000
    (tmp_path / "in.csv").write_text("external_id\n" + "".join(f"{number}\n" for number in range(rows)))
    words = ["link", "issue", "--campaign", "spring", "--csv", "in.csv", "--out", "out.csv"]
    running = subprocess.Popen([sys.executable, "-m", "web.cli", *words], env={**os.environ, "PYTHONPATH": ROOT})
    while not list(tmp_path.glob(".out.csv.*.part")) and running.poll() is None:
        time.sleep(0.01)
    time.sleep(0.4)
    running.send_signal(signal.SIGKILL)
    running.wait()

    assert segue(*words).exit_code == 0

    written = table((tmp_path / "out.csv").read_text())
    assert len(written) == rows + 1
    assert len({row[1] for row in written[1:]}) == rows


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["--campaign", "spring"], "either --contact"),
        (["--campaign", "spring", "--contact", "1", "--csv", "x"], "either --contact"),
        (["--campaign", "spring", "--csv", "x"], "--out"),
        (["--campaign", "spring", "--csv", "nope.csv", "--out", "o"], "nope.csv: no such file"),
        (["--campaign", "spring", "--csv", ".", "--out", "o"], "is a directory"),
        (["--campaign", "spring", "--csv", "empty.csv", "--out", "o"], "empty"),
        (["--campaign", "spring", "--csv", "ok.csv", "--out", "no/such/place.csv"], "no such file or directory"),
        (["--campaign", "nope", "--contact", "1"], "no campaign"),
        (["--campaign", "draft", "--contact", "1"], "isn't published"),
        (["--campaign", "spring", "--contact", ""], "1 to 255"),
    ],
)
def test_what_was_asked_wrongly_is_said_in_a_line(place, tmp_path, words, says):
    (tmp_path / "empty.csv").touch()
    (tmp_path / "ok.csv").write_text("external_id\n1\n")

    done = segue("link", "issue", *words)

    assert isinstance(done.exception, SegueError)
    assert says in str(done.exception)
    assert "\n" not in str(done.exception)


def test_a_suppressed_contact_gets_no_link(place, database, vault):
    with database.transaction() as session:
        suppress(session, pseudonym_of(vault, ExternalRef(place.installation_id, "contact", "7")), "asked")

    done = segue("link", "issue", "--campaign", "spring", "--contact", "7")

    assert "suppressed" in str(done.exception)


def test_an_operator_sees_a_link_s_state_and_not_whose_it_is(place):
    link = segue("link", "issue", "--campaign", "spring", "--contact", "ann-secret").stdout.strip()

    shown = segue("link", "show", link)
    assert shown.exit_code == 0
    assert "status    live" in shown.stdout
    assert segue("link", "revoke", link).stdout.strip() == "withdrawn"
    assert segue("link", "revoke", token_in(link)).stdout.strip() == "withdrawn already"
    after = segue("link", "show", token_in(link))
    assert after.exit_code == 1
    assert "revoked on" in after.stdout
    assert "invalid" in segue("link", "show", link[:-1]).stdout
    assert "revoked" in segue("link", "list", "--campaign", "spring", "--csv").stdout
    assert "ann-secret" not in shown.stdout + after.stdout + segue("link", "list", "--campaign", "spring").stdout


def test_a_person_s_links_are_revoked_by_their_record(place):
    segue("link", "issue", "--campaign", "spring", "--contact", "7")

    assert segue("link", "revoke", "--campaign", "spring", "--contact", "7").stdout.strip() == "1 withdrawn"
    assert "no link was ever made" in str(segue("link", "revoke", "--campaign", "spring", "--contact", "8").exception)


def test_rotating_keys_keeps_links_and_shows_no_secret(place):
    link = segue("link", "issue", "--campaign", "spring", "--contact", "7").stdout.strip()

    rotated = segue("keys", "rotate").stdout

    assert "signs from now on (HS256)" in rotated
    assert "is retired; its last link ends" in rotated
    assert segue("link", "show", link).exit_code == 0
    listed = segue("keys", "list").stdout
    assert "signs" in listed
    assert "retired" in listed
