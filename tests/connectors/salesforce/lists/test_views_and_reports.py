"""List views and reports: their people get the link on their own Contact or Lead, whoever they have become since."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from connectors.salesforce.lists import reports, walk
from connectors.salesforce.lists.find import Place, find_places, source_of
from connectors.salesforce.lists.soql_of_view import ViewQuery, parse_view
from connectors.salesforce.sandbox import Sandbox
from connectors.salesforce.sandbox.api.list_views import ListView
from connectors.salesforce.sandbox.api.reports import Report
from connectors.salesforce.sandbox.store.convert import convert
from connectors.salesforce.sandbox.store.ids import make_id
from connectors.salesforce.sandbox.store.merge import merge
from plugin.kernel.database import Database
from plugin.kernel.errors import BadInput, NotFound
from plugin.kernel.seal import Vault
from tests.connectors.salesforce.lists.listed import Listed, make_spring
from tests.connectors.salesforce.world import World

SQLITE = pytest.mark.parametrize("database", ["sqlite"], indirect=True)
VIEW, REPORT = make_id("00B", 90), make_id("00O", 90)


@pytest.fixture
def world(database: Database, vault: Vault, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    monkeypatch.setattr(walk, "ASKED", 8)
    monkeypatch.setattr(walk, "PAGE", 3)
    with Sandbox(seeded=False) as sandbox:
        yield World(sandbox, database, vault)


def viewed(world: World, kind: str, where: str, members: list[str]) -> Listed:
    world.sandbox.views.append(ListView(VIEW, kind, "ToInvite", "To invite", ("Name", "Email"), where, "Name"))
    return Listed(world, make_spring(world), VIEW, members)


def reported(world: World, kind: str, columns: dict[str, str], members: list[str]) -> Listed:
    world.sandbox.reports.append(Report(REPORT, "To invite", "ContactList", kind, columns))
    return Listed(world, make_spring(world), REPORT, members)


def contacts(world: World, number: int, **more: object) -> list[str]:
    return [world.add("Contact", LastName=f"P{place:03}", **more) for place in range(number)]


def test_a_list_views_contacts_get_theirs_by_its_own_condition(world: World) -> None:
    members = contacts(world, 21, Email="a@x.example", MailingCity="(Or 'der)")
    outside = contacts(world, 2)
    listed = viewed(world, "Contact", "Email != null AND (MailingCity = '(Or \\'der)' OR Title = 'CEO')", members)
    run_id = listed.start()

    listed.runner().work_once()

    found = listed.done(run_id)
    assert (found.source_name, found.size, found.counts) == ("To invite", 21, {"issued": 21, "written": 21})
    listed.assert_whole()
    assert all(listed.held(each) is None for each in outside)


@SQLITE
def test_a_lead_converted_meanwhile_gets_the_link_on_the_contact_it_became(world: World) -> None:
    leads = [world.add("Lead", LastName=f"L{place}", Company="X") for place in range(4)]
    became = convert(world.sandbox.org, leads[1]).contact_id
    silent = convert(world.sandbox.org, leads[2]).contact_id
    world.change("Contact", silent, HasOptedOutOfEmail=True)
    listed = viewed(world, "Lead", "LastName LIKE 'L%'", [leads[0], leads[3], became])
    run_id = listed.start()

    listed.runner().work_once()

    found = listed.done(run_id)
    assert found.counts == {"issued": 3, "written": 3, "suppressed": 1}
    assert dict(found.refused) == {silent: "they opted out of mail"}
    listed.assert_whole()


@SQLITE
def test_a_reports_people_get_theirs_each_once_and_by_few_calls(world: World) -> None:
    members = contacts(world, 5)
    account = world.add("Account", Name="Harbor")
    for each in members[:2]:
        world.change("Contact", each, AccountId=account)
    listed = reported(world, "Contact", {"ACCOUNT": "Account.Name", "LAST_NAME": "LastName"}, members)
    run_id = listed.start()
    world.sandbox.counts.reset()

    listed.runner().work_once()

    assert listed.done(run_id).counts == {"issued": 5, "written": 5}
    listed.assert_whole()
    # The report, its people, and two writes.
    assert world.calls() == 4


@SQLITE
def test_people_deleted_or_merged_after_the_report_ran_are_followed(world: World) -> None:
    members = contacts(world, 4)
    listed = reported(world, "Contact", {"LAST_NAME": "LastName"}, [members[0], members[3]])
    run_id = listed.start()
    rows = reports.run_report(world.org(), REPORT)
    merge(world.sandbox.org, members[0], [members[1]])
    world.delete("Contact", members[2])

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(walk, "run_report", lambda *_: rows)
        listed.runner().work_once()

    found = listed.done(run_id)
    assert found.counts["gone"] == 1
    assert dict(found.refused) == {members[2]: "deleted in Salesforce, or hidden from our user"}
    listed.assert_whole()


@SQLITE
def test_a_report_of_campaign_members_writes_to_the_members(world: World) -> None:
    campaign = world.add("Campaign", Name="Spring")
    members = [world.add("CampaignMember", CampaignId=campaign, ContactId=each) for each in contacts(world, 3)]
    listed = reported(world, "CampaignMember", {"CONTACT_ID": "ContactId", "Member.Id": "Id"}, members)
    run_id = listed.start()

    listed.runner().work_once()

    listed.done(run_id)
    listed.assert_whole()


@SQLITE
def test_a_report_with_too_many_rows_or_nobody_in_it_says_what_to_do(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    contacts(world, 3)
    listed = reported(world, "Contact", {"CITY": "MailingCity"}, [])

    with pytest.raises(BadInput, match="column with their name or id"):
        listed.start()
    monkeypatch.setattr("connectors.salesforce.sandbox.api.reports.MOST", 2)
    with pytest.raises(BadInput, match=r"more than 2,000 rows.*list view"):
        listed.start()


def test_a_grouped_reports_rows_are_all_read() -> None:
    def row(value: str) -> dict[str, object]:
        return {"dataCells": [{"label": "x", "value": "001Hs00000000001AAA"}, {"label": "y", "value": value}]}

    told = {"factMap": {"T!T": {"rows": []}, "0!T": {"rows": [row("003a")]}, "1!T": {"rows": [row("003b"), "?"]}}}

    assert [cell["dataCells"][1]["value"] for cell in reports._details(told)] == ["003a", "003b"]  # type: ignore[index]


@SQLITE
def test_places_are_found_by_name_and_looked_at_by_id(world: World) -> None:
    spring = world.add("Campaign", Name="100% Spring_offers", Status="In Progress")
    world.add("Campaign", Name="100x SpringXoffers")
    viewed(world, "Lead", "Company != null", [])
    world.sandbox.reports.append(Report(REPORT, "To invite", "ContactList", "Contact", {"LAST_NAME": "LastName"}))
    org = world.org()

    assert find_places(org, "campaign", "0% spring_") == (
        Place("campaign", spring, "100% Spring_offers", "In Progress"),
    )
    assert find_places(org, "list_view", "INVITE") == (Place("list_view", VIEW, "To invite", "leads"),)
    assert find_places(org, "report", "invite") == (Place("report", REPORT, "To invite", ""),)
    assert find_places(org, "campaign", "o'neill") == ()
    assert source_of(org, spring[:15]).id == spring
    with pytest.raises(NotFound, match="no list view"):
        source_of(org, make_id("00B", 99))
    with pytest.raises(NotFound, match="no report"):
        source_of(org, make_id("00O", 99))


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("SELECT Id FROM Contact", ViewQuery("Contact", "")),
        ("SELECT Id, (SELECT Id FROM Cases WHERE X = 1) FROM Lead ORDER BY Name", ViewQuery("Lead", "")),
        (
            "SELECT Name FROM Contact USING SCOPE mine WHERE A = 'WHERE ORDER' AND (B = 1 OR C = 2) ORDER BY Id",
            ViewQuery("Contact USING SCOPE mine", "A = 'WHERE ORDER' AND (B = 1 OR C = 2)"),
        ),
        ("select Id from Lead where Name = 'O\\'N) limit' order by Id", ViewQuery("Lead", "Name = 'O\\'N) limit'")),
    ],
)
def test_a_views_condition_is_kept_as_it_is(query: str, found: ViewQuery) -> None:
    assert parse_view(query) == found


def test_a_view_goes_on_behind_an_id() -> None:
    text = ViewQuery("Contact", "A = 1 OR B = 2").page(("Id", "Name"), "003Hs00000000001AAA", 200)

    assert text == (
        "SELECT Id, Name FROM Contact WHERE (A = 1 OR B = 2) AND Id > '003Hs00000000001AAA' ORDER BY Id LIMIT 200"
    )


@pytest.mark.parametrize(
    "query", [None, "", "nonsense", "SELECT Id FROM Contact LIMIT 5", "SELECT Id FROM Lead WHERE ("]
)
def test_a_view_that_can_not_be_asked_by_id_says_so(query: object) -> None:
    with pytest.raises(BadInput, match="list view"):
        parse_view(query)
