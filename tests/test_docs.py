"""What the guides say is so: links lead somewhere, settings and commands exist, examples are valid."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import pytest
from pydantic import TypeAdapter

from plugin.campaigns.lint import lint
from plugin.campaigns.parse import parse
from plugin.campaigns.publish import clip_names, usable_clips
from plugin.campaigns.storyboard import Cta, Overlay, Rule, Storyboard
from plugin.fields.models import Field
from plugin.kernel.database import Database
from plugin.kernel.seal import Vault
from plugin.kernel.settings import Settings
from plugin.media.library import import_
from plugin.media.store import LocalStore
from web.cli import cli
from web.cli.clip_report import as_table

ROOT = Path(__file__).resolve().parent.parent
READMES = [ROOT / "README.md", ROOT / "demo" / "README.md", *sorted((ROOT / "connectors").glob("*/README.md"))]
GUIDES = [*READMES, *sorted((ROOT / "docs").glob("*.md"))]
OPERATOR = ROOT / "docs" / "operator.md"
STORYBOARD = ROOT / "docs" / "storyboard.md"

_FENCED = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"\]\(([^)\s]+)\)")
_SPAN = re.compile(r"`([^`\n]+)`")
_ROW = re.compile(r"^\| `(SEGUE_[A-Z_]+)` \| (.+?) \|", re.MULTILINE)
_COMMAND = re.compile(r"(?:^|\s)(?:\.venv/bin/|/opt/segue/\.venv/bin/)?segue (?=[a-z])")


@pytest.mark.parametrize("guide", GUIDES, ids=lambda guide: str(guide.relative_to(ROOT)))
def test_every_relative_link_leads_somewhere(guide: Path) -> None:
    for target in _LINK.findall(_prose(guide)):
        if re.match(r"[a-z]+:", target):
            continue
        path, _, anchor = target.partition("#")
        file = (guide.parent / path).resolve() if path else guide

        assert file.exists(), target
        assert not anchor or anchor in _anchors(file), target


def test_the_operators_guide_names_every_setting_and_no_other() -> None:
    named = set(re.findall(r"SEGUE_[A-Z_]*[A-Z]", OPERATOR.read_text("utf-8")))

    assert named == {f"SEGUE_{name.upper()}" for name in Settings.model_fields}


def test_the_table_of_settings_has_each_once_with_its_default() -> None:
    told = _ROW.findall(OPERATOR.read_text("utf-8"))

    assert told == [
        (f"SEGUE_{name.upper()}", _as_written(field.default)) for name, field in Settings.model_fields.items()
    ]


@pytest.mark.parametrize("guide", GUIDES, ids=lambda guide: str(guide.relative_to(ROOT)))
def test_every_command_the_guides_name_exists_with_its_options(guide: Path) -> None:
    for words in _commands(guide):
        command, rest = _resolved(words)
        known = {option for parameter in command.params for option in (*parameter.opts, *parameter.secondary_opts)}

        # A group alone is named in prose ('see `segue outbox`'), a wrong subcommand would be its rest.
        assert not isinstance(command, click.Group) or not rest, f"segue {' '.join(words)}"
        for word in rest:
            assert not word.startswith("--") or word in {*known, "--help"}, f"segue {' '.join(words)}"


def test_the_guides_name_every_subject_of_the_command_line() -> None:
    named = {words[0] for guide in GUIDES for words in _commands(guide)}

    assert named >= set(cli.list_commands(click.Context(cli)))


def test_the_storyboard_in_the_guide_can_be_published_with_the_demos_clips(
    database: Database, vault: Vault, tmp_path: Path
) -> None:
    storyboard = parse(_example())
    library = tmp_path / "library"
    library.mkdir()
    for name in clip_names(storyboard):
        (library / name).symlink_to(ROOT / "demo" / "library" / name, target_is_directory=True)

    with database.transaction() as session:
        import_(session, LocalStore(tmp_path / "clips", vault, period_s=3600), library)
        defects = lint(storyboard, usable_clips(session, clip_names(storyboard)))

    assert defects == []


def test_every_other_piece_of_a_storyboard_in_the_guide_is_valid() -> None:
    pieces = [json.loads(text) for kind, text in _FENCED.findall(STORYBOARD.read_text("utf-8")) if kind == "json"]

    for piece in pieces:
        TypeAdapter(_kind_of(piece)).validate_python(piece)
    assert {_kind_of(piece) for piece in pieces} == {Storyboard, Field, Overlay, Rule, Cta}


def test_every_key_of_a_storyboard_is_explained() -> None:
    text = STORYBOARD.read_text("utf-8")

    for model in (Storyboard, Field, Cta):
        for name in model.model_fields:
            assert f"`{name}`" in text or f'"{name}"' in text, name


def test_the_table_of_checks_is_the_one_the_checks_are_made_by() -> None:
    assert as_table() in STORYBOARD.read_text("utf-8")


# -- what a guide holds --------------------------------------------------------


def _prose(guide: Path) -> str:
    return _FENCED.sub("", guide.read_text("utf-8"))


def _anchors(file: Path) -> set[str]:
    """Of its headings, as GitHub makes them."""
    headings = re.findall(r"^#+ (.+)$", _prose(file), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def _commands(guide: Path) -> Iterator[list[str]]:
    """The words after `segue` wherever a guide shows a command: in blocks of shell or units, and between backticks."""
    text = guide.read_text("utf-8")
    blocks = [block.replace("\\\n", " ") for kind, block in _FENCED.findall(text) if kind in ("sh", "ini")]
    shown = [line.split("#")[0] for block in blocks for line in block.splitlines()]
    for line in [*shown, *_SPAN.findall(_prose(guide))]:
        # The last on the line: `sudo -u segue … segue db migrate` names the user first.
        for found in [*_COMMAND.finditer(line)][-1:]:
            yield shlex.split(re.split(r"[<>|;&]", line[found.end() :])[0])


def _resolved(words: list[str]) -> tuple[click.Command, list[str]]:
    """The command that the first words name, and what is left."""
    command: click.Command = cli
    while isinstance(command, click.Group) and words:
        found = command.get_command(click.Context(command), words[0])
        if found is None:
            break
        command, words = found, words[1:]
    return command, words


def _example() -> dict[str, Any]:
    pieces = (json.loads(text) for kind, text in _FENCED.findall(STORYBOARD.read_text("utf-8")) if kind == "json")
    return next(piece for piece in pieces if "scenes" in piece)


def _kind_of(piece: dict[str, Any]) -> Any:
    if "scenes" in piece:
        return Storyboard
    if "kind" in piece:
        return Overlay
    if "source" in piece:
        return Field
    return Cta if "url" in piece else Rule


def _as_written(default: object) -> str:
    if default is None or default == "":
        return "empty"
    return f"`{str(default).lower() if isinstance(default, bool) else default}`"
