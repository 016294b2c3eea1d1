"""Every metadata file is one that Salesforce's own schema allows, and names only what is there."""

from __future__ import annotations

import re
from collections.abc import Callable
from xml.etree import ElementTree

import pytest

from connectors.salesforce.package_build import PackageOrder
from tests.connectors.salesforce.package.project import ENGAGEMENT, JWT, KEY, Node, fields, files, metadata, text
from tests.connectors.salesforce.package.wsdl import METADATA, NEWER, defects, types

STANDARD = {"Name", "CreatedDate"}
IN_ENGAGEMENT = re.compile(r"Video_Engagement__c\$(\w+)")


@pytest.mark.parametrize("order", [KEY, JWT], ids=["key", "jwt"])
def test_every_file_is_what_the_metadata_schema_allows(order: PackageOrder) -> None:
    read = {path: ElementTree.fromstring(text) for path, text in files(order).items() if path.endswith("-meta.xml")}

    assert len(read) > 60
    assert {path: defects(root) for path, root in read.items() if defects(root)} == {}


SPOILT: list[tuple[str, Callable[[ElementTree.Element], object], str]] = [
    ("apiKey", lambda root: ElementTree.SubElement(root, f"{{{METADATA}}}apiKey"), "has no such element"),
    ("order", lambda root: root.append(root[0]), "stands too late"),
    ("twice", lambda root: root.insert(0, root[0]), "only one may be"),
    ("value", lambda root: root[0].__setattr__("text", "ApiKey"), "is none of AuthenticationProtocol"),
    ("required", lambda root: root.remove(root[0]), "lacks authenticationProtocol"),
    ("number", lambda root: root[2][3].__setattr__("text", "first"), "is no int"),
    ("text", lambda root: ElementTree.SubElement(root[0], "x"), "holds elements"),
]


@pytest.mark.parametrize(("spoil", "said"), [each[1:] for each in SPOILT], ids=[each[0] for each in SPOILT])
def test_the_schema_refuses_what_salesforce_would(spoil: Callable[[ElementTree.Element], object], said: str) -> None:
    root = ElementTree.fromstring(files()["externalCredentials/Segue.externalCredential-meta.xml"])
    assert defects(root) == []

    spoil(root)

    assert any(said in defect for defect in defects(root)), defects(root)


def test_what_is_passed_over_is_what_the_schema_knows_otherwise() -> None:
    for kind, name in NEWER:
        assert kind in types()
        assert any(name in text for text in (content.decode() for content in files().values()))


def test_reports_list_views_layout_and_compact_layout_name_fields_that_are_there() -> None:
    known = set(fields()) | STANDARD
    read: dict[str, Callable[[Node], list[str]]] = {
        "reports": in_formulas,
        "dashboards": in_formulas,
        "reportTypes": lambda node: node.texts("sections/columns/field"),
        "layouts": lambda node: node.texts("layoutSections/layoutColumns/layoutItems/field"),
        f"objects/{ENGAGEMENT}/compactLayouts": lambda node: node.texts("fields"),
        f"objects/{ENGAGEMENT}/listViews": lambda node: [*node.texts("columns"), *node.texts("filters/field")],
    }
    named = {
        f"{folder}/{name}": set(find(node)) - {"NAME"}
        for folder, find in read.items()
        for name, node in metadata(folder)
    }

    assert len(named) == 13
    assert {name: those - known for name, those in named.items() if those - known} == {}


def in_formulas(node: Node) -> list[str]:
    """Fields as reports name them."""
    return IN_ENGAGEMENT.findall(ElementTree.tostring(node.element, "unicode"))


def test_reports_stand_on_the_report_type_and_the_dashboard_on_the_reports() -> None:
    (report_type,) = (name for name, _ in metadata("reportTypes"))
    offered = {field for _, node in metadata("reportTypes") for field in node.texts("sections/columns/field")}
    reports = {name: node for name, node in metadata("reports") if name != "Segue"}

    assert len(reports) == 3
    for node in reports.values():
        # Salesforce refuses a column by which the report is grouped, and names that are longer.
        assert not set(node.texts("columns/field")) & set(node.texts("groupingsDown/field"))
        assert len(node.one("name")) <= 40
        assert len(node.one("description")) <= 255
        assert node.one("reportType") == f"{report_type}__c"
        assert set(in_formulas(node)) <= offered
    for _, node in metadata("dashboards"):
        for report in node.anywhere("report"):
            assert report.removeprefix("Segue/") in reports


def test_the_layout_shows_every_field_of_the_contract() -> None:
    (shown,) = (node.texts("layoutSections/layoutColumns/layoutItems/field") for _, node in metadata("layouts"))

    # Spans are drawn by the component; as text they say nothing to a person.
    assert set(fields()) - set(shown) == {"Spans__c", "Again__c"}
    assert len(shown) == len(set(shown))


def test_every_class_and_component_has_its_meta_file_and_the_packages_version() -> None:
    for path in files():
        if path.endswith(".cls"):
            assert f"{path}-meta.xml" in files(), path
    for folder in ("classes", "lwc", "flows"):
        for name, node in metadata(folder):
            assert float(node.one("apiVersion")) == 67.0, name


def test_a_component_that_others_hold_is_there() -> None:
    present = {path.split("/")[1] for path in files() if path.startswith("lwc/")}
    for path in files():
        if path.startswith("lwc/") and path.endswith((".js", ".html")):
            for name in re.findall(r"from 'c/(\w+)'", text(path)):
                assert name in present, path
            for tag in re.findall(r"<c-([a-z-]+)", text(path)):
                assert re.sub(r"-(\w)", lambda found: found[1].upper(), tag) in present, path
