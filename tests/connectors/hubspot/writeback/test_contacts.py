"""Whatever HubSpot's answer to a batch leaves out, each contact gets the fate that is theirs."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from connectors.hubspot.accounts.config import PortalConfig
from connectors.hubspot.api.transport import HubSpotApi
from connectors.hubspot.portal import Portal
from connectors.hubspot.writeback.calls import Calls
from connectors.hubspot.writeback.contacts import Written, write
from plugin.kernel.database import Database
from plugin.kernel.seal import Vault
from plugin.outbox.ports import Dead, Delivered, Retry
from tests.connectors.hubspot.scripted import Asked, Reply, ScriptedServer, json_reply
from tests.connectors.hubspot.writeback.stage import QUICK

pytestmark = pytest.mark.parametrize("database", ["sqlite"], indirect=True)
Answering = Callable[[list[dict[str, Any]]], Reply]
Write = Callable[[Answering], Written]
RULE = {"category": "VALIDATION_ERROR", "message": "Property validation rules were not met: name it"}
UNKNOWN = {"message": 'Property "segue_score" does not exist', "code": "PROPERTY_DOESNT_EXIST"}


@pytest.fixture
def write_to(database: Database, vault: Vault) -> Iterator[Write]:
    """Write four contacts to a HubSpot that answers so."""
    servers: list[ScriptedServer] = []

    def written(answering: Answering) -> Written:
        def answer(asked: Asked) -> Reply:
            return answering(json.loads(asked.body)["inputs"])

        servers.append(ScriptedServer(answer))
        api = HubSpotApi(servers[-1].origin, None)
        portal = Portal("i", "1", PortalConfig(), api, database, vault)
        values = {"segue_score": "7", "segue_open_count": "1"}
        return write(Calls(api, QUICK), portal, dict.fromkeys(("1", "2", "3", "4"), values))

    yield written
    for server in servers:
        server.close()


def batch(results: list[dict[str, Any]], *errors: dict[str, Any]) -> Reply:
    return json_reply(207 if errors else 200, {"status": "COMPLETE", "results": results, "errors": list(errors)})


def test_answers_without_trace_ids_are_told_apart_by_id(write_to: Write) -> None:
    found = write_to(lambda inputs: batch([{"id": each["id"]} for each in inputs]))

    assert found.fates == dict.fromkeys("1234", Delivered())
    assert found.moves == {}


def test_a_merged_contact_without_a_trace_id_isnt_taken_for_the_one_that_failed(write_to: Write) -> None:
    found = write_to(lambda _: batch([{"id": "1"}, {"id": "77"}, {"id": "4"}], {**RULE, "context": {"ids": ["3"]}}))

    assert [found.fates[each] == Delivered() for each in "1234"] == [True, True, False, True]
    assert "name it" in str(found.fates["3"])


def test_an_error_that_names_nobody_is_about_all_that_werent_done(write_to: Write) -> None:
    found = write_to(lambda _: batch([{"objectWriteTraceId": "1", "id": "1"}], RULE))

    assert found.fates["1"] == Delivered()
    assert all(isinstance(found.fates[each], Dead) for each in "234")


def test_of_whom_nothing_is_said_is_tried_again(write_to: Write) -> None:
    found = write_to(lambda _: batch([{"id": "1"}], {**RULE, "context": {"ids": ["2"]}}))

    assert [type(found.fates[each]) for each in "1234"] == [Delivered, Dead, Retry, Retry]


def test_a_batch_refused_whole_is_halved_down_to_whom_it_is_about(write_to: Write) -> None:
    def answering(inputs: list[dict[str, Any]]) -> Reply:
        return json_reply(400, RULE) if "3" in {each["id"] for each in inputs} else batch(inputs)

    found = write_to(answering)

    assert [type(found.fates[each]) for each in "1234"] == [Delivered, Delivered, Dead, Delivered]


@pytest.mark.parametrize("context", [{"propertyName": ["segue_score"]}, {}, None])
def test_a_batch_refused_for_a_property_goes_without_it(write_to: Write, context: Any) -> None:
    def answering(inputs: list[dict[str, Any]]) -> Reply:
        if any("segue_score" in each["properties"] for each in inputs):
            return json_reply(400, {"category": "VALIDATION_ERROR", "errors": [{**UNKNOWN, "context": context}]})
        return batch(inputs)

    found = write_to(answering)

    assert found.fates == dict.fromkeys("1234", Delivered())
    assert {name for lacking in found.lacking.values() for name in lacking} == {"segue_score"}


@pytest.mark.parametrize("body", ["nonsense", {"results": "none"}, {"results": [7], "errors": [None, "x"]}, []])
def test_an_answer_that_makes_no_sense_settles_nothing_wrongly(write_to: Write, body: Any) -> None:
    found = write_to(lambda _: json_reply(207, body))

    assert all(isinstance(found.fates[each], Retry) for each in "1234")
