"""Values as the viewer's language writes them (Unicode CLDR, by Babel). Pure."""

from __future__ import annotations

from datetime import date
from functools import cache, lru_cache
from unicodedata import bidirectional

from babel import Locale, UnknownLocaleError
from babel.dates import format_date
from babel.numbers import format_currency, format_decimal, get_currency_precision

from plugin.fields.models import Field, FieldValue

# CLDR's minimumGroupingDigits = 2: '1250' but '12.500'. Babel's data leaves it out; browsers' Intl has it.
_LATE_GROUPING = frozenset({"es", "es_ES", "pt_PT", "pl", "bg", "it", "lv", "et", "sl", "hy", "ka", "hu", "be"})
_YES_NO = {"en": ("yes", "no"), "es": ("sí", "no")}


@cache
def locale_of(language: str) -> Locale:
    """CLDR's locale nearest to a BCP 47 tag; English for one it doesn't know."""
    for tag in (language, language.split("-")[0], "en"):
        try:
            return Locale.parse(tag, sep="-")
        except (UnknownLocaleError, ValueError):
            continue
    raise AssertionError("CLDR has English")


def format_value(field: Field, value: FieldValue, language: str, decimals: int | None = None) -> str:
    """A value in words; `decimals` fixes the digits after the point, else a number has up to two, money none or all."""
    if isinstance(value, bool):
        return _YES_NO.get(language.split("-")[0], _YES_NO["en"])[0 if value else 1]
    if isinstance(value, int | float):
        return format_number(value, language, currency=field.currency, decimals=decimals)
    if field.type == "date" and isinstance(value, str):
        return format_date(date.fromisoformat(value), "long", locale=locale_of(language))
    return str(value)


@lru_cache(4096, typed=True)
def format_number(value: float, language: str, *, currency: str | None = None, decimals: int | None = None) -> str:
    """A number, or an amount of an ISO 4217 currency, grouped and signed as the language does."""
    locale = locale_of(language)
    grouped = abs(value) >= 10_000 or not _groups_late(locale)
    if currency is None:
        digits = "##" if decimals is None else "0" * decimals
        pattern = locale.decimal_formats[None].pattern.replace(".###", "." + digits if digits else "")
        return str(format_decimal(value, pattern, locale=locale, group_separator=grouped))
    if decimals is None:
        decimals = 0 if float(value).is_integer() else get_currency_precision(currency)
    pattern = _with_decimals(locale.currency_formats["standard"].pattern, decimals)
    return str(format_currency(value, currency, pattern, locale=locale, currency_digits=False, group_separator=grouped))


def isolated(text: str, language: str) -> str:
    """The text, held apart (UAX 9: FSI … PDI) when it reads against the language: the marks around it stay put."""
    first = next((mark for mark in map(bidirectional, text) if mark in {"L", "R", "AL"}), None)
    if first is None or (first == "L") == (locale_of(language).text_direction == "ltr"):
        return text
    return f"\u2068{text}\u2069"


def _with_decimals(pattern: str, decimals: int) -> str:
    return pattern.replace(".00", "." + "0" * decimals if decimals else "")


def _groups_late(locale: Locale) -> bool:
    # Latin American Spanish groups at once.
    return str(locale) in _LATE_GROUPING or (locale.language != "es" and locale.language in _LATE_GROUPING)
