"""Makers of what a test is about: each asks for no more than that."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from connectors.local import contacts
from connectors.local.models import Contact
from plugin.accounts.models import Installation
from plugin.campaigns.models import Campaign
from plugin.kernel.ids import new_id
from plugin.links.models import Link
from plugin.recipients.models import Recipient
from tests.conftest import NOW


def make_installation(session: Session, **given: Any) -> Installation:
    made = Installation(**{"connector": "local", "account": new_id(), "label": "A CRM", **given})
    session.add(made)
    session.flush()
    return made


def make_campaign(session: Session, **given: Any) -> Campaign:
    installation_id = given.pop("installation_id", None) or make_installation(session).id
    made = Campaign(**{"slug": f"story-{new_id().lower()}", "installation_id": installation_id, **given})
    session.add(made)
    session.flush()
    return made


def make_recipient(session: Session, installation_id: str, external_id: str | None = None) -> Recipient:
    made = Recipient(installation_id=installation_id, external_type="contact", external_id=external_id or new_id())
    session.add(made)
    session.flush()
    return made


def make_link(session: Session, *, expires_at: datetime | None = None, kid: str = "000000", **given: Any) -> Link:
    """A link's row; its token needs a keyring: `links.issue.issue` makes both."""
    if "campaign_id" not in given or "recipient_id" not in given:
        campaign = make_campaign(session)
        given = {
            "campaign_id": campaign.id,
            "recipient_id": make_recipient(session, campaign.installation_id).id,
            **given,
        }
    made = Link(kid=kid, issued_at=NOW, expires_at=expires_at or NOW.replace(year=NOW.year + 1), **given)
    session.add(made)
    session.flush()
    return made


def make_contact(session: Session, installation_id: str, contact_id: str | None = None, **properties: Any) -> Contact:
    return contacts.create(session, installation_id, properties, contact_id=contact_id)
