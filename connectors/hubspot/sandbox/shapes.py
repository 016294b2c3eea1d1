"""What a body's JSON must be shaped like before anything looks into it: HubSpot's parser refuses the rest. Pure."""

from __future__ import annotations

from typing import Any

from connectors.hubspot.sandbox.problems import bad_json

Shape = Any
"""`TEXT` (any scalar), `dict`, `[shape]`, `{name: shape}`. What is null, absent or not named fits."""

TEXT = str

_LABELS = [{"associationCategory": TEXT, "associationTypeId": TEXT}]
_ID = {"id": TEXT}
_WRITE = {"properties": dict, "associations": [{"to": _ID, "types": _LABELS}]}
_OPTIONS = [{"label": TEXT, "value": TEXT, "displayOrder": TEXT, "description": TEXT}]

RECORD = _WRITE
RECORDS = {"inputs": [{**_WRITE, "id": TEXT, "idProperty": TEXT, "objectWriteTraceId": TEXT}]}
IDS = {"inputs": [_ID], "properties": [TEXT], "propertiesWithHistory": [TEXT], "idProperty": TEXT}
MERGE = {"primaryObjectId": TEXT, "objectIdToMerge": TEXT}
ERASE = {"objectId": TEXT, "idProperty": TEXT}
_FILTER = {"propertyName": TEXT, "operator": TEXT, "value": TEXT, "highValue": TEXT, "values": [TEXT]}
SEARCH = {
    "filterGroups": [{"filters": [_FILTER]}],
    "properties": [TEXT],
    "sorts": [object],
    "query": TEXT,
    "limit": TEXT,
    "after": TEXT,
}
BONDS_READ = {"inputs": [{"id": TEXT, "after": TEXT}]}
BONDS = {"inputs": [{"from": _ID, "to": _ID, "types": _LABELS}]}
BONDS_ARCHIVE = {"inputs": [{"from": _ID, "to": [_ID]}]}
LABELS = _LABELS
NAMES = {"inputs": [{"name": TEXT}]}
GROUP = {"name": TEXT, "label": TEXT, "displayOrder": TEXT}
PROPERTY = {
    **GROUP,
    "type": TEXT,
    "fieldType": TEXT,
    "groupName": TEXT,
    "description": TEXT,
    "options": _OPTIONS,
}
PROPERTIES = {"inputs": [PROPERTY]}
LIST = {"name": TEXT, "processingType": TEXT, "objectTypeId": TEXT, "filterBranch": dict}
LIST_SEARCH = {"query": TEXT, "offset": TEXT, "count": TEXT, "listIds": [TEXT], "processingTypes": [TEXT]}
EVENT = {
    "eventName": TEXT,
    "eventTypeName": TEXT,
    "id": TEXT,
    "objectId": TEXT,
    "email": TEXT,
    "utk": TEXT,
    "uuid": TEXT,
    "occurredAt": TEXT,
    "timestamp": TEXT,
    "properties": dict,
}
EVENTS = {"inputs": [EVENT]}
EVENT_PROPERTY = {"name": TEXT, "label": TEXT, "type": TEXT, "description": TEXT, "options": _OPTIONS}
EVENT_DEFINITION = {
    "name": TEXT,
    "label": TEXT,
    "description": TEXT,
    "primaryObject": TEXT,
    "propertyDefinitions": [EVENT_PROPERTY],
}
EVENT_TYPE = {"developerSymbol": TEXT, "projectName": TEXT}
MEDIA_EVENT = {
    **dict.fromkeys(("contactId", "sessionId", "mediaType", "externalId", "mediaName", "mediaUrl", "pageUrl"), TEXT),
    **dict.fromkeys(("pageName", "state", "playedPercent", "occurredTimestamp", "mediaBridgeId"), TEXT),
    "rawDataMap": dict,
    "derivedValues": dict,
}
MEDIA_TYPES = {"mediaTypes": [TEXT]}
MEDIA_SETTINGS = {"name": TEXT, "eventType": TEXT}
COMPLETION = {"outputFields": dict, "callbackId": TEXT}
COMPLETIONS = {"inputs": [COMPLETION]}
CHOICE = {"subscriptionId": TEXT, "statusState": TEXT, "channel": TEXT}
TEXTS = {"inputs": [TEXT]}


def conform(value: Any, shape: Shape, where: str = "$") -> None:
    """Raises the 400 `Problem` that names the first place that is shaped otherwise."""
    if value is None or shape is object:
        return
    if shape is TEXT:
        if isinstance(value, list | dict):
            raise bad_json(f"at {where}: a value is wanted, not an array or object")
    elif isinstance(shape, list):
        if not isinstance(value, list):
            raise bad_json(f"at {where}: an array is wanted")
        for number, each in enumerate(value):
            if each is None:
                raise bad_json(f"at {where}[{number}]: null")
            conform(each, shape[0], f"{where}[{number}]")
    else:
        if not isinstance(value, dict):
            raise bad_json(f"at {where}: an object is wanted")
        if shape is not dict:
            for name in shape.keys() & value.keys():
                conform(value[name], shape[name], f"{where}.{name}")
