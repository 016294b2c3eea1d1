"""A link's page before it is opened."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from sqlalchemy import func, select

from plugin.kernel.database import Entity
from tests.web.landing.world import ANA, World


def test_it_says_what_this_is_and_for_whom_before_anything_is_opened(world: World) -> None:
    link = world.link_for(**ANA)

    page = world.client.get(f"/v/{link.token}")

    assert page.status_code == 200
    for said in ("This was your year", "Your year with Alder", "6 seconds", "Made partly with AI", "Watch your video"):
        assert said in page.text
    assert "hello one en." in page.text, "the public transcript stands in the page"
    assert f'name="link" value="{link.token}"' in page.text, "without script the form opens the video"


def test_after_an_open_it_greets_by_name_from_the_sealed_snapshot(world: World) -> None:
    link = world.link_for(**ANA)
    world.open(link)

    page = world.client.get(f"/v/{link.token}")

    assert "Ana, this was your year" in page.text
    assert "12,480" not in page.text
    assert "Gold" not in page.text


def test_fetching_it_changes_nothing_asks_no_crm_and_sets_no_cookie(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    link = world.link_for(**ANA)
    monkeypatch.setattr(type(world.services.connectors), "of", _never)
    before = _rows(world)

    answers = [world.client.get(f"/v/{link.token}"), world.client.head(f"/v/{link.token}")]

    assert [answer.status_code for answer in answers] == [200, 200]
    assert answers[1].data == b""
    assert _rows(world) == before
    assert not any("Set-Cookie" in answer.headers for answer in answers)


def test_it_is_not_stored_indexed_or_referred_from(world: World) -> None:
    headers = world.client.get(f"/v/{world.link_for(**ANA).token}").headers

    assert headers["Cache-Control"] == "no-store, private"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert "noindex" in headers["X-Robots-Tag"]
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Strict-Transport-Security"].startswith("max-age=")


def test_every_script_that_runs_has_this_answers_nonce(world: World) -> None:
    link = world.link_for(**ANA)

    first, second = (world.client.get(f"/v/{link.token}") for _ in range(2))

    nonce = re.search(r"script-src 'nonce-([^']+)'", first.headers["Content-Security-Policy"])
    assert nonce is not None
    running = re.findall(r"<script(?![^>]*ld\+json)[^>]*>", first.text)
    assert running
    assert all(f'nonce="{nonce[1]}"' in tag for tag in running)
    assert nonce[1] not in second.text
    policy = first.headers["Content-Security-Policy"]
    assert "unsafe" not in policy
    assert "default-src 'none'" in policy


def test_nothing_in_it_comes_from_elsewhere_or_names_the_person_to_unfurlers(world: World) -> None:
    page = world.client.get(f"/v/{world.link_for(**ANA).token}").text

    loads = re.findall(r"<(?:script|img|link|video|source|track|iframe)\b[^>]*?(?:src|href)=\"([^\"]+)\"", page)
    assert loads
    assert all(address.startswith("/") for address in loads)
    assert 'rel="canonical"' not in page
    assert "og:" not in page


def test_its_markup_describes_the_generic_video(world: World) -> None:
    link = world.link_for(**ANA)
    world.open(link)

    document = json_ld(world.client.get(f"/v/{link.token}").text)

    assert document["@type"] == "VideoObject"
    assert document["name"] == "Your year with Alder"
    assert "Ana" not in json.dumps(document)
    assert "transcript" not in document


def test_a_language_can_be_asked_for(world: World) -> None:
    page = world.client.get(f"/v/{world.link_for(**ANA).token}?lang=es").text

    assert '<html lang="es"' in page
    assert "Ver tu vídeo" in page


def test_the_clean_address_shows_the_shell_to_whom_we_know_and_the_twin_to_anyone_else(world: World) -> None:
    client, link = world.client, world.link_for(**ANA)
    world.open(link, client)

    ours, theirs = client.get("/w/your-year"), world.client.get("/w/your-year")

    assert ours.status_code == 200
    assert "Ana, this was your year" in ours.text
    assert link.token not in ours.text
    assert theirs.status_code == 302
    assert theirs.location == "/c/your-year"
    assert client.get("/w/another").location == "/"


def json_ld(page: str) -> dict[str, Any]:
    found = re.search(r'<script type="application/ld\+json">(.*?)</script>', page, re.S)
    assert found is not None
    document: dict[str, Any] = json.loads(found[1])
    return document


def _rows(world: World) -> dict[str, int]:
    with world.services.database.reading() as session:
        return {
            table.name: session.scalar(select(func.count()).select_from(table)) or 0
            for table in Entity.metadata.sorted_tables
        }


def _never(*_: object) -> None:
    raise AssertionError("the CRM was asked")
