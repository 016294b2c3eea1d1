"""Loading the demo once or often comes to the same, and never undoes what people did."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from sqlalchemy import func, select

from connectors.local import contacts
from connectors.local.models import Contact
from connectors.registry import Connectors
from demo.load import CAMPAIGN_SLUG, load
from plugin.accounts.models import Installation
from plugin.campaigns.models import Campaign, StoryboardVersion
from plugin.decisions.open_link import open_link
from plugin.kernel.database import Database, Entity
from plugin.kernel.seal import Vault
from plugin.kernel.settings import Settings
from plugin.links.address import token_in
from plugin.links.models import Link
from plugin.links.resolve import resolve
from plugin.media.models import Clip
from plugin.recipients.models import Recipient
from web.services import Services


@pytest.fixture
def services(database: Database, vault: Vault, tmp_path: Path) -> Services:
    return Services(Settings(data_dir=tmp_path / "data"), database, vault, Connectors(database))


def rows(database: Database, table: type[Entity]) -> int:
    with database.reading() as session:
        return session.scalar(select(func.count()).select_from(table)) or 0


def test_three_people_get_a_link(services: Services) -> None:
    links = load(services)

    assert [link.name for link in links] == ["Lucía Ferrer Vidal", "Amara Whitfield", "Lindqvist"]
    assert len({link.url for link in links}) == 3
    assert all(link.url.startswith("http://127.0.0.1:8000/v/") for link in links)


def test_loading_twice_adds_nothing_and_keeps_the_links(services: Services) -> None:
    tables: list[type[Entity]] = [Clip, Campaign, StoryboardVersion, Installation, Contact, Recipient, Link]
    first = load(services)
    before = [rows(services.database, table) for table in tables]

    second = load(services)

    assert second == first
    assert [rows(services.database, table) for table in tables] == before


def test_an_edited_contact_stays_edited(services: Services) -> None:
    load(services)
    with services.database.transaction() as session:
        contacts.update(session, "demo-amara", {"first_name": "Amy"})

    links = load(services)

    assert links[1].name == "Amy Whitfield"


def test_a_deleted_contact_stays_deleted(services: Services) -> None:
    load(services)
    with services.database.transaction() as session:
        contacts.delete(session, "demo-misaki")

    load(services)

    with services.database.reading() as session:
        contact = session.get(Contact, "demo-misaki")
        assert contact is not None
        assert contact.deleted_at is not None


def test_an_emptied_store_is_filled_again(services: Services) -> None:
    load(services)
    shutil.rmtree(services.settings.data_dir / "clips")

    load(services)

    assert len(list((services.settings.data_dir / "clips").rglob("1080p.mp4"))) == rows(services.database, Clip)


def test_a_clip_of_an_earlier_demo_steps_aside(services: Services) -> None:
    load(services)
    with services.database.transaction() as session:
        clip = session.scalars(select(Clip).filter_by(name="close-en")).one()
        clip.content_sha256 = "0" * 64
        installation = session.scalars(select(Installation)).one()
        installation.config = {}

    load(services)

    with services.database.reading() as session:
        assert session.scalar(select(Clip.id).filter_by(name="close-en-00000000")) == clip.id
        assert session.scalar(select(Campaign.published_version).filter_by(slug=CAMPAIGN_SLUG)) == 2


def test_the_three_see_three_different_videos(services: Services) -> None:
    opened = []
    for link in load(services):
        with services.database.reading() as session:
            resolved = resolve(session, token_in(link.url), keyring=services.keyring)
        opened.append(
            open_link(
                services.database, resolved, vault=services.vault, profiles=services.connectors.of, budget_s=5.0
            ).plan
        )
    lucia, amara, lindqvist = opened

    assert (lucia.language, amara.language, lindqvist.language) == ("es", "en", "en")
    assert [overlay.text for overlay in lucia.overlays] == [
        "Buenas noches, Lucía",
        "Lucía",
        "A bordo desde el 14 de marzo de 2021",
        "12.480",
        "79,00\xa0€",
        "Se renueva el 31 de enero de 2027",
        "Nos vemos a bordo, Lucía.",
    ]
    assert [overlay.text for overlay in amara.overlays] == [
        "Good evening, Amara",
        "500",
        "See you on board, Amara.",
    ]
    assert [overlay.text for overlay in lindqvist.overlays] == ["Good evening", "See you on board."]
    assert len({plan.assembly_id for plan in opened}) == 3
    assert [cta.id for cta in lucia.ctas] == ["book", "renew"]
    assert [cta.id for cta in amara.ctas] == ["book", "join"]
