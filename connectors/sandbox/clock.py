"""A sandbox's time: the real one, moved ahead when a test wishes."""

from __future__ import annotations

import time


class SandboxClock:
    """Seconds since 1970; `advance` moves it ahead for everything in the sandbox."""

    def __init__(self) -> None:
        self.ahead_s = 0.0

    def __call__(self) -> float:
        return time.time() + self.ahead_s

    def advance(self, seconds: float) -> None:
        """Let time pass."""
        self.ahead_s += seconds
