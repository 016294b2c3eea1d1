"""When watching may be measured: the whole table."""

from __future__ import annotations

import pytest

from plugin.privacy.models import ConsentState, Regime
from plugin.privacy.regime import may_choose, may_track

YES, NO, WITHDRAWN, SIGNALLED = (
    ConsentState.GIVEN,
    ConsentState.REFUSED,
    ConsentState.WITHDRAWN,
    ConsentState.SIGNALLED_OFF,
)


@pytest.mark.parametrize(
    ("regime", "state", "allowed"),
    [
        (Regime.CONSENT, None, False),
        (Regime.CONSENT, YES, True),
        (Regime.CONSENT, NO, False),
        (Regime.CONSENT, WITHDRAWN, False),
        (Regime.CONSENT, SIGNALLED, False),
        (Regime.OPT_OUT, None, True),
        (Regime.OPT_OUT, YES, True),
        (Regime.OPT_OUT, NO, False),
        (Regime.OPT_OUT, WITHDRAWN, False),
        (Regime.OPT_OUT, SIGNALLED, False),
        (Regime.NONE, None, False),
        (Regime.NONE, YES, False),
        ("something new", YES, False),
    ],
)
def test_the_regime_and_what_was_said_decide_and_a_signal_overrules_both(regime, state, allowed):
    assert may_track(regime, state, gpc=False) is allowed
    assert may_track(regime, state, gpc=True) is False


@pytest.mark.parametrize(
    ("regime", "gpc", "choice"),
    [("consent", False, True), ("opt_out", False, True), ("none", False, False), ("consent", True, False)],
)
def test_there_is_a_choice_only_where_something_could_be_measured(regime, gpc, choice):
    assert may_choose(regime, gpc=gpc) is choice
