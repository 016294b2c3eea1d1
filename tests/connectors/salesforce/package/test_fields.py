"""Fields, and the three that speak by them: the adapter that writes rows, the Apex that reads them, the component."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

import pytest

from connectors.salesforce.inbound.links import Answer, Ask, parse
from connectors.salesforce.writeback import fold
from plugin.outbox.ports import Message
from tests.connectors.salesforce.package.project import ENGAGEMENT, Node, fields, files, text

NOW = datetime(2026, 11, 28, 10, 42, tzinfo=UTC)
LINKS = {
    "CampaignMember": {"Video_Link__c": "Url", "Video_Link_Expires_At__c": "DateTime"},
    "Contact": {"Video_Link__c": "Url"},
    "Lead": {"Video_Link__c": "Url"},
}


def shape(node: Node) -> str:
    """A field's type with what bounds it, such as `Number(5,2)`."""
    kind = node.one("type")
    if kind == "Number":
        return f"Number({node.one('precision')},{node.one('scale')})"
    return f"{kind}({node.one('length')})" if node.one("length") else kind


def test_the_object_is_what_adapter_package_and_double_agreed_on() -> None:
    assert {name: shape(node) for name, node in fields().items()} == {
        "Session_Key__c": "Text(64)",
        "Contact__c": "Lookup",
        "Lead__c": "Lookup",
        "Campaign__c": "Lookup",
        "Opportunity__c": "Lookup",
        "Campaign_Member_Id__c": "Text(18)",
        "Coverage_Percent__c": "Number(5,2)",
        "Coverage_Seconds__c": "Number(18,2)",
        "Watch_Seconds__c": "Number(18,2)",
        "Duration_Seconds__c": "Number(18,2)",
        "Max_Milestone__c": "Number(3,0)",
        "First_Opened_At__c": "DateTime",
        "Last_Opened_At__c": "DateTime",
        "CTA_Clicked__c": "Checkbox",
        "CTA_Clicked_At__c": "DateTime",
        "CTA_Label__c": "Text(255)",
        "Link_Id__c": "Text(64)",
        "Video_Name__c": "Text(255)",
        "Who__c": "Picklist",
        "Confidence__c": "Picklist",
        "Reasons__c": f"LongTextArea({fold.MOST})",
        "Replays__c": f"LongTextArea({fold.MOST})",
        "Spans__c": f"LongTextArea({fold.MOST})",
        "Again__c": f"LongTextArea({fold.MOST})",
        "Consent__c": "Picklist",
        "Facing_Screen_Percent__c": "Number(3,0)",
        "Score__c": "Number(3,0)",
        "Score_Reasons__c": f"LongTextArea({fold.MOST})",
        "Sentence__c": "Text(255)",
        "Revision__c": "Number(18,0)",
        "Opened_Task_Id__c": "Text(18)",
        "Watched_Task_Id__c": "Text(18)",
        "CTA_Task_Id__c": "Text(18)",
    }


@pytest.mark.parametrize("of", LINKS)
def test_links_stand_on_the_persons_records(of: str) -> None:
    assert {name: node.one("type") for name, node in fields(of).items()} == LINKS[of]


def test_the_same_visit_is_the_same_row() -> None:
    key = fields()["Session_Key__c"]

    assert {name: key.one(name) for name in ("externalId", "unique", "caseSensitive", "required")} == dict.fromkeys(
        ("externalId", "unique", "caseSensitive", "required"), "true"
    )


def test_a_lookup_lets_its_record_go() -> None:
    lookups = {name: node for name, node in fields().items() if node.one("type") == "Lookup"}

    assert {node.one("deleteConstraint") for node in lookups.values()} == {"SetNull"}
    assert {f"{node.one('referenceTo')}__c" for node in lookups.values()} == set(lookups)


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("Who__c", ["person", "likely_person"]),
        ("Confidence__c", ["low", "medium", "high"]),
        ("Consent__c", ["given", "refused", "withdrawn", "signalled_off", "not_asked"]),
    ],
)
def test_a_choice_takes_what_segue_says_and_nothing_else(name: str, values: list[str]) -> None:
    node = fields()[name]

    assert node.one("valueSet/restricted") == "true"
    assert node.texts("valueSet/valueSetDefinition/value/fullName") == values


