"""The kinds of trouble this sandbox can make, and what HubSpot says in each."""

from __future__ import annotations

from connectors.hubspot.sandbox.limits import Limits
from connectors.hubspot.sandbox.problems import Problem, no_credentials
from connectors.sandbox.faults import AFTER, SLOW, Fault, Faults
from connectors.sandbox.wire import Answer

BEFORE = ("429", "429_daily", "500", "502", "503", "504", "423", "477", "revoked", "cut")
"""These answer, or hang up, before anything is done."""
KINDS = (*BEFORE, *AFTER, SLOW)


def make_faults() -> Faults:
    """Nothing wrong yet."""
    return Faults(KINDS)


def before(fault: Fault, limits: Limits) -> Answer | None:
    """What happens instead of what was asked; None: nothing yet. Raises the `Problem` to answer."""
    if fault.kind not in BEFORE:
        return None
    if fault.kind == "cut":
        return Answer(cut_at=0)
    if fault.kind == "revoked":
        raise no_credentials()
    headers = {} if fault.retry_after is None else {"Retry-After": str(fault.retry_after)}
    if fault.kind.startswith("429"):
        raise limits.refusal("DAILY" if fault.kind == "429_daily" else "TEN_SECONDLY_ROLLING", 0.0, headers)
    raise Problem(int(fault.kind), "INTERNAL_ERROR", f"injected {fault.kind}", headers=headers)
