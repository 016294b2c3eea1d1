"""One record at a time: what Salesforce takes, what it refuses, in its words."""

from __future__ import annotations

from typing import Any

import pytest
from simple_salesforce.api import Salesforce
from simple_salesforce.format import format_external_id

from connectors.salesforce.sandbox import Sandbox
from connectors.salesforce.sandbox.org import ValidationRule
from tests.connectors.salesforce.sandbox.conftest import first, refused


def test_a_record_is_made_read_changed_and_deleted(sf: Salesforce) -> None:
    made: Any = sf.Contact.create({"FirstName": "Zoë 🚀", "LastName": "Ek", "Email": "zoe@ek.example"})
    found: Any = sf.Contact.get(made["id"])
    assert found["attributes"] == {"type": "Contact", "url": f"/services/data/v67.0/sobjects/Contact/{made['id']}"}
    assert (found["Name"], found["HasOptedOutOfEmail"], found["AccountId"]) == ("Zoë 🚀 Ek", False, None)
    assert found["CreatedDate"].endswith(".000+0000")

    assert sf.Contact.update(made["id"], {"HasOptedOutOfEmail": True, "FirstName": ""}) == 204
    changed: Any = sf.Contact.get(made["id"][:15])
    assert (changed["Name"], changed["HasOptedOutOfEmail"]) == ("Ek", True)

    assert sf.Contact.delete(made["id"]) == 204
    assert refused(lambda: sf.Contact.get(made["id"])) == (404, "ENTITY_IS_DELETED", "entity is deleted")
    assert sf.query(f"SELECT Id FROM Contact WHERE Id = '{made['id']}'")["totalSize"] == 0
    gone = sf.query(f"SELECT IsDeleted FROM Contact WHERE Id = '{made['id']}'", include_deleted=True)
    assert gone["records"][0]["IsDeleted"] is True


@pytest.mark.parametrize(
    ("values", "code", "words"),
    [
        ({}, "REQUIRED_FIELD_MISSING", "Required fields are missing: [LastName]"),
        ({"LastName": "x" * 81}, "STRING_TOO_LONG", "(max length=80)"),
        ({"LastName": "🚀" * 41}, "STRING_TOO_LONG", "(max length=80)"),
        ({"LastName": "E", "Email": "no"}, "INVALID_EMAIL_ADDRESS", "Email: invalid email address: no"),
        ({"LastName": "E", "Nope__c": 1}, "INVALID_FIELD", "No such column 'Nope__c' on sobject of type Contact"),
        ({"LastName": 7}, "JSON_PARSER_ERROR", "Cannot deserialize instance of string from VALUE_NUMBER_INT value 7"),
        ({"LastName": "E", "DoNotCall": "maybe"}, "JSON_PARSER_ERROR", "instance of boolean"),
        ({"LastName": "E", "Birthdate": "soon"}, "JSON_PARSER_ERROR", "instance of date"),
        ({"LastName": "E", "AccountId": "x"}, "MALFORMED_ID", "Account ID: id value of incorrect type: x"),
        ({"LastName": "E", "AccountId": "003Hs0000000001IAA"}, "FIELD_INTEGRITY_EXCEPTION", "id value of incorrect"),
        ({"LastName": "E", "AccountId": "001Hs00000zzzzzIAB"}, "MALFORMED_ID", "incorrect type"),
        (
            {"LastName": "E", "AccountId": "001Hs00000zzzzz"},
            "INVALID_CROSS_REFERENCE_KEY",
            "invalid cross reference id",
        ),
        ({"LastName": "E", "Name": "E"}, "INVALID_FIELD_FOR_INSERT_UPDATE", "Unable to create/update fields: Name."),
    ],
)
def test_a_bad_value_is_refused_and_named(sf: Salesforce, values: dict[str, Any], code: str, words: str) -> None:
    status, found, message = refused(lambda: sf.Contact.create(values))

    assert (status, found) == (400, code)
    assert words in message
    assert sf.query("SELECT COUNT() FROM Contact WHERE LastName = 'E'")["totalSize"] == 0


def test_numbers_keep_to_their_digits(sf: Salesforce, sandbox: Sandbox) -> None:
    key = format_external_id("Session_Key__c", "a/b c")
    sf.Video_Engagement__c.upsert(
        key, {"Coverage_Percent__c": 12.346, "First_Opened_At__c": "2026-01-02T03:04:05.9+01:00"}
    )

    found: Any = sf.Video_Engagement__c.get(key)
    assert (found["Coverage_Percent__c"], found["First_Opened_At__c"]) == (12.35, "2026-01-02T02:04:05.000+0000")
    assert found["Session_Key__c"] == "a/b c"
    status, code, _ = refused(lambda: sf.Video_Engagement__c.upsert(key, {"Coverage_Percent__c": 1000}))
    assert (status, code) == (400, "NUMBER_OUTSIDE_VALID_RANGE")


def test_several_choices_are_kept_in_the_order_they_are_offered(sf: Salesforce) -> None:
    made: Any = sf.Contact.create({"LastName": "E", "Interests__c": "mountains; Trains"})

    assert sf.Contact.get(made["id"])["Interests__c"] == "Trains;Mountains"
    assert refused(lambda: sf.Contact.create({"LastName": "E", "Interests__c": "Trains;Chess"}))[1].startswith(
        "INVALID_OR"
    )


def test_an_upsert_makes_then_changes(sf: Salesforce) -> None:
    path = "sobjects/Video_Engagement__c/Session_Key__c/k1"

    made: Any = sf.restful(path, method="PATCH", json={"Max_Milestone__c": 25})
    changed: Any = sf.restful(path, method="PATCH", json={"Max_Milestone__c": 50})

    assert (made["created"], changed["created"], made["id"]) == (True, False, changed["id"])
    assert refused(lambda: sf.restful(path, method="PATCH", json={"Session_Key__c": "k1"}))[1] == "INVALID_FIELD"


