"""Reports and yeses as the database keeps them: stored, found again, and what a clip's standing comes to."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from pydantic import ValidationError
from sqlalchemy import Table, select
from sqlalchemy.orm import Session

from plugin.accounts.members import find_member
from plugin.kernel.clock import Clock, utcnow
from plugin.kernel.database import insert_ignoring
from plugin.kernel.errors import BadInput, Forbidden
from plugin.media.library import clip_named
from plugin.media.models import Clip
from plugin.media.quality.models import ClipApproval, ClipCheck
from plugin.media.quality.report import Finding, Report, Verdict
from plugin.media.quality.thresholds import RULES

REPORT = "quality.json"
"""A packaged clip's report, beside its `clip.json`."""
MAX_NOTE = 1000
UNCHECKED = "unchecked"
"""Stands among the kinds for what couldn't be looked at."""
_MAY_APPROVE = ("admin", "approver")


@dataclass(frozen=True, slots=True)
class Standing:
    """What is known of one clip's quality now."""

    report: Report | None
    """None: never checked."""
    approved: Mapping[str, str]
    """Kinds of findings somebody said yes to, and whose yes it was last."""

    @property
    def failed(self) -> tuple[Finding, ...]:
        """What nobody can say yes to."""
        return self.report.of(Verdict.FAIL) if self.report else ()

    @property
    def waiting(self) -> tuple[str, ...]:
        """Kinds of findings that still need a yes."""
        if self.report is None:
            return ()
        return tuple(kind for kind in kinds_to_look_at(self.report) if kind not in self.approved)

    @property
    def verdict(self) -> Verdict | None:
        """As it counts: `look` is `pass` once it was said yes to. None: never checked."""
        if self.report is None:
            return None
        if self.failed:
            return Verdict.FAIL
        return Verdict.LOOK if self.waiting else Verdict.PASS


def kinds_to_look_at(report: Report) -> tuple[str, ...]:
    """What a person has to decide, each kind once."""
    kinds = [finding.kind for finding in report.of(Verdict.LOOK)]
    return tuple(dict.fromkeys([*kinds, *([UNCHECKED] if report.unchecked else [])]))


def keep(session: Session, clip: Clip, report: Report, *, clock: Clock = utcnow) -> None:
    """Store the report in place of an earlier one; raises `BadInput` when it is about other bytes."""
    if report.content_sha256 != clip.content_sha256:
        raise BadInput(f"this report isn't about the clip {clip.name!r} as it is")
    bare = report.model_copy(update={"name": clip.name, "frames": ()})
    row = {
        "clip_id": clip.id,
        "content_sha256": clip.content_sha256,
        "rules": report.rules,
        "verdict": report.verdict.value,
        "report": bare.model_dump(mode="json"),
        "checked_at": clock(),
    }
    # Two may check the same clip at once: the first makes the row, and the last one's report stands.
    table = cast("Table", ClipCheck.__table__)
    session.execute(insert_ignoring(session.get_bind().dialect.name, table, ["clip_id"]), row)
    check = session.get_one(ClipCheck, clip.id, populate_existing=True)
    for key, value in row.items():
        setattr(check, key, value)
    session.flush()


def standings(session: Session, clip_ids: Iterable[str]) -> dict[str, Standing]:
    """How clips stand, by id: every id has one, checked or not."""
    wanted = set(clip_ids)
    checks = {
        check.clip_id: Report.model_validate(check.report)
        for check, content in session.execute(
            select(ClipCheck, Clip.content_sha256).join(Clip, Clip.id == ClipCheck.clip_id).where(Clip.id.in_(wanted))
        )
        if check.content_sha256 == content
    }
    yeses: dict[str, dict[str, str]] = {clip_id: {} for clip_id in wanted}
    rows = select(ClipApproval).where(ClipApproval.clip_id.in_(wanted)).order_by(ClipApproval.at, ClipApproval.id)
    for yes in session.scalars(rows):
        if yes.clip_id in checks and yes.content_sha256 == checks[yes.clip_id].content_sha256:
            yeses[yes.clip_id] |= dict.fromkeys(yes.kinds, yes.email)
    return {clip_id: Standing(checks.get(clip_id), yeses[clip_id]) for clip_id in wanted}


