"""The double of Salesforce, with the package 'deployed', has its fields: of the same kind, length and choices."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest

from connectors.salesforce.sandbox.schema.field import Field
from connectors.salesforce.sandbox.schema.package import ADDED, ENGAGEMENT as DOUBLE
from tests.connectors.salesforce.package.project import ENGAGEMENT, Node, fields

KINDS = {
    "Text": "string",
    "LongTextArea": "textarea",
    "Number": "double",
    "DateTime": "datetime",
    "Checkbox": "boolean",
    "Picklist": "picklist",
    "Lookup": "reference",
    "Url": "url",
}


def as_deployed(node: Node) -> dict[str, Any]:
    """A field of the package, in the double's words."""
    kind = KINDS[node.one("type")]
    told: dict[str, Any] = {"kind": kind, "required": node.one("required") == "true"}
    if kind in ("string", "textarea"):
        told["length"] = int(node.one("length"))
    if kind == "double":
        told |= {"precision": int(node.one("precision")), "scale": int(node.one("scale"))}
    if kind == "picklist":
        told["options"] = tuple(node.texts("valueSet/valueSetDefinition/value/fullName"))
        told["restricted"] = node.one("valueSet/restricted") == "true"
    if kind == "reference":
        told |= {
            "to": (node.one("referenceTo"),),
            "children": f"{node.one('relationshipName')}__r",
            "on_delete": "clear",
        }
    if node.one("externalId") == "true":
        told |= {"external_id": True, "unique": True, "case_sensitive": node.one("caseSensitive") == "true"}
    return told


def custom(of: Iterable[Field]) -> dict[str, Field]:
    return {field.name: field for field in of if field.custom}


@pytest.mark.parametrize("of", [ENGAGEMENT, *ADDED])
def test_the_double_has_the_packages_fields(of: str) -> None:
    double = custom(DOUBLE.fields.values() if of == ENGAGEMENT else ADDED[of])

    assert set(double) == set(fields(of))
    for name, node in fields(of).items():
        told = as_deployed(node)
        assert {word: getattr(double[name], word) for word in told} == told, name
