"""Which company, which deal, which standing: from what HubSpot answers."""

from __future__ import annotations

import pytest

from connectors.hubspot.read.choose import company_of, deals_of, primary_deal, standing_of
from plugin.privacy.suppress import BOUNCED, OPTED_OUT


def contact(**bonds):
    return {"associations": {name: {"results": listed} for name, listed in bonds.items()}}


def bond(record_id, kind):
    return {"id": record_id, "type": kind}


@pytest.mark.parametrize(
    ("listed", "expected"),
    [
        ([], None),
        ([bond("7", "contact_to_company_unlabeled")], "7"),
        ([bond("7", "contact_to_company_unlabeled"), bond("9", "contact_to_company")], "9"),
        ([bond("9", "contact_to_company"), bond("9", "contact_to_company_unlabeled")], "9"),
    ],
)
def test_the_primary_company_goes_before_others(listed, expected):
    assert company_of(contact(companies=listed)) == expected


@pytest.mark.parametrize("answer", [{}, {"associations": None}, {"associations": {"companies": "x", "deals": {}}}])
def test_an_answer_without_bonds_has_none(answer):
    assert company_of(answer) is None
    assert deals_of(answer) == ()


def test_the_newest_hundred_deals_are_looked_at():
    listed = [bond(str(number), "contact_to_deal") for number in range(1, 151)]

    found = deals_of(contact(deals=listed))

    assert (len(found), found[0], found[-1]) == (100, "150", "51")


def deal(name, closed, changed, closes=None):
    return {"dealname": name, "hs_is_closed": closed, "hs_lastmodifieddate": changed, "closedate": closes}


@pytest.mark.parametrize(
    ("deals", "name"),
    [
        ([deal("a", "false", "2026-01-01T00:00:00Z"), deal("b", "false", "2026-03-01T00:00:00Z")], "b"),
        ([deal("a", "false", "2026-01-01T00:00:00Z"), deal("b", "true", "2026-03-01T00:00:00Z")], "a"),
        ([deal("a", None, "1767225600000"), deal("b", "", "2025-03-01T00:00:00Z")], "a"),
        ([deal("a", "true", "x", "2026-05-01"), deal("b", "true", "2026-09-01T00:00:00Z", "2026-04-01")], "a"),
        ([deal("a", "true", None), deal("b", "true", None, "2026-04-01")], "b"),
    ],
)
def test_the_primary_deal_is_the_open_one_changed_last_else_the_one_closed_last(deals, name):
    assert primary_deal(deals)["dealname"] == name


def test_without_deals_there_is_no_primary_one():
    assert primary_deal([]) is None


@pytest.mark.parametrize(
    ("properties", "expected"),
    [
        ({}, set()),
        ({"hs_email_optout": "false", "hs_email_hard_bounce_reason_enum": None}, set()),
        ({"hs_email_optout": "true"}, {OPTED_OUT}),
        ({"hs_email_hard_bounce_reason_enum": "UNKNOWN_USER"}, {BOUNCED}),
        ({"hs_email_bad_address": "true", "hs_email_optout": "true"}, {OPTED_OUT, BOUNCED}),
        ({"hs_email_quarantined": "true"}, {BOUNCED}),
    ],
)
def test_standing_with_mail(properties, expected):
    assert standing_of(properties) == expected
