"""One field's declaration."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field as Setting, StringConstraints

FieldName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
FieldType = Literal["text", "number", "money", "date", "choice", "boolean"]
Tier = Literal["public", "link", "verified"]
"""Who may see it: anyone; whoever holds the link (a first name at most); only someone who proved who they are."""
FieldValue = str | int | float | bool | None
"""A date is ISO 8601 text."""
Phrase = Annotated[str, StringConstraints(min_length=1, max_length=200)]
Words = Phrase | dict[str, Phrase]
"""The same words for everyone, or one phrase per language (BCP 47)."""


RECORDS = ("contact", "company", "deal", "recipient", "lead", "account", "opportunity", "campaign_member")
"""What a source path may begin with: the words CRMs have for whom and what they know."""


class Field(BaseModel):
    """A value the storyboard may use: name, source path in the CRM record, type, fallback, purpose."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: FieldName
    source: str = Setting(pattern=rf"^({'|'.join(RECORDS)})\.[A-Za-z0-9_]{{1,80}}$")
    type: FieldType
    label: Words
    """How the field is called before the viewer ('Why this?') and the admin."""
    purpose: Words
    fallback: FieldValue = None
    """Stands in when the record lacks the value or holds another type; None: the text's `otherwise` does."""
    choices: tuple[str, ...] = ()
    """The values a `choice` may take; anything else counts as missing."""
    currency: str | None = Setting(default=None, pattern=r"^[A-Z]{3}$")
    """ISO 4217, for `money`."""
    tier: Tier = "link"


def in_language(words: Words, language: str, default: str) -> str:
    """The phrase for `language`, else for `default`, else whichever there is."""
    if isinstance(words, str):
        return words
    return words.get(language) or words.get(default) or next(iter(words.values()), "")
