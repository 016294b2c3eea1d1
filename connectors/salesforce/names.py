"""Ids and API names as Salesforce makes them: checked before they go into a query or an address. Pure."""

from __future__ import annotations

import re

from plugin.kernel.errors import BadInput

_ID = re.compile(r"[a-zA-Z0-9]{15}(?:[a-zA-Z0-9]{3})?")
_FIELD = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,79}")
_SUFFIX = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"
PREFIXES = {"003": "contact", "00Q": "lead", "00v": "campaign_member"}
"""What the first three characters of an id say of its record."""


def long_id(text: str) -> str:
    """The 18-character form of an id, which tells upper from lower case in any system; raises `BadInput`."""
    if not _ID.fullmatch(text):
        raise BadInput("that is no Salesforce id: it has 15 or 18 letters and digits")
    if len(text) == 18:
        return text
    # Each trio of five characters says by its bits which of them are upper case.
    parts = (text[start : start + 5] for start in (0, 5, 10))
    return text + "".join(_SUFFIX[sum(char.isupper() << place for place, char in enumerate(part))] for part in parts)


def is_field(name: str) -> bool:
    """Whether `name` can be an API name of a field (no path, no function, no quote)."""
    return _FIELD.fullmatch(name) is not None and "__" not in name.removesuffix("__c").removesuffix("__r")
