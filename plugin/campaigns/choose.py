"""Which way each scene goes for one person, and in which language. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from plugin.campaigns.rules import holds
from plugin.campaigns.storyboard import Choice, Scene, Storyboard
from plugin.fields.format import locale_of
from plugin.fields.models import FieldValue
from plugin.fields.read import Profile


@dataclass(frozen=True, slots=True)
class Chosen:
    """A scene and the way it goes."""

    scene: Scene
    choice: Choice


def choose(storyboard: Storyboard, profile: Profile) -> tuple[Chosen, ...]:
    """The scenes in order with the first choice whose rule holds; an optional scene without one is skipped.

    A published storyboard always has a scene to show. Should one without slip through, its first scene is shown
    as for somebody unknown, so that a link never opens on nothing.
    """
    ways = ((scene, choose_in(scene, profile)) for scene in storyboard.scenes)
    chosen = tuple(
        Chosen(scene, way or scene.choices[-1]) for scene, way in ways if way is not None or not scene.optional
    )
    return chosen or (Chosen(storyboard.scenes[0], storyboard.scenes[0].choices[-1]),)


def choose_in(scene: Scene, profile: Profile) -> Choice | None:
    """The first choice of the scene whose rule holds."""
    return next((choice for choice in scene.choices if holds(choice.when, profile)), None)


def language_for(storyboard: Storyboard, profile: Profile, asked: str | None = None) -> str:
    """The storyboard's language nearest to the one asked for, else to the person's, else the default.

    A field may hold a tag (`es-MX`) or a name in English or in itself (`Spanish`, `Español`).
    """
    wanted: Iterable[FieldValue] = (asked, profile.value(storyboard.language_field or ""))
    for value in wanted:
        if isinstance(value, str) and (found := _nearest(value, storyboard.languages)):
            return found
    return storyboard.languages[0]


def in_words(text: Mapping[str, str], language: str, default: str) -> str:
    """A localised text in the language, else in the default one, else in whichever there is."""
    return text.get(language) or text.get(default) or next(iter(text.values()), "")


def _nearest(wanted: str, languages: Iterable[str]) -> str | None:
    tag = wanted.strip().replace("_", "-").casefold()
    by_tag = {language.casefold(): language for language in languages}
    if tag in by_tag:
        return by_tag[tag]
    primary = tag.split("-")[0]
    return next(
        (
            language
            for language in languages
            if language.split("-")[0] == primary or tag in (name.casefold() for name in _names(language))
        ),
        None,
    )


def _names(language: str) -> tuple[str, ...]:
    locale = locale_of(language)
    return (locale.get_language_name("en") or "", locale.get_language_name(locale.language) or "")
