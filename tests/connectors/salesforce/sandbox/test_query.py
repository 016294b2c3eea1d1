"""SOQL over HTTP: what is found, in which order and pages, and what is said of a query that makes no sense."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from simple_salesforce.api import Salesforce
from simple_salesforce.format import format_soql

from connectors.salesforce.sandbox import Sandbox
from tests.connectors.salesforce.sandbox.conftest import client, first, refused


def found(sf: Salesforce, query: str) -> list[Any]:
    """The one column asked for, after the attributes."""
    return [list(record.values())[1] for record in sf.query(query)["records"]]


@pytest.mark.parametrize(
    ("where", "names"),
    [
        ("LastName = 'ferreira'", ["Ferreira"]),
        ("FirstName = null", ["O'Neill", "Prince"]),
        ("FirstName != 'Ana' AND AccountId = null", ["Prince", "'; DROP TABLE--", "Fischer"]),
        ("LastName LIKE 'f%'", ["Ferreira", "Fischer"]),
        ("LastName LIKE '_rince'", ["Prince"]),
        ("(NOT Email LIKE '%.example') AND CreatedDate = TODAY", ["Prince"]),
        ("LastName IN ('Prince', 'Fischer')", ["Prince", "Fischer"]),
        ("LastName NOT IN ('Prince') AND AccountId = null", ["'; DROP TABLE--", "Fischer"]),
        ("Account.Name = 'Fjord Design'", ["Åkesson", "田中"]),
        ("HasOptedOutOfEmail = true", ["O'Neill"]),
        ("CreatedDate > 2020-01-01T00:00:00Z AND LastName = 'Prince'", ["Prince"]),
        ("CreatedDate < 2020-01-01T00:00:00+01:00", []),
        ("CreatedDate = LAST_N_DAYS:3 AND LastName = 'Prince'", ["Prince"]),
        ("CreatedDate < YESTERDAY", []),
        ("Contact.LastName = 'Prince'", ["Prince"]),
        ("Interests__c INCLUDES ('Mountains', 'Food;Trains')", ["Ferreira"]),
        ("Interests__c INCLUDES ('Mountains')", []),
        ("Interests__c EXCLUDES ('Food') AND LastName = 'Prince'", ["Prince"]),
        ("Tier__c = 'gold' AND Points__c >= 12480 AND Next_Trip__c > 2027-01-30", ["Ferreira"]),
        ("Id IN (SELECT ContactId FROM OpportunityContactRole WHERE Opportunity.IsClosed = true)", ["Ferreira"]),
        ("Id NOT IN (SELECT ContactId FROM CampaignMember) AND LastName > 'g'", ["Prince"]),
    ],
)
def test_where(sf: Salesforce, where: str, names: list[str]) -> None:
    assert found(sf, f"SELECT LastName FROM Contact WHERE {where}") == names


@pytest.mark.parametrize(
    "name", ["'; DROP TABLE--", "O'Neill", "back\\slash", 'quote"', "per%cent_", "line\nbreak", "\\'", "𝒯 🚀"]
)
def test_text_put_in_by_format_soql_is_found_whatever_it_holds(sf: Salesforce, name: str) -> None:
    sf.Account.create({"Name": name})
    sf.Account.create({"Name": "percentXX"})

    equal = sf.query(format_soql("SELECT Name FROM Account WHERE Name = {}", name))
    alike = sf.query(format_soql("SELECT Name FROM Account WHERE Name LIKE '{:like}%'", name))

    assert [record["Name"] for record in equal["records"]] == [name]
    assert [record["Name"] for record in alike["records"]] == [name]


def test_order_limit_and_offset(sf: Salesforce) -> None:
    everyone = found(sf, "SELECT LastName FROM Contact ORDER BY LastName DESC, Id")

    assert found(sf, "SELECT LastName FROM Contact ORDER BY LastName LIMIT 2") == everyone[:-3:-1]
    assert found(sf, "SELECT LastName FROM Contact ORDER BY LastName DESC LIMIT 2 OFFSET 3") == everyone[3:5]
    assert found(sf, "SELECT FirstName FROM Contact ORDER BY FirstName LIMIT 1") == [None]
    assert found(sf, "SELECT FirstName FROM Contact ORDER BY FirstName NULLS LAST LIMIT 1") == ["<b>Robert</b>"]


def test_parents_and_children_come_along(sf: Salesforce) -> None:
    query = (
        "SELECT Id, Amount, Account.Owner.Name, Campaign.Name, "
        "(SELECT Contact.Name, Role FROM OpportunityContactRoles) FROM Opportunity WHERE Name LIKE 'Harbor: corp%'"
    )

    [deal] = sf.query(query)["records"]

    assert (deal["Amount"], deal["Account"]["Owner"]["Name"], deal["Campaign"]) == (48_000.0, "Sam Admin", None)
    roles = deal["OpportunityContactRoles"]
    assert (roles["totalSize"], roles["done"]) == (1, True)
    assert roles["records"][0]["Contact"]["Name"] == "Ana Ferreira"
    [contact] = sf.query("SELECT (SELECT Id FROM OpportunityContactRoles) FROM Contact WHERE LastName='Prince'")[
        "records"
    ]
    assert contact["OpportunityContactRoles"] is None


def test_counting(sf: Salesforce) -> None:
    assert sf.query("SELECT COUNT() FROM Contact")["totalSize"] == 9
    assert found(sf, "SELECT MAX(Amount) FROM Opportunity") == [48_000.0]
    grouped = sf.query("SELECT Type, COUNT(Id) people FROM CampaignMember GROUP BY Type")["records"]
    assert {record["Type"]: record["people"] for record in grouped} == {"Contact": 6, "Lead": 2}
    assert grouped[0]["attributes"] == {"type": "AggregateResult"}


def test_a_long_answer_comes_in_pages(sf: Salesforce, sandbox: Sandbox) -> None:
    for _ in range(3):
        records = [{"attributes": {"type": "Account"}, "Name": "Many"} for _ in range(200)]
        sf.restful("composite/sobjects", method="POST", json={"records": records})
    query = "SELECT Id FROM Account WHERE Name = 'Many'"
    small = {"Sforce-Query-Options": "batchSize=200"}

    page = sf.query(query, headers=small)
    everything = list(sf.query_all_iter(query, headers=small))

    assert (page["totalSize"], page["done"], len(page["records"])) == (600, False, 200)
    assert page["nextRecordsUrl"].startswith("/services/data/v67.0/query/01g")
    assert len({record["Id"] for record in everything}) == 600
    assert refused(lambda: sf.query_more("01gnone-200"))[1] == "INVALID_QUERY_LOCATOR"


@pytest.mark.parametrize(
    ("query", "code", "words"),
    [
        ("SELECT Id FORM Contact", "MALFORMED_QUERY", "ERROR at Row:1:Column:11\nunexpected token: 'FORM'"),
        ("SELECT FROM Contact", "MALFORMED_QUERY", "unexpected token: 'Contact'"),
        ("SELECT Id FROM Contact WHERE", "MALFORMED_QUERY", "unexpected token: '<EOF>'"),
        ("SELECT Id FROM Contact WHERE Name = 'x", "MALFORMED_QUERY", "no viable alternative"),
        ("SELECT Id FROM Contact WHERE Name = 'a\\q'", "MALFORMED_QUERY", "Illegal string literal"),
        ("SELECT Id FROM Contact WHERE Id = :id", "MALFORMED_QUERY", "Bind variables only allowed in Apex code"),
        ("SELECT Id FROM Contact WHERE Id='a' OR Id='b' AND Id='c'", "MALFORMED_QUERY", "unexpected token: 'AND'"),
        ("SELECT Id, Nope FROM Contact", "INVALID_FIELD", "No such column 'Nope' on entity 'Contact'."),
        ("SELECT Id FROM Nope__c", "INVALID_TYPE", "sObject type 'Nope__c' is not supported."),
        ("SELECT Nope.Id FROM Contact", "INVALID_FIELD", "Didn't understand relationship 'Nope' in field path."),
        ("SELECT (SELECT Id FROM Nopes) FROM Contact", "INVALID_FIELD", "'Nopes' in FROM part of query call."),
        ("SELECT Id FROM Contact WHERE Name = 7", "INVALID_FIELD", "must be of type string and should be enclosed"),
        ("SELECT Id FROM Contact WHERE CreatedDate > '2020'", "INVALID_FIELD", "must be of type dateTime"),
        ("SELECT Id FROM Contact WHERE CreatedDate > 2020-01-01", "INVALID_FIELD", "must be of type dateTime"),
        ("SELECT Id FROM Contact WHERE Description = 'x'", "INVALID_FIELD", "can not be filtered in a query call"),
        ("SELECT Id FROM Contact WHERE Id = 'x'", "INVALID_QUERY_FILTER_OPERATOR", "invalid ID field: x"),
        ("SELECT Id FROM CampaignInfluence", "INVALID_TYPE", "sObject type 'CampaignInfluence' is not supported."),
        ("SELECT Name, COUNT(Id) FROM Contact", "MALFORMED_QUERY", "Field must be grouped or aggregated: Name"),
        ("SELECT Id FROM Contact WHERE Name INCLUDES ('a')", "INVALID_FIELD", "only valid on multipicklist fields"),
        (" ", "MALFORMED_QUERY", "cannot be empty"),
    ],
)
def test_a_query_that_makes_no_sense_is_refused_in_salesforces_words(
    sf: Salesforce, query: str, code: str, words: str
) -> None:
    status, told, message = refused(lambda: sf.query(query))

    assert (status, told) == (400, code)
    assert words in message


def test_updated_and_deleted_name_what_changed(sf: Salesforce, sandbox: Sandbox) -> None:
    gone = first(sandbox, "Contact", 8)
    sandbox.clock.advance(120)
    sf.Contact.delete(gone)
    sf.Contact.update(first(sandbox, "Contact"), {"Title": "CEO"})
    end = datetime.now(UTC) + timedelta(seconds=125)
    start = end - timedelta(seconds=65)

    updated: Any = sf.Contact.updated(start, end)
    deleted: Any = sf.Contact.deleted(start, end)

    assert updated["ids"] == [first(sandbox, "Contact")]
    assert [each["id"] for each in deleted["deletedRecords"]] == [gone]
    assert refused(lambda: sf.Contact.updated(end, end))[1] == "INVALID_REPLICATION_DATE"


def test_what_a_user_may_not_see_isnt_there_for_them(sf: Salesforce, sandbox: Sandbox) -> None:
    access = sandbox.org.schema.of(sandbox.org.integration_id)
    access.hidden.add("Contact.Email")
    access.objects["Opportunity"] = "CUD"
    sandbox.org.schema.changed()

    assert refused(lambda: sf.query("SELECT Email FROM Contact"))[1] == "INVALID_FIELD"
    assert refused(lambda: sf.query("SELECT Id FROM Contact WHERE Email = 'x'"))[1] == "INVALID_FIELD"
    assert refused(lambda: sf.query("SELECT Id FROM Opportunity"))[1] == "INVALID_TYPE"
    assert "Email" not in {field["name"] for field in sf.Contact.describe()["fields"]}  # type: ignore[index]
    assert refused(lambda: sf.Contact.create({"LastName": "x", "Email": "a@b.example"}))[1] == "INVALID_FIELD"
    assert client(sandbox, sandbox.sign_in(sandbox.org.admin_id)).query("SELECT Email FROM Contact")["totalSize"] == 9


def test_sharing_hides_others_records(sf: Salesforce, sandbox: Sandbox) -> None:
    sandbox.org.switches.private |= {"Contact", "Campaign"}
    sandbox.org.schema.of(sandbox.org.integration_id).sees_all = False
    own: Any = sf.Contact.create({"LastName": "Mine"})
    other = first(sandbox, "Contact")

    assert found(sf, "SELECT LastName FROM Contact") == ["Mine"]
    assert refused(lambda: sf.Contact.get(other))[:2] == (404, "NOT_FOUND")
    assert refused(lambda: sf.Contact.update(other, {"Title": "x"}))[:2] == (404, "NOT_FOUND")
    row = {"Session_Key__c": "k", "Contact__c": other}
    assert refused(lambda: sf.Video_Engagement__c.create(row))[1] == "INSUFFICIENT_ACCESS_ON_CROSS_REFERENCE_ENTITY"
    assert sf.query("SELECT COUNT() FROM CampaignMember")["totalSize"] == 0
    assert sf.Contact.update(own["id"], {"Title": "x"}) == 204
