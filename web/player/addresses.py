"""The addresses a player asks: the assembly's own, and clip files' with their grant."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from plugin.media.store import Store
from web.services import Services


def address(assembly: str, name: str) -> str:
    """Of one file of an assembly, as a path."""
    return f"/m/{assembly}/{name}"


@dataclass(frozen=True, slots=True)
class Signer:
    """Store key → an address that works until `expires_at` and somewhat longer, the same within one period."""

    store: Store
    expires_at: datetime

    def __call__(self, key: str) -> str:
        return self.store.url(key, self.expires_at)


def signer(services: Services) -> Signer:
    """Addresses that last as long as the settings say, from now."""
    return Signer(services.store, services.clock() + timedelta(seconds=services.settings.media_url_ttl_s))
