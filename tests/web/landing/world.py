"""A small campaign with three people, published and linked, behind the real application."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from plugin.campaigns.publish import publish
from plugin.kernel.clock import Clock
from plugin.kernel.database import Database
from plugin.kernel.settings import Settings
from plugin.links.issue import IssuedLink, LinkOrder, issue
from plugin.recipients.enrol import enrol
from plugin.recipients.ports import ExternalRef
from tests.make import make_clip, make_contact, make_installation
from web.app import create_app
from web.services import Services

SLUG = "your-year"
OURS = {"Sec-Fetch-Site": "same-origin"}
BROWSER = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
BOX = {"x": 0.1, "y": 0.2, "width": 0.6, "height": 0.2}


def storyboard(**changes: Any) -> dict[str, Any]:
    """Two scenes in two languages; a name, a tier, points."""
    return {
        "title": {"en": "Your year with Alder", "es": "Tu año con Alder"},
        "description": {
            "en": "What your membership did this year, and what comes next.",
            "es": "Lo que hizo tu membresía este año y lo que viene.",
        },
        "greeting": {"en": "{{first_name}}, this was your year", "es": "{{first_name}}, este fue tu año"},
        "greeting_otherwise": {"en": "This was your year", "es": "Este fue tu año"},
        "brand": {
            "name": "Alder",
            "accent": "#0b6b4f",
            "url": "https://alder.example/",
            "privacy_url": "https://alder.example/privacy",
            "contact": "care@alder.example",
        },
        "languages": ["en", "es"],
        "language_field": "language",
        "fields": [
            {
                "name": "first_name",
                "source": "contact.first_name",
                "type": "text",
                "label": {"en": "First name", "es": "Nombre"},
                "purpose": {"en": "To greet you", "es": "Para saludarte"},
            },
            {
                "name": "language",
                "source": "contact.language",
                "type": "text",
                "label": "Language",
                "purpose": "To speak yours",
            },
            {
                "name": "tier",
                "source": "contact.tier",
                "type": "choice",
                "label": "Membership",
                "purpose": "To choose the offer",
                "choices": ["Gold", "New"],
                "fallback": "New",
            },
            {
                "name": "points",
                "source": "contact.points",
                "type": "number",
                "label": "Points",
                "purpose": "To show your balance",
                "fallback": 0,
            },
        ],
        "scenes": [
            {
                "id": "hello",
                "title": {"en": "Hello", "es": "Hola"},
                "choices": [
                    {
                        "id": "any",
                        "clips": {"en": "hello-en", "es": "hello-es"},
                        "because": {"en": "Everyone sees this", "es": "Lo ve todo el mundo"},
                    }
                ],
                "overlays": [
                    {
                        "kind": "text",
                        "id": "name",
                        "text": {"en": "Hello, {{first_name}}", "es": "Hola, {{first_name}}"},
                        "otherwise": {"en": "Hello", "es": "Hola"},
                        "from_s": 0.4,
                        "to_s": 3,
                        "box": BOX,
                    }
                ],
            },
            {
                "id": "offer",
                "title": {"en": "Your offer", "es": "Tu oferta"},
                "choices": [
                    {
                        "id": "gold",
                        "when": {"field": "tier", "op": "eq", "value": "Gold"},
                        "clips": {"en": "gold-en", "es": "gold-es"},
                        "because": {"en": "Because you are a Gold member", "es": "Porque eres Gold"},
                    },
                    {
                        "id": "new",
                        "clips": {"en": "new-en", "es": "new-es"},
                        "because": {"en": "Because you are new here", "es": "Porque empiezas"},
                    },
                ],
                "overlays": [
                    {
                        "kind": "number",
                        "id": "points",
                        "field": "points",
                        "caption": {"en": "Your balance: {{points}} points", "es": "Tu saldo: {{points}} puntos"},
                        "from_s": 0.5,
                        "to_s": 3,
                        "box": BOX,
                    }
                ],
            },
        ],
        "ctas": [
            {
                "id": "book",
                "label": {"en": "Book a demo", "es": "Reservar"},
                "url": "https://alder.example/book",
                "primary": True,
                "scene": "offer",
            }
        ],
        **changes,
    }


ANA = {"first_name": "Ana", "language": "en", "tier": "Gold", "points": 12480, "email": "ana.canary@example.com"}


@dataclass
class World:
    """The application and what its links open."""

    app: Flask
    clock: Clock
    links: dict[str, IssuedLink] = field(default_factory=dict)
    campaign_id: str = ""
    installation_id: str = ""

    @property
    def services(self) -> Services:
        made: Services = self.app.extensions["segue"]
        return made

    @property
    def client(self) -> FlaskClient:
        """A browser without cookies yet."""
        client = self.app.test_client()
        client.environ_base |= {"HTTP_ACCEPT": BROWSER["Accept"]}
        return client

    def link_for(self, **properties: Any) -> IssuedLink:
        """A link for someone with this record."""
        with self.services.database.transaction() as session:
            contact = make_contact(session, self.installation_id, **properties)
            recipient = enrol(session, ExternalRef(self.installation_id, "contact", contact.id))
            order = LinkOrder(self.campaign_id, recipient)
            return issue(session, order, keyring=self.services.keyring, clock=self.clock)

    def open(self, link: IssuedLink, client: FlaskClient | None = None, *, htmx: bool = False, **form: str) -> Any:
        headers = OURS | ({"HX-Request": "true"} if htmx else {})
        return (client or self.client).post("/open", data={"link": link.token, **form}, headers=headers)


def make_world(database: Database, folder: Path, clock: Clock, **changes: Any) -> World:
    """The application over `database`, with the campaign in it."""
    url = database.engine.url.render_as_string(hide_password=False)
    config = Settings(
        _env_file=None,  # type: ignore[call-arg]
        data_dir=folder,
        database_url=url,
        public_origin="https://video.alder.example",
        log_level="error",
    )
    app = create_app(config)
    app.testing = True
    world = World(app, clock)
    world.services.clock = clock
    with world.services.database.transaction() as session:
        publish_story(session, world, **changes)
    return world


def publish_story(session: Session, world: World, **changes: Any) -> None:
    for language in ("en", "es"):
        for part in ("hello", "gold", "new"):
            spoken = part == "hello"
            make_clip(
                session,
                f"{part}-{language}",
                language=language,
                lines=(f"{part} one {language}.", f"{part} two {language}."),
                ai_role="generated" if spoken else "none",
                ai_note="synthetic voice" if spoken else "",
                voice_synthetic=spoken,
            )
    world.installation_id = world.installation_id or make_installation(session, label="Alder CRM").id
    published = publish(
        session,
        vault=world.services.vault,
        slug=SLUG,
        installation_id=world.installation_id,
        document=storyboard(**changes),
        clock=world.clock,
    )
    world.campaign_id = published.campaign_id
