import math
from dataclasses import replace

import numpy as np
import pytest
from invented_watched import rounds

from f1lib.monitoring.drift import healthy
from f1lib.monitoring.drift.reference import Reference
from f1lib.monitoring.drift.verdict import Rule
from f1lib.monitoring.policy import WatchPolicy

POLICY = WatchPolicy("test")
REFERENCE = Reference.of(*rounds(120))


def test_the_default_rule_raises_an_alert_in_few_healthy_seasons_and_the_fixed_one_in_most() -> (
    None
):
    found = healthy.false_alarms(REFERENCE, POLICY)
    assert (found.seasons, found.rounds) == (2000, 24)
    assert found.with_alert < 0.05
    assert max(found.by_feature, found.by_lineage) <= found.with_alert
    assert found.with_alert <= found.by_feature + found.by_lineage
    assert 0.01 < found.flagged < 0.07  # Benjamini-Hochberg at five in a hundred
    brief = WatchPolicy("brief", drift_rule=Rule.FIXED, drift_evaluations=1)
    assert healthy.false_alarms(REFERENCE, brief, seasons=100).with_alert > 0.9


def test_stricter_rules_raise_fewer_alerts() -> None:
    rates = [
        healthy.false_alarms(REFERENCE, replace(POLICY, drift_evaluations=n)).with_alert
        for n in (1, 2, 3)
    ]
    assert rates[0] > rates[1] > rates[2]


def test_the_same_seed_gives_the_same_figure() -> None:
    assert healthy.false_alarms(REFERENCE, POLICY, seasons=200) == healthy.false_alarms(
        REFERENCE, POLICY, seasons=200
    )


@pytest.mark.parametrize("window", [2, 24])
def test_a_window_that_no_season_can_have_has_no_figure(window: int) -> None:
    found = healthy.false_alarms(REFERENCE, replace(POLICY, drift_window=window))
    assert math.isnan(found.with_alert)


def test_a_short_reference_has_no_figure() -> None:
    found = healthy.false_alarms(Reference.of(*rounds(30)), POLICY)
    assert math.isnan(found.flagged)


def test_windows_are_runs_of_races_of_one_season() -> None:
    windows = healthy._windows(60, 3, seasons=5, seed=0)
    assert windows.shape == (5 * 22, 60)
    assert (windows.sum(axis=1) == 3).all()
    shared = (windows[:-1] & windows[1:]).sum(axis=1)
    inside = np.arange(len(shared)) % 22 != 21
    assert (shared[inside] == 2).all()
