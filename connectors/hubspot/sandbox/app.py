"""The app under test as HubSpot knows it: its keys, addresses and event types; and the OAuth grants it holds."""

from __future__ import annotations

import base64
import hashlib
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

from connectors.hubspot.sandbox.portal import Installation
from connectors.hubspot.sandbox.problems import Problem

EVENT_TYPES = (
    "segue_video_opened",
    "segue_video_played",
    "segue_video_progress",
    "segue_video_cta_clicked",
    "segue_video_summary",
)
SUBSCRIBED = (
    "contact.privacyDeletion",
    "contact.merge",
    "contact.deletion",
    "contact.propertyChange",
)


@dataclass
class App:
    """What a developer has registered. All may be changed while it runs."""

    id: int = 1_515_001
    name: str = "Segue"
    client_id: str = "6e0c5b0e-0000-4000-8000-5e67e0000001"
    client_secret: str = "sandbox-client-secret"  # noqa: S105 - known to whoever runs the sandbox
    origin: str = "http://127.0.0.1:8000"
    """Its public origin: what addresses and signatures are made with."""
    reached_at: str = ""
    """Where it is really reached, when that is elsewhere."""
    redirect_uris: list[str] = field(default_factory=list)
    """Empty: `<origin>/hubspot/oauth/callback`."""
    action_path: str = "/hubspot/workflow/link"
    webhook_path: str = "/hubspot/webhooks"
    card_path: str = "/hubspot/card"
    settings_path: str = "/hubspot/settings"
    webhooks: bool = False
    """Whether webhooks are sent to it."""
    subscriptions: tuple[str, ...] = SUBSCRIBED
    properties: tuple[str, ...] = ("firstname", "lastname", "email", "tier", "points", "next_trip")
    """Whose changes it subscribes to."""
    gather_s: float = 0.05
    """How long events gather before they are sent."""
    backoff_s: float = 2.0
    """Before the first repetition of a call that failed; doubled each time. HubSpot's is a minute."""
    event_types: set[str] = field(default_factory=lambda: set(EVENT_TYPES))
    app_events: bool = False
    """Approved by HubSpot for app events."""
    access_lives_s: int = 1800
    rotation: Literal["never", "on_next_use", "immediate"] = "on_next_use"
    """When an old refresh token dies: never, once the new one was used, or as soon as there is a new one."""

    def redirects(self) -> list[str]:
        """Where consent may come back to."""
        return self.redirect_uris or [f"{self.origin.rstrip('/')}/hubspot/oauth/callback"]

    @property
    def project(self) -> str:
        """The prefix of its event types' fully qualified names."""
        return f"ae{self.id}_"


@dataclass(slots=True)
class Code:
    """What consent came back with, to be used once."""

    installation: Installation
    redirect_uri: str
    challenge: str
    ends_at: float


@dataclass(slots=True)
class Access:
    """An access token."""

    installation: Installation
    ends_at: float


@dataclass(slots=True)
class Refresh:
    """A refresh token, and the one it came from, which may live until this one is used."""

    installation: Installation
    before: str | None = None


class Grants:
    """Every code and token of the OAuth app, in all portals."""

    def __init__(self) -> None:
        self.codes: dict[str, Code] = {}
        self.access: dict[str, Access] = {}
        self.refresh: dict[str, Refresh] = {}

    def consent(self, installation: Installation, redirect_uri: str, challenge: str, now: float) -> str:
        """The code to come back with."""
        code = secrets.token_urlsafe(24)
        self.codes[code] = Code(installation, redirect_uri, challenge, now + 600)
        return code

    def redeem(self, code: str, redirect_uri: str, verifier: str, now: float) -> Installation:
        """Whose consent a code is; raises the 400 `Problem` of what is wrong with it."""
        held = self.codes.pop(code, None)
        if held is None or held.ends_at < now:
            raise refused("BAD_AUTH_CODE", "missing or unknown auth code")
        if held.redirect_uri != redirect_uri:
            raise refused("BAD_REDIRECT_URI", "redirect_uri does not match the one consent was asked with")
        if held.challenge and challenge_of(verifier) != held.challenge:
            raise refused("BAD_CODE_VERIFIER", "code_verifier does not match the code_challenge")
        return held.installation

    def issue(self, installation: Installation, lives_s: int, now: float, before: str | None = None) -> tuple[str, str]:
        """A new access and refresh token."""
        access, refresh = f"CL{secrets.token_urlsafe(32)}", f"na1-{secrets.token_urlsafe(24)}"
        self.access[access] = Access(installation, now + lives_s)
        self.refresh[refresh] = Refresh(installation, before)
        return access, refresh

    def renew(self, token: str, app: App, now: float) -> tuple[Installation, str, str]:
        """New tokens for a refresh token, which dies by the app's rule; raises the 400 `Problem` of a dead one."""
        held = self.refresh.get(token)
        if held is None or not held.installation.active:
            raise refused("BAD_REFRESH_TOKEN", "missing or unknown refresh token")
        if held.before is not None:
            self.refresh.pop(held.before, None)
        if app.rotation == "never":
            access = f"CL{secrets.token_urlsafe(32)}"
            self.access[access] = Access(held.installation, now + app.access_lives_s)
            return held.installation, access, token
        access, refresh = self.issue(held.installation, app.access_lives_s, now, token)
        if app.rotation == "immediate":
            del self.refresh[token]
        return held.installation, access, refresh

    def end(self, which: Callable[[Installation], bool]) -> None:
        """No token of these installations works any more."""
        self.codes = {name: held for name, held in list(self.codes.items()) if not which(held.installation)}
        self.access = {name: held for name, held in list(self.access.items()) if not which(held.installation)}
        self.refresh = {name: held for name, held in list(self.refresh.items()) if not which(held.installation)}


def challenge_of(verifier: str) -> str:
    """RFC 7636's S256."""
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()


def refused(status: str, message: str) -> Problem:
    """The token endpoint's 400, worded in the old way and in the new."""
    error = "invalid_client" if "CLIENT" in status else "invalid_grant"
    return Problem(400, status, message, more={"status": status, "error": error, "error_description": message})
