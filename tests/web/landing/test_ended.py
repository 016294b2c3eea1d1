"""Links that no longer open, addresses that don't exist, servers that can't answer: each explains itself."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from sqlalchemy import update
from sqlalchemy.exc import OperationalError

from plugin.campaigns.publish import unpublish
from plugin.kernel.database import Database
from plugin.links.models import Link
from tests.conftest import HeldClock
from tests.web.landing.world import ANA, SLUG, World


def test_an_expired_link_says_so_and_offers_the_public_version(world: World, clock: HeldClock) -> None:
    link = world.link_for(**ANA)
    world.open(link)
    clock.now += timedelta(days=400)

    page = world.client.get(f"/v/{link.token}")

    assert page.status_code == 410
    assert "This link has ended" in page.text
    assert 'href="/c/your-year"' in page.text
    assert "Ana" not in page.text


def test_a_revoked_link_says_so(world: World, clock: HeldClock) -> None:
    link = world.link_for(**ANA)
    with world.services.database.transaction() as session:
        session.execute(update(Link).values(revoked_at=clock()))

    page = world.client.get(f"/v/{link.token}")

    assert page.status_code == 410
    assert "This link was taken back" in page.text
    assert 'href="/c/your-year"' in page.text


@pytest.mark.parametrize("damage", ["cut", "bit", "none", "junk", "long"])
def test_a_damaged_link_says_so_and_tells_nothing(world: World, damage: str) -> None:
    token = world.link_for(**ANA).token
    head, body, signature = token.split(".")
    damaged = {
        "cut": token[:-4],
        "bit": f"{head}.{body[:-1]}{'A' if body[-1] != 'A' else 'B'}.{signature}",
        "none": f"eyJhbGciOiJub25lIn0.{body}.",
        "junk": "%3Cscript%3E",
        "long": "x" * 4000,
    }[damage]

    page = world.client.get(f"/v/{damaged}")

    assert page.status_code == 404
    assert "We can’t read this link" in page.text
    assert "your-year" not in page.text
    assert "<script>" not in page.text


def test_opening_an_expired_link_by_htmx_explains_it_in_the_stage(world: World, clock: HeldClock) -> None:
    link = world.link_for(**ANA)
    clock.now += timedelta(days=400)

    answer = world.open(link, htmx=True)

    assert answer.status_code == 410
    assert answer.headers["HX-Reswap"] == "innerHTML"
    assert answer.text.lstrip().startswith("<section")


def test_a_withdrawn_campaign_says_so_and_has_no_twin(world: World) -> None:
    link = world.link_for(**ANA)
    with world.services.database.transaction() as session:
        unpublish(session, SLUG)

    answers = [world.client.get(path) for path in (f"/v/{link.token}", f"/c/{SLUG}?lang=xx")]

    assert [answer.status_code for answer in answers] == [410, 410]
    assert all("This video has been taken down" in answer.text for answer in answers)


def test_the_explanation_is_in_the_callers_language(world: World) -> None:
    page = world.client.get("/v/broken", headers={"Accept-Language": "es-MX,es;q=0.9"}).text

    assert '<html lang="es"' in page
    assert "No podemos leer este enlace" in page


def test_an_unknown_address_a_wrong_method_and_too_much_are_explained(world: World) -> None:
    client = world.client

    answers = [
        client.get("/nowhere"),
        client.post("/c/your-year"),
        client.post("/open", data={"link": "x" * (2 << 20)}),
    ]

    assert [answer.status_code for answer in answers] == [404, 405, 413]
    assert "GET" in answers[1].headers["Allow"]
    for answer in answers:
        assert "<h1" in answer.text
        assert "Traceback" not in answer.text


def test_programs_get_a_problem_document_or_a_line(world: World) -> None:
    client = world.app.test_client()

    problem = client.get("/nowhere", headers={"Accept": "application/json"})
    line = client.get("/nowhere", headers={"Accept": "text/plain"})

    assert problem.mimetype == "application/problem+json"
    assert json.loads(problem.data)["status"] == 404
    assert line.mimetype == "text/plain"
    assert line.text.startswith("There’s nothing at this address")


def test_without_the_database_the_page_still_explains_itself(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    link = world.link_for(**ANA)
    monkeypatch.setattr(Database, "reading", _gone)
    monkeypatch.setattr(Database, "transaction", _gone)

    for answer in (world.client.get(f"/v/{link.token}"), world.open(link), world.client.get("/")):
        assert answer.status_code == 503
        assert int(answer.headers["Retry-After"]) > 0
        assert "We’ll be right back" in answer.text
        assert "no-store" in answer.headers["Cache-Control"]


def test_a_failure_nobody_foresaw_shows_no_trace_and_logs_no_address(
    world: World, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    link = world.link_for(**ANA)
    world.app.testing = False
    monkeypatch.setattr("web.landing.routes.shell_view", _fail)

    page = world.client.get(f"/v/{link.token}")

    assert page.status_code == 500
    assert "Something went wrong on our side" in page.text
    assert "secret detail" not in page.text
    said = capsys.readouterr()
    assert link.token not in said.err + said.out


def _gone(*_: object) -> None:
    raise OperationalError("select 1", {}, Exception("gone"))


def _fail(*_: object, **__: object) -> None:
    raise RuntimeError("secret detail")
