"""One open, from the link to the row that says which rules spoke; and what is shown without one."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from plugin.campaigns.find import find_campaign
from plugin.campaigns.publish import unpublish
from plugin.decisions.models import Open
from plugin.decisions.open_link import open_link
from plugin.decisions.plan import OpenedVideo
from plugin.decisions.public import public_plan
from plugin.decisions.shell import ShellView, shell_view
from plugin.decisions.story import NotPublished, story_of
from plugin.decisions.take_snapshot import take_snapshot
from plugin.kernel.database import Database
from plugin.kernel.errors import Gone
from plugin.kernel.seal import Vault
from plugin.links.resolve import ResolvedLink
from plugin.media.catalogue import load_timeline, withdraw
from plugin.recipients.live import LiveReads
from plugin.recipients.ports import ExternalRef, ProfileSource
from tests.conftest import NOW, HeldClock
from tests.make import make_link, make_recipient
from tests.plugin.campaigns.boards import FIELDS
from tests.plugin.campaigns.test_publish import Press
from tests.plugin.recipients.crms import DownCrm, ForgetfulCrm, FullCrm, SlowCrm

ADA = {"first_name": "Ada", "language": "es", "tier": "Gold", "points": 12480}


class Theatre:
    """A published campaign and one person's link to it."""

    def __init__(self, database: Database, vault: Vault) -> None:
        self.database, self.vault, self.reads = database, vault, LiveReads()
        self.press = Press(database, vault)
        self.campaign_id = self.press.publish().campaign_id
        with database.transaction() as session:
            recipient = make_recipient(session, self.press.installation_id)
            made = make_link(session, campaign_id=self.campaign_id, recipient_id=recipient.id)
            self.link = ResolvedLink(
                id=made.id,
                campaign_id=self.campaign_id,
                recipient_id=recipient.id,
                issued_at=made.issued_at,
                expires_at=made.expires_at,
                campaign_slug="your-year",
                regime="consent",
                published_version=1,
                ref=ExternalRef(self.press.installation_id, "contact", recipient.external_id),
            )

    def open(self, source: ProfileSource, **given: Any) -> OpenedVideo:
        made = {"budget_s": 30.0, "clock": HeldClock(), "reads": self.reads, **given}
        return open_link(self.database, self.link, vault=self.vault, profiles=lambda _: source, **made)

    def shell(self, **given: Any) -> ShellView:
        with self.database.reading() as session:
            return shell_view(session, self.link, vault=self.vault, **given)

    def count_opens(self) -> int:
        with self.database.reading() as session:
            return session.scalar(select(func.count()).select_from(Open)) or 0


@pytest.fixture
def theatre(database: Database, vault: Vault) -> Theatre:
    return Theatre(database, vault)


def test_an_open_shows_the_person_as_they_are_now(theatre: Theatre) -> None:
    opened = theatre.open(FullCrm(**ADA))

    assert opened.plan.greeting == "Hola, Ada: este fue su año"
    assert [scene.reason.choice for scene in opened.plan.scenes] == ["hello", "gold"]
    assert (opened.live, opened.profile_read_at) == (True, NOW)


def test_an_edited_value_is_there_at_the_next_open(theatre: Theatre) -> None:
    crm = FullCrm(**ADA)
    theatre.open(crm)

    crm.values["contact.tier"] = "New"

    assert [scene.reason.choice for scene in theatre.open(crm).plan.scenes] == ["hello", "standard"]


def test_the_assembly_of_an_open_can_be_played(theatre: Theatre) -> None:
    opened = theatre.open(FullCrm(**ADA))

    with theatre.database.reading() as session:
        timeline = load_timeline(session, opened.plan.assembly_id)

    assert [clip.id for clip in timeline.clips] == [scene.clip_id for scene in opened.plan.scenes]
    assert timeline.duration_s == opened.plan.duration_s


def test_an_open_is_kept_without_a_value_of_the_person(theatre: Theatre) -> None:
    opened = theatre.open(FullCrm(**ADA | {"first_name": "Canary-91"}))

    with theatre.database.reading() as session:
        row = session.get(Open, opened.open_id)
        assert row is not None
        story = story_of(session, row.storyboard_version_id)
    kept = {column.name: getattr(row, column.name) for column in Open.__table__.columns}
    assert [choice["choice"] for choice in row.choices] == ["hello", "gold"]
    assert [choice["start_s"] for choice in row.choices] == [0.0, 3.2]
    assert (row.link_id, row.language, row.live, row.at) == (theatre.link.id, "es", True, NOW)
    assert story.version_id == opened.version_id
    assert "Canary" not in repr(kept)
    assert "12480" not in repr(kept)


def test_only_the_fields_a_link_may_show_are_read(theatre: Theatre) -> None:
    hidden = [field | ({"tier": "verified"} if field["name"] == "renewal" else {}) for field in FIELDS]
    theatre.link = replace(theatre.link, published_version=theatre.press.publish(fields=hidden).version)
    crm = FullCrm(**ADA)

    theatre.open(crm)

    assert crm.asked == [tuple(field["source"] for field in FIELDS if field["name"] != "renewal")]


