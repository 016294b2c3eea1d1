"""Rules in plain words, in the reader's language (English and Spanish; any other reads English). Pure."""

from __future__ import annotations

from collections.abc import Mapping

from plugin.campaigns.rules import compares_in
from plugin.campaigns.storyboard import All, Any, Choice, Compare, Not, Rule, Scene
from plugin.fields.format import format_value
from plugin.fields.models import Field, FieldValue, in_language

_WORDS: dict[str, dict[str, str]] = {
    "en": {
        "eq": "{field} is {value}",
        "ne": "{field} is not {value}",
        "in": "{field} is {value}",
        "gt": "{field} is more than {value}",
        "gte": "{field} is at least {value}",
        "lt": "{field} is less than {value}",
        "lte": "{field} is at most {value}",
        "gt date": "{field} is after {value}",
        "gte date": "{field} is on or after {value}",
        "lt date": "{field} is before {value}",
        "lte date": "{field} is on or before {value}",
        "known": "{field} is known",
        "unknown": "{field} is not known",
        "and": " and ",
        "or": " or ",
        "not": "it is not so that {rule}",
        "else": "for everyone else",
        "same": "the same for everyone",
    },
    "es": {
        "eq": "{field} es {value}",
        "ne": "{field} no es {value}",
        "in": "{field} es {value}",
        "gt": "{field} es más de {value}",
        "gte": "{field} es al menos {value}",
        "lt": "{field} es menos de {value}",
        "lte": "{field} es como mucho {value}",
        "gt date": "{field} es posterior al {value}",
        "gte date": "{field} es el {value} o después",
        "lt date": "{field} es anterior al {value}",
        "lte date": "{field} es el {value} o antes",
        "known": "se conoce {field}",
        "unknown": "no se conoce {field}",
        "and": " y ",
        "or": " o ",
        "not": "no se cumple que {rule}",
        "else": "para todos los demás",
        "same": "igual para todos",
    },
}


def describe(rule: Rule, fields: Mapping[str, Field], language: str, default: str) -> str:
    """The rule as a clause, such as 'Membership is Gold and Points is at least 1,000'."""
    words = _words(language)
    match rule:
        case All():
            return words["and"].join(_part(part, fields, language, default) for part in rule.all)
        case Any():
            return words["or"].join(_part(part, fields, language, default) for part in rule.any)
        case Not():
            return words["not"].format(rule=_part(rule.not_, fields, language, default))
        case Compare():
            return _compare(rule, fields, language, default)


def describe_choice(scene: Scene, choice: Choice, fields: Mapping[str, Field], language: str, default: str) -> str:
    """When the choice is taken: its rule, or that it is for everyone else, or for all alike."""
    if choice.when is not None:
        return describe(choice.when, fields, language, default)
    return _words(language)["else" if len(scene.choices) > 1 else "same"]


def _words(language: str) -> dict[str, str]:
    return _WORDS.get(language.split("-")[0], _WORDS["en"])


def _part(rule: Rule, fields: Mapping[str, Field], language: str, default: str) -> str:
    text = describe(rule, fields, language, default)
    return f"({text})" if len(list(compares_in(rule))) > 1 else text


def _compare(rule: Compare, fields: Mapping[str, Field], language: str, default: str) -> str:
    words, field = _words(language), fields.get(rule.field)
    if field is None:
        return rule.field
    values = rule.value if isinstance(rule.value, tuple) else (rule.value,)
    said = words["or"].join(_value(field, value, language) for value in values if value is not None)
    form = words.get(f"{rule.op} date" if field.type == "date" else rule.op, words[rule.op])
    return form.format(field=in_language(field.label, language, default), value=said)


def _value(field: Field, value: FieldValue, language: str) -> str:
    try:
        return format_value(field, value, language)
    except ValueError:
        # A constant that is no date: publication refuses it, words need not.
        return str(value)
