"""How much a group faced the screen over the course of a campaign's scenes; of fewer people than a group, nothing."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import ceil
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from plugin.campaigns.find import find_campaign, find_version
from plugin.decisions.models import Open
from plugin.engagement.attention.models import AttentionSecond, AttentionVisit

_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class SceneCurve:
    """One scene, over everyone who saw it with the camera on; each person counts once, however often they watched."""

    id: str
    title: str
    people: int
    """Rounded down to tens; 0 when they are too few to be shown, and then the rest is empty."""
    share: float | None
    """0 to 1."""
    seconds: tuple[float | None, ...]
    """The same for each second of the scene; None where too few people could be judged."""


_Scores = dict[int, dict[str, list[float]]]
"""Second of the scene → person → scores."""


def curves(session: Session, slug: str, *, group: int) -> tuple[SceneCurve, ...]:
    """Every scene of the published storyboard, in order. Raises `NotFound`.

    Shares are whole percents and people tens, so that one more person's coming moves nothing one could read them from.
    """
    campaign, version = find_campaign(session, slug), find_version(session, slug)
    by_scene: dict[str, _Scores] = defaultdict(lambda: defaultdict(lambda: defaultdict(list)))
    lengths: dict[str, int] = {}
    visits = session.execute(
        select(AttentionVisit.visit_id, AttentionVisit.recipient_id, Open.choices)
        .join(Open, Open.id == AttentionVisit.visit_id)
        .where(AttentionVisit.campaign_id == campaign.id)
        .order_by(AttentionVisit.visit_id)
    ).all()
    for start in range(0, len(visits), _AT_ONCE):
        batch = visits[start : start + _AT_ONCE]
        scores = _scores(session, [visit.visit_id for visit in batch])
        for visit_id, person, choices in batch:
            for choice in choices:
                _sort_in(by_scene[choice["scene"]], person, choice, scores.get(visit_id, {}))
                lengths[choice["scene"]] = max(lengths.get(choice["scene"], 0), ceil(choice["duration_s"]))
    language = version.document["languages"][0]
    return tuple(
        _curve(scene["id"], _said(scene["title"], language), by_scene[scene["id"]], lengths.get(scene["id"], 0), group)
        for scene in version.document["scenes"]
    )


def _scores(session: Session, visit_ids: Sequence[str]) -> Mapping[str, Mapping[int, float]]:
    found: dict[str, dict[int, float]] = defaultdict(dict)
    rows = session.execute(
        select(AttentionSecond.visit_id, AttentionSecond.second, AttentionSecond.score).where(
            AttentionSecond.visit_id.in_(visit_ids), AttentionSecond.score.is_not(None)
        )
    )
    for visit_id, second, score in rows:
        found[visit_id][second] = score or 0.0
    return found


def _sort_in(scene: _Scores, person: str, choice: Mapping[str, Any], scores: Mapping[int, float]) -> None:
    start = round(choice["start_s"])
    for second in range(start, start + ceil(choice["duration_s"])):
        if second in scores:
            scene[second - start][person].append(scores[second])


def _curve(scene_id: str, title: str, scores: _Scores, length: int, group: int) -> SceneCurve:
    people: dict[str, list[float]] = defaultdict(list)
    for second in scores.values():
        for person, told in second.items():
            people[person] += told
    if len(people) < group:
        return SceneCurve(scene_id, title, 0, None, ())
    seconds = tuple(_mean(scores.get(second, {}), group) for second in range(length))
    return SceneCurve(scene_id, title, len(people) // 10 * 10, _mean(people, group), seconds)


def _mean(people: Mapping[str, Sequence[float]], group: int) -> float | None:
    if len(people) < group:
        return None
    return round(sum(sum(told) / len(told) for told in people.values()) / len(people), 2)


def _said(words: Mapping[str, str], language: str) -> str:
    return words.get(language) or next(iter(words.values()), "")
