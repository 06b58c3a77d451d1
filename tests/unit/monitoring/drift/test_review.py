import numpy as np
import pandas as pd
import pytest
from invented_watched import rounds

from f1lib.monitoring import findings
from f1lib.monitoring.drift import review
from f1lib.monitoring.drift.lineages import FEATURE
from f1lib.monitoring.drift.reference import Reference
from f1lib.monitoring.drift.verdict import Rule
from f1lib.monitoring.drift.watched import TESTED
from f1lib.monitoring.findings import Finding
from f1lib.monitoring.policy import WatchPolicy
from f1lib.store import drift_log

POLICY = WatchPolicy("test")
ROWS, STRATA = rounds(126)
NAMED = sorted(STRATA)
REFERENCE = Reference.of(ROWS[ROWS["weekend"].isin(NAMED[:120])], STRATA)
CURRENT = ROWS[ROWS["weekend"].isin(NAMED[120:])]


def found(
    current: pd.DataFrame, policy: WatchPolicy = POLICY, rounds_run: int = 5
) -> dict[tuple[str, str], Finding]:
    """Findings after that many rounds, by rule and subject."""
    named = NAMED[120 : 120 + rounds_run]
    looks = []
    for end in range(1, len(named) + 1):
        window = current["weekend"].isin(named[max(end - policy.drift_window, 0) : end])
        looks.append(review.looked(REFERENCE, current[window], STRATA, policy, ()))
    made = review.findings(REFERENCE, looks, policy, "1.0.0")
    assert len({(each.rule, each.subject) for each in made}) == len(made)
    return {(each.rule, each.subject): each for each in made}


def moved(feature: str, by: float) -> pd.DataFrame:
    return CURRENT.assign(**{feature: CURRENT[feature] + by})


def test_a_feature_that_stays_moved_is_an_alert_at_the_third_evaluation() -> None:
    current = moved("practice_to_qualifying", 1.5)
    key = ("drift.feature", "practice_to_qualifying")
    counts = [(found(current, rounds_run=n)[key].in_a_row, found(current, rounds_run=n)[key].alert)
              for n in (2, 3, 4, 5)]  # fmt: skip
    assert counts == [(0, False), (1, False), (2, False), (3, True)]
    finding = found(current)[key]
    assert (finding.status, finding.n, finding.model_version) == ("drift", 3, "1.0.0")
    assert finding.value > POLICY.drift_size > 0
    assert "by chance" in finding.reason
    assert findings.alerts(found(current).values()) == (finding,)


def test_a_team_that_stays_faster_is_an_alert_that_names_it() -> None:
    current = CURRENT.copy()
    current.loc[current["lineage"] == "team-c", FEATURE] -= 2.5
    made = found(current)
    (alert,) = findings.alerts(made.values())
    assert (alert.rule, alert.subject, alert.in_a_row) == ("drift.lineage", "team-c", 3)
    assert alert.value < -1.5
    assert "faster than believed" in alert.reason
    assert FEATURE in alert.reason


def test_where_nothing_moves_every_rule_says_so_and_none_is_an_alert() -> None:
    made = found(CURRENT)
    assert {name for rule, name in made if rule == "drift.feature"} == set(TESTED)
    assert not findings.alerts(made.values())
    assert {made["drift.feature", name].status for name in TESTED} <= {"stable", "insufficient"}
    assert made["new_conditions.circuit", "circuit"].status == "quiet"


def test_too_few_rounds_are_insufficient_and_new_names_are_found_all_the_same() -> None:
    current = CURRENT.assign(regulations="2022", circuit="circuit-new")
    made = found(current, rounds_run=1)
    assert {each.status for (rule, _), each in made.items() if rule.startswith("drift")} == {
        "insufficient"
    }
    assert "1 of 3 races" in made["drift.dataset", "all features"].reason
    assert made["new_conditions.regulations", "regulations"].alert
    circuit = made["new_conditions.circuit", "circuit"]
    assert (circuit.status, circuit.alert, circuit.value) == ("fired", False, 1.0)


