"""Findings after a round: on seasons whose figures are known."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from f1lib.evaluation.levels import HEADLINE_CUTOFF
from f1lib.models import baselines
from f1lib.monitoring import watch
from f1lib.monitoring.findings import Finding
from f1lib.monitoring.policy import WatchPolicy
from f1lib.monitoring.watch import Said
from f1lib.scoring import calibration
from f1lib.scoring.scores import METRICS
from f1lib.weekend import RaceWeekend

POLICY = WatchPolicy("test", order_concordance_min=0.5)
WATCHED = ("winner_concordance", "order_concordance", "winner_log_loss")
LAST = RaceWeekend(2031, 24)


def weekends(n: int) -> tuple[RaceWeekend, ...]:
    return tuple(RaceWeekend(2031, number) for number in range(1, n + 1))


def long(n: int, **means: tuple[float, float]) -> pd.DataFrame:
    """`n` rounds in which champion and baseline always have the two values given."""
    known = {"winner_concordance": (0.95, 0.94), "order_concordance": (0.83, 0.8),
             "winner_log_loss": (1.2, 1.35)} | means  # fmt: skip
    rows = []
    for metric in WATCHED:
        stage = METRICS[metric].stage
        cutoff = HEADLINE_CUTOFF[stage]
        names = ("two_stage", baselines.for_metric(metric, cutoff))
        for weekend in weekends(n):
            rows += [
                (str(weekend), stage.value, cutoff.value, name, metric, value)
                for name, value in zip(names, known[metric], strict=True)
            ]
    columns = ["weekend", "stage", "cutoff", "model", "metric", "value"]
    frame = pd.DataFrame(rows, columns=columns)
    return frame.assign(model_version=frame["model"].map({"two_stage": "1.2.3"}).fillna(""))


def said(n: int, seed: int = 0) -> Said:
    """`n` races of four cars, the winners drawn from the probabilities."""
    p = np.tile([0.5, 0.3, 0.15, 0.05], (n, 1))
    return Said(weekends(n), p, calibration.drawn_winners(p, n=1, seed=seed)[0])


def found(scores: pd.DataFrame, of: Said, policy: WatchPolicy = POLICY) -> dict[str, Finding]:
    those = watch.findings(scores, of, policy, LAST, model="two_stage", version="1.2.3")
    return {each.rule: each for each in those}


def test_a_healthy_season_is_quiet_and_says_its_figures() -> None:
    all_of_them = found(long(24), said(24))
    assert all_of_them.pop("anomaly.winner").n == 1
    assert len(all_of_them) == 5
    for each in all_of_them.values():
        assert each.status == "quiet" and not each.alert
        assert each.model_version == "1.2.3" and each.n >= POLICY.rounds
        assert np.isfinite([each.value, each.threshold]).all()
        assert each.reason.endswith(".")
    assert all_of_them["performance.order_skill"].value == pytest.approx(0.15)


def test_below_eight_rounds_nothing_fires_however_bad() -> None:
    bad = long(7, winner_concordance=(0.1, 0.9), order_concordance=(0.1, 0.9),
               winner_log_loss=(9.0, 1.0))  # fmt: skip
    for each in found(bad, said(7)).values():
        assert each.status == "insufficient" and not each.alert
        assert each.n == 7 and "7 settled rounds" in each.reason


def test_an_outsider_surprises_without_an_alert_and_a_favourite_does_not() -> None:
    of = said(24)
    won = np.tile([True, False, False, False], (24, 1))
    p = np.tile([0.6, 0.25, 0.11, 0.04], (24, 1))
    calm = found(long(24), Said(of.weekends, p, won))["anomaly.winner"]
    assert calm.status == "quiet" and calm.p == pytest.approx(1)
    won[-1] = [False, False, False, True]
    outsider = found(long(24), Said(of.weekends, p, won))["anomaly.winner"]
    assert outsider.status == "fired" and not outsider.alert
    assert outsider.p == pytest.approx(0.04) and outsider.time_window == "2031-24"
    assert outsider.reason.endswith("a surprising race, not a bad model.")


def test_an_empty_store_is_not_enough() -> None:
    nothing = Said((), np.zeros((0, 0)), np.zeros((0, 0), dtype=bool))
    assert {each.status for each in found(long(0), nothing).values()} == {"insufficient"}


@pytest.mark.parametrize(
    ("rule", "bad"),
    [
        ("performance.order_concordance", {"order_concordance": (0.4, 0.3)}),
        ("performance.order_skill", {"order_concordance": (0.7, 0.8)}),
    ],
)
def test_a_bad_order_fires_and_alerts_when_it_lasts(rule, bad) -> None:
    first, lasting = found(long(8, **bad), said(8))[rule], found(long(15, **bad), said(15))
    assert first.status == "fired" and not first.alert and first.in_a_row == 1
    assert [each.rule for each in lasting.values() if each.alert] == [rule]
    assert lasting[rule].in_a_row == 8


def test_what_is_lost_to_the_baseline_adds_up_to_an_alert() -> None:
    scores = long(9, winner_log_loss=(1.9, 1.2))  # 0.6 a race beyond the allowance
    finding = found(scores, said(9))["performance.cusum"]
    assert finding.alert and finding.value == pytest.approx(5.4)
    assert finding.time_window == "since 2031-01" and finding.n == 9


def test_low_ranks_of_winners_fire_and_alert_only_if_the_model_did_not_expect_them() -> None:
    scores = long(12, winner_concordance=(0.5, 0.9))
    of = said(12)
    rule = "performance.winner_concordance"
    open_field = replace(of, p=np.tile([0.28, 0.26, 0.24, 0.22], (12, 1)))
    expected = found(scores, open_field)[rule]
    assert expected.status == "fired" and not expected.alert and expected.p > 0.3
    sure = replace(of, p=np.tile([0.97, 0.01, 0.01, 0.01], (12, 1)))
    surprise = found(scores, sure)[rule]
    assert surprise.alert and surprise.p < POLICY.alert_p


def test_winners_that_the_model_thought_unlikely_are_an_alert_about_calibration() -> None:
    of = said(16)
    outsiders = replace(of, won=np.tile([False, False, True, False], (16, 1)))
    finding = found(long(16), outsiders)["calibration.log_loss"]
    assert finding.alert and finding.p < POLICY.alert_p
    assert finding.time_window == "season 2031"


@pytest.mark.parametrize(("own", "fires"), [(3, True), (7, True), (8, False), (12, False)])
def test_earlier_patches_count_until_the_champion_has_enough_rounds_of_its_own(
    own: int, fires: bool
) -> None:
    scores = long(20, winner_concordance=(0.97, 0.9), winner_log_loss=(1.0, 1.35))
    former = scores["weekend"] <= f"2031-{20 - own:02d}"
    mine = scores["model"] == "two_stage"
    scores.loc[mine & former, "model_version"] = "1.2.2"
    scores.loc[mine & former & (scores["metric"] == "winner_log_loss"), "value"] = 5.0
    cusum = found(scores, said(20))["performance.cusum"]
    assert cusum.alert is fires
    assert cusum.n == (20 if fires else own)


@pytest.mark.parametrize("own", [7, 8, 9])
def test_what_lasts_goes_on_when_the_champion_has_enough_rounds_of_its_own(own: int) -> None:
    scores = long(20, order_concordance=(0.7, 0.8))
    former = scores["weekend"] <= f"2031-{20 - own:02d}"
    scores.loc[(scores["model"] == "two_stage") & former, "model_version"] = "1.2.2"
    finding = found(scores, said(20))["performance.order_skill"]
    assert (finding.alert, finding.in_a_row) == (True, 13)


def test_later_rounds_and_other_seasons_do_not_matter() -> None:
    scores, of = long(24), said(24)
    at = RaceWeekend(2031, 12)
    then = watch.findings(scores, of, POLICY, at, model="two_stage", version="1.0.0")
    known = of.only([each <= at for each in of.weekends])
    past = scores[scores["weekend"] <= str(at)]
    now = watch.findings(past, known, POLICY, at, model="two_stage", version="1.0.0")
    assert repr(then) == repr(now)


@settings(max_examples=10)
@given(st.randoms())
def test_the_order_of_the_rows_is_irrelevant(random) -> None:
    rng = np.random.default_rng(5)
    scores = long(12)
    scores["value"] += rng.normal(0, 0.01, len(scores))
    order = random.sample(range(len(scores)), len(scores))
    assert repr(found(scores, said(12))) == repr(found(scores.iloc[order], said(12)))


def test_the_season_p_value_is_that_of_the_log_loss_test() -> None:
    of = said(20, seed=3)
    found_p = watch.season_p_values(of)
    for n in (1, 8, 20):
        test = calibration.log_loss_test(of.p[:n], of.won[:n], n=9_999, seed=1)
        assert found_p[n - 1] == pytest.approx(test.p_value, abs=0.02)
