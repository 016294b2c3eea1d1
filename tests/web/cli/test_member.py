"""`segue member` as an operator uses it."""

from __future__ import annotations

import pytest

from plugin.accounts.members import authenticate
from tests.web.cli.test_link import place, segue

__all__ = ["place"]

LONG = b"correct horse battery\n"


def test_a_member_is_added_listed_changed_and_removed(place, database):
    assert segue("member", "add", "Ann@Example.com", "--role", "admin", "--password-stdin", stdin=LONG).exit_code == 0
    assert "ann@example.com" in segue("member", "list").stdout
    segue("member", "passwd", "ann@example.com", "--password-stdin", stdin=b"a different one\n")

    with database.transaction() as session:
        assert authenticate(session, "ann@example.com", "correct horse battery") is None
        assert authenticate(session, "ANN@example.com", "a different one").role == "admin"
    assert segue("member", "remove", "ann@example.com").stdout.strip() == "removed"
    assert segue("member", "list").stdout.strip() == "none"


@pytest.mark.parametrize(
    ("words", "stdin", "says"),
    [
        (["add", "ann", "--password-stdin"], LONG, "no e-mail address"),
        (["add", "ann@example.com", "--password-stdin"], b"short\n", "12 to 256"),
        (["add", "ann@example.com"], LONG, "--password-stdin"),
        (["passwd", "ann@example.com", "--password-stdin"], LONG, "no member"),
        (["remove", "ann@example.com"], None, "no member"),
    ],
)
def test_what_was_asked_wrongly_is_said_in_a_line(place, words, stdin, says):
    assert says in str(segue("member", *words, stdin=stdin).exception)
