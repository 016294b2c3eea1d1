"""What there is: versions, resources, objects, and every field of one."""

from __future__ import annotations

from typing import Any

from connectors.salesforce.sandbox.answers import json_answer
from connectors.salesforce.sandbox.api.call import BASE, ApiRoutes, Call
from connectors.salesforce.sandbox.schema.field import Field
from connectors.salesforce.sandbox.schema.kind import ObjectKind
from connectors.sandbox.wire import Answer

routes = ApiRoutes()

FIRST, LAST = 50, 67
_SOAP = {
    "boolean": "xsd:boolean",
    "int": "xsd:int",
    "date": "xsd:date",
    "datetime": "xsd:dateTime",
    "id": "tns:ID",
    "reference": "tns:ID",
    **dict.fromkeys(("double", "currency", "percent"), "xsd:double"),
}


def versions() -> Answer:
    """`GET /services/data`: needs no session."""
    seasons = ("Winter", "Spring", "Summer")
    listed = [
        {
            "label": f"{seasons[(number - 1) % 3]} '{(number + 11) // 3:02}",
            "url": f"/services/data/v{number}.0",
            "version": f"{number}.0",
        }
        for number in range(FIRST, LAST + 1)
    ]
    return json_answer(listed)


@routes("GET", BASE)
def resources(call: Call) -> Answer:
    names = ("analytics", "composite", "jobs", "limits", "query", "queryAll", "sobjects")
    return json_answer({name: call.url(name) for name in names} | {"identity": f"{call.sandbox.origin}/id"})


@routes("GET", f"{BASE}/sobjects")
def objects(call: Call) -> Answer:
    schema = call.org.schema
    listed = [_about(call, kind) for kind in schema.every() if schema.may(call.user_id, kind, "R")]
    return json_answer({"encoding": "UTF-8", "maxBatchSize": 200, "sobjects": listed})


@routes("GET", f"{BASE}/sobjects/{{type}}")
def basic(call: Call) -> Answer:
    return json_answer({"objectDescribe": _about(call, call.kind), "recentItems": []})


@routes("GET", f"{BASE}/sobjects/{{type}}/describe")
def describe(call: Call) -> Answer:
    kind = call.kind
    fields = [_field(field) for field in call.org.schema.fields(call.user_id, kind).values()]
    children = [
        {
            "cascadeDelete": field.on_delete == "cascade",
            "childSObject": child.name,
            "field": field.name,
            "relationshipName": field.children or None,
        }
        for child, field in call.org.schema.children(kind)
        if call.org.schema.may(call.user_id, child, "R")
    ]
    return json_answer({**_about(call, kind), "fields": fields, "childRelationships": children, "recordTypeInfos": []})


def _about(call: Call, kind: ObjectKind) -> dict[str, Any]:
    def may(what: str) -> bool:
        return call.org.schema.may(call.user_id, kind, what)

    url = call.url("sobjects", kind.name)
    return {
        "name": kind.name,
        "label": kind.label,
        "labelPlural": kind.plural,
        "keyPrefix": kind.prefix,
        "custom": kind.custom,
        "createable": may("C"),
        "updateable": may("U"),
        "deletable": may("D"),
        "queryable": True,
        "retrieveable": True,
        "searchable": kind.owned,
        "mergeable": kind.mergeable,
        "undeletable": kind.writable,
        "replicateable": True,
        "deprecatedAndHidden": False,
        "urls": {"sobject": url, "describe": f"{url}/describe", "rowTemplate": f"{url}/{{ID}}"},
    }


def _field(field: Field) -> dict[str, Any]:
    numeric = field.kind in ("double", "currency", "percent", "int")
    options = [
        {"active": True, "defaultValue": option == field.default, "label": option, "validFor": None, "value": option}
        for option in field.options
    ]
    return {
        "name": field.name,
        "label": field.label,
        "type": field.kind,
        "soapType": _SOAP.get(field.kind, "xsd:string"),
        "length": field.length,
        "byteLength": field.length * 3,
        "precision": field.precision if numeric else 0,
        "scale": field.scale,
        "digits": 8 if field.kind == "int" else 0,
        "nillable": not (field.required or field.kind in ("boolean", "id") or field.name in _ALWAYS),
        "createable": field.create,
        "updateable": field.update,
        "defaultedOnCreate": field.kind == "boolean" or field.default is not None,
        "defaultValue": field.default if field.kind == "boolean" else None,
        "calculated": field.derive is not None,
        "custom": field.custom,
        "externalId": field.external_id,
        "unique": field.unique,
        "caseSensitive": field.case_sensitive,
        "idLookup": field.kind == "id" or field.external_id,
        "filterable": field.filterable,
        "sortable": field.filterable,
        "groupable": field.filterable and field.kind not in ("datetime", "double", "currency", "percent"),
        "restrictedPicklist": field.restricted,
        "picklistValues": options,
        "referenceTo": list(field.to),
        "relationshipName": field.relation or None,
        "polymorphicForeignKey": len(field.to) > 1,
        "cascadeDelete": field.on_delete == "cascade",
        "nameField": field.name == "Name",
        "deprecatedAndHidden": False,
        "permissionable": not field.required and field.name not in _ALWAYS,
        "extraTypeInfo": "plaintextarea" if field.kind == "textarea" else None,
    }


_ALWAYS = frozenset(
    {"CreatedDate", "CreatedById", "LastModifiedDate", "LastModifiedById", "SystemModstamp", "OwnerId", "IsDeleted"}
)
