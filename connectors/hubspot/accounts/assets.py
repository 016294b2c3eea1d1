"""What Segue makes in a portal: one property group, its contact properties, event definitions, a media type."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any

GROUP = "segue"
GROUP_LABEL = "Segue video"
PROPERTY_GROUP, PROPERTY, EVENT, MEDIA_TYPE = "property_group", "property", "event_definition", "media_type"
VIDEO = "VIDEO"

_PEOPLE = (("person", "A person"), ("likely_person", "Probably a person"))
_CONFIDENCE = (("low", "Low"), ("medium", "Medium"), ("high", "High"))


@dataclass(frozen=True, slots=True)
class PropertyAsset:
    """A contact property or an event's property; `type` and `field_type` as HubSpot names them."""

    name: str
    label: str
    type: str
    field_type: str = "text"
    description: str = ""
    options: tuple[tuple[str, str], ...] = ()

    def as_request(self) -> dict[str, Any]:
        """The body that makes it a contact property."""
        made: dict[str, Any] = {
            "name": self.name,
            "label": self.label,
            "type": self.type,
            "fieldType": self.field_type,
            "groupName": GROUP,
            "description": self.description,
            "formField": False,
        }
        return made | {"options": _options(self.options)} if self.options else made

    def as_event_property(self) -> dict[str, Any]:
        """As part of an event definition."""
        made: dict[str, Any] = {"name": self.name, "label": self.label, "type": self.type}
        return made | {"options": _options(self.options)} if self.options else made


@dataclass(frozen=True, slots=True)
class EventAsset:
    """A custom event definition; app events have the same names and properties (see `package`)."""

    name: str
    label: str
    properties: tuple[PropertyAsset, ...]

    def as_request(self) -> dict[str, Any]:
        """The body that defines it."""
        return {
            "name": self.name,
            "label": self.label,
            "primaryObject": "CONTACT",
            "includeDefaultProperties": False,
            "propertyDefinitions": [each.as_event_property() for each in self.properties],
        }


def _number(name: str, label: str, description: str = "") -> PropertyAsset:
    return PropertyAsset(name, label, "number", "number", description)


def _moment(name: str, label: str, description: str) -> PropertyAsset:
    return PropertyAsset(name, label, "datetime", "date", description)


def _choice(name: str, label: str, options: tuple[tuple[str, str], ...], description: str = "") -> PropertyAsset:
    return PropertyAsset(name, label, "enumeration", "select", description, options)


def _text(name: str, label: str, description: str = "") -> PropertyAsset:
    return PropertyAsset(name, label, "string", "text", description)


LATEST_LINK = _text("segue_link", "Video link (latest)", "The link that was last made or renewed for this contact.")
# HubSpot's free edition allows few properties of one's own: what is worth most comes first.
PROPERTIES = (
    LATEST_LINK,
    _moment("segue_last_opened_at", "Video last opened at", "When a person last opened a video of theirs."),
    _number("segue_score", "Video score", "0 to 100, by what was watched, seen again and clicked; the card says why."),
    _number(
        "segue_max_coverage", "Video watched (%)", "The most they have seen of a video, in percent of its seconds."
    ),
    _text("segue_cta_label", "Video button clicked", "The button they pressed last."),
    _moment("segue_cta_clicked_at", "Video button clicked at", "When they last pressed a button in a video."),
    _number("segue_open_count", "Video opens", "Visits by a person, over all campaigns."),
    _choice("segue_viewer", "Video viewer", _PEOPLE, "Who it was at the last visit. No scanner is written here."),
    _text("segue_last_campaign", "Video last opened", "The campaign they opened last."),
    _moment("segue_first_played_at", "Video first played at", "When a person first started a video of theirs."),
    _choice("segue_confidence", "Video viewer: how sure", _CONFIDENCE, "How sure it is that a person watched."),
    _moment(
        "segue_link_requested_at",
        "Video link asked for again at",
        "Set when somebody presses 'Send again' on the card: let a workflow that sends the mail start on it.",
    ),
)
"""The contact properties every portal gets."""

_TAKEN = frozenset(each.name for each in PROPERTIES)

_COMMON = (_text("campaign", "Campaign"), _text("visit_id", "Visit"), _choice("who", "Who it was", _PEOPLE))

EVENTS = (
    EventAsset("segue_video_opened", "Personalised video opened", _COMMON),
    EventAsset("segue_video_played", "Personalised video played", _COMMON),
    EventAsset(
        "segue_video_progress",
        "Personalised video watched in part",
        (*_COMMON, _number("percent", "Distinct seconds watched, in percent")),
    ),
    EventAsset(
        "segue_video_cta_clicked", "Button of a personalised video clicked", (*_COMMON, _text("label", "Button"))
    ),
    EventAsset(
        "segue_video_summary",
        "Visit to a personalised video",
        (
            *_COMMON,
            _text("sentence", "What happened"),
            _choice("confidence", "Confidence", _CONFIDENCE),
            _number("duration_s", "Length in seconds"),
            _number("coverage_s", "Distinct seconds watched"),
            _number("watch_s", "Seconds watched in all"),
            _text("ctas", "Buttons clicked"),
            _number("revision", "Revision"),
        ),
    ),
)


def link_property_name(slug: str) -> str:
    """The contact property that holds a campaign's link; no two slugs share one, nor share it with `PROPERTIES`."""
    name = f"segue_link_{slug.replace('-', '_')}"
    # A slug holds no underscore and never ends in a hyphen, so neither can another one end so.
    return f"{name}_" if name in _TAKEN else name


def link_property(slug: str) -> PropertyAsset:
    """A campaign's link property: its token in a mail is `{{contact.segue_link_<slug>}}`."""
    return _text(link_property_name(slug), f"Video link: {slug}", f"This contact's own link to the video '{slug}'.")


def properties_for(slugs: Iterable[str]) -> tuple[PropertyAsset, ...]:
    """All contact properties of a portal with these campaigns: the links first, as mails need them."""
    return (*(link_property(slug) for slug in sorted(set(slugs))), *PROPERTIES)


def event_names() -> tuple[str, ...]:
    """Our names of the events, in the order they happen."""
    return tuple(event.name for event in EVENTS)


def all_defined(events: Collection[str]) -> bool:
    """Whether these are definitions enough to send custom events."""
    return all(name in events for name in event_names())


def _options(options: tuple[tuple[str, str], ...]) -> list[dict[str, Any]]:
    return [
        {"value": value, "label": label, "displayOrder": place, "hidden": False}
        for place, (value, label) in enumerate(options)
    ]