@pytest.mark.parametrize("make_crm", [DownCrm, lambda: DownCrm(RuntimeError("bug")), ForgetfulCrm])
def test_a_crm_in_trouble_never_breaks_an_open(theatre: Theatre, make_crm: Callable[[], ProfileSource]) -> None:
    opened = theatre.open(make_crm())

    assert opened.plan.greeting == "This was your year"
    assert [scene.reason.choice for scene in opened.plan.scenes] == ["hello", "standard"]
    assert opened.profile_read_at is None


def test_a_crm_that_hangs_is_stood_in_for_by_the_last_snapshot(theatre: Theatre) -> None:
    theatre.open(FullCrm(NOW - timedelta(days=1), **ADA))
    crm = SlowCrm(first_name="Adele")

    opened = theatre.open(crm, budget_s=0.02)
    crm.answer.set()

    assert opened.plan.greeting == "Hola, Ada: este fue su año"
    assert (opened.live, opened.profile_read_at) == (False, NOW - timedelta(days=1))


def test_a_person_gone_from_the_crm_gets_nothing_personal(theatre: Theatre) -> None:
    theatre.open(FullCrm(**ADA))

    gone = theatre.open(ForgetfulCrm())

    assert gone.plan.greeting == "This was your year"
    assert theatre.open(DownCrm()).plan.greeting == "This was your year"


def test_a_viewer_may_ask_for_another_language_or_for_nothing_personal(theatre: Theatre) -> None:
    crm = FullCrm(**ADA)

    assert theatre.open(crm, language="en").plan.greeting == "Hi Ada, this was your year"
    assert len(crm.asked) == 1
    assert theatre.open(crm, personal=False).plan.greeting == "This was your year"
    assert len(crm.asked) == 1


def test_an_unpublished_video_is_gone(theatre: Theatre) -> None:
    theatre.link = replace(theatre.link, published_version=None)

    with pytest.raises(NotPublished):
        theatre.open(FullCrm(**ADA))
    with pytest.raises(NotPublished):
        theatre.shell()


def test_a_withdrawn_clip_is_gone_and_no_open_is_kept(theatre: Theatre) -> None:
    with theatre.database.transaction() as session:
        withdraw(session, "gold-es")

    with pytest.raises(Gone):
        theatre.open(FullCrm(**ADA))

    assert theatre.count_opens() == 0


def test_two_opens_at_once_are_two_opens(theatre: Theatre) -> None:
    crm, opened = FullCrm(**ADA), []
    threads = [threading.Thread(target=lambda: opened.append(theatre.open(crm))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len({one.open_id for one in opened}) == theatre.count_opens() == 4


# -- before the open ----------------------------------------------------------


def test_the_shell_tells_what_this_is_and_keeps_nothing(theatre: Theatre) -> None:
    shell = theatre.shell()

    assert (shell.greeting, shell.snapshot_at) == ("This was your year", None)
    assert shell.front.title == "Your year"
    assert shell.front.duration_range_s == (6.4, 9.6)
    assert (shell.front.disclosure.role, shell.front.public.disclosure.role) == ("generated", "none")
    assert [line.text for line in shell.front.public.transcript] == [
        "This is hello-en.",
        "Hello",
        "This is standard-en.",
    ]
    assert theatre.count_opens() == 0


def test_the_shell_greets_from_the_last_snapshot_in_its_language(theatre: Theatre) -> None:
    theatre.open(FullCrm(**ADA))

    shell = theatre.shell()

    assert shell.greeting == "Hola, Ada: este fue su año"
    assert (shell.front.language, shell.snapshot_at) == ("es", NOW)
    assert theatre.shell(language="en").greeting == "Hi Ada, this was your year"


def test_who_issues_links_may_take_the_first_snapshot(theatre: Theatre) -> None:
    made = {"vault": theatre.vault, "profiles": lambda _: FullCrm(**ADA), "budget_s": 30, "reads": theatre.reads}

    taken = take_snapshot(theatre.database, theatre.link, **made)

    assert taken.live
    assert theatre.shell().greeting == "Hola, Ada: este fue su año"
    assert theatre.count_opens() == 0


def test_the_shell_is_made_once_for_everyone(theatre: Theatre) -> None:
    assert theatre.shell().front is theatre.shell().front


def test_the_public_cut_is_for_nobody_and_can_be_played(theatre: Theatre) -> None:
    with theatre.database.reading() as session:
        campaign = find_campaign(session, "your-year")
        cut = public_plan(session, campaign, "es")
        timeline = load_timeline(session, cut.assembly_id)
        assert public_plan(session, campaign, "xx").language == "en"
        assert public_plan(session, campaign, "es") is cut

    assert cut.greeting == "Este fue su año"
    assert [clip.id for clip in timeline.clips] == [scene.clip_id for scene in cut.scenes]
    assert all(not field.known for field in cut.fields)


def test_an_unpublished_campaign_has_no_public_cut(theatre: Theatre) -> None:
    with theatre.database.transaction() as session:
        unpublish(session, "your-year")

    with theatre.database.reading() as session, pytest.raises(NotPublished):
        public_plan(session, find_campaign(session, "your-year"))
