"""`segue campaign`, as an operator types it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from plugin.campaigns.find import find_campaign
from plugin.kernel import settings as settings_module
from plugin.kernel.database import Database
from plugin.kernel.errors import BadInput
from plugin.kernel.migrate import migrate
from plugin.kernel.seal import Vault
from tests.make import make_installation
from tests.plugin.campaigns.boards import GOLD, make_choice, make_document, make_scene
from tests.plugin.campaigns.test_publish import Press
from web.cli import cli


class Operator:
    """Someone at a terminal, in a folder with a database."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def run(self, *words: str) -> Result:
        return CliRunner().invoke(cli, ["campaign", *words])

    def write(self, text: str) -> str:
        path = self.folder / "story.json"
        path.write_text(text)
        return str(path)


@pytest.fixture
def operator(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Operator]:
    monkeypatch.setenv("SEGUE_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("SEGUE_DATABASE_URL", f"sqlite:///{tmp_path / 'segue.sqlite3'}")
    monkeypatch.setenv("SEGUE_MASTER_SECRET", bytes(range(32)).hex())
    settings_module.settings.cache_clear()
    database = Database(f"sqlite:///{tmp_path / 'segue.sqlite3'}")
    migrate(database)
    Press(database, Vault(bytes(range(32))))
    yield Operator(tmp_path)
    database.dispose()
    settings_module.settings.cache_clear()


def test_a_good_storyboard_is_checked_and_published(operator: Operator) -> None:
    file = operator.write(json.dumps(make_document()))

    checked, published, listed = (
        operator.run("check", file),
        operator.run("publish", file, "--slug", "your-year"),
        operator.run("list"),
    )

    assert checked.output.splitlines() == [
        "4 different videos in each of en, es",
        "en: 6.40 s to 9.60 s",
        "es: 6.40 s to 9.60 s",
    ]
    assert (published.exit_code, published.output) == (0, "your-year version 1\n")
    assert listed.output == "your-year  version 1  consent  attention off\n"
    assert json.loads(operator.run("show", "your-year").output)["title"] == make_document()["title"]
    assert operator.run("unpublish", "your-year").output == "your-year: version 1 is live no more\n"


def test_each_defect_is_one_line_and_the_exit_code_two(operator: Operator) -> None:
    bad = make_document(scenes=[make_scene("one", make_choice("gold", GOLD))])

    refused = operator.run("publish", operator.write(json.dumps(bad)), "--slug", "your-year")

    assert refused.exit_code == 2
    assert refused.output.splitlines() == [
        "scenes[0].choices[0].when: the last choice is for everyone else and has no rule (or make the scene optional)",
        "ctas[0].scene: no scene is named 'offer'",
    ]


@pytest.mark.parametrize("text", ["", "[]", "{", "[" * 100_000, '{"title": NaN}', "\x00"])
def test_what_is_no_storyboard_is_refused_in_a_line(operator: Operator, text: str) -> None:
    refused = operator.run("check", operator.write(text))

    assert isinstance(refused.exception, BadInput | SystemExit)


def test_the_schema_describes_what_is_taken_in(operator: Operator) -> None:
    schema = json.loads(operator.run("schema").output)

    assert schema["properties"]["scenes"]["maxItems"] == 60
    assert "not" in schema["$defs"]["Not"]["properties"]


def test_with_several_accounts_one_is_named_by_its_number(operator: Operator) -> None:
    database = Database(f"sqlite:///{operator.folder / 'segue.sqlite3'}")
    with database.transaction() as session:
        theirs = make_installation(session, connector="hubspot", account="24601001").id
    file = operator.write(json.dumps(make_document()))

    unnamed, named, nobodys = (
        operator.run("publish", file, "--slug", "spring"),
        operator.run("publish", file, "--slug", "spring", "--installation", "24601001"),
        operator.run("publish", file, "--slug", "autumn", "--installation", "7"),
    )

    with database.reading() as session:
        assert find_campaign(session, "spring").installation_id == theirs
    database.dispose()
    assert named.exit_code == 0
    for refused in (unnamed, nobodys):
        assert isinstance(refused.exception, BadInput)
        assert "24601001" in str(refused.exception)
