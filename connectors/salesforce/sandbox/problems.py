"""Salesforce's refusals: the code, status and words of each, as a whole answer and as one item of a collection."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from connectors.salesforce.sandbox.answers import json_answer
from connectors.sandbox.wire import Answer


class Problem(Exception):
    """What isn't done, by Salesforce's own code. `fields`: those at fault; None: the error is none of a record's."""

    def __init__(self, code: str, message: str, status: int = 400, fields: Sequence[str] | None = None) -> None:
        super().__init__(message)
        self.code, self.message, self.status = code, message, status
        self.fields = None if fields is None else list(fields)

    def answer(self) -> Answer:
        """As a whole answer."""
        return json_answer([self.as_error()], self.status)

    def as_error(self) -> dict[str, Any]:
        """As the list of a refused call holds it."""
        fields = {} if self.fields is None else {"fields": self.fields}
        return {"message": self.message, "errorCode": self.code, **fields}

    def as_item(self) -> dict[str, Any]:
        """As `errors` of one record holds it."""
        return {"statusCode": self.code, "message": self.message, "fields": self.fields or []}


def not_found(message: str = "The requested resource does not exist") -> Problem:
    """404: no such path or object."""
    return Problem("NOT_FOUND", message, 404)


def no_record(record_id: str) -> Problem:
    """404: no such record, or none this user may see."""
    return not_found(f"Provided external ID field does not exist or is not accessible: {record_id[:80]}")


def deleted() -> Problem:
    """404: the record is in the recycle bin."""
    return Problem("ENTITY_IS_DELETED", "entity is deleted", 404, [])


def session_ended() -> Problem:
    """401."""
    return Problem("INVALID_SESSION_ID", "Session expired or invalid", 401)


def api_off() -> Problem:
    """403: the edition has no API, or the user's profile lacks it."""
    return Problem("API_DISABLED_FOR_ORG", "The REST API is not enabled for this Organization.", 403)


def too_many(what: str) -> Problem:
    """403: `TotalRequests` of 24 hours, or `ConcurrentRequests (Concurrent API Requests)`."""
    return Problem("REQUEST_LIMIT_EXCEEDED", f"{what} Limit exceeded.", 403)


def locked(record_id: str = "", status: int = 400) -> Problem:
    """Somebody else holds the row."""
    named = f": {record_id}" if record_id else ""
    words = f"unable to obtain exclusive access to this record or 1 records{named}"
    return Problem("UNABLE_TO_LOCK_ROW", words, status, [])


def unwell(status: int) -> Problem:
    """Salesforce's own trouble."""
    if status == 503:
        return Problem("SERVER_UNAVAILABLE", "The server is temporarily unavailable. Please try again later.", 503)
    words = "An unexpected error occurred. Please include this ErrorId if you contact support: 1234567890-12345 (0)"
    return Problem("UNKNOWN_EXCEPTION", words, status)


def no_column(name: str, kind: str) -> Problem:
    """400: a record is sent a field there isn't, or none this user may see."""
    return Problem("INVALID_FIELD", f"No such column '{name[:80]}' on sobject of type {kind}")


def not_writable(names: Sequence[str]) -> Problem:
    """400: the field is read-only, or is for this user."""
    listed = ", ".join(names)
    words = (
        f"Unable to create/update fields: {listed}. Please check the security settings of this field and verify that "
        "it is read/write for your profile or permission set."
    )
    return Problem("INVALID_FIELD_FOR_INSERT_UPDATE", words, 400, names)


def no_rights() -> Problem:
    """403: the user may see the record or object, and not do this."""
    return Problem("INSUFFICIENT_ACCESS_OR_READONLY", "insufficient access rights on object id", 403, [])


def taken(field: str, record_id: str) -> Problem:
    """400: a unique value is another record's."""
    words = f"duplicate value found: {field} duplicates value on record with id: {record_id[:15]}"
    return Problem("DUPLICATE_VALUE", words, 400, [])


def bad_json(message: str) -> Problem:
    """400: it isn't JSON, or not of the type asked for."""
    return Problem("JSON_PARSER_ERROR", message)


def unreadable(kind: str, token: str, value: object) -> Problem:
    """400: a value of another JSON type than the field's."""
    words = f"Cannot deserialize instance of {kind} from {token} value {str(value)[:120]}"
    return bad_json(f"{words} or request may be missing a required field at [line:1, column:1]")
