"""What an org's admin may choose: names of campaign members' statuses, and our share of the org's calls."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from sqlalchemy.orm import Session

from connectors.salesforce.accounts.config import OrgConfig, change_config
from plugin.kernel.errors import BadInput

STEPS = ("opened", "watched", "clicked")
MOST = 100
"""Characters of a status: far more than fit a report's column."""
LEAST_SHARE, MOST_SHARE = 0.01, 0.95
"""Somebody else in the org always needs some calls, too."""


def choose(session: Session, installation_id: str, statuses: Mapping[str, str], share: float) -> OrgConfig:
    """Keep the names (empty: that step leaves the status alone) and the share; raises `BadInput` and `NotFound`."""
    names = {step: statuses.get(step, "").strip() for step in STEPS}
    given = [name.casefold() for name in names.values() if name]
    if any(len(name) > MOST or not name.isprintable() for name in names.values()):
        raise BadInput(f"a status is one line of at most {MOST} characters")
    if len(set(given)) != len(given):
        # Which step a member stands at could not be told from the status.
        raise BadInput("each step needs a status of its own; leave one empty to skip it")
    if not LEAST_SHARE <= share <= MOST_SHARE:
        raise BadInput(f"our share of the calls is between {LEAST_SHARE:.0%} and {MOST_SHARE:.0%}")
    return change_config(session, installation_id, lambda kept: replace(kept, statuses=names, share=share))
