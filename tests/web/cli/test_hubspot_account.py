"""`segue hubspot` from the first token to the last property taken away, against a HubSpot that isn't one."""

from __future__ import annotations

from unittest.mock import patch

import pytest

from connectors.hubspot.sandbox import Sandbox
from connectors.hubspot.sandbox.listing import make_list
from plugin.accounts.models import Installation
from plugin.campaigns.models import StoryboardVersion
from plugin.kernel.pace import Pace
from plugin.kernel.settings import settings
from tests.connectors.hubspot.openapi import checked
from tests.make import make_campaign
from tests.plugin.campaigns.boards import make_board
from tests.web.cli.test_link import place, segue

__all__ = ["place"]

pytestmark = pytest.mark.parametrize("database", ["sqlite"], indirect=True)


@pytest.fixture
def hubspot(place, monkeypatch):
    with Sandbox(seeded=False) as sandbox, checked(sandbox), patch.object(Pace, "take", lambda *_, **__: None):
        monkeypatch.setenv("SEGUE_HUBSPOT_API", sandbox.origin)
        settings.cache_clear()
        sandbox.portal.searches.free = lambda _: True
        yield sandbox


@pytest.fixture
def app(hubspot):
    made = hubspot.portal.create_private_app()
    made.limits.burst, made.limits.daily = 100_000, None
    return made


def connect(app):
    return segue("hubspot", "connect", "--token-stdin", stdin=f"{app.token}\n{app.client_secret}\n".encode())


def members(hubspot, number):
    portal = hubspot.portal
    ids = []
    for _ in range(number):
        record = portal.contacts.make(portal.now())
        portal.contacts.records[record.id] = record
        ids.append(record.id)
    return ids


def test_connected_probed_set_up_and_taken_away_again(hubspot, app):
    made = connect(app)
    assert made.exit_code == 0
    assert f"account {hubspot.portal.id} is connected" in made.stdout
    assert "Edition: Enterprise" in made.stdout
    assert app.token not in made.stdout

    planned = segue("hubspot", "provision")
    assert "18 to make" in planned.stdout
    assert hubspot.portal.contacts.definitions.get("segue_score") is None
    assert segue("hubspot", "provision", "--apply").exit_code == 0
    assert hubspot.portal.contacts.definitions["segue_score"].facts["groupName"] == "segue"

    assert "custom events" in segue("hubspot", "probe").stdout
    assert "from now on: properties and a note, nothing else" in segue("hubspot", "mode", "none").stdout
    assert "from now on: custom events" in segue("hubspot", "mode", "auto").stdout

    assert "segue_score" in segue("hubspot", "uninstall").stdout
    assert segue("hubspot", "uninstall", "--apply").exit_code == 0
    assert hubspot.portal.contacts.definitions["segue_score"].facts["archived"]
    assert "nothing in this account was made by Segue" in segue("hubspot", "uninstall").stdout

    gone = segue("hubspot", "disconnect", "--yes")
    assert "is disconnected" in gone.stdout
    assert "remove the app in HubSpot too" in gone.stdout
    status = segue("hubspot", "status")
    assert status.exit_code == 1
    assert "not connected" in status.stdout


def test_everyone_on_a_list_gets_a_link(hubspot, app, database):
    connect(app)
    with database.transaction() as session:
        installation = session.query(Installation).filter_by(connector="hubspot").one()
        campaign = make_campaign(session, slug="retreat", installation_id=installation.id, published_version=1)
        session.add(
            StoryboardVersion(
                campaign_id=campaign.id,
                version=1,
                document=make_board().model_dump(mode="json"),
                clip_ids={},
                content_sha256="x",
            )
        )
    ids = members(hubspot, 7)
    portal = hubspot.portal
    portal.contacts.put(portal.contacts.records[ids[2]], {"hs_email_optout": "true"}, portal.now(), "EMAIL")
    listed = make_list(portal, "Everyone 🦊", ids)

    assert f"{listed.id}  Everyone 🦊  7" in segue("hubspot", "lists", "every").stdout
    done = segue("hubspot", "issue", "--list", listed.id, "--campaign", "retreat")

    assert done.exit_code == 1
    assert "7 members: 6 issued, 0 reused, 1 suppressed, 0 gone, 0 refused" in done.stdout
    assert f"contact {ids[2]}: they opted out of mail" in done.stderr
    held = [portal.contacts.records[each].properties.get("segue_link_retreat") for each in ids]
    assert [link is None for link in held] == [each == ids[2] for each in ids]
    runs = segue("hubspot", "runs").stdout
    assert "done" in runs
    assert "7 of 7" in runs


def test_a_list_may_be_left_to_the_worker(hubspot, app, database):
    connect(app)
    with database.transaction() as session:
        installation = session.query(Installation).filter_by(connector="hubspot").one()
        make_campaign(session, slug="retreat", installation_id=installation.id, published_version=1)
    listed = make_list(hubspot.portal, "Everyone", members(hubspot, 2))

    told = segue("hubspot", "issue", "--list", listed.id, "--campaign", "retreat", "--later")

    assert "the worker makes links" in told.stdout
    assert "running" in segue("hubspot", "runs").stdout


@pytest.mark.parametrize(
    ("words", "stdin", "says"),
    [
        (["connect"], b"", "--token-stdin"),
        (["connect", "--token-stdin"], b"\n", "the access token is one line"),
        (["connect", "--token-stdin"], b"pat-na1-nobody\n", "copy the app's access token again"),
        (["probe"], None, "no HubSpot account is connected"),
        (["provision", "--account", "7"], None, "no HubSpot account 7"),
        (["mode", "none"], None, "no HubSpot account is connected"),
        (["lists"], None, "no HubSpot account is connected"),
    ],
)
def test_what_can_not_be_done_is_said_in_a_line(hubspot, words, stdin, says):
    assert says in str(segue("hubspot", *words, stdin=stdin).exception)


def test_a_campaign_of_another_account_or_an_unknown_list_is_refused(hubspot, app):
    connect(app)
    listed = make_list(hubspot.portal, "Everyone", [])

    wrong = segue("hubspot", "issue", "--list", listed.id, "--campaign", "spring")
    unknown = segue("hubspot", "issue", "--list", "99", "--campaign", "spring")
    form = segue("hubspot", "mode", "app_events")

    assert "belongs to another CRM account" in str(wrong.exception)
    assert "HubSpot has no list 99" in str(unknown.exception)
    assert "doesn't allow app_events; it allows: none" in str(form.exception)


def test_status_without_an_account_says_how_to_begin(hubspot):
    told = segue("hubspot", "status")

    assert (told.exit_code, told.stdout) == (1, "none: segue hubspot connect\n")
