"""The names under which an org's sealed credential keeps its values; asking for one loads no client."""

from __future__ import annotations

REFRESH, CLIENT_ID, CLIENT_SECRET = "refresh_token", "client_id", "client_secret"
USERNAME, PRIVATE_KEY, INBOUND_KEY = "username", "private_key", "inbound_key"
CERTIFICATE = "org_certificate"
"""The org's public key (PEM), where its Named Credential signs JWTs."""
INSTANCE = "instance_url"
"""Where the org's API is."""
