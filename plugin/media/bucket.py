"""Clip bytes in an S3-compatible bucket."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, BinaryIO

import obstore
from cachetools import LRUCache
from obstore.exceptions import BaseError
from obstore.store import S3Store as Bucket

from plugin.kernel.errors import Busy, NotFound
from plugin.media.store import checked, rounded_expiry

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class S3Store:
    """An S3-compatible bucket by obstore, credentials from `AWS_*`; addresses are presigned GETs.

    A bucket that doesn't answer is `Busy`.
    """

    def __init__(self, url: str, *, period_s: int, **options: Any) -> None:
        options.setdefault("retry_config", {"max_retries": 3, "retry_timeout": timedelta(seconds=10)})
        self._bucket: Any = Bucket.from_url(url, **options)
        self._period_s = period_s
        # A fresh signature would be a fresh address, and nothing would ever be cached.
        self._signed: LRUCache[tuple[str, int], str] = LRUCache(4096)

    def put(self, key: str, source: Path) -> None:
        try:
            if self.size(key) == source.stat().st_size:
                return
        except NotFound:
            pass
        kind = "video/mp4" if key.endswith(".mp4") else "image/jpeg"
        attributes: Any = {"Content-Type": kind, "Cache-Control": "public, max-age=31536000, immutable"}
        with _bucket_errors():
            obstore.put(self._bucket, checked(key), source, attributes=attributes)

    def open(self, key: str) -> BinaryIO:
        return io.BytesIO(self.read(key, 0, self.size(key)))

    def read(self, key: str, offset: int, length: int) -> bytes:
        with _bucket_errors():
            return bytes(obstore.get_range(self._bucket, checked(key), start=offset, length=length))

    def size(self, key: str) -> int:
        with _bucket_errors():
            return int(obstore.head(self._bucket, checked(key))["size"])

    def url(self, key: str, expires_at: datetime) -> str:
        expiry = rounded_expiry(expires_at, self._period_s)
        if (checked(key), expiry) not in self._signed:
            # S3 allows seven days at most (Signature Version 4).
            lasting = min(timedelta(seconds=expiry) - (datetime.now(UTC) - _EPOCH), timedelta(days=7))
            self._signed[key, expiry] = str(obstore.sign(self._bucket, "GET", key, lasting))
        return self._signed[key, expiry]

    def delete(self, key: str) -> None:
        with _bucket_errors(), suppress(FileNotFoundError):
            obstore.delete(self._bucket, checked(key))


@contextmanager
def _bucket_errors() -> Iterator[None]:
    try:
        yield
    except FileNotFoundError:
        raise NotFound("no such clip file") from None
    except BaseError as error:
        raise Busy("the clip store is out of reach") from error
