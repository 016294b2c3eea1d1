"""How a connected account stands, in one word: for our own screens and for a page inside the CRM. Pure."""

from __future__ import annotations

from typing import Literal

from plugin.outbox.health import OutboxHealth

Standing = Literal["ok", "attention", "broken"]
OLD_S = 600.0
"""What is owed for so long shows that no worker runs, or that the CRM refuses."""


def standing(problem: str | None, queue: OutboxHealth, *, connected: bool = True) -> Standing:
    """Broken: nothing goes through. Attention: something waits or can't be delivered."""
    if not connected or problem is not None:
        return "broken"
    return "attention" if queue.dead or queue.oldest_age_s > OLD_S else "ok"
