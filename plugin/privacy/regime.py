"""When one person's watching may be measured. Pure."""

from __future__ import annotations

from plugin.privacy.models import ConsentState, Regime

_OFF = {ConsentState.REFUSED, ConsentState.WITHDRAWN, ConsentState.SIGNALLED_OFF}


def may_track(regime: str, state: ConsentState | None, *, gpc: bool) -> bool:
    """Whether events may be kept under a person's name.

    `Sec-GPC: 1` (Global Privacy Control) turns it off whatever else was said; `consent` needs a yes, `opt_out` lacks a
    no, `none` is never. A regime we don't know is treated as `none`.
    """
    if gpc or regime not in (Regime.CONSENT, Regime.OPT_OUT):
        return False
    return state == ConsentState.GIVEN if regime == Regime.CONSENT else state not in _OFF


def may_choose(regime: str, *, gpc: bool) -> bool:
    """Whether there is anything for the person to say yes or no to."""
    return not gpc and regime in (Regime.CONSENT, Regime.OPT_OUT)
