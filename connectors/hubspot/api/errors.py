"""What HubSpot can answer instead of what was asked for, by what one can do about it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from plugin.kernel.errors import SegueError

TRANSIENT = frozenset({477, 500, 502, 503, 504, *range(521, 527)})
"""Come again: migrating between data centres (477), overloaded, or failed on the way."""
_LOCKED_S = 2.0
_TOO_MANY_S = 10.0


class HubSpotError(SegueError):
    """HubSpot could not or would not; the text is one line an admin can act on.

    `correlation_id` is what HubSpot's support asks for.
    """

    def __init__(self, text: str, *, status: int = 0, correlation_id: str = "") -> None:
        super().__init__(text)
        self.status = status
        self.correlation_id = correlation_id


class Unreachable(HubSpotError):
    """No whole answer came: refused, cut, or late. `maybe_done`: the request may have been carried out."""

    def __init__(self, text: str, *, maybe_done: bool) -> None:
        super().__init__(text)
        self.maybe_done = maybe_done


class Unwell(HubSpotError):
    """An answer of HubSpot's own trouble (477, 5xx); whether the request was carried out isn't known."""


class Locked(HubSpotError):
    """423: someone else changes the same thing just now."""

    after_s = _LOCKED_S


class TooMany(HubSpotError):
    """429, or our own pace says that it would be. `policy`: TEN_SECONDLY_ROLLING, DAILY, SECONDLY, or OURS."""

    def __init__(self, policy: str, after_s: float, *, correlation_id: str = "") -> None:
        words = {"DAILY": "the account's calls for today are used up", "OURS": "the limit on calls is reached"}
        super().__init__(
            f"HubSpot: {words.get(policy, 'too many calls at once')}", status=429, correlation_id=correlation_id
        )
        self.policy = policy
        self.after_s = after_s


class Disconnected(HubSpotError):
    """401, and a new token didn't help: the app was removed or the token withdrawn."""


class MissingScopes(HubSpotError):
    """403: the app may not; `scopes` are what it would take (empty when HubSpot didn't say)."""

    def __init__(self, scopes: tuple[str, ...], *, correlation_id: str = "") -> None:
        named = ", ".join(scopes) or "one HubSpot didn't name"
        super().__init__(f"HubSpot: the app lacks the scope {named}", status=403, correlation_id=correlation_id)
        self.scopes = scopes


class NotThere(HubSpotError):
    """404: no such record, property or path."""


class AlreadyThere(HubSpotError):
    """409: it exists."""


class Refused(HubSpotError):
    """400 and other answers that the same request will get again; the text holds HubSpot's own reason."""

    def __init__(
        self, text: str, *, status: int, category: str = "", details: tuple[Detail, ...] = (), correlation_id: str = ""
    ) -> None:
        super().__init__(text, status=status, correlation_id=correlation_id)
        self.category = category
        self.details = details


@dataclass(frozen=True, slots=True)
class Detail:
    """One of `errors[]`: what is wrong, and where."""

    message: str
    code: str
    context: Mapping[str, Any]


def error_of(status: int, headers: Mapping[str, str], body: Any) -> HubSpotError:
    """The error in an answer that isn't 2xx; `body` is the parsed JSON or anything else. Every part may be missing."""
    told: Mapping[str, Any] = body if isinstance(body, dict) else {}
    correlation_id = _text(told.get("correlationId"))
    if status == 429:
        return TooMany(
            _text(told.get("policyName")) or "TEN_SECONDLY_ROLLING", _wait_s(headers), correlation_id=correlation_id
        )
    if status == 423:
        return Locked("HubSpot: the record is locked just now", status=423, correlation_id=correlation_id)
    if status in TRANSIENT or status > 526:
        return Unwell(f"HubSpot answered {status}", status=status, correlation_id=correlation_id)
    details = _details(told)
    words = _words(told, details, status)
    if status == 401:
        return Disconnected(f"HubSpot refuses our token: {words}", status=401, correlation_id=correlation_id)
    if status == 403:
        if told.get("category") == "MISSING_SCOPES":
            return MissingScopes(_scopes(told, details), correlation_id=correlation_id)
        return Refused(f"HubSpot forbids it: {words}", status=403, correlation_id=correlation_id)
    if status == 404:
        return NotThere(f"HubSpot has no such thing: {words}", status=404, correlation_id=correlation_id)
    if status == 409:
        return AlreadyThere(f"HubSpot has it already: {words}", status=409, correlation_id=correlation_id)
    category = _text(told.get("category"))
    text = f"HubSpot refused it: {words}"
    return Refused(text, status=status, category=category, details=details, correlation_id=correlation_id)


def _details(told: Mapping[str, Any]) -> tuple[Detail, ...]:
    listed = told.get("errors")
    found = [each for each in listed if isinstance(each, dict)] if isinstance(listed, list) else []
    return tuple(
        Detail(_text(each.get("message")), _text(each.get("code")), context if isinstance(context, dict) else {})
        for each in found[:100]
        for context in [each.get("context")]
    )


def _words(told: Mapping[str, Any], details: tuple[Detail, ...], status: int) -> str:
    said = [_text(told.get("message")), *(detail.message for detail in details)]
    unique = list(dict.fromkeys(text for text in said if text))
    return "; ".join(unique)[:400] or f"status {status}"


def _scopes(told: Mapping[str, Any], details: tuple[Detail, ...]) -> tuple[str, ...]:
    found: list[str] = []
    for context in [told.get("context"), *(detail.context for detail in details)]:
        named = context.get("requiredGranularScopes") if isinstance(context, dict) else None
        found += [_text(scope) for scope in named] if isinstance(named, list) else []
    return tuple(dict.fromkeys(scope for scope in found if scope))


def _wait_s(headers: Mapping[str, str]) -> float:
    try:
        asked = float(headers.get("retry-after", ""))
    except ValueError:
        return _TOO_MANY_S
    return asked if 0 <= asked <= 86_400 else _TOO_MANY_S


def _text(value: object) -> str:
    return value.strip()[:500] if isinstance(value, str) else ""
