"""Pictures for a browser that can't: a setting, a second yes, a guard, a pace; and nothing of them is left."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from plugin.engagement.attention.eyes import Eyes
from tests.attention.film import jpeg
from tests.conftest import HeldClock
from tests.web.attention.conftest import HTMX, Browser
from tests.web.landing.world import OURS
from web.attention import routes
from web.attention.pace import A_SECOND, Pace


@pytest.fixture(scope="module")
def eyes() -> Iterator[Eyes]:
    made = Eyes(threads=1, patience_s=30)
    yield made
    made.close()


@pytest.fixture
def attentive(browser: Browser, eyes: Eyes, monkeypatch: pytest.MonkeyPatch) -> Browser:
    """A browser whose viewer said the first yes, at a server that takes pictures."""
    monkeypatch.setattr(routes, "_pace", Pace())
    services = browser.world.services
    services.settings.attention_server = True
    services.eyes = eyes
    browser.open()
    browser.agree_to_be_measured()
    browser.answer("yes")
    browser.open()
    return browser


def send(browser: Browser, data: bytes, **headers: str):
    given = {**OURS, "X-Segue-Visit": browser.nonce, "Content-Type": "image/jpeg", **headers}
    return browser.world.client.post("/attention/picture", data=data, headers=given)


def test_after_the_second_yes_a_picture_is_answered_with_where_a_face_points(attentive: Browser) -> None:
    assert send(attentive, jpeg("front")).status_code == 403
    asked = attentive.client.post("/attention/server", data={"nonce": attentive.nonce}, headers=HTMX)
    assert "May pictures from your camera go to the server of Alder instead?" in asked.text

    said = attentive.answer("yes", HTMX, way="server")
    seen, empty = send(attentive, jpeg("front")), send(attentive, jpeg("nobody"))

    assert json.loads(said.headers["HX-Trigger"])["segue:attention"] == {"state": "on", "server": "on"}
    assert "are not kept" in said.text
    assert set(seen.get_json()["look"]) == {"yaw", "pitch", "eyes", "gaze", "size"}
    assert seen.headers["Cache-Control"] == "no-store"
    assert empty.get_json()["look"] is None


def test_a_stop_or_a_second_thought_shuts_the_door_at_once(attentive: Browser) -> None:
    attentive.answer("yes", HTMX, way="server")
    assert send(attentive, jpeg("nobody")).status_code == 200

    attentive.answer("no", way="server")
    assert send(attentive, jpeg("nobody")).status_code == 403

    attentive.answer("yes", HTMX, way="server")
    attentive.answer("no")
    assert send(attentive, jpeg("nobody")).status_code == 403


def test_by_default_no_picture_is_taken_and_no_second_question_put(attentive: Browser) -> None:
    attentive.world.services.settings.attention_server = False

    assert attentive.client.post("/attention/server", data={"nonce": attentive.nonce}, headers=HTMX).status_code == 204
    assert attentive.answer("yes", HTMX, way="server").status_code == 400
    assert send(attentive, jpeg("front")).status_code == 404


@pytest.mark.parametrize(
    ("data", "headers", "status"),
    [
        (jpeg("front"), {"Sec-Fetch-Site": "cross-site"}, 403),
        (jpeg("front"), {"Sec-GPC": "1"}, 403),
        (jpeg("front"), {"X-Segue-Visit": "forged.1.x"}, 403),
        (jpeg("front")[:-2], {}, 400),
        (jpeg("front") + b"PK", {}, 400),
        (b"", {}, 400),
        (b"\xff\xd8" + bytes(70_000), {}, 413),
    ],
    ids=["elsewhere", "signal", "forged", "cut", "polyglot", "empty", "huge"],
)
def test_what_may_not_be_looked_at_is_refused(
    attentive: Browser, data: bytes, headers: dict[str, str], status: int
) -> None:
    attentive.answer("yes", HTMX, way="server")

    assert send(attentive, data, **headers).status_code == status


def test_one_visit_sends_no_faster_than_a_page_would(attentive: Browser) -> None:
    attentive.answer("yes", HTMX, way="server")
    held = [0.0]
    routes._pace = Pace(now=lambda: held[0])

    told = [send(attentive, b"").status_code for _ in range(A_SECOND + 2)]
    held[0] = 1.0

    assert told == [400] * A_SECOND + [503] * 2
    assert send(attentive, b"").status_code == 400


def test_no_picture_is_left_in_log_or_folder(
    attentive: Browser, capsys: pytest.CaptureFixture[str], clock: HeldClock
) -> None:
    attentive.answer("yes", HTMX, way="server")
    folder = attentive.world.services.settings.data_dir

    send(attentive, jpeg("front"))
    send(attentive, jpeg("front")[:-2])

    assert not [file for file in folder.rglob("*") if file.suffix in (".jpg", ".jpeg", ".png")]
    assert b"JFIF" not in b"".join(file.read_bytes() for file in folder.rglob("*") if file.is_file())
    assert "picture" not in capsys.readouterr().err
