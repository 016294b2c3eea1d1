"""What a campaign would show of one record, field by field: the same for every CRM."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import Response, request

from plugin.campaigns.models import Campaign
from plugin.decisions.story import Story, published_story
from plugin.fields.format import format_value
from plugin.fields.models import Field, in_language
from plugin.fields.read import Held, Missing, read_fields
from plugin.recipients.ports import Record
from web.connections.present import Account, attempt, campaigns_of, page
from web.services import services

READ_S = 5.0
MOST = 200
"""Characters of what an admin names a record by."""
WHY: Mapping[Missing, str] = {
    Missing.ABSENT: "the record has no value",
    Missing.BLANK: "nothing but spaces or marks",
    Missing.PLACEHOLDER: "a template’s leftover, not a value",
    Missing.WRONG_TYPE: "a value of another kind",
    Missing.NOT_A_CHOICE: "none of the values the storyboard knows",
    Missing.HIDDEN: "never shown to who holds a link",
}


@dataclass(frozen=True, slots=True)
class Row:
    """One field of the storyboard for one record. `good`: the record's own value is shown."""

    label: str
    source: str
    good: bool
    value: str
    why: str
    instead: str
    """What stands in: the fallback, in words; empty: it is left out."""


@dataclass(frozen=True, slots=True)
class Checked:
    """A record with what each field would show of it; `about` names it in words, `key` for the next request."""

    about: str
    key: str
    rows: Sequence[Row]

    @property
    def missing(self) -> int:
        """How many fields lack a value of their own."""
        return sum(not row.good for row in self.rows)


Unknown = Callable[[Sequence[str]], Collection[str]]
"""Of sources without a value, those the CRM has no field for."""


def rows_of(story: Story, record: Record, unknown: Unknown, why_unknown: str) -> list[Row]:
    """Each field of the story; the CRM is asked about names only when a value is missing."""
    fields = story.storyboard.fields
    profile = read_fields(fields, record.values)
    lacking = [field.source for field in fields if profile.held[field.name].missing == Missing.ABSENT]
    nameless = frozenset(unknown(lacking) if lacking else ())
    return [
        _row(field, profile.held[field.name], story, why_unknown if field.source in nameless else "")
        for field in fields
    ]


def shown(
    template: str,
    account: Account[Any],
    status: int,
    find: Callable[[Story, str], Checked],
    more: Callable[[Campaign | None], Mapping[str, Any]],
    **told: Any,
) -> Response:
    """The page: the campaign chosen, and what `find` says of the record that was named."""
    slug, named = request.values.get("campaign", ""), request.values.get("contact", "").strip()[:MOST]
    with services().database.reading() as session:
        campaigns = campaigns_of(session, account.id)
        chosen = next((each for each in campaigns if each.slug == slug), campaigns[0] if campaigns else None)
        story = published_story(session, chosen.id, chosen.published_version) if chosen else None
    checked, problem = None, told.pop("problem", None)
    if story is not None and named and account.connected and problem is None:
        found = story
        checked, problem = attempt(lambda: find(found, named))
    return page(
        template,
        account,
        status if problem is None or status != 200 else 422,
        here_tab="check",
        campaigns=[campaign.slug for campaign in campaigns],
        slug=chosen.slug if chosen else "",
        contact=named,
        fields=len(story.storyboard.fields) if story else 0,
        checked=checked,
        problem=problem,
        **{"link": None, "said": None, **more(chosen), **told},
    )


def _row(field: Field, held: Held, story: Story, why_unknown: str) -> Row:
    language = story.storyboard.languages[0]
    good = held.missing is None
    text = "" if held.value is None else format_value(field, held.value, language)
    why = "" if held.missing is None else why_unknown or WHY[held.missing]
    return Row(
        label=in_language(field.label, language, language),
        source=field.source,
        good=good,
        value=text if good else "",
        why=why,
        instead="" if good else text,
    )
