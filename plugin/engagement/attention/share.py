"""A visit's seconds in one figure: 'facing the screen 82 % of what played', and how much of it could be judged."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from plugin.engagement.attention.models import AttentionSecond, AttentionVisit
from plugin.engagement.spans import Span

LEAST_SECONDS = 5
"""Judged; of fewer no share is told."""


@dataclass(frozen=True, slots=True)
class Attention:
    """How much of what played the viewer faced the screen."""

    share: float
    """0 to 1, the mean of the seconds that could be judged."""
    seconds: int
    """How many could be judged."""
    quality: float
    """Of the seconds told, the share that could be judged."""

    def as_json(self) -> dict[str, Any]:
        """As the CRM is told."""
        return {"share": self.share, "seconds": self.seconds, "quality": self.quality}


def share_to_tell(session: Session, visit_id: str, played: Sequence[Span]) -> Attention | None:
    """The share the CRM is now told of, with a note that it was; None without a live yes, or when too few were judged.

    The yes is held until the transaction ends: someone taking it back waits, and then has it forgotten there too.
    """
    allowed = session.scalars(
        select(AttentionVisit).where(AttentionVisit.visit_id == visit_id).with_for_update()
    ).one_or_none()
    found = share_of(session, visit_id, played) if allowed else None
    if allowed is not None and found is not None:
        allowed.told = True
    return found


def share_of(session: Session, visit_id: str, played: Sequence[Span]) -> Attention | None:
    """The share over the seconds that really played; None when too few could be judged.

    `played`: merged, as the visit was watched. A second told of that was never played counts for nothing.
    """
    rows = session.execute(
        select(AttentionSecond.second, AttentionSecond.score).where(AttentionSecond.visit_id == visit_id)
    )
    return _share([(second, score) for second, score in rows], played)


def shares_of(session: Session, played: Mapping[str, Sequence[Span]]) -> dict[str, Attention]:
    """The shares of many visits (id → what was played of it): of those with a live yes, where enough was judged."""
    rows = session.execute(
        select(AttentionSecond.visit_id, AttentionSecond.second, AttentionSecond.score)
        .join(AttentionVisit, AttentionVisit.visit_id == AttentionSecond.visit_id)
        .where(AttentionSecond.visit_id.in_(played))
    )
    told: dict[str, list[tuple[int, float | None]]] = {}
    for visit_id, second, score in rows:
        told.setdefault(visit_id, []).append((second, score))
    found = {visit_id: _share(seconds, played[visit_id]) for visit_id, seconds in told.items()}
    return {visit_id: share for visit_id, share in found.items() if share is not None}


def _share(told: Sequence[tuple[int, float | None]], played: Sequence[Span]) -> Attention | None:
    scores = [score for second, score in told if _was_played(second, played)]
    judged = [score for score in scores if score is not None]
    if len(judged) < LEAST_SECONDS:
        return None
    return Attention(round(sum(judged) / len(judged), 2), len(judged), round(len(judged) / len(scores), 2))


def _was_played(second: int, played: Sequence[Span]) -> bool:
    """At least a third of it: one joins in and leaves within a second."""
    start, end = second * 1000, second * 1000 + 1000
    return sum(max(0, min(span.to_ms, end) - max(span.from_ms, start)) for span in played) >= 333
