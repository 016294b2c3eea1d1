"""`segue salesforce lists | issue | runs`: a whole campaign's links, as an operator types it."""

from __future__ import annotations

from pathlib import Path

import pytest

from connectors.salesforce.sandbox import Sandbox
from connectors.salesforce.sandbox.store.ids import make_id
from plugin.accounts.models import Installation
from plugin.campaigns.models import StoryboardVersion
from plugin.kernel.database import Database
from plugin.kernel.settings import settings
from plugin.outbox.enqueue import Draft, enqueue
from tests.connectors.salesforce.writeback.test_deliver import about
from tests.make import make_campaign
from tests.plugin.campaigns.boards import make_board
from tests.web.cli.test_salesforce_org import connect, run, sandbox

__all__ = ["sandbox"]


@pytest.fixture
def spring(sandbox: Sandbox, tmp_path: Path) -> str:
    connect(sandbox)
    database = Database(settings().database())
    with database.transaction() as session:
        installation = session.query(Installation).filter_by(connector="salesforce").one()
        campaign = make_campaign(session, slug="spring", installation_id=installation.id, published_version=1)
        document = make_board().model_dump(mode="json")
        version = {"version": 1, "document": document, "clip_ids": {}, "content_sha256": "x"}
        session.add(StoryboardVersion(campaign_id=campaign.id, **version))
    database.dispose()
    return next(str(row["Id"]) for row in sandbox.org.live("Campaign") if row["Name"] == "Spring offers")


def test_a_campaign_is_found_and_everyone_in_it_gets_a_link(sandbox: Sandbox, spring: str) -> None:
    found = run("lists", "SPRING", "--kind", "campaign")
    assert f"{spring}  Spring offers  campaign  In Progress" in found.output

    done = run("issue", spring, "--campaign", "spring")

    # One of the eight opted out.
    assert done.exit_code == 1
    assert "Spring offers: 8 members: 7 issued, 0 reused, 1 suppressed, 0 gone, 0 refused" in done.output
    assert "they opted out of mail" in done.output
    members = list(sandbox.org.live("CampaignMember"))
    assert sum("/v/" in row.get("Video_Link__c", "") for row in members) == 7
    assert "8 of 8" in run("runs").output


def test_a_run_is_paused_gone_on_with_and_ended(sandbox: Sandbox, spring: str) -> None:
    told = run("issue", spring, "--campaign", "spring", "--later").output
    run_id = told.split()[1].rstrip(":")

    assert "paused" in run("runs", "pause", run_id).output
    assert "paused" in run("runs").output
    assert "goes on" in run("runs", "resume", run_id).output
    assert "ended" in run("runs", "cancel", run_id).output
    assert "cancelled" in str(run("runs", "resume", run_id).exception)


def test_views_and_reports_are_listed_and_nonsense_is_refused(sandbox: Sandbox, spring: str) -> None:
    found = run("lists").output

    assert "All Open Leads" in found
    assert "Travellers to invite" in found
    assert "no campaign" in str(run("issue", make_id("001", 1), "--campaign", "spring").exception)
    assert run("lists", "nothing like it").output == "none\n"


def test_what_is_owed_is_told_by_bulk(sandbox: Sandbox, spring: str) -> None:
    database = Database(settings().database())
    ana = next(str(row["Id"]) for row in sandbox.org.live("Contact"))
    with database.transaction() as session:
        installation = session.query(Installation).filter_by(connector="salesforce").one().id
        told = [Draft(installation, each.key, each.kind, each.subject, each.payload) for each in about(ana)]
        gone = Draft(installation, "x", told[0].kind, "contact:nobody", told[0].payload)
        enqueue(session, [*told, gone])
    database.dispose()

    found = run("backfill")

    assert found.exit_code == 1
    assert "8 messages told, 0 still owed, 1 that can't be told" in found.output
    assert "0 messages told" in run("backfill").output
    assert len([row for row in sandbox.org.live("Video_Engagement__c") if row.get("Contact__c") == ana]) == 1
