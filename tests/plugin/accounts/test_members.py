"""Members and their passwords."""

from __future__ import annotations

import pytest
from argon2 import PasswordHasher

from plugin.accounts import members
from plugin.accounts.members import add_member, authenticate, find_member, remove_member, set_password
from plugin.accounts.models import Member
from plugin.kernel.errors import BadInput, NotFound

PASSWORD = "correct horse battery"


@pytest.fixture(autouse=True)
def _cheap(monkeypatch):
    """The same algorithm at a cost a test can bear."""
    monkeypatch.setattr(members, "_hasher", PasswordHasher(time_cost=1, memory_cost=64, parallelism=1))
    members._nobody.cache_clear()
    yield
    members._nobody.cache_clear()


@pytest.fixture
def ann(database) -> Member:
    with database.transaction() as session:
        return add_member(session, " Ann@Example.COM ", PASSWORD, "admin")


def test_a_member_signs_in_with_their_password_only(database, ann):
    with database.transaction() as session:
        assert authenticate(session, "ann@example.com", PASSWORD).id == ann.id
        assert authenticate(session, " ANN@example.com", PASSWORD).id == ann.id
        for email, password in (
            ("ann@example.com", "wrong"),
            ("ann@example.com", ""),
            ("ann@example.com", PASSWORD + " "),
            ("bob@example.com", PASSWORD),
            ("", ""),
            ("a" * 10_000, "b" * 100_000),
            ("x\ud800@y", "y\ud800"),
            ("x\0@y", "y\0"),
        ):
            assert authenticate(session, email, password) is None


def test_the_password_is_kept_as_argon2id(ann):
    assert ann.password_hash.startswith("$argon2id$")
    assert PASSWORD not in ann.password_hash


def test_an_unknown_address_costs_a_hash_too(database, ann, monkeypatch):
    checked = []
    real = members._hasher

    class Counting:
        def verify(self, known, given):
            checked.append(known)
            return real.verify(known, given)

        def __getattr__(self, name):
            return getattr(real, name)

    monkeypatch.setattr(members, "_hasher", Counting())
    with database.transaction() as session:
        authenticate(session, "nobody@example.com", PASSWORD)
        authenticate(session, "nobody@example.com", "x" * 1000)
        authenticate(session, "ann@example.com", "wrong")

    assert len(checked) == 3
    assert all(known.startswith("$argon2id$") for known in checked)


def test_the_same_letters_from_another_keyboard_are_the_same_password(database):
    with database.transaction() as session:
        add_member(session, "zoe@example.com", "Zoë's long password", "rep")

        assert authenticate(session, "zoe@example.com", "Zoe\u0308's long password")


def test_an_older_hash_is_renewed_at_sign_in(database, ann, monkeypatch):
    monkeypatch.setattr(members, "_hasher", PasswordHasher(time_cost=2, memory_cost=64, parallelism=1))

    with database.transaction() as session:
        authenticate(session, "ann@example.com", PASSWORD)

    with database.reading() as session:
        assert "t=2" in find_member(session, "ann@example.com").password_hash


def test_a_changed_password_replaces_the_old(database, ann):
    with database.transaction() as session:
        set_password(session, "ann@example.com", "another long one")

        assert authenticate(session, "ann@example.com", PASSWORD) is None
        assert authenticate(session, "ann@example.com", "another long one")


@pytest.mark.parametrize("password", ["", "elevenchars", "x" * 257])
def test_a_password_has_a_sensible_length(database, password):
    with database.transaction() as session, pytest.raises(BadInput):
        add_member(session, "a@example.com", password, "rep")


@pytest.mark.parametrize("email", ["", "ann", "@", "a@", "@b", "a b@c", "a@b@c", "a\n@b", "x" * 300 + "@b.example"])
def test_a_member_has_an_address(database, email):
    with database.transaction() as session, pytest.raises(BadInput):
        add_member(session, email, PASSWORD, "rep")


def test_nobody_is_added_twice_or_with_a_role_that_is_none(database, ann):
    with database.transaction() as session:
        with pytest.raises(BadInput, match="already"):
            add_member(session, "ANN@example.com", PASSWORD, "rep")
        with pytest.raises(BadInput, match="role"):
            add_member(session, "bob@example.com", PASSWORD, "boss")


def test_the_last_admin_stays_while_others_need_one(database, ann):
    with database.transaction() as session:
        add_member(session, "bob@example.com", PASSWORD, "rep")
        with pytest.raises(BadInput, match="last admin"):
            remove_member(session, "ann@example.com")
        remove_member(session, "bob@example.com")
        remove_member(session, "ann@example.com")

        with pytest.raises(NotFound):
            remove_member(session, "ann@example.com")
