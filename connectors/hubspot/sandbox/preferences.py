"""`/communication-preferences/…`: which mail a person wants, by e-mail address."""

from __future__ import annotations

from typing import Any

from connectors.hubspot.api.version import API
from connectors.hubspot.sandbox import mail, shapes
from connectors.hubspot.sandbox.answers import batch_answer
from connectors.hubspot.sandbox.calls import Call, Routes, counted
from connectors.hubspot.sandbox.clock import iso
from connectors.hubspot.sandbox.problems import invalid
from connectors.sandbox.wire import Answer

routes = Routes()
_ALL = f"/communication-preferences/{API}"
_ONE = f"{_ALL}/statuses/{{subscriberIdString}}"
_READS = ["communication_preferences.read", "communication_preferences.read_write"]
_WRITES = ["communication_preferences.write", "communication_preferences.read_write"]
_READS_MANY = ["communication_preferences.statuses.batch.read"]
_MOST = 100


@routes("GET", f"{_ALL}/definitions", _READS)
def definitions(call: Call) -> Answer:
    moment = iso(call.portal.began_at)
    found = [
        {
            "id": str(number),
            "name": name,
            "description": description,
            "isActive": True,
            "isDefault": True,
            "isInternal": False,
            "createdAt": moment,
            "updatedAt": moment,
            "purpose": "Marketing" if number == 1 else "Sales",
            "communicationMethod": "Email",
        }
        for number, (name, description) in mail.KINDS.items()
    ]
    return batch_answer(found, [], call.now)


@routes("GET", _ONE, _READS)
def statuses(call: Call) -> Answer:
    return batch_answer(_statuses(call, _address(call)), [], call.now)


@routes("POST", _ONE, _WRITES, shape=shapes.CHOICE)
def choose(call: Call) -> Answer:
    body = call.json()
    kind, chosen = body.get("subscriptionId"), body.get("statusState")
    if kind not in mail.KINDS or chosen not in ("SUBSCRIBED", "UNSUBSCRIBED", "NOT_SPECIFIED"):
        raise invalid("subscriptionId and statusState must be ones there are")
    address = _address(call, channel=False)
    mail.choose(call.portal, address, kind, chosen)
    return batch_answer([_status(call, address, kind)], [], call.now)


@routes("GET", f"{_ONE}/unsubscribe-all", _READS)
def wide(call: Call) -> Answer:
    return batch_answer([_wide(call, _address(call))], [], call.now)


@routes("POST", f"{_ONE}/unsubscribe-all", _WRITES)
def opt_out(call: Call) -> Answer:
    mail.opt_out(call.portal, _address(call))
    return batch_answer(_statuses(call, _address(call)), [], call.now)


@routes("POST", f"{_ALL}/statuses/batch/read", _READS_MANY, shape=shapes.TEXTS)
def statuses_of_many(call: Call) -> Answer:
    found = [{"subscriberIdString": each, "statuses": _statuses(call, each)} for each in _addresses(call)]
    return batch_answer(found, [], call.now)


@routes("POST", f"{_ALL}/statuses/batch/unsubscribe-all/read", _READS_MANY, shape=shapes.TEXTS)
def wide_of_many(call: Call) -> Answer:
    found = [{"subscriberIdString": each, "wideStatuses": [_wide(call, each)]} for each in _addresses(call)]
    return batch_answer(found, [], call.now)


def _statuses(call: Call, address: str) -> list[dict[str, Any]]:
    return [_status(call, address, kind) for kind in mail.KINDS]


def _status(call: Call, address: str, kind: int) -> dict[str, Any]:
    return {
        "channel": "EMAIL",
        "source": "Contact record",
        "status": mail.status(call.portal, address, kind),
        "subscriberIdString": address,
        "subscriptionId": kind,
        "subscriptionName": mail.KINDS[kind][0],
        "timestamp": iso(call.now),
    }


def _wide(call: Call, address: str) -> dict[str, Any]:
    return {
        "channel": "EMAIL",
        "status": "UNSUBSCRIBED" if address.lower() in call.portal.opted_out else "NOT_SPECIFIED",
        "subscriberIdString": address,
        "timestamp": iso(call.now),
        "wideStatusType": "PORTAL_WIDE",
    }


def _address(call: Call, *, channel: bool = True) -> str:
    if channel:
        _channel(call)
    if "@" not in call.values["subscriberIdString"]:
        raise invalid("the subscriber is no e-mail address")
    return call.values["subscriberIdString"]


def _addresses(call: Call) -> list[str]:
    _channel(call)
    inputs = call.json().get("inputs")
    if not isinstance(inputs, list) or not all(isinstance(each, str) for each in inputs):
        raise invalid("inputs: e-mail addresses")
    return counted(inputs, _MOST)


def _channel(call: Call) -> None:
    if call.one("channel") != "EMAIL":
        raise invalid("channel must be EMAIL")
