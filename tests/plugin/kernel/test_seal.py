"""What is sealed opens only here, only in its place, only unchanged."""

from __future__ import annotations

import os
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given, strategies as st

from plugin.kernel.errors import BadInput
from plugin.kernel.seal import SealBroken, Vault, open_vault
from plugin.kernel.settings import Settings

VAULT = Vault(bytes(range(32)))


@given(st.binary(max_size=300), st.text(max_size=40))
def test_what_was_sealed_opens_in_its_place(plain: bytes, place: str) -> None:
    assert VAULT.unseal(place, VAULT.seal(place, plain)) == plain


def test_a_value_moved_to_another_row_does_not_open() -> None:
    sealed = VAULT.seal("recipient|1|snapshot", b"points=40")

    with pytest.raises(SealBroken):
        VAULT.unseal("recipient|2|snapshot", sealed)


@given(st.integers(min_value=0, max_value=100))
def test_a_changed_byte_is_noticed(position: int) -> None:
    sealed = bytearray(VAULT.seal("here", b"x" * 80))
    sealed[position] ^= 1

    with pytest.raises(SealBroken):
        VAULT.unseal("here", bytes(sealed))


def test_a_torn_value_is_noticed() -> None:
    with pytest.raises(SealBroken):
        VAULT.unseal("here", b"short")


def test_another_master_secret_opens_nothing() -> None:
    with pytest.raises(SealBroken):
        Vault(os.urandom(32)).unseal("here", VAULT.seal("here", b"x"))


def test_purposes_have_keys_of_their_own() -> None:
    assert VAULT.derive("nonce") != VAULT.derive("grant")
    assert VAULT.pseudonym("suppression", "a") != VAULT.pseudonym("principal", "a")


def test_the_master_secret_is_made_once_however_many_start_at_once(tmp_path: Path) -> None:
    config = Settings(data_dir=tmp_path)
    with ThreadPoolExecutor(8) as pool:
        made = {vault.derive("x") for vault in pool.map(lambda _: open_vault(config), range(16))}

    assert len(made) == 1
    assert stat.S_IMODE((tmp_path / "master.key").stat().st_mode) == 0o600
    assert [path.name for path in tmp_path.iterdir()] == ["master.key"]


def test_a_broken_master_secret_says_so(tmp_path: Path) -> None:
    (tmp_path / "master.key").write_text("not hex")

    with pytest.raises(BadInput, match="64 hex digits"):
        open_vault(Settings(data_dir=tmp_path))
