"""`segue campaign`: check, publish and list campaigns."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path

import click
from sqlalchemy import select

from plugin.accounts.models import Installation
from plugin.campaigns.combine import count, durations_s, groups
from plugin.campaigns.find import find_campaign, find_version, list_campaigns
from plugin.campaigns.lint import lint
from plugin.campaigns.lint_quality import quality_defects
from plugin.campaigns.parse import Defect, StoryboardRefused, parse
from plugin.campaigns.publish import clip_names, clip_standings, publish, unpublish, usable_clips
from plugin.campaigns.storyboard import Storyboard
from plugin.engagement.attention.curve import SceneCurve, curves
from plugin.kernel.errors import BadInput
from plugin.kernel.settings import settings
from plugin.privacy.models import Regime
from web.cli.clip_check import check_unchecked
from web.cli.reading import document_of
from web.services import make_services

_BARS = "▁▂▃▄▅▆▇█"
_FILE = click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))


@click.group()
def command() -> None:
    """Check, publish and list campaigns."""


@command.command()
@_FILE
def check(file: Path) -> None:
    """Say everything that is wrong with a storyboard, and what it can become."""
    with _refusals_shown():
        storyboard, services = parse(document_of(file)), make_services(settings())
        check_unchecked(services, clip_names(storyboard))
        with services.database.reading() as session:
            clips = usable_clips(session, clip_names(storyboard))
            standings = clip_standings(session, clips)
        defects = [*lint(storyboard, clips), *quality_defects(storyboard, standings)]
        if errors := [defect for defect in defects if not defect.warning]:
            raise StoryboardRefused(errors)
    _show_warnings(defects)
    together = groups(storyboard)
    click.echo(f"{count(together)} different videos in each of {', '.join(storyboard.languages)}")
    lengths = {name: clip.facts.duration_s for name, clip in clips.items()}
    for language, (least, most) in durations_s(storyboard, lengths).items():
        click.echo(f"{language}: {least:.2f} s" + (f" to {most:.2f} s" if most > least else ""))


@command.command("publish")
@_FILE
@click.option("--slug", required=True, help="The campaign's name in addresses.")
@click.option("--installation", help="The CRM account, by its number or our id; needed when there are several.")
@click.option("--regime", type=click.Choice([regime.value for regime in Regime]), help="Ground for measuring watching.")
@click.option("--attention", type=click.Choice(["on", "off"]), help="Whether viewers may be asked to use their camera.")
def publish_(file: Path, slug: str, installation: str | None, regime: str | None, attention: str | None) -> None:
    """Publish a storyboard; links open with it at once."""
    services, document = make_services(settings()), document_of(file)
    with _refusals_shown():
        storyboard = parse(document)
        check_unchecked(services, clip_names(storyboard))
        with services.database.transaction() as session:
            published = publish(
                session,
                vault=services.vault,
                slug=slug,
                installation_id=_installation(session.scalars(select(Installation)).all(), installation),
                document=storyboard,
                regime=regime,
                attention=None if attention is None else attention == "on",
            )
    _show_warnings(published.warnings)
    click.echo(f"{slug} version {published.version}" + ("" if published.created else " (published before, live again)"))


@command.command("list")
def list_() -> None:
    """List campaigns: slug, live version, regime, whether viewers may be asked to use their camera."""
    with make_services(settings()).database.reading() as session:
        for campaign in list_campaigns(session):
            live = f"version {campaign.published_version}" if campaign.published_version else "not published"
            attention = "attention on" if campaign.attention else "attention off"
            click.echo(f"{campaign.slug}  {live}  {campaign.regime}  {attention}")


@command.command()
@click.argument("slug")
@click.option("--version", type=int, help="A version other than the published one.")
def show(slug: str, version: int | None) -> None:
    """Print a campaign's storyboard as JSON."""
    with make_services(settings()).database.reading() as session:
        document = find_version(session, slug, version).document
    click.echo(json.dumps(document, indent=2, ensure_ascii=False))


@command.command("unpublish")
@click.argument("slug")
def unpublish_(slug: str) -> None:
    """Take a campaign's video back: its links explain themselves and show nothing."""
    with make_services(settings()).database.transaction() as session:
        was = find_campaign(session, slug).published_version
        unpublish(session, slug)
    click.echo(f"{slug}: " + (f"version {was} is live no more" if was else "was not published"))


@command.command()
@click.argument("slug")
@click.option("--json", "as_json", is_flag=True, help="Every second, for a program.")
def attention(slug: str, as_json: bool) -> None:
    """Show how much viewers faced the screen, scene by scene; only of a group, never of one person.

    How many make a group is SEGUE_ATTENTION_GROUP. What is 30 days old or was withdrawn isn't in it.
    """
    config = settings()
    with make_services(config).database.reading() as session:
        found = curves(session, slug, group=config.attention_group)
    if as_json:
        click.echo(json.dumps([asdict(curve) for curve in found], indent=2, ensure_ascii=False))
        return
    width = max(len(curve.title) for curve in found)
    for curve in found:
        click.echo(f"{curve.title:<{width}}  {_course(curve, config.attention_group)}")


def _course(curve: SceneCurve, group: int) -> str:
    if curve.share is None:
        return f"fewer than {group} people"
    bars = "".join(" " if share is None else _BARS[round(share * (len(_BARS) - 1))] for share in curve.seconds)
    return f"facing the screen {curve.share:4.0%} of it, {curve.people} people or more  {bars}"


@command.command()
def schema() -> None:
    """Print the storyboard's JSON Schema."""
    document = Storyboard.model_json_schema(by_alias=True)
    click.echo(json.dumps({"$schema": "https://json-schema.org/draft/2020-12/schema", **document}, indent=2))


def _installation(known: Sequence[Installation], named: str | None) -> str:
    """The account somebody named, or the only one there is."""
    if not known:
        raise BadInput("connect a CRM first")
    found = [each for each in known if named is None or named in (each.id, each.account)]
    if len(found) == 1:
        return found[0].id
    those = ", ".join(f"{each.account} ({each.label})" for each in known)
    raise BadInput(f"name the CRM account by --installation: one of {those}")


def _show_warnings(defects: Iterable[Defect]) -> None:
    for defect in defects:
        if defect.warning:
            click.echo(f"warning: {defect}", err=True)


@contextmanager
def _refusals_shown() -> Iterator[None]:
    """One line per defect and exit code 2, instead of one long line."""
    try:
        yield
    except StoryboardRefused as refused:
        for defect in refused.defects:
            click.echo(str(defect), err=True)
        sys.exit(2)
