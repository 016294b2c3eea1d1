"""`POST /b`: 204 means kept; everything else says plainly what to do."""

from __future__ import annotations

import logging
from datetime import timedelta
from io import BytesIO

import orjson
import pytest

from plugin.engagement import nonce, writer as writing
from plugin.engagement.accept import MAX_BYTES
from plugin.engagement.models import Event
from plugin.kernel.errors import Busy
from tests.conftest import NOW
from tests.plugin.engagement.visits import beacon, count_rows, make_visit, said, span

LATER = NOW + timedelta(seconds=60)


@pytest.fixture
def visit_id(database, vault, clock) -> str:
    clock.now = LATER
    with database.transaction() as session:
        return make_visit(session, vault).id


def kept(database) -> int:
    with database.reading() as session:
        return count_rows(session, Event)


@pytest.mark.parametrize("kind", ["text/plain;charset=UTF-8", "application/json", "", "application/octet-stream"])
def test_a_beacon_is_answered_once_it_is_kept_whatever_its_type_is_called(client, database, vault, visit_id, kind):
    answer = client.post("/b", data=beacon(vault, visit_id, [span(0, 5), span(5, 10)]), content_type=kind)

    assert (answer.status_code, answer.data) == (204, b"")
    assert kept(database) == 2


def test_replayed_and_out_of_order_beacons_are_counted_once(client, database, vault, visit_id):
    bodies = [beacon(vault, visit_id, [span(n, n + 5)]) for n in range(3)]

    for body in (bodies[2], bodies[0], bodies[2], bodies[1], bodies[0]):
        assert client.post("/b", data=body).status_code == 204

    assert kept(database) == 3


@pytest.mark.parametrize(
    ("body", "status"),
    [(b"", 400), (b"{", 400), (b"[1]", 400), (b'{"events": []}', 400), (b"x" * (MAX_BYTES + 1), 413),
     (orjson.dumps({"nonce": "a.1.b", "events": []}), 403), (b"\x00\xff", 400)],
)  # fmt: skip
def test_what_is_no_beacon_of_ours_is_refused(client, database, visit_id, body, status):
    assert client.post("/b", data=body).status_code == status
    assert kept(database) == 0


def test_a_malformed_event_costs_only_itself(client, database, vault, visit_id):
    body = beacon(vault, visit_id, [None, {"id": 1}, said("cta.clicked", cta="<b>"), span(0, 5)])

    assert client.post("/b", data=body).status_code == 204
    assert kept(database) == 1


def test_a_page_left_open_over_night_is_told_to_stop(client, vault, visit_id, clock):
    clock.now = NOW + nonce.LIFE + timedelta(seconds=1)

    assert client.post("/b", data=beacon(vault, visit_id, [span(0, 5)])).status_code == 410


def test_another_site_cannot_send_for_us(client, database, vault, visit_id):
    answer = client.post("/b", data=beacon(vault, visit_id, [span(0, 5)]), headers={"Sec-Fetch-Site": "cross-site"})

    assert answer.status_code == 403
    assert kept(database) == 0


def test_a_signal_switched_on_while_watching_holds_at_once(client, database, vault, visit_id):
    answer = client.post("/b", data=beacon(vault, visit_id, [span(0, 5)]), headers={"Sec-GPC": "1"})

    assert (answer.status_code, kept(database)) == (204, 0)
    assert client.post("/b", data=beacon(vault, visit_id, [span(0, 5)])).status_code == 204
    assert kept(database) == 1


def test_a_nonce_opens_no_link(client, vault, visit_id):
    assert client.get(f"/v/{nonce.issue(vault, visit_id, now=NOW)}").status_code == 404


def test_a_database_that_is_late_is_said_so_and_the_same_beacon_is_kept_later(
    client, database, vault, visit_id, monkeypatch
):
    body = beacon(vault, visit_id, [span(0, 5)])

    def late(*_):
        raise Busy("locked")

    monkeypatch.setattr(writing.Writer, "write", late)
    answer = client.post("/b", data=body)
    monkeypatch.undo()

    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "2")
    assert client.post("/b", data=body).status_code == 204
    assert kept(database) == 1


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_a_locked_database_answers_503(client, app, database, vault, visit_id):
    # Only SQLite has one writer for all.
    with app.extensions["segue"].database.engine.connect() as impatient:
        impatient.exec_driver_sql("PRAGMA busy_timeout=1")

    with database.engine.connect() as hog, hog.begin():
        answer = client.post("/b", data=beacon(vault, visit_id, [span(0, 5)]))

    assert answer.status_code == 503
    assert client.post("/b", data=beacon(vault, visit_id, [span(0, 5)])).status_code == 204


@pytest.mark.parametrize(
    ("length", "status"), [("many", 400), ("-1", 413), (str(MAX_BYTES + 1), 413), ("", 204), (None, 204)]
)
def test_what_is_said_of_the_length_is_not_believed(client, vault, visit_id, length, status):
    body = beacon(vault, visit_id, [span(0, 5)])

    answer = client.post("/b", input_stream=BytesIO(body), environ_overrides={"CONTENT_LENGTH": length})

    assert answer.status_code == status


def test_a_failure_nobody_foresaw_is_ours_and_shows_nothing(client, vault, visit_id, monkeypatch):
    def breaks(*_):
        raise RuntimeError("secret")

    monkeypatch.setattr(writing.Writer, "write", breaks)
    answer = client.post("/b", data=beacon(vault, visit_id, [span(0, 5)]))

    assert (answer.status_code, answer.data) == (500, b"")


@pytest.mark.parametrize("method", ["get", "head", "put", "delete"])
def test_nothing_but_a_post_tells_anything(client, database, visit_id, method):
    assert getattr(client, method)("/b").status_code in (404, 405)
    assert kept(database) == 0


def test_no_address_user_agent_or_nonce_reaches_a_log(client, vault, visit_id, caplog, capfd):
    token = nonce.issue(vault, visit_id, now=NOW)
    with caplog.at_level(logging.DEBUG):
        for body in (beacon(vault, visit_id, [span(0, 5)]), b"{", orjson.dumps({"nonce": token + "x", "events": []})):
            client.post(
                "/b", data=body, headers={"User-Agent": "Canary/9"}, environ_base={"REMOTE_ADDR": "203.0.113.9"}
            )

    logged = caplog.text + "".join(capfd.readouterr())
    assert not [word for word in ("Canary", "203.0.113.9", token) if word in logged]


def test_global_privacy_control_is_promised_where_it_is_looked_for(client):
    answer = client.get("/.well-known/gpc.json")

    assert answer.get_json() == {"gpc": True, "lastUpdate": "2026-11-21"}
