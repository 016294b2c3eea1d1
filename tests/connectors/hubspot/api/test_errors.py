"""HubSpot's refusals by their meaning: every part of an error body may be missing or odd."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, strategies as st

from connectors.hubspot.api.errors import (
    AlreadyThere,
    Disconnected,
    HubSpotError,
    Locked,
    MissingScopes,
    NotThere,
    Refused,
    TooMany,
    Unwell,
    error_of,
)


@pytest.mark.parametrize(
    ("status", "kind"),
    [(400, Refused), (401, Disconnected), (403, Refused), (404, NotThere), (409, AlreadyThere), (423, Locked)]
    + [(status, Unwell) for status in (477, 500, 502, 503, 504, 521, 526)]
    + [(429, TooMany), (415, Refused), (301, Refused)],
)
def test_each_status_means_one_thing(status: int, kind: type[HubSpotError]) -> None:
    assert type(error_of(status, {}, None)) is kind


def test_missing_scopes_are_named() -> None:
    body = {
        "status": "error",
        "category": "MISSING_SCOPES",
        "correlationId": "c-1",
        "errors": [{"message": "one of", "context": {"requiredGranularScopes": ["media_bridge.write"]}}],
    }

    error = error_of(403, {}, body)

    assert isinstance(error, MissingScopes)
    assert error.scopes == ("media_bridge.write",)
    assert "media_bridge.write" in str(error)
    assert error.correlation_id == "c-1"


@pytest.mark.parametrize(
    ("header", "expected"), [("7", 7.0), ("0", 0.0), ("-1", 10.0), ("soon", 10.0), ("1e9", 10.0), ("nan", 10.0)]
)
def test_a_rate_limit_says_how_long(header: str, expected: float) -> None:
    error = error_of(429, {"retry-after": header}, {"policyName": "TEN_SECONDLY_ROLLING"})

    assert isinstance(error, TooMany)
    assert error.after_s == expected


def test_the_admins_own_rule_is_in_the_reason() -> None:
    message = "Property values were not valid"
    rule = {"message": "segue_score must be at most 50 (rule of Ada)", "code": "FAILED_VALIDATION"}

    error = error_of(400, {}, {"message": message, "category": "VALIDATION_ERROR", "errors": [rule]})

    assert isinstance(error, Refused)
    assert "rule of Ada" in str(error)
    assert error.category == "VALIDATION_ERROR"


NAMES = ["message", "errors", "context", "category", "correlationId", "policyName", "requiredGranularScopes"]
ODD = st.recursive(
    st.none() | st.booleans() | st.text() | st.integers(),
    lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from(NAMES), inner),
)


@given(st.integers(300, 999), ODD)
def test_no_answer_is_too_odd(status: int, body: Any) -> None:
    error = error_of(status, {}, body)

    assert len(str(error)) < 700
