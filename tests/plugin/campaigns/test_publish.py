"""Publishing: checked, pinned, unchanging."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from plugin.campaigns.find import find_campaign, find_version, list_campaigns, published_campaigns
from plugin.campaigns.models import StoryboardVersion
from plugin.campaigns.parse import StoryboardRefused
from plugin.campaigns.publish import Published, publish, unpublish
from plugin.campaigns.storyboard import Storyboard
from plugin.kernel.database import Database
from plugin.kernel.errors import BadInput, NotFound
from plugin.kernel.seal import Vault
from plugin.media.catalogue import load_timeline, withdraw
from plugin.media.models import Clip
from tests.make import make_clip, make_installation
from tests.plugin.campaigns.boards import both, clips_for, make_document


def make_clips(session: Session, document: dict[str, Any]) -> None:
    for name in clips_for(Storyboard.model_validate(document)):
        make_clip(session, name, language=name[-2:], ai_role="generated" if name.startswith("gold") else "none")


class Press:
    """A place to publish at."""

    def __init__(self, database: Database, vault: Vault) -> None:
        self.database, self.vault = database, vault
        with database.transaction() as session:
            make_clips(session, make_document())
            self.installation_id = make_installation(session).id

    def publish(self, slug: str = "your-year", **given: Any) -> Published:
        with self.database.transaction() as session:
            return publish(
                session,
                vault=self.vault,
                slug=slug,
                installation_id=given.pop("installation_id", self.installation_id),
                regime=given.pop("regime", None),
                document=given.pop("document", None) or make_document(**given),
            )


@pytest.fixture
def press(database: Database, vault: Vault) -> Press:
    return Press(database, vault)


def test_a_published_storyboard_is_live_and_pinned_to_its_clips(press: Press) -> None:
    published = press.publish()

    with press.database.reading() as session:
        campaign, version = find_campaign(session, "your-year"), find_version(session, "your-year")
        gold = session.scalar(select(Clip.id).filter_by(name="gold-es"))
    assert (published.version, published.created, published.warnings) == (1, True, ())
    assert (campaign.published_version, campaign.regime) == (1, "consent")
    assert version.clip_ids["gold-es"] == gold
    assert Storyboard.model_validate(version.document) == Storyboard.model_validate(make_document())


def test_the_public_cut_and_the_lengths_are_worked_out_once(press: Press) -> None:
    press.publish()

    with press.database.reading() as session:
        derived = find_version(session, "your-year").derived
        titles = [clip.title for clip in load_timeline(session, derived["public"]["es"]).clips]
    assert titles == ["Hello-Es", "Standard-Es"]
    assert derived["duration_s"] == {"en": [6.4, 9.6], "es": [6.4, 9.6]}


def test_the_same_content_is_the_same_version_and_an_earlier_one_can_return(press: Press) -> None:
    first = press.publish()
    again = press.publish()
    other = press.publish(title=both("Another year"))
    back = press.publish()

    assert (again.version_id, again.created) == (first.version_id, False)
    assert (other.version, other.created) == (2, True)
    assert back.version_id == first.version_id
    with press.database.reading() as session:
        assert find_campaign(session, "your-year").published_version == 1
        assert session.scalar(select(func.count()).select_from(StoryboardVersion)) == 2


def test_the_regime_changes_only_when_named(press: Press) -> None:
    press.publish(regime="none")
    press.publish()

    with press.database.reading() as session:
        assert find_campaign(session, "your-year").regime == "none"


def test_a_defect_keeps_everything_as_it_was(press: Press) -> None:
    with press.database.transaction() as session:
        withdraw(session, "gold-es")

    with pytest.raises(StoryboardRefused) as refused:
        press.publish()

    assert [defect.path for defect in refused.value.defects] == ["scenes[1].choices[0].clips.es"]
    with press.database.reading() as session:
        assert list_campaigns(session) == []


@pytest.mark.parametrize("slug", ["", "Your Year", "-x", "x-", "a" * 65, "../x", "añ"])
def test_a_slug_fits_an_address(press: Press, slug: str) -> None:
    with pytest.raises(BadInput):
        press.publish(slug)


def test_a_slug_belongs_to_one_installation(press: Press) -> None:
    press.publish()
    with press.database.transaction() as session:
        other = make_installation(session).id

    with pytest.raises(BadInput):
        press.publish(installation_id=other)
    with pytest.raises(NotFound):
        press.publish("other", installation_id="nobody")


def test_an_unpublished_campaign_is_not_public(press: Press) -> None:
    press.publish()
    press.publish("other")

    with press.database.transaction() as session:
        unpublish(session, "your-year")

    with press.database.reading() as session:
        assert [campaign.slug for campaign in published_campaigns(session)] == ["other"]
        assert find_version(session, "your-year", 1).version == 1
        with pytest.raises(NotFound):
            find_version(session, "your-year")
