"""Reports belong to the very bytes they are about; a yes belongs to a member, those bytes and what they saw."""

from __future__ import annotations

import pytest
from sqlalchemy.orm import Session

from plugin.accounts.members import add_member
from plugin.kernel.database import Database
from plugin.kernel.errors import BadInput, Forbidden, NotFound
from plugin.media.models import Clip
from plugin.media.quality import records
from plugin.media.quality.models import ClipCheck
from plugin.media.quality.records import adopt, approve, keep, standing_of, to_be_checked
from plugin.media.quality.report import Finding, Report, Verdict
from tests.make import make_clip, make_report

SOFT = Finding(kind="blur", verdict=Verdict.LOOK, text="Blurred from beginning to end (0.50).", value=0.5)
STILL = Finding(kind="freeze", verdict=Verdict.LOOK, text="It stands still.", value=3.0, start_s=1.0, end_s=4.0)
DARK = Finding(
    kind="black", verdict=Verdict.FAIL, text="Nothing but black for 2.50 s.", value=2.5, start_s=0, end_s=2.5
)
ANNA = "anna@example.com"


def _member(session: Session, role: str = "approver", email: str = ANNA) -> None:
    add_member(session, email, "a long enough password", role)


def _yes(session: Session, name: str = "offer", by: str = ANNA, note: str = "Meant to be soft.") -> tuple[str, ...]:
    return approve(session, name, by=by, note=note)


def test_a_yes_turns_a_look_into_a_pass_and_is_kept_with_name_and_note(database: Database) -> None:
    with database.transaction() as session:
        clip = make_clip(session, "offer", findings=(SOFT, STILL))
        _member(session)
        assert standing_of(session, clip).verdict == Verdict.LOOK

        kinds = _yes(session, by=" Anna@Example.com ")

    with database.reading() as session:
        standing = standing_of(session, clip)
        assert kinds == ("blur", "freeze")
        assert standing.verdict == Verdict.PASS
        assert standing.approved == {"blur": ANNA, "freeze": ANNA}


def test_a_yes_doesn_t_cover_what_is_found_later(database: Database) -> None:
    with database.transaction() as session:
        clip = make_clip(session, "offer", findings=(SOFT,))
        _member(session)
        _yes(session)

        keep(session, clip, make_report(clip, (SOFT, STILL)))

        assert standing_of(session, clip).waiting == ("freeze",)


def test_a_yes_to_other_bytes_counts_for_nothing(database: Database) -> None:
    with database.transaction() as session:
        clip = make_clip(session, "offer", findings=(SOFT,))
        _member(session)
        _yes(session)

        clip.content_sha256 = "f" * 64
        session.flush()
        never = standing_of(session, clip)
        keep(session, clip, make_report(clip, (SOFT,)))

        assert never.report is None
        assert standing_of(session, clip).verdict == Verdict.LOOK


def test_nobody_can_say_yes_to_a_failed_clip(database: Database) -> None:
    with database.transaction() as session:
        clip = make_clip(session, "offer", findings=(SOFT, DARK))
        _member(session)

        with pytest.raises(BadInput, match="Nothing but black"):
            _yes(session)

        assert standing_of(session, clip).verdict == Verdict.FAIL


def test_a_yes_needs_a_member_who_may_a_reason_and_something_to_decide(database: Database) -> None:
    with database.transaction() as session:
        make_clip(session, "offer", findings=(SOFT,))
        make_clip(session, "fine")
        _member(session)
        _member(session, "rep", "rob@example.com")

        with pytest.raises(NotFound, match="no member"):
            _yes(session, by="nobody@example.com")
        with pytest.raises(Forbidden, match="an admin or an approver"):
            _yes(session, by="rob@example.com")
        with pytest.raises(BadInput, match="note"):
            _yes(session, note=" ")
        with pytest.raises(NotFound):
            _yes(session, "absent")
        with pytest.raises(BadInput, match="nothing left"):
            _yes(session, "fine")
        _yes(session)
        with pytest.raises(BadInput, match="nothing left"):
            _yes(session)


def test_what_couldn_t_be_looked_at_needs_a_yes_too(database: Database) -> None:
    with database.transaction() as session:
        clip = make_clip(session, "offer")
        _member(session)
        keep(session, clip, make_report(clip).model_copy(update={"unchecked": ("Nobody looked.",)}))
        assert standing_of(session, clip).verdict == Verdict.LOOK

        assert _yes(session) == (records.UNCHECKED,)

        assert standing_of(session, clip).verdict == Verdict.PASS


def test_a_report_about_other_bytes_is_refused(database: Database) -> None:
    with database.transaction() as session:
        one, other = make_clip(session, "one"), make_clip(session, "other")

        with pytest.raises(BadInput, match="isn't about the clip"):
            keep(session, one, make_report(other))


def test_clips_to_be_checked_are_those_without_a_report_by_the_present_rules(database: Database) -> None:
    with database.transaction() as session:
        make_clip(session, "fine")
        for name in ("never", "gone", "outdated", "changed"):
            clip = make_clip(session, name)
            check = session.get_one(ClipCheck, clip.id)
            if name in ("never", "gone"):
                session.delete(check)
            if name == "outdated":
                check.rules = 0
            if name == "changed":
                clip.content_sha256 = "e" * 64
            if name == "gone":
                clip.withdrawn_at = clip.created_at
        session.flush()

        assert to_be_checked(session) == ["changed", "never", "outdated"]
        assert to_be_checked(session, ["never", "fine"]) == ["never"]


def test_only_reports_by_the_present_rules_about_these_bytes_are_adopted(database: Database) -> None:
    with database.transaction() as session:
        clips = {name: make_clip(session, name) for name in ("good", "old", "other")}
        for clip in clips.values():
            session.delete(session.get_one(ClipCheck, clip.id))
        session.flush()
        reports = {
            clips["good"].content_sha256: make_report(clips["good"], (SOFT,)),
            clips["old"].content_sha256: make_report(clips["old"]).model_copy(update={"rules": 0}),
        }

        adopt(session, clips.values(), reports)

        found = {name: standing_of(session, clip).verdict for name, clip in clips.items()}
        assert found == {"good": Verdict.LOOK, "old": None, "other": None}


def test_a_report_is_read_back_as_it_was_but_for_its_pictures(database: Database) -> None:
    with database.transaction() as session:
        clip = make_clip(session, "offer", findings=(SOFT, STILL))
        kept = standing_of(session, session.get_one(Clip, clip.id)).report

        assert kept == make_report(clip, (SOFT, STILL))
        assert Report.model_validate_json(kept.model_dump_json()) == kept
