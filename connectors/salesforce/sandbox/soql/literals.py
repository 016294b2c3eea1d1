"""What a single word means as a value: text, numbers, yes and no, nothing, days, moments, spans of days."""

from __future__ import annotations

from datetime import date

from connectors.salesforce.sandbox.soql.tokens import Token, complain, plain
from connectors.salesforce.sandbox.soql.tree import Value
from connectors.salesforce.sandbox.store.values import moment_of

SPANS = frozenset(
    {
        "TODAY",
        "YESTERDAY",
        "TOMORROW",
        *(f"{which}_{what}" for which in ("THIS", "LAST", "NEXT") for what in ("WEEK", "MONTH", "YEAR")),
        "LAST_90_DAYS",
        "NEXT_90_DAYS",
    }
)
COUNTED_SPANS = frozenset({"LAST_N_DAYS", "NEXT_N_DAYS", "N_DAYS_AGO"})
"""These have a number behind a colon."""


def literal(text: str, token: Token) -> Value | None:
    """The value of a word; None when it is none. Raises a `Problem` for a day there isn't."""
    if token.kind == "text":
        return Value("text", plain(token.text), token.at)
    if token.kind == "number":
        number = float(token.text) if any(sign in token.text for sign in ".eE") else int(token.text)
        return Value("number", number, token.at)
    if token.kind == "stamp":
        return _stamp(text, token)
    if token.word in ("TRUE", "FALSE"):
        return Value("boolean", token.word == "TRUE", token.at)
    if token.word == "NULL":
        return Value("null", None, token.at)
    if token.word in SPANS or token.word in COUNTED_SPANS:
        return Value("span", token.word, token.at)
    return None


def _stamp(text: str, token: Token) -> Value:
    if "T" in token.text.upper():
        at = moment_of(token.text.upper())
        if at is None:
            complain(text, token.at, f"line 1:{token.at} mismatched character in date time literal '{token.text}'")
        return Value("datetime", at, token.at)
    try:
        return Value("date", date.fromisoformat(token.text), token.at)
    except ValueError:
        complain(text, token.at, f"line 1:{token.at} no such day: '{token.text}'")
