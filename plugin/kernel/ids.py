"""Opaque identifiers: random, URL-safe, telling nothing."""

from __future__ import annotations

import secrets
import uuid


def new_id() -> str:
    """16 URL-safe characters holding 96 random bits."""
    return secrets.token_urlsafe(12)


def derived_id(*parts: str) -> str:
    """The same name for the same parts, always: a UUIDv5 (RFC 9562) over them."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, "segue:" + "\x1f".join(parts)))
