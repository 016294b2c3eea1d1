"""What the org sends: the package's action against the real Segue, signed either way, and a journey's activity."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jwt
import pytest
from werkzeug.serving import make_server

from connectors.salesforce.inbound.links import CERTIFICATE
from connectors.salesforce.sandbox import Sandbox
from plugin.accounts import credentials
from plugin.kernel.migrate import migrate
from plugin.kernel.settings import Settings
from tests.connectors.hubspot.scripted import Asked, ScriptedServer, json_reply
from tests.connectors.salesforce.sandbox.conftest import first
from tests.connectors.salesforce.world import World
from tests.live import free_port
from tests.make import make_campaign
from web.app import create_app
from web.services import make_services

UNKNOWN = "Segue does not know this org. Check the key of the external credential Segue (Setup, Named Credentials)."


@pytest.fixture
def world(tmp_path: Path, sandbox: Sandbox) -> Iterator[World]:
    """Segue on a port, connected to the org, with a campaign that is published."""
    port = free_port()
    settings = Settings(data_dir=tmp_path, public_origin=f"http://127.0.0.1:{port}", log_level="error")
    services = make_services(settings)
    migrate(services.database)
    services.database.dispose()
    app = create_app(settings)
    server = make_server("127.0.0.1", port, app, threaded=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    ours = app.extensions["segue"]
    made = World(sandbox, ours.database, ours.vault)
    with ours.database.transaction() as session:
        make_campaign(session, slug="spring", installation_id=made.installation_id, published_version=1)
    sandbox.links.named.url = settings.public_origin
    sandbox.links.named.api_key = made.connected.inbound_key
    yield made
    server.shutdown()
    server.server_close()
    ours.database.dispose()


def test_members_get_links_that_stand_on_them_and_stay_the_same(world: World, sandbox: Sandbox) -> None:
    members = list(sandbox.org.table("CampaignMember").rows)

    made = sandbox.links.run(members, "spring", "30")
    again = sandbox.links.run(members, "spring", "30")

    assert [result.ok for result in made] == [True] * 8
    assert [result.link for result in again] == [result.link for result in made]
    assert (made[0].reused, again[0].reused) == (False, True)
    assert len({result.link for result in made}) == 8
    for member, result in zip(members, made, strict=True):
        row = sandbox.org.table("CampaignMember").rows[member]
        assert row["Video_Link__c"] == result.link
        assert row["Video_Link_Expires_At__c"].strftime("%Y-%m-%dT%H:%M:%SZ") == result.expires_at
    assert len(sandbox.links.log) == 2


def test_contacts_and_leads_get_links_and_others_a_word(world: World, sandbox: Sandbox) -> None:
    contact, lead, deal = first(sandbox, "Contact"), first(sandbox, "Lead"), first(sandbox, "Opportunity")

    results = sandbox.links.run([contact, lead, deal, "003Hs00000zzzzz"], "spring")

    assert [result.ok for result in results] == [True, True, False, False]
    assert sandbox.org.table("Lead").rows[lead]["Video_Link__c"] == results[1].link
    assert [result.error for result in results[2:]] == [
        "Links aren't made for Opportunities.",
        "There is no such record.",
    ]
    assert sandbox.links.run([contact], "nope")[0].error == "there is no campaign 'nope' for this org"


def test_two_hundred_go_in_one_callout(world: World, sandbox: Sandbox) -> None:
    ids = [world.add("Contact", LastName=f"P{number}") for number in range(201)]

    results = sandbox.links.run(ids, "spring")

    assert all(result.ok for result in results)
    assert len(sandbox.links.log) == 2


def test_the_orgs_own_signature_is_taken_once_segue_has_its_key(world: World, sandbox: Sandbox) -> None:
    sandbox.links.named.authentication = "jwt"
    contact = first(sandbox, "Contact")
    before = sandbox.links.run([contact], "spring")
    with world.database.transaction() as session:
        held = dict(credentials.look(session, world.vault, world.installation_id).values)
        held[CERTIFICATE] = sandbox.certificate.public_pem
        credentials.keep(session, world.vault, world.installation_id, held)

    after = sandbox.links.run([contact], "spring")

    assert (before[0].ok, before[0].error) == (False, UNKNOWN)
    assert after[0].ok


def test_a_wrong_key_or_nobody_there_is_said_of_each_record(world: World, sandbox: Sandbox) -> None:
    contacts = [first(sandbox, "Contact"), first(sandbox, "Contact", 1)]
    sandbox.links.named.api_key = "wrong"
    results = sandbox.links.run(contacts, "spring")
    assert [result.error for result in results] == [UNKNOWN] * 2

    sandbox.links.named.url = "http://127.0.0.1:9"

    assert sandbox.links.run(contacts, "spring")[1].error.startswith(
        "Segue could not be reached, or took too long: no answer"
    )


def test_a_journey_posts_a_jwt_of_its_salt_key(sandbox: Sandbox) -> None:
    asked: list[Asked] = []

    def answer(each: Asked) -> Any:
        asked.append(each)
        return json_reply(200, {"branchResult": "sent"})

    receiver = ScriptedServer(answer)
    sandbox.journey.url = f"{receiver.origin}/salesforce/journey/execute"

    sent = sandbox.journey.execute("sub-1", {"campaign": "spring"})

    receiver.close()
    assert (sent.status, sent.json) == (200, {"branchResult": "sent"})
    assert asked[0].headers["content-type"] == "application/jwt"
    told = jwt.decode(asked[0].body, sandbox.journey.salt_key.encode(), algorithms=["HS256"])
    assert (told["keyValue"], told["inArguments"]) == ("sub-1", [{"campaign": "spring"}])
    with pytest.raises(jwt.InvalidSignatureError):
        jwt.decode(asked[0].body, b"x" * 32, algorithms=["HS256"])
