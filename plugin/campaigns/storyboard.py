"""The storyboard: a typed, versioned document (JSON in, JSON Schema out) of scenes, rules, overlays and CTAs."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Discriminator, Field as Setting, StringConstraints, Tag

from plugin.fields.models import Field, FieldName, FieldValue

Id = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]{0,39}$")]
ClipName = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]{0,79}$")]
Language = Annotated[str, StringConstraints(pattern=r"^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$")]
"""BCP 47."""
Text = Annotated[str, StringConstraints(min_length=1, max_length=400)]
Localised = dict[Language, Text]
"""The same words in each of the storyboard's languages. Only where said so may it hold `{{field}}`."""
Fraction = Annotated[float, Setting(ge=0, le=1)]
Seconds = Annotated[float, Setting(ge=0, le=600)]


class Strict(BaseModel):
    """A part of the document: unknown keys are refused, values never change."""

    model_config = ConfigDict(extra="forbid", frozen=True)


# -- rules as data ------------------------------------------------------------


class All(Strict):
    """True when every part is."""

    all: tuple[Rule, ...] = Setting(min_length=1)


class Any(Strict):
    """True when one part is."""

    any: tuple[Rule, ...] = Setting(min_length=1)


class Not(Strict):
    """True when its part is not."""

    not_: Rule = Setting(alias="not")


class Compare(Strict):
    """`field op value`, on the field's value or its fallback; with neither, every comparison but `unknown` is false.

    `known` and `unknown` ask whether the record itself holds the value, whatever the fallback.
    """

    field: FieldName
    op: Literal["eq", "ne", "in", "gt", "gte", "lt", "lte", "known", "unknown"]
    value: FieldValue | tuple[FieldValue, ...] = None


def _rule_kind(rule: object) -> str:
    if isinstance(rule, dict):
        return next((key for key in ("all", "any", "not") if key in rule), "compare")
    return type(rule).__name__.lower()


Rule = Annotated[
    Annotated[All, Tag("all")]
    | Annotated[Any, Tag("any")]
    | Annotated[Not, Tag("not")]
    | Annotated[Compare, Tag("compare")],
    Discriminator(_rule_kind),
]


# -- overlays -----------------------------------------------------------------


class Box(Strict):
    """Where an overlay sits, in fractions of the picture; `align` anchors the text inside."""

    x: Fraction
    y: Fraction
    width: Fraction
    height: Fraction
    align: Literal["start", "center", "end"] = "start"
    """Along the reading direction: `start` is right in Arabic."""


class Look(Strict):
    """How overlay text looks; sizes in fractions of the picture's height, so it scales with the player."""

    size: float = Setting(default=0.06, gt=0.01, le=0.4)
    weight: Literal[400, 500, 600, 700, 800] = 600
    colour: str = Setting(default="#ffffff", pattern=r"^#[0-9a-f]{6}$")
    family: Literal["display", "text", "figures"] = "text"
    enter: Literal["none", "fade", "rise"] = "rise"


class TextOverlay(Strict):
    """Words over the picture, drawn by the viewer's browser."""

    kind: Literal["text"] = "text"
    id: Id
    text: Localised
    """May hold `{{field}}`."""
    otherwise: Localised | None = None
    """Said instead, whole, when a field in `text` has neither value nor fallback; else the overlay is left out."""
    from_s: Seconds
    to_s: Seconds
    """In scene time; held within the scene."""
    box: Box
    look: Look = Look()
    when: Rule | None = None


class NumberOverlay(Strict):
    """A number that counts up to its value; formatted for the viewer's language (and the field's currency)."""

    kind: Literal["number"] = "number"
    id: Id
    field: FieldName
    caption: Localised
    """How the transcript says it, with `{{field}}` in it: 'Your balance: {{points}} points'."""
    count_up: bool = True
    decimals: int = Setting(default=0, ge=0, le=4)
    from_s: Seconds
    to_s: Seconds
    box: Box
    look: Look = Look(family="figures")
    when: Rule | None = None


Overlay = Annotated[TextOverlay | NumberOverlay, Setting(discriminator="kind")]


# -- the story ----------------------------------------------------------------


class Choice(Strict):
    """One way a scene may go: a clip per language, taken when the rule holds; first match wins."""

    id: Id
    when: Rule | None = None
    clips: dict[Language, ClipName]
    because: Localised
    """The reason in the viewer's words: 'Because you are a Gold member'. No `{{field}}`: it is kept with the open."""
    overlays: tuple[Overlay, ...] = ()


class Scene(Strict):
    """A slot in the story, a chapter in the player."""

    id: Id
    title: Localised
    """For anyone: also told to the CRM, so no `{{field}}`."""
    choices: tuple[Choice, ...] = Setting(min_length=1)
    """The last one has no `when`, unless the scene is optional."""
    optional: bool = False
    overlays: tuple[Overlay, ...] = ()
    """Drawn whichever choice is taken."""


class Cta(Strict):
    """A button below the player all the time, and over the picture while its scene's time runs."""

    id: Id
    label: Localised
    """Also told to the CRM, so no `{{field}}`."""
    url: str = Setting(pattern=r"^https://[^\s{}]+$", max_length=500)
    """No personal data rides in a URL: no `{{field}}` here."""
    scene: Id | None = None
    from_s: Seconds = 0
    to_s: Seconds | None = None
    primary: bool = False
    when: Rule | None = None


class Brand(Strict):
    """Who speaks: shown on the page, in the mail thumbnail, in schema markup as publisher."""

    name: Text
    accent: str = Setting(pattern=r"^#[0-9a-f]{6}$")
    ink: str = Setting(default="#14130f", pattern=r"^#[0-9a-f]{6}$")
    url: str = Setting(pattern=r"^https://\S+$", max_length=300)
    privacy_url: str = Setting(pattern=r"^https://\S+$", max_length=300)
    contact: str = Setting(min_length=3, max_length=200)
    """A human the viewer can write to."""
    logo: str | None = Setting(default=None, max_length=20_000)
    """An inline SVG without script, checked at publication."""


class Storyboard(Strict):
    """The whole story of one campaign."""

    schema_version: Literal[1] = 1
    title: Localised
    """For anyone, without personal data: the public twin's and the shell's headline."""
    description: Localised
    """One or two sentences for anyone."""
    greeting: Localised
    """Over the personal page: 'A video for {{first_name}}'; only fields of tier `link` or `public`."""
    greeting_otherwise: Localised
    brand: Brand
    languages: tuple[Language, ...] = Setting(min_length=1)
    """The first is the default."""
    language_field: FieldName | None = None
    """The field that holds the viewer's language."""
    fields: tuple[Field, ...] = ()
    scenes: tuple[Scene, ...] = Setting(min_length=1, max_length=60)
    ctas: tuple[Cta, ...] = Setting(default=(), max_length=8)


for _model in (All, Any, Not):
    _model.model_rebuild()
