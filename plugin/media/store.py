"""Where clip bytes live: the port and a folder behind it; addresses expire and can be cached."""

from __future__ import annotations

import hashlib
import hmac
import os
import re
import shutil
from base64 import urlsafe_b64encode
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import BinaryIO, Protocol
from urllib.parse import urlsplit

from plugin.kernel.errors import BadInput, Busy, Forbidden, NotFound
from plugin.kernel.ids import new_id
from plugin.kernel.seal import Vault
from plugin.kernel.settings import Settings

_KEY = re.compile(r"[0-9a-f]{32}/[a-z0-9]{1,16}\.(?:mp4|jpg)")
_GRANT = re.compile(r"(\d{1,12})\.([A-Za-z0-9_-]{22})")
_PURPOSE = "media|grant"


class Store(Protocol):
    """Immutable files by opaque key, such as `3f…/720p.mp4`; a key it doesn't hold raises `NotFound`."""

    def put(self, key: str, source: Path) -> None:
        """Keep a copy, whole or not at all; a key that is there already stays as it is."""

    def open(self, key: str) -> BinaryIO:
        """The bytes, to read and seek."""

    def read(self, key: str, offset: int, length: int) -> bytes:
        """`length` bytes from `offset`."""

    def size(self, key: str) -> int:
        """In bytes."""

    def url(self, key: str, expires_at: datetime) -> str:
        """An address a browser can fetch with ranges until `expires_at` and somewhat longer.

        The same for everyone who asks within one period, so that caches can share it.
        """

    def delete(self, key: str) -> None:
        """Forget it; nothing happens when it isn't there."""


def checked(key: str) -> str:
    """The key itself, when it is one: `<32 hex>/<name>.<mp4|jpg>` can't leave its folder."""
    if not _KEY.fullmatch(key):
        raise NotFound("no such clip file")
    return key


class LocalStore:
    """A folder; its addresses are `/clips/<grant>/<key>`, a grant being `<expiry>.<mac>` over the clip's prefix."""

    def __init__(self, root: Path, vault: Vault, *, period_s: int) -> None:
        self.root = root
        self._secret = vault.derive(_PURPOSE)
        self._period_s = period_s

    def path(self, key: str) -> Path:
        """Where a key's file is (it need not exist)."""
        return self.root / checked(key)

    def put(self, key: str, source: Path) -> None:
        target = self.path(key)
        if target.exists() and target.stat().st_size == source.stat().st_size:
            return
        incoming = self.root / ".incoming"
        incoming.mkdir(parents=True, exist_ok=True)
        draft = incoming / new_id()
        try:
            with source.open("rb") as read, draft.open("wb") as write:
                shutil.copyfileobj(read, write, 1 << 20)
                write.flush()
                os.fsync(write.fileno())
            target.parent.mkdir(exist_ok=True)
            draft.replace(target)
        except OSError as error:
            draft.unlink(missing_ok=True)
            raise Busy(f"the clip store can't be written: {error.strerror}") from error
        sync_folder(target.parent)

    def open(self, key: str) -> BinaryIO:
        try:
            return self.path(key).open("rb")
        except FileNotFoundError:
            raise NotFound("no such clip file") from None

    def read(self, key: str, offset: int, length: int) -> bytes:
        with self.open(key) as file:
            return os.pread(file.fileno(), length, offset)

    def size(self, key: str) -> int:
        try:
            return self.path(key).stat().st_size
        except FileNotFoundError:
            raise NotFound("no such clip file") from None

    def url(self, key: str, expires_at: datetime) -> str:
        expiry = rounded_expiry(expires_at, self._period_s)
        return f"/clips/{expiry}.{self._mac(checked(key), expiry)}/{key}"

    def check(self, grant: str, key: str, now: datetime) -> int:
        """Seconds the grant still holds for this key; raises `Forbidden` when it doesn't."""
        found = _GRANT.fullmatch(grant)
        if not found:
            raise Forbidden("this address is not one of ours")
        expiry = int(found[1])
        if not hmac.compare_digest(found[2], self._mac(checked(key), expiry)):
            raise Forbidden("this address is not one of ours")
        left = expiry - int(now.timestamp())
        if left <= 0:
            raise Forbidden("this address has expired")
        return left

    def delete(self, key: str) -> None:
        path = self.path(key)
        path.unlink(missing_ok=True)
        try:
            path.parent.rmdir()
        except OSError:
            pass

    def _mac(self, key: str, expiry: int) -> str:
        prefix = key.partition("/")[0]
        return _signature(self._secret, f"{expiry}|{prefix}")


@lru_cache(8192)
def _signature(secret: bytes, text: str) -> str:
    """HMAC-SHA-256 cut to 128 bits (NIST SP 800-107, 5.1); a period's grants are the same, so it is asked for often."""
    return urlsafe_b64encode(hmac.digest(secret, text.encode(), hashlib.sha256)[:16]).rstrip(b"=").decode()


def rounded_expiry(expires_at: datetime, period_s: int) -> int:
    """`expires_at` as Unix seconds, put off to the end of its period: everyone in the period gets the same address."""
    return -(-int(expires_at.timestamp()) // period_s) * period_s


def sync_folder(folder: Path) -> None:
    """Make the names in a folder survive a power cut."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def open_store(config: Settings, vault: Vault) -> Store:
    """The store the settings name: `s3://bucket/prefix`, or the folder `data_dir/clips`."""
    if not config.media_url:
        return LocalStore(config.data_dir / "clips", vault, period_s=config.media_url_ttl_s)
    if urlsplit(config.media_url).scheme == "s3":
        from plugin.media.bucket import S3Store  # its library is large, and most installations have no bucket

        return S3Store(config.media_url, period_s=config.media_url_ttl_s)
    raise BadInput("SEGUE_MEDIA_URL must be empty or s3://bucket/prefix")
