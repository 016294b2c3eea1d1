"""Where the next page of an answer begins."""

from __future__ import annotations

from typing import Any


def after_of(body: Any) -> str | None:
    """The cursor of the next page in a paged answer; None: this was the last."""
    paging = body.get("paging") if isinstance(body, dict) else None
    following = paging.get("next") if isinstance(paging, dict) else None
    after = following.get("after") if isinstance(following, dict) else None
    return str(after) if isinstance(after, str | int) and str(after) else None
