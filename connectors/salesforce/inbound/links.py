"""'Create personalised video link', for up to 200 records a call: who asks, what is asked, what is answered."""

from __future__ import annotations

import hmac
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import jwt
import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session

from connectors.people import recipients_of
from connectors.salesforce.held import CERTIFICATE, INBOUND_KEY
from connectors.salesforce.names import PREFIXES, long_id
from connectors.salesforce.org import NAME, Org
from connectors.salesforce.read.standing import look
from plugin.accounts import credentials
from plugin.accounts.models import Installation
from plugin.campaigns.models import Campaign
from plugin.kernel.clock import Clock
from plugin.kernel.database import Database
from plugin.kernel.errors import BadInput, Forbidden, SegueError
from plugin.kernel.seal import Vault
from plugin.links.address import address
from plugin.links.issue import MAX_DAYS, IssuedLink, issue_many
from plugin.links.keys import Keyring
from plugin.recipients.enrol import enrol_many
from plugin.recipients.ports import ExternalRef

log = structlog.get_logger()

LOOK_S = 5.0
"""For finding out whether people want mail, of the time the org waits for us."""
MOST = 200
"""Records of one call: what a Flow hands to an invocable action at once."""
_UNKNOWN = "the request does not come from a connected org"
_UNWILLING = "no link is made for this person: they asked not to be addressed, or take no mail"
_LEEWAY = timedelta(seconds=60)