def test_a_unique_key_is_told_apart_by_its_case_and_taken_once(sf: Salesforce) -> None:
    first_one: Any = sf.Video_Engagement__c.create({"Session_Key__c": "abc"})
    sf.Video_Engagement__c.create({"Session_Key__c": "ABC"})

    status, code, words = refused(lambda: sf.Video_Engagement__c.create({"Session_Key__c": "abc"}))

    assert (status, code) == (400, "DUPLICATE_VALUE")
    assert words == f"duplicate value found: Session_Key__c duplicates value on record with id: {first_one['id'][:15]}"


def test_a_path_that_isnt_there_and_a_method_that_isnt_allowed(sf: Salesforce) -> None:
    assert refused(lambda: sf.restful("sobjects/Nope__c/describe"))[:2] == (404, "NOT_FOUND")
    assert refused(lambda: sf.restful("nowhere"))[:2] == (404, "NOT_FOUND")
    assert refused(lambda: sf.restful("limits", method="PUT"))[:2] == (405, "METHOD_NOT_ALLOWED")
    assert refused(lambda: sf.restful("sobjects/Contact", method="POST", data="{"))[:2] == (400, "JSON_PARSER_ERROR")


def test_describe_tells_what_may_be_written(sf: Salesforce) -> None:
    told: Any = sf.Video_Engagement__c.describe()
    fields = {field["name"]: field for field in told["fields"]}

    assert (told["keyPrefix"], told["createable"]) == ("a0V", True)
    assert fields["Session_Key__c"].items() >= {"externalId": True, "unique": True, "caseSensitive": True}.items()
    assert [option["value"] for option in fields["Who__c"]["picklistValues"]] == ["person", "likely_person"]
    assert fields["SystemModstamp"]["updateable"] is False
    listed: Any = sf.describe()
    assert "Video_Engagement__c" in {each["name"] for each in listed["sobjects"]}


def test_a_member_is_one_person_once_with_a_status_the_campaign_has(sf: Salesforce, sandbox: Sandbox) -> None:
    campaign: Any = sf.Campaign.create({"Name": "New"})
    person = {"CampaignId": campaign["id"], "ContactId": first(sandbox, "Contact")}
    sf.CampaignMemberStatus.create({"CampaignId": campaign["id"], "Label": "Watched", "HasResponded": True})

    made: Any = sf.CampaignMember.create({**person, "Status": "No such status"})
    assert sf.CampaignMember.get(made["id"])["Status"] == "Sent"
    sf.CampaignMember.update(made["id"], {"Status": "watched"})

    found: Any = sf.CampaignMember.get(made["id"])
    assert (found["Status"], found["HasResponded"], found["Name"]) == ("Watched", True, "Ana Ferreira")
    assert refused(lambda: sf.CampaignMember.create(person))[1:] == ("DUPLICATE_VALUE", "Already a campaign member.")
    assert refused(lambda: sf.CampaignMember.create({"CampaignId": campaign["id"]}))[1] == "REQUIRED_FIELD_MISSING"
    label = {"CampaignId": campaign["id"], "Label": "WATCHED"}
    assert refused(lambda: sf.CampaignMemberStatus.create(label))[1] == "DUPLICATE_VALUE"


def test_a_leads_task_has_nothing_it_is_about(sf: Salesforce, sandbox: Sandbox) -> None:
    lead, deal = first(sandbox, "Lead"), first(sandbox, "Opportunity")

    told = refused(lambda: sf.Task.create({"Subject": "Hi", "WhoId": lead, "WhatId": deal}))

    assert told[1] == "FIELD_INTEGRITY_EXCEPTION"


def test_a_deals_stage_says_whether_it_is_won(sf: Salesforce, sandbox: Sandbox) -> None:
    deal = first(sandbox, "Opportunity")

    sf.Opportunity.update(deal, {"StageName": "Closed Won"})

    found: Any = sf.Opportunity.get(deal)
    assert (found["IsWon"], found["IsClosed"], found["Probability"]) == (True, True, 100.0)


def test_an_admins_rule_refuses_with_the_admins_words(sf: Salesforce, sandbox: Sandbox) -> None:
    rule = ValidationRule("Contact", "Title = null AND LastName LIKE 'E%'", "Give the title.", "Title")
    sandbox.org.switches.rules.append(rule)

    assert refused(lambda: sf.Contact.create({"LastName": "Ek"}))[1:] == (
        "FIELD_CUSTOM_VALIDATION_EXCEPTION",
        "Give the title.",
    )
    assert sf.Contact.create({"LastName": "Ek", "Title": "CEO"})["success"]


def test_what_a_record_points_to_may_be_named_by_its_external_id(sf: Salesforce, sandbox: Sandbox) -> None:
    contact = first(sandbox, "Contact")

    made: Any = sf.Video_Engagement__c.create({"Session_Key__c": "k", "Contact__r": {"Id": contact}})

    assert sf.Video_Engagement__c.get(made["id"])["Contact__c"] == contact


def test_deleting_takes_members_along_and_lets_engagement_stay(sf: Salesforce, sandbox: Sandbox) -> None:
    contact = first(sandbox, "Contact")
    made: Any = sf.Video_Engagement__c.create({"Session_Key__c": "k", "Contact__c": contact})

    sf.Contact.delete(contact)

    assert sf.query(f"SELECT COUNT() FROM CampaignMember WHERE ContactId = '{contact}'")["totalSize"] == 0
    assert sf.Video_Engagement__c.get(made["id"])["Contact__c"] is None
    assert refused(lambda: sf.Account.delete(first(sandbox, "Account")))[1] == "DELETE_FAILED"