def test_whatever_the_adapter_writes_has_a_field_that_takes_it() -> None:
    row = fold.row("visit", fold.fold({}, told()), {"Contact__c": "003000000000001AAA"})
    del row["attributes"]

    assert len(row) > 20
    assert set(row) <= set(fields())
    for name, value in row.items():
        node = fields()[name]
        if node.one("type") in ("Text", "LongTextArea"):
            assert len(value) <= int(node.one("length")), name
        if node.one("type") == "Picklist":
            assert value in node.texts("valueSet/valueSetDefinition/value/fullName")


def told() -> list[Message]:
    """What can be told of one visit, longer than any field."""
    long = "é" * 5000
    summary: dict[str, Any] = {
        "revision": 2, "quartile": 75, "duration_s": 40.0, "coverage_s": 38.0, "watch_s": 51.0, "who": "person",
        "confidence": "high", "reasons": [long], "replays": [{"title": long, "times": 2}], "spans": [[0, 38]],
        "again": [[8, 12]], "score": 72, "score_reasons": [long], "campaign_title": long,
        "attention": {"share": 0.824, "seconds": 31, "quality": 0.9}, "consent": "given", "link_id": "l" * 22,
    }  # fmt: skip
    payloads = {
        "link.opened": {"campaign_title": long},
        "video.quartile_reached": {"quartile": 75},
        "cta.clicked": {"label": long},
        "visit.summarised": summary,
    }
    return [message(kind, payload) for kind, payload in payloads.items()]


def message(kind: str, payload: dict[str, Any]) -> Message:
    values: dict[str, Any] = {"kind": kind, "payload": payload, "occurred_at": NOW, "subject": "contact:003"}
    names = Message.__dataclass_fields__
    return Message(**{name: values.get(name, "x") for name in names})


def test_apex_and_component_name_fields_that_are_there() -> None:
    known = set(fields()) | {name for of in LINKS for name in fields(of)} | {ENGAGEMENT}
    named: dict[str, set[str]] = {}
    for path in files():
        if path.endswith((".cls", ".js", ".html")):
            found = set(re.findall(r"\b[A-Z]\w*?__[cr]\b", text(path)))
            named[path] = {name.removesuffix("__r") + "__c" if name.endswith("__r") else name for name in found}

    assert len(set().union(*named.values())) > 20
    assert {path: those - known for path, those in named.items() if those - known} == {}


def test_the_component_is_given_every_field_it_shows() -> None:
    asked = set(re.findall(r"\w+__c", re.sub(r"\s|'|\+", " ", text("classes/SegueEngagement.cls"))))
    shown = {
        name
        for path in files()
        if path.startswith("lwc/") and path.endswith((".js", ".html"))
        for name in re.findall(r"\b[A-Z]\w*__c\b", text(path))
    }

    assert shown - {ENGAGEMENT} <= asked


def test_apex_asks_and_reads_as_the_server_reads_and_answers() -> None:
    apex = text("classes/SegueCreateLink.cls")
    asked = set(re.findall(r"'(\w+)' => text\(", apex))
    item = re.search(r"private class Item \{(.*?)\}", apex, re.DOTALL)
    assert item is not None
    types = {"String": str, "Boolean": bool}

    assert asked == {"recordId", "campaign", "days", "campaignMemberId"}
    (read,) = parse({"requests": [dict.fromkeys(asked, "") | {"recordId": "003000000000001AAA", "campaign": "spring"}]})
    assert read == Ask("003000000000001AAA", "spring", None, None)
    answered = Answer("003000000000001AAA").as_json()
    assert {name: types[kind] for kind, name in re.findall(r"public (\w+) (\w+);", item[1])} == {
        name: type(value) for name, value in answered.items()
    }
    assert "callout:Segue/salesforce/links" in apex
    assert "MOST = 200" in apex
