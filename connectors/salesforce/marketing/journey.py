"""The custom activity 'Personal video link' of a journey: how it describes itself, and what it answers for a contact.

Every call's body is a JWT that Marketing Cloud signs with the package's Salt key (`useJwt`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from connectors.salesforce.inbound.links import Answer, Ask, parse
from connectors.salesforce.marketing.keys import Signed
from plugin.campaigns.models import Campaign

STEPS = ("save", "publish", "validate", "stop")
"""What Marketing Cloud calls while a journey is made and ended."""
_TIMEOUT_MS = 30_000
_TEXT_OUT = {"dataType": "Text", "direction": "out", "access": "visible"}
_TEXT_IN = {"dataType": "Text", "direction": "in", "access": "hidden"}
LINK, ENDS, ERROR = "video_link", "video_link_ends", "video_error"


def describe(origin: str, slug: str, extension_key: str = "") -> dict[str, Any]:
    """`config.json`: an activity that needs no settings, as its address names the campaign.

    `extension_key`: the unique key Marketing Cloud's package gives the component.
    """
    base = f"{origin}/salesforce/journey"
    asked = {"campaign": slug, "recordId": "{{Contact.Key}}"}
    execute = {
        "inArguments": [asked],
        "outArguments": [{LINK: ""}, {ENDS: ""}, {ERROR: ""}],
        "url": f"{base}/execute",
        "verb": "POST",
        "format": "json",
        "useJwt": True,
        "timeout": _TIMEOUT_MS,
        "retryCount": 3,
        "retryDelay": 5_000,
        "concurrentRequests": 5,
    }
    steps = {step: {"url": f"{base}/{step}", "verb": "POST", "useJwt": True} for step in STEPS}
    return {
        "workflowApiVersion": "1.1",
        "metaData": {
            "icon": f"{origin}/static/icon.svg",
            "category": "message",
            "isConfigured": True,
            "configOnDrop": False,
        },
        "type": "REST",
        "lang": {
            "en-US": {
                "name": f"Personal video link: {slug}",
                "description": "Gives each contact the link of their own video.",
            }
        },
        "arguments": {"execute": execute},
        "configurationArguments": {**({"applicationExtensionKey": extension_key} if extension_key else {}), **steps},
        "userInterfaces": {"configModal": {"height": 240, "width": 480, "fullscreen": False}},
        "schema": {
            "arguments": {
                "execute": {
                    "inArguments": [{name: _TEXT_IN} for name in asked],
                    "outArguments": [{name: _TEXT_OUT} for name in (LINK, ENDS, ERROR)],
                }
            }
        },
    }


@dataclass(frozen=True, slots=True)
class Passing:
    """A contact passing the activity: what is asked for them."""

    installation_id: str
    asked: Ask | Answer


def passing(signed: Signed) -> Passing:
    """What is asked; something that can't be read is its own answer.

    The record is the argument `recordId`, else the contact's key: where Marketing Cloud Connect makes the keys, that is
    a Contact's or Lead's id.
    """
    told = arguments(signed.claims)
    record_id = told.get("recordId") or signed.claims.get("keyValue")
    given = {
        "recordId": record_id if isinstance(record_id, str) else "",
        "campaign": told.get("campaign"),
        "campaignMemberId": told.get("campaignMemberId"),
        "days": told.get("days"),
    }
    (asked,) = parse({"requests": [given]})
    return Passing(signed.installation_id, asked)


def answered(answer: Answer) -> dict[str, str]:
    """Flat texts, as later activities read them: a split on `video_error` sends those without a link another way."""
    return {LINK: answer.link, ENDS: answer.expires_at, ERROR: answer.error}


def wrong_with(session: Session, signed: Signed) -> str:
    """Why the activity can't work as it stands; "": it can."""
    slug = arguments(signed.claims).get("campaign")
    if not isinstance(slug, str) or not slug.isprintable() or not slug:
        return "the activity names no campaign: add it to the journey anew"
    campaign = session.scalar(select(Campaign).filter_by(slug=slug, installation_id=signed.installation_id))
    if campaign is None:
        return f"there is no campaign '{slug[:80]}' for this org"
    return "" if campaign.published_version is not None else f"the campaign '{slug[:80]}' isn't published"


def arguments(claims: Mapping[str, Any]) -> dict[str, Any]:
    """The activity's arguments, wherever this kind of call has them."""
    found: dict[str, Any] = {}
    for part in _lists(claims):
        for each in part[:20]:
            if isinstance(each, dict):
                found |= each
    return found


def _lists(claims: Mapping[str, Any]) -> Sequence[list[Any]]:
    inner = claims.get("arguments")
    execute = inner.get("execute") if isinstance(inner, dict) else None
    places = (claims.get("inArguments"), execute.get("inArguments") if isinstance(execute, dict) else None)
    return [each for each in places if isinstance(each, list)]
