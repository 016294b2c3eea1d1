"""One visit over two pages: a page that may use the camera has to be a new one, and is not a new visit for that.

What a page may ask of the browser is settled when it is loaded. So a yes leads to the same video on a page of its own,
and the visit goes on there.
"""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from plugin.decisions.models import Open
from plugin.decisions.open_link import Decided
from plugin.engagement.attention.models import AttentionVisit
from plugin.engagement.models import Visit
from plugin.links.resolve import ResolvedLink


def has_yes(session: Session, visit_id: str, link: ResolvedLink) -> bool:
    """Whether that visit, by this link's person to its campaign, has a live yes."""
    found = session.get(AttentionVisit, visit_id)
    return found is not None and (found.campaign_id, found.recipient_id) == (link.campaign_id, link.recipient_id)


def shown_before(session: Session, visit_id: str) -> tuple[str, bool] | None:
    """The language that visit's video speaks, and whether anything of the record was read for it."""
    found = session.execute(select(Open.language, Open.live, Open.profile_read_at).where(Open.id == visit_id)).first()
    return (found.language, found.live or found.profile_read_at is not None) if found else None


def goes_on(session: Session, visit_id: str, decided: Decided) -> bool:
    """Whether the open just decided shows what that visit began with: the same clips in the same language."""
    plan = decided.opened.plan
    earlier = session.execute(
        select(Open.link_id, Open.storyboard_version_id, Open.assembly_id, Open.language)
        .join(Visit, Visit.id == Open.id)
        .where(Open.id == visit_id)
    ).one_or_none()
    return earlier is not None and tuple(earlier) == (
        decided.link_id,
        decided.opened.version_id,
        plan.assembly_id,
        plan.language,
    )


def carry_over(session: Session, visit_id: str, to_visit_id: str) -> None:
    """The record changed between the yes and the new page, so the visit is another; the yes was for what plays now."""
    given = session.get_one(AttentionVisit, visit_id)
    session.add(
        AttentionVisit(
            visit_id=to_visit_id,
            campaign_id=given.campaign_id,
            recipient_id=given.recipient_id,
            receipt_id=given.receipt_id,
            given_at=given.given_at,
        )
    )
    session.flush()
