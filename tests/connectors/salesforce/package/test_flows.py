"""Flows: what they refer to is there, each threshold is told once, and a failure of ours refuses nobody's record."""

from __future__ import annotations

import re

import pytest

from tests.connectors.salesforce.package.project import ENGAGEMENT, Node, fields, metadata

FLOWS = dict(metadata("flows"))
ELEMENTS = ("assignments", "decisions", "recordCreates", "recordUpdates")
RESOURCES = ("formulas", "textTemplates", "variables")
LEAD = {"Id", "IsConverted", "ConvertedContactId", "ConvertedOpportunityId"}
THRESHOLDS = {
    "Opened_Task_Id__c": ("Tell_of_the_opening", "Make_opened_task", "openedTaskId"),
    "Watched_Task_Id__c": ("Tell_of_watching", "Make_watched_task", "watchedTaskId"),
    "CTA_Task_Id__c": ("Tell_of_the_button", "Make_button_task", "ctaTaskId"),
}
TASKS = FLOWS["Segue_EngagementTasks"]
each_flow = pytest.mark.parametrize("flow", FLOWS.values(), ids=FLOWS)
each_threshold = pytest.mark.parametrize("mark", THRESHOLDS)


def elements(flow: Node) -> dict[str, Node]:
    """By name."""
    return {node.one("name"): node for kind in ELEMENTS for node in flow.all(kind)}


def references(flow: Node) -> set[str]:
    """Everything named by reference or in a formula."""
    merged = [found for text in flow.anywhere("expression") for found in re.findall(r"\{!([^}]+)\}", text)]
    merged += [found for text in flow.anywhere("filterFormula") for found in re.findall(r"\{!([^}]+)\}", text)]
    merged += [found for text in flow.anywhere("text") for found in re.findall(r"\{!([^}]+)\}", text)]
    names = ("elementReference", "leftValueReference", "assignToReference", "assignRecordIdToReference")
    return {*merged, *(text for name in names for text in flow.anywhere(name))}


@each_flow
def test_every_way_leads_to_an_element_and_every_element_is_reached(flow: Node) -> None:
    targets = set(flow.anywhere("targetReference"))

    assert targets == set(elements(flow))


@each_flow
def test_no_way_leads_in_a_circle(flow: Node) -> None:
    after = {name: set(node.anywhere("targetReference")) for name, node in elements(flow).items()}

    def walk(name: str, above: tuple[str, ...]) -> None:
        assert name not in above, above
        for target in after[name]:
            walk(target, (*above, name))

    walk(flow.one("start/connector/targetReference"), ())


@each_flow
def test_everything_referred_to_is_there(flow: Node) -> None:
    known = {node.one("name") for kind in RESOURCES for node in flow.all(kind)}
    of_record = LEAD if flow.one("start/object") == "Lead" else {*fields(), "Id", "Name"}

    for name in references(flow):
        if name.startswith("$Record.Lead__r."):
            assert name.removeprefix("$Record.Lead__r.") in LEAD, name
        elif name.startswith("$Record."):
            assert name.removeprefix("$Record.") in of_record, name
        elif not name.startswith("$Flow."):
            assert name in known, name


@each_flow
def test_every_resource_is_used(flow: Node) -> None:
    made = {node.one("name") for kind in RESOURCES for node in flow.all(kind)}

    assert made <= references(flow)


@each_flow
def test_rows_are_found_and_changed_by_fields_that_are_there(flow: Node) -> None:
    for node in flow.all("recordUpdates"):
        of = node.one("object") or flow.one("start/object")
        assert of == ENGAGEMENT
        for name in (*node.texts("inputAssignments/field"), *node.texts("filters/field")):
            assert name in fields(), name


@each_flow
def test_a_failure_of_ours_refuses_nobodys_record(flow: Node) -> None:
    for kind in ("recordCreates", "recordUpdates"):
        for node in flow.all(kind):
            assert node.one("faultConnector/targetReference") in elements(flow), node.one("name")


@each_flow
def test_a_flow_is_active_and_runs_after_the_record_is_saved(flow: Node) -> None:
    assert flow.one("status") == "Active"
    assert flow.one("start/triggerType") == "RecordAfterSave"
    assert not flow.all("loops")


