"""The operator's view of the outbox and the embedded CRM."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from connectors.local import contacts
from plugin.kernel.database import Database
from plugin.kernel.settings import settings
from plugin.outbox.dispatch import dispatch_once
from plugin.outbox.enqueue import enqueue
from plugin.outbox.ports import Dead
from tests.make import make_contact, make_installation
from tests.plugin.outbox.fakes import BusyCrm, drafts
from web.cli import cli

Run = Callable[..., Result]


@pytest.fixture
def segue(database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.setenv("SEGUE_DATABASE_URL", database.engine.url.render_as_string(hide_password=False))
    monkeypatch.setenv("SEGUE_DATA_DIR", str(tmp_path))
    settings.cache_clear()
    return lambda *words: CliRunner().invoke(cli, words)


@pytest.fixture(autouse=True)
def forget_settings():
    yield
    settings.cache_clear()


@pytest.fixture
def ana(database: Database) -> str:
    with database.transaction() as session:
        return make_contact(session, make_installation(session).id, "ana", first_name="Ana", points=120).id


def test_status_counts_and_names_the_last_error(segue: Run, database: Database) -> None:
    with database.transaction() as session:
        enqueue(session, drafts("i", "a"))
    dispatch_once(database, lambda _: BusyCrm(lambda _: Dead("The [bold]plan is read-only.")))

    said = segue("outbox", "status").output

    assert "dead       1" in said
    assert "The [bold]plan is read-only." in said


def test_dead_letters_are_listed_with_their_reason_and_sent_again(segue: Run, database: Database) -> None:
    assert segue("outbox", "dead").output == "none\n"
    with database.transaction() as session:
        enqueue(session, drafts("i", "a"))
    dispatch_once(database, lambda _: BusyCrm(lambda _: Dead("[red]No.")))

    assert "[red]No." in segue("outbox", "dead").output
    assert segue("outbox", "retry", "--all").output == "1 on their way again\n"
    assert segue("outbox", "dead").output == "none\n"


@pytest.mark.parametrize("words", [(), ("1", "--all")])
def test_retry_wants_ids_or_all(segue: Run, words: tuple[str, ...]) -> None:
    assert "name the ids" in str(segue("outbox", "retry", *words).exception)


def test_a_contact_is_found_shown_and_edited(segue: Run, database: Database, ana: str) -> None:
    assert "ana  Ana" in segue("crm", "list", "an").output
    assert segue("crm", "edit", "ana", "points=130", "tier=Gold", "first_name=").exit_code == 0

    with database.reading() as session:
        assert contacts.get(session, "ana").properties == {"points": 130, "tier": "Gold"}
    assert "tier" in segue("crm", "show", "ana").output


def test_what_is_no_change_is_refused(segue: Run, ana: str) -> None:
    assert "not NAME=VALUE" in str(segue("crm", "edit", "ana", "points").exception)
    assert "not a number" in str(segue("crm", "edit", "ana", "points=many").exception)


def test_the_worker_runs_until_nothing_is_due(segue: Run, database: Database, ana: str) -> None:
    with database.transaction() as session:
        enqueue(session, drafts(contacts.get(session, "ana").installation_id, "a", subject="contact:ana"))

    # In a process of its own, as it takes the signals and the log for itself.
    subprocess.run([sys.executable, "-m", "web.cli", "worker", "--until-idle"], check=True, timeout=60)

    assert "delivered  1" in segue("outbox", "status").output
