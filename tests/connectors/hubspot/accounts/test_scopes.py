"""The scopes are a list an admin can read: each once, each with a reason, the required ones few."""

from __future__ import annotations

from connectors.hubspot.accounts.scopes import ALL, CORE, OPTIONAL, missing, names


def test_every_scope_stands_once_and_says_why_in_a_sentence() -> None:
    assert len(set(names(ALL))) == len(ALL)
    for scope in ALL:
        assert scope.reason.endswith("."), scope.name
        assert scope.adds.endswith("."), scope.name


def test_what_is_required_needs_no_edition_and_touches_contacts_alone() -> None:
    assert all(scope.required and not scope.tier and not scope.oauth_only for scope in CORE)
    assert [name for name in names(CORE) if name != "oauth" and ".contacts." not in name] == []
    assert not any(scope.required for scope in OPTIONAL)


def test_what_is_missing_is_told_required_ones_first() -> None:
    granted = set(names(ALL)) - {"timeline", "crm.schemas.contacts.write"}

    assert names(missing(granted)) == ("crm.schemas.contacts.write", "timeline")
    assert missing(names(ALL)) == ()
