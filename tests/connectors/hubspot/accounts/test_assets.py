"""What we make in a portal: names HubSpot takes, and no two the same."""

from __future__ import annotations

import re

from hypothesis import given, strategies as st

from connectors.hubspot.accounts.assets import EVENTS, PROPERTIES, link_property_name, properties_for

SLUGS = st.from_regex(r"[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?", fullmatch=True)


@given(st.sets(SLUGS | st.sampled_from(["requested-at", "a-b", "a--b"]), max_size=20))
def test_every_campaign_has_a_link_property_of_its_own(slugs):
    named = [each.name for each in properties_for(slugs)]

    assert len(set(named)) == len(named) == len(slugs) + len(PROPERTIES)
    assert all(re.fullmatch(r"[a-z][a-z0-9_]{0,99}", name) for name in named)


def test_the_link_property_is_what_the_guide_tells_to_put_into_a_mail():
    assert link_property_name("spring-2027") == "segue_link_spring_2027"


def test_requests_hold_what_hubspot_asks_for():
    for asset in properties_for(["spring"]):
        body = asset.as_request()
        assert {"name", "label", "type", "fieldType", "groupName"} <= set(body)
        assert (body["type"] == "enumeration") == ("options" in body)
    for event in EVENTS:
        body = event.as_request()
        assert {"label", "includeDefaultProperties", "propertyDefinitions"} <= set(body)
        assert len(body["propertyDefinitions"]) <= 50
