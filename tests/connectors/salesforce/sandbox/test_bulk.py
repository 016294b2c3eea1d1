"""Bulk 2.0 through simple-salesforce: jobs in, results out, each row with its own fate."""

from __future__ import annotations

import csv
import io
from typing import Any

import pytest
from simple_salesforce.api import Salesforce
from simple_salesforce.exceptions import SalesforceOperationError

from connectors.salesforce.sandbox import Sandbox
from tests.connectors.salesforce.sandbox.conftest import first, refused


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def test_rows_are_made_changed_and_refused_one_by_one(sf: Salesforce, sandbox: Sandbox) -> None:
    contact = first(sandbox, "Contact")
    empty = {"CTA_Clicked__c": "", "Contact__r.Id": "", "Sentence__c": ""}
    given = [
        {
            "Session_Key__c": "a",
            "Max_Milestone__c": "75",
            "CTA_Clicked__c": "true",
            "Contact__r.Id": contact,
            "Sentence__c": 'one, two\n"three"',
        },
        {"Session_Key__c": "b", "Max_Milestone__c": "x", **empty},
        {"Session_Key__c": "c", "Max_Milestone__c": "25", **empty},
    ]
    changed = [{"Session_Key__c": "a", "Sentence__c": "#N/A", "Max_Milestone__c": ""}]

    [done] = sf.bulk2.Video_Engagement__c.upsert(records=given, external_id_field="Session_Key__c", wait=0)
    [again] = sf.bulk2.Video_Engagement__c.upsert(records=changed, external_id_field="Session_Key__c", wait=0)

    assert (done["numberRecordsProcessed"], done["numberRecordsFailed"]) == (3, 1)
    good = rows(sf.bulk2.Video_Engagement__c.get_successful_records(done["job_id"]))
    bad = rows(sf.bulk2.Video_Engagement__c.get_failed_records(done["job_id"]))
    assert [(row["sf__Created"], row["Session_Key__c"]) for row in good] == [("true", "a"), ("true", "c")]
    assert bad[0]["sf__Error"].startswith("JSON_PARSER_ERROR:Cannot deserialize instance of double")
    assert rows(sf.bulk2.Video_Engagement__c.get_successful_records(again["job_id"]))[0]["sf__Created"] == "false"
    kept = next(sandbox.org.live("Video_Engagement__c"))
    assert (kept["Contact__c"], kept["Max_Milestone__c"], kept["CTA_Clicked__c"]) == (contact, 75.0, True)
    assert "Sentence__c" not in kept


def test_records_are_inserted_updated_and_deleted(sf: Salesforce, sandbox: Sandbox) -> None:
    [made] = sf.bulk2.Account.insert(records=[{"Name": "One"}, {"Name": "Two"}], wait=0)
    ids = [row["sf__Id"] for row in rows(sf.bulk2.Account.get_successful_records(made["job_id"]))]
    sf.bulk2.Account.update(records=[{"Id": ids[0], "Industry": "Energy"}], wait=0)
    [gone] = sf.bulk2.Account.delete(records=[{"Id": ids[1]}] * 2, wait=0)

    assert sandbox.org.table("Account").rows[ids[0]]["Industry"] == "Energy"
    assert (gone["numberRecordsProcessed"], gone["numberRecordsFailed"]) == (2, 1)


@pytest.mark.parametrize(
    ("data", "why"),
    [("Nope__c\n1\n", "Field name not found : Nope__c"), ('Name\n"open\n', "Failed to parse CSV")],
)
def test_a_file_that_cant_be_read_fails_the_job(sf: Salesforce, sandbox: Sandbox, data: str, why: str) -> None:
    jobs = sf.bulk2.Account._client
    job = jobs.create_job("insert")
    jobs.upload_job_data(job["id"], data)
    jobs.close_job(job["id"])

    with pytest.raises(SalesforceOperationError, match=why):
        jobs.wait_for_job(job["id"], False, wait=0)


def test_a_job_waits_its_time_and_takes_one_upload(sf: Salesforce, sandbox: Sandbox) -> None:
    sandbox.jobs.delay_s = 60
    jobs = sf.bulk2.Account._client
    job = jobs.create_job("insert")
    assert job["contentUrl"] == f"services/data/v67.0/jobs/ingest/{job['id']}/batches"
    jobs.upload_job_data(job["id"], "Name\nLater\n")
    jobs.close_job(job["id"])
    assert jobs.get_job(job["id"], False)["state"] == "UploadComplete"
    with pytest.raises(Exception, match="INVALIDJOBSTATE"):
        jobs.upload_job_data(job["id"], "Name\nMore\n")

    sandbox.clock.advance(61)

    assert jobs.get_job(job["id"], False)["state"] == "JobComplete"


def test_a_job_needs_an_object_and_a_key_that_are_there(sf: Salesforce) -> None:
    def open_job(**body: str) -> Any:
        return sf.restful("jobs/ingest", method="POST", json={"operation": "insert", **body})

    assert refused(lambda: open_job(object="Nope__c"))[:2] == (400, "INVALIDENTITY")
    assert refused(lambda: open_job(object="Account", operation="burn"))[1] == "INVALIDJOB"
    assert refused(lambda: open_job(object="Account", operation="upsert", externalIdFieldName="Name"))[0] == 404


def test_locked_rows_fail_by_themselves(sf: Salesforce, sandbox: Sandbox) -> None:
    sandbox.faults.add("lock_item", times=1)

    [done] = sf.bulk2.Account.insert(records=[{"Name": "One"}, {"Name": "Two"}], wait=0)

    assert done["numberRecordsFailed"] == 1
    assert [row["Name"] for row in sandbox.org.live("Account")][3:] == ["Two"]


def test_a_query_comes_as_csv_in_pages(sf: Salesforce) -> None:
    query = "SELECT Id, Name, Account.Name, HasOptedOutOfEmail FROM Contact"

    pages = list(sf.bulk2.Contact.query(query, max_records=4, wait=0))

    found = [row for page in pages for row in rows(page)]
    assert [len(rows(page)) for page in pages] == [4, 4, 1]
    assert found[0]["Account.Name"] == "Harbor Logistics"
    assert {row["HasOptedOutOfEmail"] for row in found} == {"true", "false"}
