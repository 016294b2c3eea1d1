"""One call to HubSpot: the right token, once, in its turn; and whatever comes back has one meaning."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import pytest

from connectors.hubspot.api.errors import AlreadyThere, Disconnected, TooMany, Unreachable, Unwell
from connectors.hubspot.api.transport import HubSpotApi, next_midnight
from plugin.kernel.database import Database
from plugin.kernel.pace import Limit, Pace
from tests.conftest import NOW, HeldClock
from tests.connectors.hubspot.scripted import Asked, Reply, ScriptedServer, json_reply

PATH = "/crm/objects/2026-09/contacts/501"


class Pocket:
    """Tokens one after the other."""

    def __init__(self, *tokens: str) -> None:
        self.tokens = list(tokens)

    def current(self) -> str:
        return self.tokens[0]

    def renewed(self, refused: str) -> str:
        if self.tokens[0] == refused:
            self.tokens.pop(0)
        if not self.tokens:
            raise Disconnected("no other token", status=401)
        return self.tokens[0]


Serve = Callable[[Callable[[Asked], Reply]], ScriptedServer]


@pytest.fixture
def serve() -> Iterator[Serve]:
    servers: list[ScriptedServer] = []

    def start(answer: Callable[[Asked], Reply]) -> ScriptedServer:
        servers.append(ScriptedServer(answer))
        return servers[-1]

    yield start
    for server in servers:
        server.close()


def test_a_call_carries_token_query_and_body_over_one_connection(serve: Serve) -> None:
    server = serve(lambda _: json_reply(200, {"id": "501"}))
    api = HubSpotApi(server.origin, Pocket("t1"))

    answer = api.call("POST", PATH, query=[("a", "1 2"), ("a", "ü")], body={"x": "😀"})
    api.call("GET", PATH)

    assert answer.body == {"id": "501"}
    assert server.asked[0].headers["authorization"] == "Bearer t1"
    assert server.asked[0].path == f"{PATH}?a=1+2&a=%C3%BC"
    assert "\\ud83d" in server.asked[0].body.decode() or "😀" in server.asked[0].body.decode()
    assert server.connections == 1


def test_a_refused_token_is_renewed_once(serve: Serve) -> None:
    def answer(asked: Asked) -> Reply:
        return json_reply(200, {}) if asked.headers["authorization"] == "Bearer t2" else json_reply(401, {})

    server = serve(answer)

    HubSpotApi(server.origin, Pocket("t1", "t2")).call("GET", PATH)

    assert [asked.headers["authorization"] for asked in server.asked] == ["Bearer t1", "Bearer t2"]


def test_a_revoked_app_is_asked_twice_and_no_more(serve: Serve) -> None:
    server = serve(lambda _: json_reply(401, {"message": "The app was removed"}))

    with pytest.raises(Disconnected, match="The app was removed"):
        HubSpotApi(server.origin, Pocket("t1", "t2", "t3")).call("GET", PATH)

    assert len(server.asked) == 2


@pytest.mark.parametrize("cut", [0, 5])
def test_a_cut_answer_may_have_been_done_and_is_not_repeated(serve: Serve, cut: int) -> None:
    server = serve(lambda _: Reply(200, b'{"id": "501"}', cut=cut))

    with pytest.raises(Unreachable) as lost:
        HubSpotApi(server.origin, Pocket("t1")).call("POST", PATH, body={})

    assert lost.value.maybe_done
    assert len(server.asked) == 1


def test_nobody_there_means_nothing_was_done(serve: Serve) -> None:
    server = serve(lambda _: Reply())
    server.close()

    with pytest.raises(Unreachable) as lost:
        HubSpotApi(server.origin, Pocket("t1")).call("POST", PATH, body={}, timeout_s=1)

    assert not lost.value.maybe_done


def test_an_answer_nobody_can_read_is_hubspots_trouble(serve: Serve) -> None:
    server = serve(lambda _: Reply(200, b"<html>"))

    with pytest.raises(Unwell):
        HubSpotApi(server.origin, Pocket("t1")).call("GET", PATH)


@pytest.mark.parametrize(("status", "error"), [(409, AlreadyThere), (502, Unwell)])
def test_a_refusal_nobody_can_read_is_known_by_its_status(serve: Serve, status: int, error: type[Exception]) -> None:
    server = serve(lambda _: Reply(status, b'{"message": "\xff<'))

    with pytest.raises(error):
        HubSpotApi(server.origin, Pocket("t1")).call("POST", PATH)


def test_a_redirect_takes_the_token_nowhere(serve: Serve) -> None:
    elsewhere = serve(lambda _: Reply())
    server = serve(lambda _: Reply(302, b"", {"Location": elsewhere.origin}))

    with pytest.raises(Exception, match="302"):
        HubSpotApi(server.origin, Pocket("t1")).call("GET", PATH)

    assert elsewhere.asked == []


def test_a_read_is_tried_again_while_there_is_time(serve: Serve) -> None:
    answers = iter([json_reply(502, {}), Reply(cut=0), json_reply(200, {"id": "501"})])
    server = serve(lambda _: next(answers))

    assert HubSpotApi(server.origin, Pocket("t1")).read("GET", PATH, within_s=10).body == {"id": "501"}


def test_a_read_gives_up_in_time(serve: Serve) -> None:
    server = serve(lambda _: json_reply(502, {}))

    with pytest.raises(Unwell):
        HubSpotApi(server.origin, Pocket("t1")).read("GET", PATH, within_s=0.1)


def test_one_429_quiets_every_process(serve: Serve, database: Database, clock: HeldClock) -> None:
    server = serve(lambda _: json_reply(429, {"policyName": "TEN_SECONDLY_ROLLING"}, **{"Retry-After": "4"}))

    def make_api() -> HubSpotApi:
        return HubSpotApi(server.origin, Pocket("t1"), pace=Pace(database, "p", Limit(100), clock=clock), clock=clock)

    with pytest.raises(TooMany) as first:
        make_api().call("GET", PATH)
    with pytest.raises(TooMany) as second:
        make_api().call("GET", PATH, patience_s=1)

    assert first.value.after_s == 4
    assert second.value.policy == "OURS"
    assert len(server.asked) == 1


def test_a_used_up_day_ends_at_the_accounts_midnight(serve: Serve, database: Database, clock: HeldClock) -> None:
    server = serve(lambda _: json_reply(429, {"policyName": "DAILY"}))
    midnight = next_midnight(NOW, 3_600_000)
    pace = Pace(database, "p", Limit(100), clock=clock)
    api = HubSpotApi(server.origin, Pocket("t1"), pace=pace, daily_reset=lambda: midnight, clock=clock)

    with pytest.raises(TooMany) as today:
        api.call("GET", PATH)
    clock.now = midnight - timedelta(seconds=1)
    with pytest.raises(TooMany):
        api.call("GET", PATH, patience_s=0.5)
    assert len(server.asked) == 1
    clock.now = midnight
    with pytest.raises(TooMany):
        api.call("GET", PATH, patience_s=0.5)

    assert today.value.after_s == (midnight - NOW).total_seconds()
    assert len(server.asked) == 2


@pytest.mark.parametrize(
    ("offset_h", "expected"),
    [
        (0, datetime(2026, 11, 22, tzinfo=UTC)),
        (-5, datetime(2026, 11, 22, 5, tzinfo=UTC)),
        (13, datetime(2026, 11, 22, 11, tzinfo=UTC)),
    ],
)
def test_midnight_is_the_accounts(offset_h: int, expected: datetime) -> None:
    assert next_midnight(NOW, offset_h * 3_600_000) == expected
