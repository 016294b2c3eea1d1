"""HubSpot's refusals: the body and status of each kind, as its API words them."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from connectors.hubspot.sandbox.answers import json_answer
from connectors.sandbox.wire import Answer

Detail = Mapping[str, Any]
"""One of `errors[]`: `message`, `code`, `context` (lists of strings)."""


class Problem(Exception):
    """An answer that isn't 2xx. `more` is put into the body as it is."""

    def __init__(
        self,
        status: int,
        category: str,
        message: str,
        *,
        errors: Sequence[Detail] = (),
        headers: Mapping[str, str] | None = None,
        more: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(message)
        self.status, self.category, self.message = status, category, message
        self.errors, self.headers, self.more = errors, dict(headers or {}), dict(more or {})

    def answer(self) -> Answer:
        """As HubSpot sends it."""
        body: dict[str, Any] = {"status": "error", "message": self.message, "correlationId": str(uuid.uuid4())}
        if self.category:
            body["category"] = self.category
        if self.errors:
            body["errors"] = list(self.errors)
        return json_answer({**body, **self.more}, self.status, self.headers)

    def as_item(self, ids: Sequence[str], **context: Sequence[str]) -> dict[str, Any]:
        """As one of `errors` in a 207."""
        return {
            "status": "error",
            "category": self.category,
            "message": self.message,
            "context": {"ids": list(ids), **{name: list(values) for name, values in context.items()}},
            "errors": list(self.errors),
            "links": {},
        }


def detail(message: str, code: str, **context: str) -> Detail:
    """One of `errors[]`."""
    return {"message": message, "code": code, "context": {name: [value] for name, value in context.items()}}


def invalid(message: str, errors: Sequence[Detail] = ()) -> Problem:
    """400: the same request will never do."""
    return Problem(400, "VALIDATION_ERROR", message, errors=errors)


def bad_json(message: str) -> Problem:
    """400: it isn't JSON, or not of the form asked for."""
    return invalid(f"Invalid input JSON: {message}")


def not_found(message: str = "resource not found") -> Problem:
    """404."""
    return Problem(404, "OBJECT_NOT_FOUND", message)


def conflict(message: str, errors: Sequence[Detail] = ()) -> Problem:
    """409."""
    return Problem(409, "CONFLICT", message, errors=errors)


def no_credentials() -> Problem:
    """401: no token, or none that we know."""
    return Problem(
        401,
        "INVALID_AUTHENTICATION",
        "Authentication credentials not found. This API supports OAuth 2.0 authentication and you can find more "
        "details at https://developers.hubspot.com/docs/methods/auth/oauth-overview",
    )


def expired(since_s: int) -> Problem:
    """401: the token was good until some time ago."""
    return Problem(
        401,
        "EXPIRED_AUTHENTICATION",
        f"The OAuth token used to make this call expired {since_s} second(s) ago.",
    )


def missing_scopes(any_of: Iterable[str]) -> Problem:
    """403: the token lacks them."""
    return Problem(
        403,
        "MISSING_SCOPES",
        "This app hasn't been granted all required scopes to make this call. Read more about required scopes here: "
        "https://developers.hubspot.com/scopes.",
        errors=[
            {
                "message": "One or more of the following scopes are required.",
                "context": {"requiredGranularScopes": list(any_of)},
            }
        ],
        more={"links": {"scopes": "https://developers.hubspot.com/scopes"}},
    )


def too_many(policy: str, message: str, headers: Mapping[str, str]) -> Problem:
    """429. It comes from the gateway, which words it otherwise than the APIs."""
    return Problem(429, "", message, headers=headers, more={"errorType": "RATE_LIMIT", "policyName": policy})
