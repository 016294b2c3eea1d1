"""What the deployed package does in the org, and what is missing without it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from simple_salesforce.api import Salesforce

from connectors.salesforce.sandbox import Sandbox
from connectors.salesforce.sandbox.org import ValidationRule
from connectors.salesforce.sandbox.store.convert import convert
from connectors.salesforce.sandbox.store.merge import merge
from tests.connectors.salesforce.sandbox.conftest import codes, engagement, first, refused, upsert

FLOWS = Path(__file__).parents[4] / "connectors/salesforce/package/force-app/main/default/flows"


def tasks(sf: Salesforce) -> list[tuple[str, str, str]]:
    query = "SELECT Subject, Status, Who.Name FROM Task ORDER BY Id"
    return [(row["Subject"], row["Status"], row["Who"]["Name"]) for row in sf.query(query)["records"]]


def test_each_threshold_makes_one_completed_task(sf: Salesforce, sandbox: Sandbox) -> None:
    row = engagement("a", Contact__c=first(sandbox, "Contact"), Video_Name__c="Spring")
    opened = "2026-11-28T10:00:00Z"

    upsert(sf, row)
    assert tasks(sf) == []
    for _ in range(2):
        upsert(sf, row | {"First_Opened_At__c": opened, "Max_Milestone__c": 50})
    seen = {"Max_Milestone__c": 75, "Coverage_Percent__c": 79.6}
    upsert(sf, row | seen | {"CTA_Clicked__c": True, "CTA_Label__c": "Book a demo"})
    upsert(sf, row | {"Max_Milestone__c": 100})

    assert tasks(sf) == [
        ("Opened the video: Spring", "Completed", "Ana Ferreira"),
        ("Watched 80 % of the video: Spring", "Completed", "Ana Ferreira"),
        ("Pressed “Book a demo” in the video: Spring", "Completed", "Ana Ferreira"),
    ]
    kept = next(sandbox.org.live("Video_Engagement__c"))
    names = ("Opened_Task_Id__c", "Watched_Task_Id__c", "CTA_Task_Id__c")
    assert [kept[name] for name in names] == list(sandbox.org.table("Task").rows)


def test_the_packages_own_flow_words_tasks_the_same() -> None:
    flow = (FLOWS / "Segue_EngagementTasks.flow-meta.xml").read_text("utf-8")

    for words in ('"Opened the video: "', '" % of the video: "', '"Pressed “"', '"” in the video: "', "&gt;= 75"):
        assert words in flow, words


def test_a_task_that_is_refused_holds_no_row_up_and_is_tried_again(sf: Salesforce, sandbox: Sandbox) -> None:
    row = engagement("a", Contact__c=first(sandbox, "Contact"), First_Opened_At__c="2026-11-28T10:00:00Z")
    sandbox.org.switches.rules.append(ValidationRule("Task", "Subject LIKE 'Opened%'", "No."))

    assert codes(upsert(sf, row)) == [""]
    assert tasks(sf) == []
    sandbox.org.switches.rules.clear()
    upsert(sf, row)

    assert len(tasks(sf)) == 1
    assert codes(upsert(sf, engagement("nobody", First_Opened_At__c="2026-11-28T10:00:00Z"))) == [""]
    assert len(tasks(sf)) == 1


def test_a_converted_lead_hands_its_engagement_to_the_contact(sf: Salesforce, sandbox: Sandbox) -> None:
    lead = first(sandbox, "Lead")
    upsert(sf, engagement("a", Lead__c=lead, First_Opened_At__c="2026-11-28T10:00:00Z"))
    contact = convert(sandbox.org, lead).contact_id

    upsert(sf, engagement("b", Lead__c=lead, First_Opened_At__c="2026-11-29T10:00:00Z"))

    rows = sf.query("SELECT Contact__c, Lead__c FROM Video_Engagement__c")["records"]
    assert {(row["Contact__c"], row["Lead__c"]) for row in rows} == {(contact, lead)}
    assert [name for _, _, name in tasks(sf)] == ["Priya Nair", "Priya Nair"]
    assert sf.query(f"SELECT COUNT() FROM CampaignMember WHERE ContactId = '{contact}'")["totalSize"] == 1
    found: Any = sf.Lead.get(lead)
    assert (found["IsConverted"], found["ConvertedContactId"]) == (True, contact)
    assert refused(lambda: sf.Lead.update(lead, {"Title": "x"}))[1] == "CANNOT_UPDATE_CONVERTED_LEAD"


def test_a_merged_contact_leaves_word_where_it_went(sf: Salesforce, sandbox: Sandbox) -> None:
    ana, bjorn = first(sandbox, "Contact"), first(sandbox, "Contact", 1)
    upsert(sf, engagement("a", Contact__c=bjorn))

    merge(sandbox.org, ana, [bjorn])

    fate = sf.query(f"SELECT IsDeleted, MasterRecordId FROM Contact WHERE Id = '{bjorn}'", include_deleted=True)
    assert (fate["records"][0]["IsDeleted"], fate["records"][0]["MasterRecordId"]) == (True, ana)
    assert sf.query("SELECT Contact__c FROM Video_Engagement__c")["records"][0]["Contact__c"] == ana
    assert sf.query(f"SELECT COUNT() FROM CampaignMember WHERE ContactId = '{ana}'")["totalSize"] == 1
    assert refused(lambda: sf.Contact.get(bjorn))[1] == "ENTITY_IS_DELETED"
    assert codes(upsert(sf, engagement("b", Contact__c=bjorn))) == ["ENTITY_IS_DELETED"]


def test_without_the_package_there_is_no_place_for_engagement(sf: Salesforce, sandbox: Sandbox) -> None:
    upsert(sf, engagement("a"))
    sandbox.org.deploy(False)

    assert refused(lambda: upsert(sf, engagement("a")))[:2] == (404, "NOT_FOUND")
    assert refused(lambda: sf.query("SELECT Id FROM Video_Engagement__c"))[1] == "INVALID_TYPE"
    assert refused(lambda: sf.query("SELECT Video_Link__c FROM CampaignMember"))[1] == "INVALID_FIELD"
    assert "Video_Engagement__c" not in {each["name"] for each in sf.describe()["sobjects"]}  # type: ignore[index]

    sandbox.org.deploy()
    assert sf.query("SELECT COUNT() FROM Video_Engagement__c")["totalSize"] == 1


def test_a_user_without_the_permission_set_doesnt_see_it(sf: Salesforce, sandbox: Sandbox) -> None:
    sandbox.org.schema.of(sandbox.org.integration_id).package = False
    sandbox.org.schema.changed()

    assert refused(lambda: upsert(sf, engagement("a")))[:2] == (404, "NOT_FOUND")
    assert refused(lambda: sf.query("SELECT Video_Link__c FROM Contact"))[1] == "INVALID_FIELD"


def test_a_removed_or_read_only_field_is_told(sf: Salesforce, sandbox: Sandbox) -> None:
    sandbox.org.schema.dropped.add("Video_Engagement__c.Score__c")
    sandbox.org.schema.of(sandbox.org.integration_id).read_only.add("Video_Engagement__c.Sentence__c")
    sandbox.org.schema.changed()

    assert refused(lambda: upsert(sf, engagement("a", Score__c=7)))[:2] == (400, "INVALID_FIELD")
    assert codes(upsert(sf, engagement("b", Sentence__c="x"))) == ["INVALID_FIELD_FOR_INSERT_UPDATE"]


def test_several_currencies_and_influence_are_there_when_turned_on(sf: Salesforce, sandbox: Sandbox) -> None:
    assert refused(lambda: sf.query("SELECT CurrencyIsoCode FROM Opportunity"))[1] == "INVALID_FIELD"

    sandbox.org.turn(multi_currency=True, campaign_influence=True)

    assert sf.query("SELECT CurrencyIsoCode FROM Opportunity LIMIT 1")["records"][0]["CurrencyIsoCode"] == "USD"
    deal, campaign = first(sandbox, "Opportunity"), first(sandbox, "Campaign")
    sf.Opportunity.update(deal, {"CampaignId": campaign, "CurrencyIsoCode": "EUR"})
    [influence] = sf.query("SELECT CampaignId, Influence, OpportunityId FROM CampaignInfluence")["records"]
    assert (influence["CampaignId"], influence["Influence"], influence["OpportunityId"]) == (campaign, 100.0, deal)
    assert sf.Opportunity.get(deal)["CurrencyIsoCode"] == "EUR"
