"""The HTTP session under simple-salesforce: it has a time-out, keeps connections, and takes no redirect."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter

CONNECT_S = 3.05
READ_S = 30.0
CONNECTIONS = 16


class OrgAdapter(HTTPAdapter):
    """Sends to an org; simple-salesforce sets no time-out anywhere, and speaks https to every host.

    `origin` is for a sandbox on this machine: an http address that every request goes to instead.
    """

    def __init__(self, origin: str = "") -> None:
        self._origin = origin.rstrip("/") if origin.startswith("http://") else ""
        super().__init__(pool_connections=4, pool_maxsize=CONNECTIONS, max_retries=0)

    def send(self, request: requests.PreparedRequest, *args: Any, **given: Any) -> requests.Response:
        """As `HTTPAdapter.send`."""
        given["timeout"] = given.get("timeout") or (CONNECT_S, READ_S)
        if self._origin:
            asked = urlsplit(request.url or "")
            query = f"?{asked.query}" if asked.query else ""
            request.headers["Host"] = asked.netloc
            request.url = f"{self._origin}{asked.path}{query}"
        return super().send(request, *args, **given)


def make_session(origin: str = "") -> requests.Session:
    """A session for one org, or for the token endpoint of one."""
    session = requests.Session()
    # The environment's proxies and .netrc know nothing of whom we speak to, and must not see a token.
    session.trust_env = False
    session.max_redirects = 0
    adapter = OrgAdapter(origin)
    session.mount("https://", adapter)
    session.mount("http://", adapter)
    return session
