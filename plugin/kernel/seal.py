"""Sealing secrets and snapshots at rest: AES-256-GCM (NIST SP 800-38D), each value bound to its place."""

from __future__ import annotations

import hashlib
import os
import secrets
from functools import cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from plugin.kernel.errors import BadInput, SegueError
from plugin.kernel.settings import Settings, settings

_NONCE = 12


class SealBroken(SegueError):
    """The sealed bytes were changed, moved to another row, or sealed under another master secret."""


class Vault:
    """Keys derived from one master secret (HKDF-SHA256, RFC 5869), one per purpose."""

    def __init__(self, master: bytes) -> None:
        if len(master) != 32:
            raise BadInput("the master secret must be 32 bytes (64 hex digits)")
        self._master = master

    @cache  # noqa: B019 - one vault lives as long as its process, and there are few purposes
    def derive(self, purpose: str) -> bytes:
        """32 bytes for one purpose, for use as a MAC or cipher key."""
        return HKDF(SHA256(), 32, salt=None, info=purpose.encode()).derive(self._master)

    def seal(self, place: str, plain: bytes) -> bytes:
        """Encrypt `plain`; `place` (such as `recipient|snapshot|<id>`) must match to open it."""
        nonce = os.urandom(_NONCE)
        return nonce + self._cipher().encrypt(nonce, plain, place.encode())

    def unseal(self, place: str, sealed: bytes) -> bytes:
        """Decrypt, or raise `SealBroken`."""
        try:
            return self._cipher().decrypt(sealed[:_NONCE], sealed[_NONCE:], place.encode())
        except (InvalidTag, ValueError):  # ValueError: too short to hold a nonce and a tag
            raise SealBroken("sealed data can't be opened with this master secret") from None

    @cache  # noqa: B019 - one vault lives as long as its process
    def _cipher(self) -> AESGCM:
        return AESGCM(self.derive("seal"))

    def pseudonym(self, purpose: str, value: str) -> str:
        """A keyed hash (HMAC-like BLAKE2b, 128 bit, hex) that can be matched but not reversed."""
        return hashlib.blake2b(value.encode(), key=self.derive(purpose), digest_size=16).hexdigest()


def open_vault(config: Settings) -> Vault:
    """The vault of this installation; its master secret is made at first need, mode 600."""
    if config.master_secret:
        return Vault(_from_hex(config.master_secret.get_secret_value()))
    path = config.data_dir / "master.key"
    try:
        return Vault(_from_hex(path.read_text()))
    except FileNotFoundError:
        path.parent.mkdir(parents=True, exist_ok=True)
    # Two processes may race to the first start: the hard link lets only one secret win.
    draft = path.with_name(f"master.{secrets.token_hex(4)}.draft")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(secrets.token_hex(32))
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(draft, path)
    except FileExistsError:
        pass
    finally:
        draft.unlink()
    return Vault(_from_hex(path.read_text()))


def _from_hex(text: str) -> bytes:
    try:
        return bytes.fromhex(text.strip())
    except ValueError:
        raise BadInput("the master secret must be 64 hex digits") from None


@cache
def vault() -> Vault:
    """The process's vault, opened once."""
    return open_vault(settings())
