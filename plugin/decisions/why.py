"""'Why this?': what an open rested on, for the person it was made for. Words, ages and sources; never a value. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from babel.dates import format_timedelta

from plugin.campaigns.choose import in_words
from plugin.campaigns.describe import describe_choice
from plugin.decisions.plan import FieldUse, OpenedVideo, PlannedScene
from plugin.decisions.story import Story
from plugin.fields.format import locale_of

_WORDS = {
    "en": {
        "contact": "your contact record",
        "company": "your company's record",
        "deal": "the record of your offer",
        "recipient": "your own settings",
        "known": "read from there",
        "fallback": "missing there, so a general value stands in",
        "missing": "missing there, so it was left out",
        "now": "Read from your record just now.",
        "then": "Read from your record {age}.",
        "gone": "There is no record of you any more: nothing personal was used.",
        "nothing": "Nothing was read about you: this is the general video.",
    },
    "es": {
        "contact": "su ficha de contacto",
        "company": "la ficha de su empresa",
        "deal": "la ficha de su oferta",
        "recipient": "sus propios ajustes",
        "known": "leído de ahí",
        "fallback": "no consta, así que se usa un valor general",
        "missing": "no consta, así que se ha omitido",
        "now": "Leído de su ficha ahora mismo.",
        "then": "Leído de su ficha {age}.",
        "gone": "Ya no hay una ficha suya: no se ha usado nada personal.",
        "nothing": "No se ha leído nada sobre usted: este es el vídeo general.",
    },
}


@dataclass(frozen=True, slots=True)
class WhyScene:
    """Why a scene is as it is."""

    title: str
    because: str
    rule: str
    """In plain words, such as 'Membership is Gold'."""
    fields: tuple[str, ...]
    """Labels of what was looked at."""


@dataclass(frozen=True, slots=True)
class WhyField:
    """A value the video used, and where it comes from."""

    label: str
    purpose: str
    source: str
    state: str
    known: bool


@dataclass(frozen=True, slots=True)
class WhyView:
    """All of it, in the plan's language."""

    scenes: tuple[WhyScene, ...]
    fields: tuple[WhyField, ...]
    read: str
    """How fresh the values are, in a sentence."""
    brand: str
    contact: str
    """A human to ask or object to."""
    privacy_url: str


def why(story: Story, opened: OpenedVideo, *, now: datetime) -> WhyView:
    """The reasons behind an open; `story` is the version it was decided by."""
    plan, brand = opened.plan, story.storyboard.brand
    labels = {field.name: field.label for field in plan.fields}
    return WhyView(
        scenes=tuple(_scene(story, scene, plan.language, labels) for scene in plan.scenes),
        fields=tuple(_field(field, plan.language) for field in plan.fields),
        read=_read(opened, now),
        brand=brand.name,
        contact=brand.contact,
        privacy_url=brand.privacy_url,
    )


def _scene(story: Story, planned: PlannedScene, language: str, labels: dict[str, str]) -> WhyScene:
    scene = next(scene for scene in story.storyboard.scenes if scene.id == planned.id)
    choice = next(choice for choice in scene.choices if choice.id == planned.reason.choice)
    return WhyScene(
        title=planned.title,
        because=in_words(choice.because, language, story.default_language),
        rule=describe_choice(scene, choice, story.fields, language, story.default_language),
        fields=tuple(labels[name] for name in planned.reason.fields if name in labels),
    )


def _field(field: FieldUse, language: str) -> WhyField:
    words = _words(language)
    state = "known" if field.known else "fallback" if field.used_fallback else "missing"
    return WhyField(field.label, field.purpose, words[field.source.partition(".")[0]], words[state], field.known)


def _read(opened: OpenedVideo, now: datetime) -> str:
    words = _words(opened.plan.language)
    if opened.profile_read_at is None:
        return words["gone" if opened.live else "nothing"]
    age = opened.profile_read_at - now
    if abs(age.total_seconds()) < 60:
        return words["now"]
    locale = locale_of(opened.plan.language.split("-")[0]) if words is not _WORDS["en"] else "en"
    return words["then"].format(age=format_timedelta(age, add_direction=True, locale=locale))


def _words(language: str) -> dict[str, str]:
    return _WORDS.get(language.split("-")[0], _WORDS["en"])
