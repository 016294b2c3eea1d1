"""The screen of links for a whole campaign, list view or report of an org: begun, watched, refused in words."""

from __future__ import annotations

from sqlalchemy import select

from connectors.runs.models import LinkRun
from connectors.salesforce.lists.runner import OrgRunner
from connectors.salesforce.orgs import Orgs
from connectors.salesforce.sandbox.store.ids import make_id
from plugin.links.keys import Keyring
from tests.connectors.salesforce.world import World
from tests.web.crm.conftest import Browser


def at(org: World, path: str = "") -> str:
    return f"/connections/{org.installation_id}{path}"


def spring_of(org: World) -> str:
    return next(str(row["Id"]) for row in org.rows("Campaign") if row["Name"] == "Spring offers")


def work(org: World) -> None:
    orgs = Orgs(org.database, org.vault, org.settings)
    OrgRunner(orgs, Keyring(org.database, org.vault)).work_once()


def test_what_there_is_to_choose_stands_by_kind(org_browser: Browser, org: World, autumn: str) -> None:
    page = org_browser.get(at(org, "/lists")).text

    assert '<optgroup label="Campaigns">' in page
    assert "Spring offers (In Progress)" in page
    assert "All Open Leads (leads)" in page
    assert "Travellers to invite" in page
    assert 'aria-current="page">Links</a>' in page
    found = org_browser.get(at(org, "/lists?q=webinar")).text
    assert "Autumn webinar" in found
    assert "Spring offers" not in found
    assert "None by that name." in org_browser.get(at(org, "/lists?q=nothing-like-it")).text


def test_a_campaign_is_begun_and_its_end_says_who_got_none(org_browser: Browser, org: World, autumn: str) -> None:
    given = {"list": spring_of(org), "campaign": "autumn"}
    begun = org_browser.post(at(org, "/lists"), given, page=at(org))
    assert begun.status_code == 303
    assert "At it" in org_browser.get(begun.location).text

    work(org)

    page = org_browser.get(begun.location).text
    assert "Done" in page
    assert "they opted out of mail" in page
    assert '<th scope="col">Record</th>' in page
    assert "← Links" in page
    assert "Spring offers" in org_browser.get(at(org, "/lists")).text


def test_one_is_chosen_by_its_id_as_well(org_browser: Browser, org: World, autumn: str) -> None:
    given = {"list": spring_of(org), "id": make_id("00O", 1)[:15], "campaign": "autumn"}

    begun = org_browser.post(at(org, "/lists"), given, page=at(org))

    assert begun.status_code == 303
    assert "Travellers to invite" in org_browser.get(begun.location).text


def test_what_can_not_be_begun_says_why(org_browser: Browser, org: World, autumn: str) -> None:
    for chosen, said in (
        ("nonsense", "15 or 18"),
        (make_id("003", 1), "no campaign"),
        (make_id("701", 99), "no campaign"),
    ):
        response = org_browser.post(at(org, "/lists"), {"id": chosen, "campaign": "autumn"}, page=at(org))
        assert response.status_code == 422
        assert said in response.text
    with org.database.reading() as session:
        assert session.scalars(select(LinkRun.id)).all() == []


def test_an_org_that_does_not_answer_leaves_a_page_that_says_so(org_browser: Browser, org: World, autumn: str) -> None:
    org.sandbox.org.set_edition("Team Edition")

    page = org_browser.get(at(org, "/lists"))

    assert page.status_code == 200
    assert "the API is off for this org" in page.text
