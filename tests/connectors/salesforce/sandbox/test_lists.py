"""List views and reports: whom links may be made for, as an admin chose them."""

from __future__ import annotations

from typing import Any

from simple_salesforce.api import Salesforce

from connectors.salesforce.sandbox import Sandbox
from tests.connectors.salesforce.sandbox.conftest import refused


def view(sf: Salesforce, kind: str, name: str) -> dict[str, Any]:
    listed: Any = sf.restful(f"sobjects/{kind}/listviews")
    found: dict[str, Any] = next(each for each in listed["listviews"] if each["developerName"] == name)
    return found


def test_a_list_views_records_come_in_pages_and_by_its_query(sf: Salesforce) -> None:
    about = view(sf, "Contact", "WithEmail")
    path = about["resultsUrl"].removeprefix("/services/data/v67.0/")

    page: Any = sf.restful(path, {"limit": 3, "offset": 3})
    last: Any = sf.restful(path, {"limit": 3, "offset": 6})
    told: Any = sf.restful(f"sobjects/Contact/listviews/{about['id']}/describe")

    assert [(each["size"], each["done"]) for each in (page, last)] == [(3, False), (2, True)]
    first = {cell["fieldNameOrPath"]: cell["value"] for cell in page["records"][0]["columns"]}
    assert first["Name"] == "نور الهاشمي"
    assert first["Id"].startswith("003")
    assert sf.query(told["query"])["totalSize"] == 8
    assert refused(lambda: sf.restful(path, {"limit": 2001}))[0] == 400
    assert refused(lambda: sf.restful("sobjects/Lead/listviews/" + about["id"]))[:2] == (404, "NOT_FOUND")


def test_a_report_gives_its_rows_with_the_ids_behind_names(sf: Salesforce) -> None:
    listed: Any = sf.restful("analytics/reports")
    by_name = {each["name"]: each["id"] for each in listed}

    people: Any = sf.restful(f"analytics/reports/{by_name['Travellers to invite']}", {"includeDetails": "true"})
    members: Any = sf.restful(f"analytics/reports/{by_name['Members of campaigns']}?includeDetails=true")

    row = people["factMap"]["T!T"]["rows"][0]["dataCells"]
    assert people["reportMetadata"]["detailColumns"] == ["FIRST_NAME", "LAST_NAME", "EMAIL", "ACCOUNT.NAME"]
    assert (row[1]["label"], row[1]["value"][:3], row[3]["value"][:3]) == ("Ferreira", "003", "001")
    assert people["allData"] is True
    assert [each["dataCells"][0]["value"][:3] for each in members["factMap"]["T!T"]["rows"]] == ["00v"] * 8


def test_a_report_takes_filters_of_the_callers(sf: Salesforce) -> None:
    listed: Any = sf.restful("analytics/reports")
    path = f"analytics/reports/{listed[0]['id']}"

    def run(*filters: dict[str, str]) -> list[str]:
        body = {"reportMetadata": {"reportFilters": list(filters)}}
        found: Any = sf.restful(path, method="POST", json=body)
        return [row["dataCells"][1]["label"] for row in found["factMap"]["T!T"]["rows"]]

    assert run({"column": "LAST_NAME", "operator": "equals", "value": "O'Neill"}) == ["O'Neill"]
    assert run({"column": "EMAIL", "operator": "contains", "value": "harbor"}) == ["Ferreira", "O'Neill"]
    assert run({"column": "EMAIL", "operator": "contains", "value": "%"}) == []
    assert refused(lambda: run({"column": "NOPE", "operator": "equals", "value": ""}))[1] == "BAD_REQUEST"


def test_a_report_beyond_2000_rows_says_so(sf: Salesforce, sandbox: Sandbox) -> None:
    rows = [{"LastName": f"P{number}", "Email": f"p{number}@many.example"} for number in range(2000)]
    sf.bulk2.Contact.insert(records=rows, wait=0)
    listed: Any = sf.restful("analytics/reports")

    found: Any = sf.restful(f"analytics/reports/{listed[0]['id']}?includeDetails=true")

    assert (found["allData"], len(found["factMap"]["T!T"]["rows"])) == (False, 2000)


def test_what_a_user_may_not_see_isnt_in_a_report(sf: Salesforce, sandbox: Sandbox) -> None:
    sandbox.org.schema.of(sandbox.org.integration_id).hidden.add("Contact.LastName")
    sandbox.org.schema.changed()
    listed: Any = sf.restful("analytics/reports")

    found: Any = sf.restful(f"analytics/reports/{listed[0]['id']}?includeDetails=true")

    assert found["reportMetadata"]["detailColumns"] == ["FIRST_NAME", "EMAIL", "ACCOUNT.NAME"]
