"""What Salesforce can answer instead of what was asked for, by what one can do about it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from plugin.kernel.errors import SegueError

HOURS_S = 3600.0
"""The day's allowance is counted over 24 hours: asking sooner is asking in vain."""
_MOMENT_S = 5.0
LOCKED = frozenset({"UNABLE_TO_LOCK_ROW", "ROW_LOCKED"})
NOT_ALLOWED = frozenset(
    {
        "INSUFFICIENT_ACCESS",
        "INSUFFICIENT_ACCESS_OR_READONLY",
        "INSUFFICIENT_ACCESS_ON_CROSS_REFERENCE_ENTITY",
        "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY",
        "INVALID_FIELD_FOR_INSERT_UPDATE",
    }
)
UNKNOWN_NAMES = frozenset({"INVALID_FIELD", "INVALID_TYPE", "NOT_FOUND", "INVALID_SOBJECT"})
GONE = frozenset({"ENTITY_IS_DELETED", "INVALID_CROSS_REFERENCE_KEY", "MALFORMED_ID"})
_SWITCHED_OFF = frozenset({"API_DISABLED_FOR_ORG", "API_CURRENTLY_DISABLED", "FUNCTIONALITY_NOT_ENABLED"})


@dataclass(frozen=True, slots=True)
class Fault:
    """One of the errors of an answer, or of one item of it."""

    code: str
    message: str
    fields: tuple[str, ...] = ()

    def __str__(self) -> str:
        where = f" ({', '.join(self.fields)})" if self.fields else ""
        return f"{self.message or self.code}{where}"


class SalesforceError(SegueError):
    """Salesforce could not or would not; the text is one line an admin can act on."""

    def __init__(self, text: str, *, status: int = 0, fault: Fault | None = None) -> None:
        super().__init__(text)
        self.status = status
        self.fault = fault


class Unreachable(SalesforceError):
    """No whole answer came; `maybe_done`: the request may have been carried out."""

    def __init__(self, text: str, *, maybe_done: bool) -> None:
        super().__init__(text)
        self.maybe_done = maybe_done


class Unwell(SalesforceError):
    """Salesforce's own trouble (5xx, maintenance)."""


class Locked(SalesforceError):
    """UNABLE_TO_LOCK_ROW, under whatever status it comes."""


class TooMany(SalesforceError):
    """REQUEST_LIMIT_EXCEEDED. `daily`: the org's calls for 24 hours, or our share of them, are used up."""

    def __init__(self, text: str, *, daily: bool, after_s: float) -> None:
        super().__init__(text, status=403)
        self.daily = daily
        self.after_s = after_s


class Disconnected(SalesforceError):
    """The session has ended and no new one is to be had: the user was deactivated or the app's access withdrawn."""


class SwitchedOff(SalesforceError):
    """The org's edition or settings don't let anyone use the API."""


class NotAllowed(SalesforceError):
    """Our user may not: a permission set is missing or sharing hides the record."""


class UnknownName(SalesforceError):
    """An object or field isn't there, or our user may not know of it."""


class NotThere(SalesforceError):
    """No such record."""


class Refused(SalesforceError):
    """What the same request will get again; the text holds Salesforce's own reason."""


def faults_of(content: Any) -> tuple[Fault, ...]:
    """The errors in an answer's body: a list of objects, one object, or anything else."""
    listed = content if isinstance(content, list) else [content]
    return tuple(_fault(each) for each in listed[:100] if isinstance(each, dict))


def error_of(status: int, content: Any) -> SalesforceError:
    """The error in an answer that isn't 2xx; every part of it may be missing."""
    fault = next(iter(faults_of(content)), Fault("", ""))
    if fault.code == "REQUEST_LIMIT_EXCEEDED":
        daily = "concurrent" not in fault.message.lower()
        words = "the org's API calls for 24 hours are used up" if daily else "too many long calls at once"
        return TooMany(f"Salesforce: {words}", daily=daily, after_s=HOURS_S if daily else _MOMENT_S)
    if fault.code in LOCKED:
        return Locked("Salesforce: the record is locked just now", status=status, fault=fault)
    if status == 401 or fault.code == "INVALID_SESSION_ID":
        return Disconnected(f"Salesforce refuses our session: {_words(fault, status)}", status=status, fault=fault)
    if fault.code in _SWITCHED_OFF:
        return SwitchedOff(
            "Salesforce: the API is off for this org or edition. Its Enterprise, Unlimited, Performance and Developer "
            "editions have it; Professional as an add-on",
            status=status,
            fault=fault,
        )
    if fault.code in UNKNOWN_NAMES and (status != 404 or fault.fields or fault.code != "NOT_FOUND"):
        return UnknownName(f"Salesforce: {_words(fault, status)}", status=status, fault=fault)
    if fault.code in NOT_ALLOWED or status == 403:
        return NotAllowed(f"Salesforce forbids it: {_words(fault, status)}", status=status, fault=fault)
    if status == 404:
        return NotThere(f"Salesforce has no such thing: {_words(fault, status)}", status=status, fault=fault)
    if status >= 500 or fault.code in {"SERVER_UNAVAILABLE", "UNKNOWN_EXCEPTION"}:
        return Unwell(f"Salesforce answered {status}", status=status, fault=fault)
    return Refused(f"Salesforce refused it: {_words(fault, status)}", status=status, fault=fault)


def _words(fault: Fault, status: int) -> str:
    return str(fault).strip() or f"status {status}"


def _fault(told: Mapping[str, Any]) -> Fault:
    fields = told.get("fields")
    code = told.get("errorCode") or told.get("statusCode") or told.get("error")
    message = told.get("message") or told.get("error_description")
    named = tuple(str(name)[:80] for name in fields[:20]) if isinstance(fields, list) else ()
    return Fault(str(code or "")[:80], str(message or "").strip()[:400], named)
