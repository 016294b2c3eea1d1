"""One contact's passage through the workflow action: asked, waiting, done, and every attempt at it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

State = Literal["calling", "waiting", "done", "failed", "expired"]


@dataclass
class Run:
    """An enrolment. `state`: calling (again), waiting (BLOCK or ASYNC), done, failed, expired (never completed)."""

    callback_id: str
    contact_id: str
    inputs: dict[str, str]
    began_at: float
    state: State = "calling"
    attempts: list[tuple[float, int, str]] = field(default_factory=list)
    """Of each: when, the status (0: no answer), and what was said."""
    output: dict[str, str] = field(default_factory=dict)
    waits_until: float | None = None
    completed_at: float | None = None
    completions: int = 0

    def complete(self, output: dict[str, str], now: float) -> None:
        """The app says what came of it; a second time changes nothing."""
        self.completions += 1
        if self.state in ("waiting", "calling"):
            self.settle(output, now)

    def settle(self, output: dict[str, str], now: float) -> None:
        """What the action gave, by its `hs_execution_state`."""
        self.output = output
        self.state = "failed" if output.get("hs_execution_state", "SUCCESS").startswith("FAIL") else "done"
        self.completed_at = now
