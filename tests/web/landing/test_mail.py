"""The picture in a mail: a name drawn, nothing told by fetching it."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from PIL import Image
from sqlalchemy import func, select

from plugin.decisions.models import Open
from plugin.decisions.take_snapshot import take_snapshot
from plugin.kernel.database import Database
from plugin.links.resolve import resolve
from plugin.links.revoke import revoke
from plugin.media.thumbnail import FRAMES, SIZE, make_backdrop
from tests.conftest import HeldClock
from tests.web.landing.world import World, make_world
from web.landing import mail


@pytest.fixture
def world(database: Database, tmp_path: Path, clock: HeldClock) -> World:
    return make_world(database, tmp_path, clock)


@pytest.fixture
def filmed(world: World, monkeypatch: pytest.MonkeyPatch) -> World:
    """The campaign's clips have no bytes here; twelve drawn pictures stand in for the film's."""
    frames = [Image.new("RGB", SIZE, (20 * number, 60, 120)) for number in range(FRAMES)]
    backdrop = make_backdrop(frames, accent="#2f3f9e", source="drawn", badge="0:06")
    monkeypatch.setattr(mail, "load_backdrop", lambda *_given, **_named: backdrop)
    return world


def known(world: World, **properties: object) -> str:
    """The token of someone whose snapshot was taken when the link was made."""
    link, here = world.link_for(**properties), world.services
    with here.database.reading() as session:
        resolved = resolve(session, link.token, keyring=here.keyring, clock=here.clock)
    take_snapshot(here.database, resolved, vault=here.vault, profiles=here.connectors.of, budget_s=2)
    return link.token


def test_a_still_and_a_moving_picture(filmed: World) -> None:
    token = known(filmed, first_name="Marta")

    still = filmed.client.get(f"/v/{token}/still.jpg")
    moving = filmed.client.get(f"/v/{token}/animated.gif")

    picture, film = Image.open(io.BytesIO(still.data)), Image.open(io.BytesIO(moving.data))
    assert (still.mimetype, picture.size) == ("image/jpeg", SIZE)
    assert (moving.mimetype, film.size, getattr(film, "n_frames", 1)) == ("image/gif", SIZE, FRAMES)


def test_the_name_is_drawn_and_a_missing_one_is_not(filmed: World) -> None:
    names = ("Marta", "Zoë", "محمد", "")
    pictures = [filmed.client.get(f"/v/{known(filmed, first_name=name)}/still.jpg").data for name in names]

    assert len(set(pictures)) == len(names)


def test_fetching_changes_nothing(filmed: World) -> None:
    token = known(filmed, first_name="Marta")

    answer = filmed.client.get(f"/v/{token}/still.jpg")

    assert "Set-Cookie" not in answer.headers
    assert "Marta" not in str(answer.headers)
    with filmed.services.database.reading() as session:
        assert session.scalar(select(func.count()).select_from(Open)) == 0


def test_a_known_picture_is_not_sent_again(filmed: World) -> None:
    token = known(filmed, first_name="Marta")
    first = filmed.client.get(f"/v/{token}/still.jpg")

    again = filmed.client.get(f"/v/{token}/still.jpg", headers={"If-None-Match": first.headers["ETag"]})

    assert again.status_code == 304


def test_an_ended_link_keeps_a_picture_without_a_name(filmed: World) -> None:
    link = filmed.link_for(first_name="Marta")
    nameless = filmed.client.get(f"/v/{link.token}/still.jpg").data
    with filmed.services.database.transaction() as session:
        revoke(session, link.id, clock=filmed.clock)

    answer = filmed.client.get(f"/v/{link.token}/still.jpg")

    assert (answer.status_code, answer.data) == (200, nameless)


def test_a_link_that_is_not_ours_has_no_picture(world: World) -> None:
    assert world.client.get("/v/not-a-token/still.jpg").status_code == 404
