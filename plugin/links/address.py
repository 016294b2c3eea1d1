"""Where a link lives: its address, and the token inside whatever a person pasted."""

from __future__ import annotations

from urllib.parse import urlsplit


def address(origin: str, token: str) -> str:
    """The full address of a link under the public origin, such as `https://video.example/v/<token>`."""
    return f"{origin.rstrip('/')}/v/{token}"


def token_in(text: str) -> str:
    """The token of a pasted address, or the text itself when it is no address."""
    text = text.strip().strip("<>\"'")
    try:
        path = urlsplit(text).path if "/" in text else text
    except ValueError:
        return text
    parts = path.split("/")
    return parts[parts.index("v") + 1] if "v" in parts[:-1] else path