@dataclass(frozen=True, slots=True)
class Ask:
    """One record's link to one campaign."""

    record_id: str
    campaign: str
    days: int | None
    member_id: str | None


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of it; `error` is "" when there is a link."""

    record_id: str
    link: str = ""
    expires_at: str = ""
    reused: bool = False
    error: str = ""

    def as_json(self) -> dict[str, Any]:
        """Flat strings and booleans: what External Services and Apex read without a wrapper."""
        return {
            "recordId": self.record_id,
            "ok": not self.error,
            "link": self.link,
            "expiresAt": self.expires_at,
            "reused": self.reused,
            "error": self.error,
        }


def who_asks(session: Session, vault: Vault, org_id: str, authorization: str, *, audience: str) -> str:
    """The installation whose Named Credential signed this; raises `Forbidden`, the same for every reason.

    A bearer key we gave the org, or a JWT its own certificate signed (RS256; `aud` is our public origin, `exp` and
    `iss` = the org's id are required).
    """
    scheme, _, token = authorization.partition(" ")
    installation = session.scalar(
        select(Installation.id).where(Installation.connector == NAME, Installation.account == _org(org_id))
    )
    if installation is None or scheme.lower() != "bearer" or not token:
        raise Forbidden(_UNKNOWN)
    try:
        held = credentials.look(session, vault, installation).values
    except SegueError:
        raise Forbidden(_UNKNOWN) from None
    if token.count(".") == 2 and CERTIFICATE in held:
        _need_signed(token, held[CERTIFICATE], audience, _org(org_id))
    elif not (key := held.get(INBOUND_KEY, "")) or not hmac.compare_digest(token.encode(), key.encode()):
        raise Forbidden(_UNKNOWN)
    return installation


def parse(body: Any) -> Sequence[Ask | Answer]:
    """What is asked of each record, in order; an ask that can't be read is its answer. Raises `BadInput`."""
    listed = body.get("requests") if isinstance(body, dict) else None
    if not isinstance(listed, list) or not 0 < len(listed) <= MOST:
        raise BadInput(f"send {{'requests': [...]}} with 1 to {MOST} records")
    return [_asked(each) for each in listed]


def answer(
    database: Database,
    installation_id: str,
    asks: Sequence[Ask | Answer],
    *,
    origin: str,
    keyring: Keyring,
    clock: Clock,
    link_days: int,
    org: Callable[[str], Org] | None = None,
) -> list[Answer]:
    """A link for each, in order. Asked again, the same links: whoever has a live one keeps it.

    With `org`, Salesforce is asked of people who never had one whether they want mail.
    """
    if org is not None:
        _look_at_newcomers(database, installation_id, [each for each in asks if isinstance(each, Ask)], org)
    found: list[Answer | None] = [each if isinstance(each, Answer) else None for each in asks]
    groups: dict[tuple[str, int], list[int]] = {}
    for place, each in enumerate(asks):
        if isinstance(each, Ask):
            groups.setdefault((each.campaign, each.days or link_days), []).append(place)
    for (slug, days), places in groups.items():
        group = [(place, each) for place in places if isinstance(each := asks[place], Ask)]
        for place, given in zip(
            places,
            _issue(database, installation_id, slug, days, [each for _, each in group], origin, keyring, clock),
            strict=True,
        ):
            found[place] = given
    return [each for each in found if each is not None]


def _look_at_newcomers(
    database: Database, installation_id: str, asks: Sequence[Ask], org: Callable[[str], Org]
) -> None:
    """When Salesforce can't be asked in time the link is made all the same: an opt-out is seen at the next look."""
    refs = {_ref(installation_id, each) for each in asks}
    with database.reading() as session:
        known = {recipient.external_id for recipient in recipients_of(session, refs)}
    fresh = [ref.id for ref in refs if ref.id not in known]
    if not fresh:
        return
    try:
        look(org(installation_id), fresh, within_s=LOOK_S)
    except SegueError as error:
        log.warning("salesforce.not_looked_at", installation_id=installation_id, error=type(error).__name__)


def _issue(
    database: Database,
    installation_id: str,
    slug: str,
    days: int,
    asks: Sequence[Ask],
    origin: str,
    keyring: Keyring,
    clock: Clock,
) -> list[Answer]:
    refs = [_ref(installation_id, each) for each in asks]
    with database.transaction() as session:
        campaign = session.scalar(select(Campaign).filter_by(slug=slug, installation_id=installation_id))
        if campaign is None:
            return [Answer(each.record_id, error=f"there is no campaign '{slug[:80]}' for this org") for each in asks]
        if campaign.published_version is None:
            return [Answer(each.record_id, error=f"the campaign '{slug[:80]}' isn't published") for each in asks]
        people = enrol_many(session, refs)
        links = issue_many(session, campaign.id, people.values(), keyring=keyring, clock=clock, days=days)
    return [_answered(each, ref, people, links, origin) for each, ref in zip(asks, refs, strict=True)]


def _answered(
    ask: Ask, ref: ExternalRef, people: dict[ExternalRef, str], links: dict[str, IssuedLink], origin: str
) -> Answer:
    link = links.get(people.get(ref, ""))
    if link is None:
        return Answer(ask.record_id, error=_UNWILLING)
    ends = _zulu(link.expires_at)
    return Answer(ask.record_id, address(origin, link.token), ends, link.reused)


def _ref(installation_id: str, ask: Ask) -> ExternalRef:
    record_id = ask.member_id or ask.record_id
    return ExternalRef(installation_id, PREFIXES[record_id[:3]], record_id)


def _asked(told: Any) -> Ask | Answer:
    given: dict[str, Any] = told if isinstance(told, dict) else {}
    raw_id, slug, days, member = (given.get(name) for name in ("recordId", "campaign", "days", "campaignMemberId"))
    shown = raw_id[:18] if isinstance(raw_id, str) else ""
    try:
        record_id = long_id(raw_id) if isinstance(raw_id, str) else ""
        member_id = long_id(member) if isinstance(member, str) and member else None
    except BadInput as error:
        return Answer(shown, error=str(error))
    if record_id[:3] not in PREFIXES or (member_id is not None and member_id[:3] != "00v"):
        return Answer(shown, error="links are made for Contacts, Leads and Campaign Members")
    if not isinstance(slug, str) or not slug.strip():
        return Answer(record_id, error="name the campaign")
    if not slug.isprintable():
        # PostgreSQL takes no NUL and no half of a pair, and would refuse the others of the call with it.
        return Answer(record_id, error="a campaign's name is one line of letters and digits")
    if days in (None, ""):
        return Ask(record_id, slug.strip(), None, member_id)
    number = str(days).removesuffix(".0")
    if not (number.isascii() and number.isdigit() and len(number) <= 6 and 0 < int(number) <= MAX_DAYS):
        return Answer(record_id, error=f"days is a whole number from 1 to {MAX_DAYS}")
    return Ask(record_id, slug.strip(), int(number), member_id)


def _need_signed(token: str, certificate: str, audience: str, org_id: str) -> None:
    try:
        claims = jwt.decode(
            token,
            certificate,
            algorithms=["RS256"],
            audience=audience,
            leeway=_LEEWAY,
            options={"require": ["exp", "iss", "aud"]},
        )
    except jwt.PyJWTError:
        raise Forbidden(_UNKNOWN) from None
    if str(claims["iss"])[:15] != org_id[:15]:
        raise Forbidden(_UNKNOWN)


def _org(text: str) -> str:
    try:
        return long_id(text.strip())
    except BadInput:
        return ""


def _zulu(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")
