"""Someone signed in to the CRM looks at a person's link: a preview, that asks nothing and is never counted."""

from __future__ import annotations

from typing import Any

import pytest
from argon2 import PasswordHasher
from sqlalchemy import select

from plugin.accounts import members
from plugin.accounts.members import add_member
from plugin.engagement.models import CampaignCount, Visit
from tests.plugin.engagement.visits import count_rows
from tests.web.landing.world import OURS, World

ORIGIN = "https://video.alder.example"
PASSWORD = "correct horse battery"
LINE = {
    "en": "You are signed in to the CRM: this visit is a preview and isn’t counted.",
    "es": "Has iniciado sesión en el CRM: esta visita es una vista previa y no se cuenta.",
}


@pytest.fixture
def rep(world: World, monkeypatch: pytest.MonkeyPatch) -> Any:
    """A browser signed in to the CRM."""
    monkeypatch.setattr(members, "_hasher", PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
    with world.services.database.transaction() as session:
        email = add_member(session, "rep@example.org", PASSWORD, "rep").email
    client = world.client
    form = {"email": email, "password": PASSWORD}
    assert client.post("/crm/sign-in", base_url=ORIGIN, data=form, headers=OURS).status_code == 303
    return client


def open_in(client: Any, world: World, **properties: Any) -> Any:
    link = world.link_for(first_name="Ana", **properties)
    return client.post("/open", base_url=ORIGIN, data={"link": link.token}, headers=OURS)


@pytest.mark.parametrize("language", ["en", "es"])
def test_a_reps_own_look_is_a_preview_and_says_so(world, rep, language):
    page = open_in(rep, world, language=language).text

    assert LINE[language] in page
    assert 'data-tracking="off"' in page
    assert 'name="choice"' not in page
    with world.services.database.reading() as session:
        visit = session.scalars(select(Visit)).one()
        assert (visit.evidence["declared"], visit.evidence["member"], visit.tracked) == ("preview", True, False)
        assert count_rows(session, CampaignCount) == 0


@pytest.mark.parametrize("cookie", ["", "forged"])
def test_without_a_session_it_is_the_persons_own_visit(world, cookie):
    client = world.client
    client.set_cookie("__Host-segue-crm", cookie, domain="video.alder.example", secure=True)

    page = open_in(client, world).text

    assert 'data-consent="ask"' in page
    with world.services.database.reading() as session:
        assert not session.scalars(select(Visit)).one().evidence["member"]


def test_the_demos_open_door_signs_nobody_in(world):
    world.services.settings.crm_open = True
    world.services.settings.public_origin = "http://127.0.0.1:8000"

    assert 'data-consent="ask"' in open_in(world.client, world).text