def test_a_renamed_team_is_not_new_and_a_new_one_is_told_with_its_first_race() -> None:
    current = CURRENT.copy()
    (name,) = set(current.loc[current["lineage"] == "team-c", "constructor"])
    current["constructor"] = current["constructor"].replace(name, "renamed")
    constructor = found(current)["new_conditions.constructor", "constructor"]
    assert (constructor.status, constructor.value) == ("quiet", 0.0)
    current.loc[current["lineage"] == "team-c", "lineage"] = "team-new"
    constructor = found(current)["new_conditions.constructor", "constructor"]
    assert constructor.status == "fired"
    assert f"constructor renamed (since {NAMED[120]})." in constructor.reason  # not the window's


@pytest.mark.parametrize("broken", [np.nan, np.inf, 7.0])
def test_one_bad_column_is_one_bad_finding(broken: float) -> None:
    made = found(CURRENT.assign(practice_to_qualifying=broken))
    statuses = {name: made["drift.feature", name].status for name in TESTED}
    assert statuses.pop("practice_to_qualifying") in {"error", "drift"}
    assert set(statuses.values()) <= {"stable", "insufficient"}


def test_a_renamed_feature_is_an_error_that_says_which() -> None:
    made = found(CURRENT.rename(columns={"practice_to_qualifying": "gap_in_practice"}))
    finding = made["drift.feature", "practice_to_qualifying"]
    assert finding.status == "error"
    assert "no column practice_to_qualifying" in finding.reason
    without_surprise = found(CURRENT.drop(columns=FEATURE))
    assert not [rule for rule, _ in without_surprise if rule == "drift.lineage"]


def test_the_fixed_rule_fires_nearly_always_and_says_how_often_it_would_by_chance() -> None:
    policy = WatchPolicy("brief", drift_rule=Rule.FIXED, drift_size=0.02, drift_evaluations=1)
    made = found(CURRENT, policy)
    fired = [each for each in made.values() if each.rule == "drift.feature" and each.alert]
    assert len(fired) > len(TESTED) / 2
    assert "% of windows in which nothing has moved" in fired[0].reason


def test_rows_for_the_log_have_its_columns_and_a_row_for_every_statistic() -> None:
    look = review.looked(REFERENCE, CURRENT[CURRENT["weekend"] < NAMED[123]], STRATA, POLICY, ())
    rows = review.log_rows(look, "1.0.0")
    assert sorted(rows.columns) == sorted(drift_log.DRIFT_COLUMNS)
    assert not rows.duplicated(["feature", "metric"]).any()
    assert len(rows) == 5 * len(TESTED) + 1


def test_the_depth_of_the_field_may_move_for_a_season_and_is_no_alert() -> None:
    finding = found(moved("qualifying_gap", 1.5))["drift.feature", "qualifying_gap"]
    assert (finding.status, finding.in_a_row, finding.alert) == ("drift", 3, False)


def test_with_the_rows_of_the_reference_numbers_are_tested_by_kolmogorov_and_smirnov() -> None:
    past = ROWS[ROWS["weekend"].isin(NAMED[:120])]
    window = CURRENT[CURRENT["weekend"].isin(NAMED[120:123])]
    counted = review.looked(REFERENCE, window, STRATA, POLICY, ())
    rebuilt = review.looked(REFERENCE, window, STRATA, POLICY, (), past)
    one, other = (review.log_rows(look, "1.0.0") for look in (counted, rebuilt))
    assert set(one["metric"]) == {"kl", "shift", "psi", "jensen_shannon", "chi_squared", "max_t"}
    assert set(other["metric"]) - set(one["metric"]) == {"ks"}
    ks = other[other["metric"] == "ks"].set_index("feature")
    assert ks["value"].between(0, 1).all() and ks["p"].between(0, 1).all()
    assert rebuilt.evaluation.measures["kl"].equals(counted.evaluation.measures["kl"])
