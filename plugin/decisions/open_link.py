"""One open: the person's record as it is now, the rules, the plan, and a row that says which rules spoke."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from threading import Lock
from typing import cast

from cachetools import TTLCache
from sqlalchemy import Table, event, insert
from sqlalchemy.orm import Session

from plugin.decisions.make_plan import make_plan
from plugin.decisions.models import Open
from plugin.decisions.plan import OpenedVideo, Plan
from plugin.decisions.story import Story, published_story
from plugin.fields.read import read_fields
from plugin.kernel.clock import Clock, utcnow
from plugin.kernel.database import Database
from plugin.kernel.ids import new_id
from plugin.kernel.prepare import Prepared
from plugin.kernel.seal import Vault
from plugin.links.resolve import ResolvedLink
from plugin.media.catalogue import assemble, assembly_id
from plugin.recipients.live import LiveReads, live_reads
from plugin.recipients.ports import ProfileSource
from plugin.recipients.profile import UNKNOWN, Reading, read_profile, settle_reading

_recorded: TTLCache[str, None] = TTLCache(maxsize=8_192, ttl=10)
_lock = Lock()
_OPEN = Prepared(lambda _: insert(cast("Table", Open.__table__)))


@dataclass(frozen=True, slots=True)
class Decided:
    """An open that is decided and not yet kept."""

    opened: OpenedVideo
    story: Story
    link_id: str
    reading: Reading


def open_link(
    database: Database,
    link: ResolvedLink,
    *,
    vault: Vault,
    profiles: Callable[[str], ProfileSource],
    budget_s: float,
    language: str | None = None,
    personal: bool = True,
    clock: Clock = utcnow,
    reads: LiveReads = live_reads,
) -> OpenedVideo:
    """`decide` and `keep` in one, for a caller with nothing else to write."""
    decided = decide(
        database,
        link,
        vault=vault,
        profiles=profiles,
        budget_s=budget_s,
        language=language,
        personal=personal,
        reads=reads,
    )
    with database.transaction() as session:
        return keep(session, decided, vault=vault, clock=clock)


def decide(
    database: Database,
    link: ResolvedLink,
    *,
    vault: Vault,
    profiles: Callable[[str], ProfileSource],
    budget_s: float,
    language: str | None = None,
    personal: bool = True,
    reads: LiveReads = live_reads,
) -> Decided:
    """Put one person's video together, reading their record live within `budget_s`.

    It takes the database, not a session, because no transaction may be held while the CRM is asked. `language` is what
    the viewer asked for; without `personal` nothing is read and the fallbacks stand everywhere. A CRM that is down,
    late or no longer knows the person never fails the open. Raises `NotPublished`.
    """
    with database.reading() as session:
        story = published_story(session, link.campaign_id, link.published_version)
    reading = _read(database, vault, link, story, profiles, budget_s, reads) if personal else UNKNOWN
    plan = make_plan(
        story,
        read_fields(story.storyboard.fields, reading.values),
        name_assembly=partial(assembly_id, vault),
        language=language,
    )
    opened = OpenedVideo(
        open_id=new_id(),
        campaign_id=link.campaign_id,
        recipient_id=link.recipient_id,
        plan=plan,
        profile_read_at=reading.read_at,
        live=reading.live,
        version_id=story.version_id,
    )
    return Decided(opened, story, link.id, reading)


def keep(session: Session, decided: Decided, *, vault: Vault, clock: Clock = utcnow) -> OpenedVideo:
    """Record the open and its assembly, and seal what was read; raises `Gone` for a clip that was withdrawn."""
    opened = decided.opened
    _record_assembly(session, vault, opened.plan, clock)
    settle_reading(session, vault, opened.recipient_id, decided.story.paths, decided.reading)
    _OPEN.run(session, _row(opened, decided.link_id) | {"at": clock()})
    return opened


def _record_assembly(session: Session, vault: Vault, plan: Plan, clock: Clock) -> None:
    """Only sequences not met lately are asked for: playlists refuse a withdrawn clip at once in any case."""
    with _lock:
        if plan.assembly_id in _recorded:
            return
    assemble(session, vault, [scene.clip_id for scene in plan.scenes], clock=clock)
    # Until the commit nobody else may rely on it.
    event.listen(session, "after_commit", lambda _: _remember(plan.assembly_id), once=True)


def _remember(assembly: str) -> None:
    with _lock:
        _recorded[assembly] = None


def _read(
    database: Database,
    vault: Vault,
    link: ResolvedLink,
    story: Story,
    profiles: Callable[[str], ProfileSource],
    budget_s: float,
    reads: LiveReads,
) -> Reading:
    source = profiles(link.ref.installation_id)
    return read_profile(
        database, vault, source, link.recipient_id, link.ref, story.paths, budget_s=budget_s, reads=reads
    )


def _row(opened: OpenedVideo, link_id: str) -> dict[str, object]:
    plan: Plan = opened.plan
    return {
        "id": opened.open_id,
        "link_id": link_id,
        "storyboard_version_id": opened.version_id,
        "assembly_id": plan.assembly_id,
        "language": plan.language,
        "choices": [
            {
                "scene": scene.id,
                "choice": scene.reason.choice,
                "clip_id": scene.clip_id,
                "start_s": scene.start_s,
                "duration_s": scene.duration_s,
            }
            for scene in plan.scenes
        ],
        "profile_read_at": opened.profile_read_at,
        "live": opened.live,
    }
