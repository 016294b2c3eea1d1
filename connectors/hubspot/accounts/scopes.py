"""Which HubSpot scopes Segue asks for, why, and what each optional one adds: the only list there is."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Scope:
    """One permission of the app.

    `reason` says in words an admin reads why it is asked for; `adds` what works only with it (for a required one: what
    would fail). `tier` names the HubSpot edition it takes, empty for every one. `oauth_only`: HubSpot's own API
    description grants it to OAuth apps and doesn't name static tokens.
    """

    name: str
    required: bool
    reason: str
    adds: str
    tier: str = ""
    oauth_only: bool = False


CORE = (
    Scope(
        "oauth",
        True,
        "Every app needs it to be connected at all.",
        "The connection itself.",
    ),
    Scope(
        "crm.objects.contacts.read",
        True,
        "The page reads the contact at the moment the link is opened.",
        "Values in the video that are seconds old.",
    ),
    Scope(
        "crm.objects.contacts.write",
        True,
        "Each contact's link and what they watched are written to the contact, with one note a visit.",
        "Links in e-mails, and engagement on the contact.",
    ),
    Scope(
        "crm.schemas.contacts.read",
        True,
        "To see which contact properties there are before any is made or used.",
        "The check of fields, and never making a property twice.",
    ),
    Scope(
        "crm.schemas.contacts.write",
        True,
        "To make the group 'Segue video' and its properties, and to take them away again.",
        "Properties that links and engagement are written to.",
    ),
)

OPTIONAL = (
    Scope(
        "crm.objects.companies.read",
        False,
        "The contact's primary company is read with the contact.",
        "Fields at 'company.…' in a storyboard.",
    ),
    Scope(
        "crm.objects.deals.read",
        False,
        "The contact's primary deal is read with the contact, and deals' stages are looked at later.",
        "Fields at 'deal.…' in a storyboard, and which videos led to revenue.",
    ),
    Scope(
        "crm.lists.read",
        False,
        "A list's members are read when links are made for them.",
        "Links for a whole list at once, without a workflow or a CSV.",
    ),
    Scope(
        "communication_preferences.read",
        False,
        "Who has opted out of mail is looked up before a link is made.",
        "People who opted out get no link; without it, only what the contact's own properties say is honoured.",
    ),
    Scope(
        "automation",
        False,
        "A workflow that had to wait for its link is told when the link is there.",
        "A busy workflow action that finishes later; without it, HubSpot asks again by itself.",
        tier="Professional",
    ),
    Scope(
        "media_bridge.read",
        False,
        "To see whether Segue's videos are registered as a media source.",
        "Together with media_bridge.write: HubSpot's own video cards on the timeline.",
        oauth_only=True,
    ),
    Scope(
        "media_bridge.write",
        False,
        "Each visit is told as a session of a video.",
        "HubSpot's own video card on the timeline, with lists, workflows and reports on it.",
        oauth_only=True,
    ),
    Scope(
        "behavioral_events.event_definitions.read_write",
        False,
        "To define the custom events, and to take them away again.",
        "Together with analytics.behavioral_events.send: custom events.",
        tier="Enterprise",
    ),
    Scope(
        "analytics.behavioral_events.send",
        False,
        "What was watched and clicked is sent as custom events.",
        "Custom events on the timeline, as triggers and in reports.",
        tier="Enterprise",
    ),
    Scope(
        "timeline",
        False,
        "What was watched and clicked is sent as events of the app.",
        "The richest card on the timeline. HubSpot must have approved the app for app events.",
        tier="approved partners",
        oauth_only=True,
    ),
)

ALL = CORE + OPTIONAL


def asked(auth: Literal["static", "oauth"]) -> tuple[tuple[Scope, ...], tuple[Scope, ...]]:
    """Required and optional scopes of the app that `segue hubspot package` makes, hence of the address to install it.

    An app with a static token can only require (HubSpot, 'Scopes'), so it asks for what every edition has. With OAuth
    the rest is optional: an account that can't grant it is installed without. `timeline` is asked for with app events
    alone, since HubSpot grants it to approved apps only.
    """
    if auth == "static":
        return CORE + tuple(scope for scope in OPTIONAL if not scope.tier and not scope.oauth_only), ()
    return CORE, tuple(scope for scope in OPTIONAL if scope.name != "timeline")


def missing(granted: Collection[str]) -> tuple[Scope, ...]:
    """Those not granted, the required ones first: what an admin is told, each with its reason and what it would add."""
    return tuple(scope for scope in ALL if scope.name not in granted)


def names(scopes: Collection[Scope]) -> tuple[str, ...]:
    """Their names, in the order given."""
    return tuple(scope.name for scope in scopes)
