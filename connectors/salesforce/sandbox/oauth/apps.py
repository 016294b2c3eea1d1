"""External Client Apps: their keys, what they may ask for, and the grants and sessions that came of it."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field

MOST_GRANTS = 5
"""Approvals one user may have open for one app; the oldest goes."""
SCOPES = frozenset({"api", "refresh_token", "offline_access", "id", "profile", "email", "openid", "web", "full"})


@dataclass
class ClientApp:
    """As an admin sets it up. `allowed` None: every user may approve it; else those an admin let in, unasked.

    `certificate` is the public key (PEM) JWT assertions are checked by, `run_as` whom client credentials act as.
    """

    name: str = "Segue"
    consumer_key: str = "segue-sandbox-consumer-key"
    consumer_secret: str = "segue-sandbox-consumer-secret"  # noqa: S105 - known to whoever runs the sandbox
    callbacks: list[str] = field(default_factory=list)
    scopes: frozenset[str] = SCOPES
    certificate: str = ""
    rotates: bool = True
    needs_pkce: bool = True
    needs_secret: bool = True
    run_as: str = ""
    allowed: set[str] | None = None


@dataclass
class Grant:
    """One user's leave for one app; `refresh_token` is the only one in force, `spent` those before it."""

    app: ClientApp
    user_id: str
    scopes: frozenset[str]
    refresh_token: str
    spent: set[str] = field(default_factory=set)
    active: bool = True


@dataclass
class Session:
    """An access token in force until `ends_at` (seconds since 1970)."""

    token: str
    app: ClientApp
    user_id: str
    scopes: frozenset[str]
    ends_at: float
    grant: Grant | None = None


@dataclass
class Code:
    """An authorization code, good once."""

    app: ClientApp
    user_id: str
    scopes: frozenset[str]
    callback: str
    challenge: str
    ends_at: float


class Logins:
    """All of one org. `session_s`: how long an access token lives."""

    def __init__(self, org_id: str) -> None:
        self._org_id = org_id
        self.session_s = 7200.0
        self.apps: list[ClientApp] = [ClientApp()]
        self.grants: list[Grant] = []
        self.sessions: dict[str, Session] = {}
        self.codes: dict[str, Code] = {}

    def app(self, consumer_key: str) -> ClientApp | None:
        """The app with that key."""
        return next((app for app in self.apps if secrets.compare_digest(app.consumer_key, consumer_key)), None)

    def new_session(self, app: ClientApp, user_id: str, scopes: frozenset[str], now: float) -> Session:
        """A new access token."""
        for token in [token for token, session in self.sessions.items() if session.ends_at <= now]:
            del self.sessions[token]
        token = f"{self._org_id[:15]}!AQE{secrets.token_urlsafe(60)}"
        self.sessions[token] = Session(token, app, user_id, scopes, now + self.session_s)
        return self.sessions[token]

    def new_grant(self, app: ClientApp, user_id: str, scopes: frozenset[str]) -> Grant:
        """A new leave; of more than five the oldest ends."""
        grant = Grant(app, user_id, scopes, _refresh_token())
        self.grants.append(grant)
        same = [each for each in self.grants if each.active and each.app is app and each.user_id == user_id]
        for oldest in same[:-MOST_GRANTS]:
            self.end(oldest)
        return grant

    def rotate(self, grant: Grant) -> None:
        """Spend the refresh token."""
        grant.spent.add(grant.refresh_token)
        grant.refresh_token = _refresh_token()

    def by_refresh_token(self, token: str) -> tuple[Grant, bool] | None:
        """The grant it belongs to, and whether it is the one in force."""
        for grant in self.grants:
            if grant.active and (token == grant.refresh_token or token in grant.spent):
                return grant, token == grant.refresh_token
        return None

    def end(self, grant: Grant) -> None:
        """Its tokens are good no more."""
        grant.active = False
        self.end_sessions(lambda session: session.grant is grant)

    def end_sessions(self, which: object = None) -> None:
        """Sign out: all, or those that fit."""
        fits = which if callable(which) else lambda _: True
        for token in [token for token, session in self.sessions.items() if fits(session)]:
            del self.sessions[token]

    def new_code(self, code: Code) -> str:
        """A code that stands for it."""
        text = f"aPrx{secrets.token_urlsafe(48)}"
        self.codes[text] = code
        return text


def _refresh_token() -> str:
    return f"5Aep861{secrets.token_urlsafe(48)}"
