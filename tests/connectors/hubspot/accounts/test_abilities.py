"""What a portal allows, read from its scopes and limits, and said in words."""

from __future__ import annotations

from dataclasses import replace

import pytest

from connectors.hubspot.accounts.abilities import (
    Limits,
    calls_of,
    modes_of,
    possible_of,
    summary,
    tier_of,
)
from connectors.hubspot.accounts.assets import event_names
from connectors.hubspot.accounts.config import PortalConfig
from connectors.hubspot.accounts.scopes import ALL, CORE, names

DEFINED = {name: f"pe1_{name}" for name in event_names()}
EVERY = frozenset(names(ALL))
BASIC = frozenset(names(CORE))


@pytest.mark.parametrize(
    ("scopes", "events", "possible"),
    [
        (BASIC, {}, ("none",)),
        (BASIC | {"media_bridge.write"}, {}, ("media_bridge", "none")),
        (BASIC | {"timeline"}, {}, ("app_events", "none")),
        (EVERY, {}, ("app_events", "media_bridge", "none")),
        (EVERY, DEFINED, ("app_events", "media_bridge", "custom_events", "none")),
        (BASIC | {"analytics.behavioral_events.send"}, DEFINED, ("custom_events", "none")),
        (BASIC | {"behavioral_events.event_definitions.read_write"}, DEFINED, ("none",)),
    ],
)
def test_a_timeline_form_is_possible_with_its_scopes_and_definitions(scopes, events, possible):
    assert possible_of(modes_of(scopes, events)) == possible


def test_a_form_that_is_not_possible_says_what_it_takes():
    needs = {mode.form: mode.needs for mode in modes_of(EVERY - {"media_bridge.write"}, {})}

    assert needs["app_events"] == ""
    assert "media_bridge.write" in needs["media_bridge"]
    assert "setting the account up" in needs["custom_events"]


@pytest.mark.parametrize(
    ("scopes", "limits", "auth", "tier"),
    [
        (BASIC, Limits(100, 250_000), "static", "free"),
        (BASIC, Limits(190, 625_000), "static", "professional"),
        (BASIC, Limits(190, 1_000_000), "static", "enterprise"),
        (BASIC, Limits(190, None), "static", "professional"),
        (BASIC, Limits(None, None), "static", ""),
        (BASIC, Limits(110, None), "oauth", ""),
        (EVERY, Limits(110, None), "oauth", "enterprise"),
    ],
)
def test_the_edition_is_told_as_far_as_it_can_be(scopes, limits, auth, tier):
    assert tier_of(scopes, limits, auth=auth) == tier


@pytest.mark.parametrize(
    ("limits", "tier", "auth", "calls"),
    [
        (Limits(190), "professional", "static", 190),
        (Limits(), "professional", "static", 190),
        (Limits(), "", "static", 100),
        (Limits(), "", "oauth", 110),
        (Limits(1), "", "oauth", 10),
        (Limits(10**8), "", "oauth", 1000),
    ],
)
def test_the_cap_shown_counts_within_reason(limits, tier, auth, calls):
    assert calls_of(limits, tier, auth=auth) == calls


def test_the_summary_names_every_missing_scope_and_what_it_would_add():
    config = PortalConfig(scopes=tuple(BASIC), tier="free")

    told = "\n".join(summary(config))

    assert "Free or Starter" in told
    for scope in ALL:
        assert (scope.name in told) == (scope.name not in BASIC), scope.name


def test_a_broken_connection_says_that_and_nothing_else():
    assert summary(replace(PortalConfig(), problem="the token was withdrawn")) == ("the token was withdrawn",)