@each_threshold
def test_a_threshold_is_told_only_while_its_row_holds_no_task(mark: str) -> None:
    decision, create, _ = THRESHOLDS[mark]

    (rule,) = elements(TASKS)[decision].all("rules")
    guards = {
        node.one("leftValueReference"): (node.one("operator"), node.one("rightValue/booleanValue"))
        for node in rule.all("conditions")
    }
    assert rule.one("conditionLogic") == "and"
    assert guards[f"$Record.{mark}"] == ("IsNull", "true")
    assert rule.one("connector/targetReference") == create


@each_threshold
def test_the_task_that_was_made_is_kept_on_the_row(mark: str) -> None:
    _, create, variable = THRESHOLDS[mark]

    assert elements(TASKS)[create].one("assignRecordIdToReference") == variable
    kept = {
        node.one("field"): node.one("value/elementReference")
        for node in elements(TASKS)["Keep_task_ids"].all("inputAssignments")
    }
    assert kept[mark] == variable
    # What was there already is begun with, or keeping the ids would empty the marks of earlier tasks.
    begun = {
        node.one("assignToReference"): node.one("value/elementReference")
        for node in elements(TASKS)["Begin_with_what_was_made"].all("assignmentItems")
    }
    assert begun[variable] == f"$Record.{mark}"


@each_threshold
def test_a_row_with_all_its_tasks_does_not_start_the_flow(mark: str) -> None:
    formula = TASKS.one("start/filterFormula")

    parts = re.findall(r"AND\((.*?)\)(?=, AND|\)$)", formula)
    assert formula.startswith("OR(AND(")
    assert len(parts) == len(THRESHOLDS)
    assert sum(f"ISBLANK({{!$Record.{mark}}})" in part for part in parts) == 1
    assert all("ISBLANK({!$Record." in part for part in parts)


def test_three_quarters_is_the_same_in_start_and_decision() -> None:
    (rule,) = elements(TASKS)["Tell_of_watching"].all("rules")

    assert "{!$Record.Max_Milestone__c} >= 75" in TASKS.one("start/filterFormula")
    assert "75.0" in [node.one("rightValue/numberValue") for node in rule.all("conditions")]


@each_threshold
def test_a_task_is_done_dated_and_about_the_person(mark: str) -> None:
    task = elements(TASKS)[THRESHOLDS[mark][1]]
    values = {node.one("field"): node for node in task.all("inputAssignments")}

    assert task.one("object") == "Task"
    assert values["Status"].one("value/stringValue") == "Completed"
    assert values["WhoId"].one("value/elementReference") == "whoId"
    assert set(values) == {"ActivityDate", "Description", "Priority", "Status", "Subject", "WhatId", "WhoId"}


def test_a_lead_that_was_converted_is_told_of_on_what_it_became() -> None:
    """Salesforce refuses tasks on a converted lead; so its rule stands before the one for leads."""
    rules = [rule.one("name") for rule in elements(TASKS)["Whose_video_was_it"].all("rules")]
    kept = elements(TASKS)["Keep_task_ids"].texts("inputAssignments/field")

    assert rules == ["Contact_with_opportunity", "Contact_alone", "Converted_lead", "Lead_alone"]
    assert {"Contact__c", "Opportunity__c"} <= set(kept)
    begun = elements(TASKS)["Begin_with_what_was_made"].texts("assignmentItems/assignToReference")
    assert {"contactId", "opportunityId"} <= set(begun)


def test_a_leads_task_names_nothing_else() -> None:
    taken = elements(TASKS)["Take_lead"].texts("assignmentItems/assignToReference")

    assert taken == ["whoId"]


def test_a_conversion_fills_what_is_empty_and_overwrites_nothing() -> None:
    flow = FLOWS["Segue_LeadConversion"]

    assert flow.one("start/doesRequireRecordChangedToMeetCriteria") == "true"
    for name, field in (("Fill_the_contact", "Contact__c"), ("Fill_the_opportunity", "Opportunity__c")):
        filters = {
            node.one("field"): (
                node.one("operator"),
                node.one("value/booleanValue") or node.one("value/elementReference"),
            )
            for node in elements(flow)[name].all("filters")
        }
        assert filters == {"Lead__c": ("EqualTo", "$Record.Id"), field: ("IsNull", "true")}
        assert elements(flow)[name].texts("inputAssignments/field") == [field]
