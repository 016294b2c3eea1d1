"""`/automation/actions/callbacks/…`: an app that asked a workflow to wait says that it may go on."""

from __future__ import annotations

from typing import Any

from connectors.hubspot.api.version import API
from connectors.hubspot.sandbox import shapes
from connectors.hubspot.sandbox.answers import nothing
from connectors.hubspot.sandbox.calls import Call, Routes
from connectors.hubspot.sandbox.problems import not_found
from connectors.hubspot.sandbox.who import texts
from connectors.sandbox.wire import Answer

routes = Routes()
_CALLBACKS = f"/automation/actions/callbacks/{API}"
_NEEDS = ["automation"]
_MOST = 100


@routes("POST", f"{_CALLBACKS}/complete", _NEEDS, shape=shapes.COMPLETIONS)
def complete_many(call: Call) -> Answer:
    for each in call.inputs(_MOST):
        _complete(call, str(each.get("callbackId", "")), each)
    return nothing()


@routes("POST", f"{_CALLBACKS}/{{callbackId}}/complete", _NEEDS, shape=shapes.COMPLETION)
def complete(call: Call) -> Answer:
    _complete(call, call.values["callbackId"], call.json())
    return nothing()


def _complete(call: Call, callback_id: str, told: dict[str, Any]) -> None:
    run = call.portal.runs.get(callback_id)
    if run is None:
        raise not_found(f"No workflow waits for callback {callback_id[:100]}")
    run.complete(texts(told.get("outputFields")), call.now)
