"""A page's nonce is good for its own open, for twelve hours, and for nothing else."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given, strategies as st

from plugin.engagement.nonce import LIFE, NonceExpired, NonceForged, issue, verify
from plugin.kernel.seal import Vault
from tests.conftest import NOW

VAULT = Vault(bytes(range(32)))


def test_a_nonce_names_its_open_and_when_that_was():
    licence = verify(VAULT, issue(VAULT, "open-1_a", now=NOW), now=NOW + timedelta(hours=1))

    assert licence.open_id == "open-1_a"
    assert licence.issued_at == NOW


def test_a_nonce_ends_after_twelve_hours():
    token = issue(VAULT, "open", now=NOW)

    verify(VAULT, token, now=NOW + LIFE - timedelta(seconds=1))
    with pytest.raises(NonceExpired):
        verify(VAULT, token, now=NOW + LIFE)


def test_another_installation_refuses_it():
    with pytest.raises(NonceForged):
        verify(Vault(bytes(32)), issue(VAULT, "open", now=NOW), now=NOW)


@given(st.data())
def test_a_changed_nonce_is_refused(data: st.DataObject):
    token = issue(VAULT, "open", now=NOW)
    at = data.draw(st.integers(0, len(token) - 1))
    put = data.draw(st.characters(codec="latin-1").filter(lambda c: c != token[at]))

    with pytest.raises(NonceForged):
        verify(VAULT, token[:at] + put + token[at + 1 :], now=NOW)


@given(st.text())
def test_any_text_at_all_is_refused_calmly(text: str):
    with pytest.raises(NonceForged):
        verify(VAULT, text, now=NOW)