def standing_of(session: Session, clip: Clip) -> Standing:
    """How one clip stands."""
    return standings(session, [clip.id])[clip.id]


def to_be_checked(session: Session, names: Iterable[str] | None = None) -> list[str]:
    """Names of clips in use without a report by the present rules; of all, or of those named."""
    query = (
        select(Clip.name)
        .outerjoin(ClipCheck, ClipCheck.clip_id == Clip.id)
        .where(Clip.withdrawn_at.is_(None))
        .where(
            (ClipCheck.clip_id.is_(None))
            | (ClipCheck.rules < RULES)
            | (ClipCheck.content_sha256 != Clip.content_sha256)
        )
        .order_by(Clip.name)
    )
    if names is not None:
        query = query.where(Clip.name.in_(set(names)))
    return list(session.scalars(query))


def approve(session: Session, name: str, *, by: str, note: str, clock: Clock = utcnow) -> tuple[str, ...]:
    """Record a member's yes to all a clip has to be looked at for; gives those kinds.

    Raises `NotFound` for an unknown clip or member, `Forbidden` for a member who may not, `BadInput` when there is
    nothing to decide: never checked, passed, failed, or said yes to already.
    """
    clip, member = clip_named(session, name), find_member(session, by)
    if member.role not in _MAY_APPROVE:
        raise Forbidden(f"{member.email} is {member.role}; an admin or an approver says yes to clips")
    note = " ".join(note.split())
    if not 1 <= len(note) <= MAX_NOTE:
        raise BadInput(f"say in a note why it may be used, in at most {MAX_NOTE} characters")
    standing = standing_of(session, clip)
    if standing.report is None:
        raise BadInput(f"{name!r} was never checked: segue clip check {name}")
    if standing.failed:
        raise BadInput(f"{name!r} failed, and nobody can say yes to that: {standing.failed[0].text}")
    if not standing.waiting:
        raise BadInput(f"there is nothing left to say yes to in {name!r}")
    kinds = kinds_to_look_at(standing.report)
    session.add(
        ClipApproval(
            clip_id=clip.id,
            content_sha256=clip.content_sha256,
            email=member.email,
            note=note,
            kinds=list(kinds),
            at=clock(),
        )
    )
    session.flush()
    return kinds


def read_report(folder: Path) -> Report | None:
    """The report in a package, if there is one; raises `BadInput` when it can't be read."""
    try:
        return Report.model_validate_json((folder / REPORT).read_bytes())
    except FileNotFoundError:
        return None
    except (ValidationError, OSError) as error:
        raise BadInput(f"{folder.name}/{REPORT} is no report: {str(error).splitlines()[0]}") from None


def hand_out(session: Session, folders: Iterable[Path]) -> None:
    """Write each clip's report beside its package, `folders` being named as the clips are."""
    for folder in folders:
        report = standing_of(session, clip_named(session, folder.name)).report
        if report is not None:
            (folder / REPORT).write_text(report.model_dump_json(indent=2) + "\n", encoding="utf-8")


def reports_in(folder: Path) -> dict[str, Report]:
    """The reports that lie beside packaged clips, by the bytes they are about; raises as `read_report` does."""
    places = sorted(path.parent for path in folder.glob(f"*/{REPORT}"))
    reports = (read_report(place) for place in places)
    return {report.content_sha256: report for report in reports if report is not None}


def adopt(session: Session, clips: Iterable[Clip], reports: Mapping[str, Report], *, clock: Clock = utcnow) -> None:
    """Take over reports one trusts, as of a demo that comes with the source; those by other rules are left."""
    for clip in clips:
        report = reports.get(clip.content_sha256)
        if report is not None and report.rules == RULES:
            keep(session, clip, report, clock=clock)
