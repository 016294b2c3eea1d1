"""Everything that is wrong with a storyboard before anyone sees it, each fault with its place in the document. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from plugin.campaigns.lint_clips import clip_defects
from plugin.campaigns.lint_rules import rule_defects
from plugin.campaigns.lint_words import word_defects
from plugin.campaigns.logo import logo_fault
from plugin.campaigns.parse import Defect, path_of
from plugin.campaigns.storyboard import Storyboard
from plugin.fields.models import Field
from plugin.fields.read import fallback_of, read_value
from plugin.media.assembly import ClipMedia

__all__ = ["Defect", "lint"]

_UNSHOWABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")


def lint(storyboard: Storyboard, clips: Mapping[str, ClipMedia]) -> list[Defect]:
    """Every defect, in the order of the document; `clips` are those that may be used, by name.

    A defect that isn't a `warning` keeps the storyboard from being published.
    """
    found = [
        *(Defect(path, "holds a character that can't be shown") for path in _unshowable(storyboard)),
        *_identity_defects(storyboard),
        *_field_defects(storyboard),
        *word_defects(storyboard),
        *rule_defects(storyboard),
        *clip_defects(storyboard, clips),
    ]
    if storyboard.brand.logo is not None and (fault := logo_fault(storyboard.brand.logo)):
        found.append(Defect("brand.logo", fault))
    return list(dict.fromkeys(found))


def _unshowable(storyboard: Storyboard) -> Iterator[str]:
    """Where control characters or half surrogate pairs stand: databases and XML refuse them, screens show boxes."""
    places: list[tuple[list[int | str], object]] = [([], storyboard.model_dump(by_alias=True))]
    for way, value in places:
        if isinstance(value, dict):
            places += [([*way, key], inner) for key, inner in value.items()]
        elif isinstance(value, list | tuple):
            places += [([*way, at], inner) for at, inner in enumerate(value)]
        elif isinstance(value, str) and _UNSHOWABLE.search(value):
            yield path_of(way)


# -- one name, one thing ------------------------------------------------------


def _identity_defects(storyboard: Storyboard) -> Iterable[Defect]:
    yield from _doubles("languages", storyboard.languages)
    yield from _doubles("fields", (field.name for field in storyboard.fields), "name")
    yield from _doubles("scenes", (scene.id for scene in storyboard.scenes), "id")
    yield from _doubles("ctas", (cta.id for cta in storyboard.ctas), "id")
    for at, scene in enumerate(storyboard.scenes):
        yield from _doubles(f"scenes[{at}].choices", (choice.id for choice in scene.choices), "id")
        shared = [overlay.id for overlay in scene.overlays]
        yield from _doubles(f"scenes[{at}].overlays", shared, "id")
        for number, choice in enumerate(scene.choices):
            own = [overlay.id for overlay in choice.overlays]
            yield from _doubles(f"scenes[{at}].choices[{number}].overlays", own, "id", before=shared)
    if sum(cta.primary for cta in storyboard.ctas) > 1:
        yield Defect("ctas", "more than one button is primary", warning=True)


def _doubles(path: str, names: Iterable[str], key: str = "", before: Iterable[str] = ()) -> Iterable[Defect]:
    seen = set(before)
    for at, name in enumerate(names):
        if name in seen:
            yield Defect(f"{path}[{at}]" + (f".{key}" if key else ""), f"{name!r} stands there twice")
        seen.add(name)


# -- fields -------------------------------------------------------------------


def _field_defects(storyboard: Storyboard) -> Iterable[Defect]:
    for at, field in enumerate(storyboard.fields):
        check = _FieldCheck(field, path_of(["fields", at]), storyboard.languages)
        yield from check.defects()
    by_name = {field.name: field for field in storyboard.fields}
    name = storyboard.language_field
    if name is not None and name not in by_name:
        yield Defect("language_field", f"no field is named {name!r}")
    elif name is not None and by_name[name].type not in {"text", "choice"}:
        yield Defect("language_field", f"{name!r} is a {by_name[name].type}; a language is a text or a choice")


@dataclass(frozen=True, slots=True)
class _FieldCheck:
    field: Field
    path: str
    languages: tuple[str, ...]

    def defects(self) -> Iterable[Defect]:
        field = self.field
        if (field.type == "choice") is not bool(field.choices):
            yield Defect(f"{self.path}.choices", "a choice, and only a choice, lists its values")
        for at, choice in enumerate(field.choices):
            if read_value(field, choice) != choice or "{" in choice or "}" in choice:
                yield Defect(f"{self.path}.choices[{at}]", f"{choice!r} is blank, doubled or holds what can't be shown")
        if (field.type == "money") is not (field.currency is not None):
            yield Defect(f"{self.path}.currency", "money, and only money, has a currency")
        if field.fallback is not None and fallback_of(field) is None:
            yield Defect(f"{self.path}.fallback", f"{field.fallback!r} can't stand for a {field.type}")
        for key, words in (("label", field.label), ("purpose", field.purpose)):
            if not isinstance(words, str):
                yield from (
                    Defect(f"{self.path}.{key}", f"{language!r} is missing")
                    for language in self.languages
                    if language not in words
                )
