"""Make a storyboard what links open with: checked, pinned to its clips, and never changed again."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from sqlalchemy import Table, func, select
from sqlalchemy.orm import Session

from plugin.accounts.models import Installation
from plugin.campaigns.choose import choose
from plugin.campaigns.combine import durations_s
from plugin.campaigns.find import find_campaign
from plugin.campaigns.lint import Defect, lint
from plugin.campaigns.lint_quality import quality_defects
from plugin.campaigns.models import Campaign, StoryboardVersion
from plugin.campaigns.parse import StoryboardRefused, parse
from plugin.campaigns.storyboard import Storyboard
from plugin.fields.read import read_fields
from plugin.kernel.clock import Clock, utcnow
from plugin.kernel.database import insert_ignoring
from plugin.kernel.errors import BadInput, NotFound
from plugin.kernel.ids import new_id
from plugin.kernel.seal import Vault
from plugin.media.assembly import ClipMedia
from plugin.media.catalogue import assemble, clips_by_id, facts_by_name
from plugin.media.quality.records import Standing, standings
from plugin.privacy.models import Regime

_SLUG = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?")


@dataclass(frozen=True, slots=True)
class Published:
    """What is now live."""

    campaign_id: str
    slug: str
    version: int
    version_id: str
    created: bool
    """False: this very storyboard with these very clips had been published before."""
    warnings: tuple[Defect, ...]


def publish(
    session: Session,
    *,
    vault: Vault,
    slug: str,
    installation_id: str,
    document: Mapping[str, Any] | Storyboard,
    regime: Regime | str | None = None,
    attention: bool | None = None,
    clock: Clock = utcnow,
) -> Published:
    """Publish a storyboard under `slug`, making the campaign at the first time; the same content is the same version.

    `regime` None leaves it as it is (`consent` for a new campaign), and so does `attention` (off for one). Raises
    `StoryboardRefused` with every defect, or `BadInput` for a slug that is malformed or is another installation's.
    """
    storyboard = parse(document)
    clips = usable_clips(session, clip_names(storyboard))
    defects = [*lint(storyboard, clips), *quality_defects(storyboard, clip_standings(session, clips))]
    if errors := [defect for defect in defects if not defect.warning]:
        raise StoryboardRefused(errors)
    campaign = _campaign(session, slug, installation_id, clock)
    version, created = _version(session, vault, campaign, storyboard, clips, clock)
    campaign.published_version = version.version
    if regime is not None:
        campaign.regime = Regime(regime)
    if attention is not None:
        campaign.attention = attention
    session.flush()
    return Published(campaign.id, slug, version.version, version.id, created, tuple(defects))


def unpublish(session: Session, slug: str) -> None:
    """Take a campaign's video back: its links explain themselves and show nothing. Raises `NotFound`."""
    find_campaign(session, slug).published_version = None


def clip_names(storyboard: Storyboard) -> set[str]:
    """Every clip the storyboard calls for."""
    return {name for scene in storyboard.scenes for choice in scene.choices for name in choice.clips.values()}


def usable_clips(session: Session, names: set[str]) -> dict[str, ClipMedia]:
    """Those of the named clips that are there and not withdrawn, with their renditions."""
    by_name = facts_by_name(session, names)
    media = clips_by_id(session, [facts.id for facts in by_name.values()])
    return {name: media[facts.id] for name, facts in by_name.items()}


def clip_standings(session: Session, clips: Mapping[str, ClipMedia]) -> dict[str, Standing]:
    """How good the clips were found to be, by name."""
    found = standings(session, [clip.facts.id for clip in clips.values()])
    return {name: found[clip.facts.id] for name, clip in clips.items()}


def _campaign(session: Session, slug: str, installation_id: str, clock: Clock) -> Campaign:
    """The campaign of that slug, held until the transaction ends so that two publications can't cross."""
    if not _SLUG.fullmatch(slug):
        raise BadInput(f"{slug!r} is no slug: small letters, digits and hyphens, at most 64")
    if session.get(Installation, installation_id) is None:
        raise NotFound("no such installation")
    row = {
        "id": new_id(),
        "slug": slug,
        "installation_id": installation_id,
        "regime": Regime.CONSENT,
        "created_at": clock(),
    }
    table = cast("Table", Campaign.__table__)
    session.execute(insert_ignoring(session.get_bind().dialect.name, table, ["slug"]), row)
    campaign = session.scalars(select(Campaign).filter_by(slug=slug).with_for_update()).one()
    if campaign.installation_id != installation_id:
        raise BadInput(f"the campaign {slug!r} belongs to another CRM account")
    return campaign


def _version(
    session: Session,
    vault: Vault,
    campaign: Campaign,
    storyboard: Storyboard,
    clips: Mapping[str, ClipMedia],
    clock: Clock,
) -> tuple[StoryboardVersion, bool]:
    document = storyboard.model_dump(mode="json", by_alias=True)
    clip_ids = {name: clip.facts.id for name, clip in sorted(clips.items())}
    content = hashlib.sha256(json.dumps([document, clip_ids], sort_keys=True).encode()).hexdigest()
    earlier = session.scalar(select(StoryboardVersion).filter_by(campaign_id=campaign.id, content_sha256=content))
    if earlier is not None:
        return earlier, False
    last = session.scalar(select(func.max(StoryboardVersion.version)).filter_by(campaign_id=campaign.id))
    version = StoryboardVersion(
        id=new_id(),
        campaign_id=campaign.id,
        version=(last or 0) + 1,
        document=document,
        clip_ids=clip_ids,
        derived={
            "public": {
                language: assemble(session, vault, public_clip_ids(storyboard, language, clip_ids), clock=clock)
                for language in storyboard.languages
            },
            "duration_s": durations_s(storyboard, {name: clip.facts.duration_s for name, clip in clips.items()}),
        },
        content_sha256=content,
        published_at=clock(),
    )
    session.add(version)
    return version, True


def public_clip_ids(storyboard: Storyboard, language: str, clip_ids: Mapping[str, str]) -> Sequence[str]:
    """The clips of the cut for nobody in particular, in order."""
    nobody = read_fields(storyboard.fields, {}, seen_at="public")
    return [clip_ids[chosen.choice.clips[language]] for chosen in choose(storyboard, nobody)]
