"""Put the demo into a running system: an embedded CRM account, its people, the clips, the campaign, three links."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from connectors.local import contacts
from connectors.local.models import Contact
from plugin.accounts.models import Installation
from plugin.campaigns.models import Campaign
from plugin.campaigns.publish import publish
from plugin.decisions.take_snapshot import take_snapshot
from plugin.kernel.errors import NotFound
from plugin.links.address import address
from plugin.links.issue import IssuedLink, issue_many
from plugin.links.resolve import resolve
from plugin.media.library import MANIFEST, Manifest, import_
from plugin.media.models import Clip
from plugin.media.quality.records import adopt, reports_in, to_be_checked
from plugin.media.store import Store
from plugin.privacy.models import Regime
from plugin.recipients.enrol import enrol_many
from plugin.recipients.ports import ExternalRef
from web.services import Services

HERE = Path(__file__).resolve().parent
LIBRARY = HERE / "library"
CAMPAIGN_SLUG = "velaluna"
ACCOUNT = "demo"
_MARK = "demo_sha256"


@dataclass(frozen=True, slots=True)
class DemoLink:
    """A demo recipient and their address."""

    name: str
    url: str


def load(services: Services) -> list[DemoLink]:
    """Load what isn't there yet and give the three recipients' links, the same ones while they live.

    What people changed since stays: contacts are never put back, and a later version of the campaign stays published
    until this checkout brings another demo. Raises `BadInput` when the packaged clips are damaged.
    """
    people = json.loads((HERE / "contacts.json").read_text("utf-8"))
    with services.database.transaction() as session:
        installation = _installation(session)
        _add_missing(session, installation.id, people)
        campaign_id = _campaign(session, services, installation)
    return _links(services, campaign_id, installation.id, [person for person in people if person["recipient"]])


def _installation(session: Session) -> Installation:
    found = session.scalar(select(Installation).filter_by(connector="local", account=ACCOUNT))
    if found is None:
        found = Installation(connector="local", account=ACCOUNT, label="Velaluna CRM", config={})
        session.add(found)
        session.flush()
    return found


def _add_missing(session: Session, installation_id: str, people: Sequence[dict[str, Any]]) -> None:
    wanted = [person["id"] for person in people]
    known = set(session.scalars(select(Contact.id).where(Contact.id.in_(wanted))))
    for person in people:
        if person["id"] not in known:
            contacts.create(session, installation_id, person["properties"], contact_id=person["id"])


def _campaign(session: Session, services: Services, installation: Installation) -> str:
    """The campaign's id; clips and storyboard are taken in only when this checkout's aren't there."""
    manifests = [Manifest.model_validate_json(path.read_bytes()) for path in sorted(LIBRARY.glob(f"*/{MANIFEST}"))]
    storyboard = (HERE / "storyboard.json").read_bytes()
    parts = [storyboard.decode(), *(manifest.content_sha256 for manifest in manifests)]
    mark = hashlib.sha256("\n".join(parts).encode()).hexdigest()
    campaign = session.scalar(select(Campaign).filter_by(slug=CAMPAIGN_SLUG))
    if campaign is not None and installation.config.get(_MARK) == mark and _stored(services.store, manifests):
        _adopt_reports(session, services, manifests)
        return campaign.id
    _make_way(session, manifests)
    import_(session, services.store, LIBRARY)
    _adopt_reports(session, services, manifests)
    published = publish(
        session,
        vault=services.vault,
        slug=CAMPAIGN_SLUG,
        installation_id=installation.id,
        document=json.loads(storyboard),
        regime=None if campaign else Regime.CONSENT,
        clock=services.clock,
    )
    installation.config = {**installation.config, _MARK: mark}
    return published.campaign_id


def _adopt_reports(session: Session, services: Services, manifests: Sequence[Manifest]) -> None:
    """The demo's clips were checked when they were made, and tests hold the reports to them; so nobody waits now."""
    if unchecked := to_be_checked(session, [manifest.name for manifest in manifests]):
        clips = session.scalars(select(Clip).where(Clip.name.in_(unchecked)))
        adopt(session, clips, reports_in(LIBRARY), clock=services.clock)


def _stored(store: Store, manifests: Sequence[Manifest]) -> bool:
    """Whether the clips' bytes are where players look: someone may have emptied the folder."""
    try:
        return all(
            store.size(f"{manifest.prefix}/{file.name}.mp4") == file.size
            for manifest in manifests
            for file in manifest.renditions
        )
    except NotFound:
        return False


def _make_way(session: Session, manifests: Sequence[Manifest]) -> None:
    """Rename clips of an earlier demo: versions published with them go on playing, for they know them by id."""
    fresh = {manifest.name: manifest.content_sha256 for manifest in manifests}
    for clip in session.scalars(select(Clip).where(Clip.name.in_(fresh))):
        if clip.content_sha256 != fresh[clip.name]:
            clip.name = f"{clip.name}-{clip.content_sha256[:8]}"
    session.flush()


def _links(
    services: Services, campaign_id: str, installation_id: str, people: Sequence[dict[str, Any]]
) -> list[DemoLink]:
    refs = {person["id"]: ExternalRef(installation_id, "contact", person["id"]) for person in people}
    with services.database.transaction() as session:
        recipients = enrol_many(session, refs.values())
        issued = issue_many(
            session,
            campaign_id,
            recipients.values(),
            keyring=services.keyring,
            clock=services.clock,
            days=services.settings.link_days,
        )
        names = {person["id"]: _name(session, person["id"]) for person in people}
    made = {contact_id: issued[recipients[ref]] for contact_id, ref in refs.items() if recipients[ref] in issued}
    for link in made.values():
        if not link.reused:
            _get_to_know(services, link)
    origin = services.settings.public_origin
    return [DemoLink(names[contact_id], address(origin, link.token)) for contact_id, link in made.items()]


def _name(session: Session, contact_id: str) -> str:
    contact = session.get(Contact, contact_id)
    return contact.name if contact and contact.name else contact_id


def _get_to_know(services: Services, link: IssuedLink) -> None:
    """Take the first snapshot, as whoever issues a link does, so that the page can greet before it is opened."""
    with services.database.reading() as session:
        resolved = resolve(session, link.token, keyring=services.keyring, clock=services.clock)
    take_snapshot(
        services.database,
        resolved,
        vault=services.vault,
        profiles=services.connectors.of,
        budget_s=services.settings.profile_budget_s,
    )
