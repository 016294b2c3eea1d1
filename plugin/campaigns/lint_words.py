"""Faults in what a storyboard says: languages left out, fields unknown, gaps a missing value would tear. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field as made_of
from typing import Literal

from plugin.campaigns.merge import fields_in, has_stray_braces
from plugin.campaigns.parse import Defect
from plugin.campaigns.storyboard import Localised, NumberOverlay, Overlay, Storyboard, TextOverlay
from plugin.fields.models import Field
from plugin.fields.read import fallback_of

Policy = Literal["none", "filled", "any"]
"""Which fields a text may hold: none at all; only those that always have a value; any."""


def word_defects(storyboard: Storyboard) -> Iterable[Defect]:
    """Every fault in the words, in the order of the document."""
    return _Words(storyboard, {field.name: field for field in storyboard.fields}).check()


@dataclass
class _Words:
    storyboard: Storyboard
    fields: dict[str, Field]
    found: list[Defect] = made_of(default_factory=list)

    def check(self) -> list[Defect]:
        board = self.storyboard
        self._text("title", board.title, "none", "is for anyone")
        self._text("description", board.description, "none", "is for anyone")
        self._text("greeting", board.greeting, "any")
        self._greeting_tier()
        self._text("greeting_otherwise", board.greeting_otherwise, "none", "stands when nothing is known")
        if "{" in board.brand.name or "}" in board.brand.name:
            self._fault("brand.name", "a brand's name holds no field")
        for at, scene in enumerate(board.scenes):
            path = f"scenes[{at}]"
            self._text(f"{path}.title", scene.title, "none", "is also told to the CRM and shown to anyone")
            self._overlays(f"{path}.overlays", scene.overlays)
            for number, choice in enumerate(scene.choices):
                self._text(f"{path}.choices[{number}].because", choice.because, "none", "is kept with the open")
                self._overlays(f"{path}.choices[{number}].overlays", choice.overlays)
        for at, cta in enumerate(board.ctas):
            self._text(f"ctas[{at}].label", cta.label, "none", "is also told to the CRM")
        return self.found

    def _overlays(self, path: str, overlays: tuple[Overlay, ...]) -> None:
        for at, overlay in enumerate(overlays):
            if isinstance(overlay, TextOverlay):
                self._text_overlay(f"{path}[{at}]", overlay)
            else:
                self._number_overlay(f"{path}[{at}]", overlay)

    def _text_overlay(self, path: str, overlay: TextOverlay) -> None:
        if overlay.otherwise is None:
            self._text(f"{path}.text", overlay.text, "filled", "needs a fallback, or this text an `otherwise`")
            return
        self._text(f"{path}.text", overlay.text, "any")
        self._text(f"{path}.otherwise", overlay.otherwise, "filled", "needs a fallback to stand in an `otherwise`")

    def _number_overlay(self, path: str, overlay: NumberOverlay) -> None:
        declared = self.fields.get(overlay.field)
        if declared is None:
            self._fault(f"{path}.field", f"no field is named {overlay.field!r}")
        elif declared.type not in {"number", "money"}:
            self._fault(f"{path}.field", f"{overlay.field!r} is a {declared.type}, not a number")
        # Without its value the whole overlay is left out, so its own field needs no fallback.
        self._text(f"{path}.caption", overlay.caption, "filled", "needs a fallback", given=overlay.field)
        for language, text in overlay.caption.items():
            if overlay.field not in fields_in(text):
                self._fault(
                    f"{path}.caption.{language}",
                    f"lacks {{{{{overlay.field}}}}}: the transcript must tell what is drawn",
                )

    def _text(self, path: str, text: Localised, policy: Policy, why: str = "", given: str = "") -> None:
        for language in self.storyboard.languages:
            if language not in text:
                self._fault(path, f"{language!r} is missing")
        for language, words in text.items():
            if language not in self.storyboard.languages:
                self._warn(f"{path}.{language}", "is none of the storyboard's languages")
            if has_stray_braces(words):
                self._fault(f"{path}.{language}", "has braces that are no {{field}}")
            if not words.strip():
                self._fault(f"{path}.{language}", "is blank")
            for name in fields_in(words):
                if name != given or name not in self.fields:
                    self._field(f"{path}.{language}", name, policy, why)

    def _field(self, path: str, name: str, policy: Policy, why: str) -> None:
        declared = self.fields.get(name)
        if policy == "none":
            self._fault(path, f"may hold no field, here {name!r}: it {why}")
        elif declared is None:
            self._fault(path, f"no field is named {name!r}")
        elif declared.type == "boolean":
            self._fault(path, f"{name!r} is true or false, which is no word: use a rule instead")
        elif policy == "filled" and fallback_of(declared) is None:
            self._fault(path, f"{name!r} {why}")
        elif declared.tier == "verified":
            self._warn(path, f"{name!r} is only for who proved who they are; whoever holds the link sees the fallback")

    def _greeting_tier(self) -> None:
        for language, text in self.storyboard.greeting.items():
            for name in fields_in(text):
                if name in self.fields and self.fields[name].tier == "verified":
                    self._fault(f"greeting.{language}", f"{name!r} is too private to greet whoever holds the link by")

    def _fault(self, path: str, message: str) -> None:
        self.found.append(Defect(path, message))

    def _warn(self, path: str, message: str) -> None:
        self.found.append(Defect(path, message, warning=True))
