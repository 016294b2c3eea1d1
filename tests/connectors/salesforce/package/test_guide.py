"""The admin's guide says of the package what the package is."""

from __future__ import annotations

import re

from connectors.salesforce.package_build import SOURCE
from tests.connectors.salesforce.package.project import files, metadata, text

GUIDE = (SOURCE.parent / "README.md").read_text("utf-8")
ACTION = text("classes/SegueCreateLink.cls")


def test_the_permission_sets_are_those_in_the_table() -> None:
    told = re.findall(r"^\| \*\*(Segue \w+)\*\* \|", GUIDE, re.MULTILINE)

    assert sorted(told) == sorted(node.one("label") for _, node in metadata("permissionsets"))
    for name, _ in metadata("permissionsets"):
        assert f"--name {name}" in GUIDE


def test_what_the_action_takes_and_gives_stands_in_the_tables() -> None:
    for label in re.findall(r"@InvocableVariable\(\s*label='([^']+)'", ACTION):
        assert re.search(rf"^\| [^|]*\b{label}\b", GUIDE, re.MULTILINE), label


def test_the_names_a_reader_looks_for_are_the_packages_own() -> None:
    (component,) = (node.one("masterLabel") for _, node in metadata("lwc") if node.one("isExposed") == "true")
    (action,) = re.findall(r"@InvocableMethod\(\s*label='([^']+)'", ACTION)
    (report_type,) = (node.one("label") for _, node in metadata("reportTypes"))
    reports = [node.one("name") for name, node in metadata("reports") if name != "Segue"]
    flows = [node.one("label") for _, node in metadata("flows")]

    flowing = re.sub(r"\s+", " ", GUIDE)
    for name in (component, action, report_type, *reports, *flows):
        assert f"*{name}*" in flowing, name


def test_the_tests_named_for_production_are_all_there_are() -> None:
    named = set(re.findall(r"--tests (\w+)", GUIDE))

    assert {f"classes/{name}.cls" for name in named} == {path for path in files() if path.endswith("Test.cls")}


def test_errors_in_the_table_are_those_a_user_is_shown() -> None:
    shown = ACTION + "".join(text(path) for path in files() if path.endswith(".html"))

    for words in (
        "Segue does not know this org",
        "Segue could not be reached, or took too long",
        "You may not see video engagement",
    ):
        assert f"**{words}**" in GUIDE
        assert words in shown
