"""What the report of drift says: of a world that moved, of a calm one, and of nothing."""

import math
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
from invented_watched import rounds

from f1lib.monitoring.drift import review
from f1lib.monitoring.drift.classifier import TwoSamples
from f1lib.monitoring.drift.healthy import FalseAlarms
from f1lib.monitoring.drift.lineages import FEATURE, Moved
from f1lib.monitoring.drift.reference import Reference
from f1lib.monitoring.drift.review import Look
from f1lib.monitoring.drift.verdict import Rule
from f1lib.monitoring.drift.watched import TESTED
from f1lib.monitoring.findings import Finding
from f1lib.monitoring.policy import WatchPolicy
from f1lib.reports.drift_inspection import figures, headlines, listings

POLICY = WatchPolicy("test")
ROWS, STRATA = rounds(125)
NAMED = sorted(STRATA)
REFERENCE = Reference.of(ROWS[ROWS["weekend"].isin(NAMED[:120])], STRATA)
ALARMS = FalseAlarms(2000, 24, 0.02, 0.01, 0.01, 0.04)


def judged(current: pd.DataFrame, n: int = 5) -> tuple[list[Look], tuple[Finding, ...]]:
    named = NAMED[120 : 120 + n]
    looks = [
        review.looked(
            REFERENCE, current[current["weekend"].isin(named[max(i - 2, 0) : i + 1])], STRATA,
            POLICY, (),
        )
        for i in range(n)
    ]  # fmt: skip
    return looks, review.findings(REFERENCE, looks, POLICY, "1.0.0")


CALM, CALM_FOUND = judged(ROWS)
MOVED_ROWS = ROWS.assign(retired=ROWS["retired"] + 2.0)
MOVED_ROWS.loc[MOVED_ROWS["lineage"] == "team-b", FEATURE] -= 3.0
MOVED, MOVED_FOUND = judged(MOVED_ROWS)


def test_a_feature_and_a_team_that_moved_are_named_in_the_headline() -> None:
    said = headlines.drift(MOVED, MOVED_FOUND)
    assert said.startswith(f"Alert after 3 races up to {NAMED[124]}: ")
    assert "retired (drift.feature)" in said
    assert "team-b (drift.lineage)" in said
    assert "`f1lib retrain`" in headlines.conclusion(MOVED, MOVED_FOUND)


def test_a_calm_window_is_called_calm() -> None:
    said = headlines.drift(CALM, CALM_FOUND)
    assert said.startswith("Nothing is shown to have moved in 3 races") and "New" not in said
    assert "No rule of drift asks for a new model" in headlines.conclusion(CALM, CALM_FOUND)


def unjudged(looks: list[Look], *names: str) -> list[Look]:
    measures = looks[-1].evaluation.measures
    status = measures["status"].mask(measures["feature"].isin(names), "insufficient")
    evaluation = replace(looks[-1].evaluation, measures=measures.assign(status=status))
    return [*looks[:-1], replace(looks[-1], evaluation=evaluation)]


def test_what_cannot_be_judged_is_not_called_calm() -> None:
    n = len(CALM[-1].evaluation.measures)
    looks = unjudged(unjudged(CALM), "retired", "pit_lane")
    known = n - int((looks[-1].evaluation.measures["status"] == "insufficient").sum())
    assert f"{known} of {n} features can be judged" in headlines.drift(looks, CALM_FOUND)
    assert known <= n - 2
    said = headlines.features(looks)
    assert said.startswith("No feature that can be judged is flagged;")
    assert "retired" in said and "pit_lane" in said


def test_new_names_are_in_the_headline_and_no_alert() -> None:
    looks, found = judged(ROWS.assign(circuit="circuit-new"))
    said = headlines.drift(looks, found)
    assert said.startswith("Nothing is shown to have moved") and said.endswith("New: 1 circuit.")


def test_it_is_said_how_much_of_what_was_learnt_is_compared_with() -> None:
    said = headlines.reference(CALM, 340)
    assert said.startswith("Compared with the last 120 of the 340 races the champion has learnt")
    assert said.endswith(f"{NAMED[0]} to {NAMED[119]}.")
    assert headlines.reference([], 340) == ""


def test_the_report_says_what_each_watched_feature_is() -> None:
    text = (Path(__file__).parents[4] / "notebooks" / "drift_inspection.ipynb").read_text()
    missing = {name.removesuffix("_size") for name in TESTED}
    assert not {name for name in missing if f"`{name}`" not in text}


def test_what_is_flagged_has_the_round_since_which_it_is() -> None:
    timeline = listings.timeline(MOVED)
    assert headlines.since(timeline, MOVED).startswith(f"Flagged now: retired since {NAMED[122]}")


def test_too_few_rounds_and_no_rounds_are_said() -> None:
    looks, findings = judged(ROWS, n=1)
    assert headlines.drift(looks, findings).startswith("Not enough rounds for a verdict.")
    assert headlines.features(looks).startswith("No feature can be judged.")
    nothing = (Finding("drift.dataset", "all", "last 3 rounds", "insufficient", "No race yet."),)
    assert headlines.drift([], nothing) == "No race yet."
    assert listings.timeline([]).empty
    for chart in (figures.against_noise([]), figures.teams((), 0.05),
                  figures.then_and_now(pd.DataFrame({"feature": []}), 0)):  # fmt: skip
        assert len(chart[1]) > 10
    assert len(listings.measures([], POLICY)[0]) == 0


def test_the_table_of_measures_says_what_makes_drift() -> None:
    _, caption, _ = listings.measures([], POLICY)
    assert "On watch: q below 0.05. Drift: KL above chance by 0.15 or more as well" in caption
    assert "sustained: in 3 evaluations in a row" in caption
    _, fixed, _ = listings.measures([], replace(POLICY, drift_rule=Rule.FIXED))
    assert "Drift: KL above 0.15; sustained" in fixed


def test_charts_say_in_words_what_they_show() -> None:
    _, alt, _ = figures.against_noise(MOVED)
    assert "furthest beyond it is retired" in alt
    _, alt, _ = figures.teams(MOVED[-1].moved, 0.025)
    assert "Further than chance explains: team-b." in alt
    bins = pd.DataFrame({"feature": ["retired"] * 2, "bin": ["0", "1"], "then": [0.9, 0.1],
                         "now": [0.4, 0.6], "n_then": 2000, "n_now": 60})  # fmt: skip
    _, alt, caption = figures.then_and_now(bins, 0)
    assert "(2000 rows)" in caption and "(60 rows)" in caption
    assert alt == "retired: what grew most is the bin 1, from 10 % of rows to 60 %."


def test_false_alarms_are_said_with_the_configuration_they_are_of() -> None:
    said = headlines.false_alarms(ALARMS, POLICY)
    assert "2.0 % of 2000 seasons" in said and "(95 % interval 1.5 to 2.7 %)" in said
    assert "windows of 3 races, 3 evaluations in a row" in said
    unknown = replace(ALARMS, with_alert=math.nan)
    assert "too short" in headlines.false_alarms(unknown, POLICY)
    assert "too short" in headlines.false_alarms(None, POLICY)


def test_alerts_come_first_in_the_table_and_calm_findings_are_left_out() -> None:
    frame, caption, _ = listings.findings(MOVED_FOUND)
    assert list(frame["Alert"]) == sorted(frame["Alert"], reverse=True)
    assert set(frame["Status"]) <= {"drift", "watch", "fired"}
    assert caption.startswith(f"{len(frame)} of {len(MOVED_FOUND)} findings")


def test_new_names_and_effects_are_put_into_words() -> None:
    _, found = judged(ROWS.assign(circuit="circuit-new"))
    assert (
        "Not in the reference window (2015-01 to 2020-10): circuit circuit-new"
        in headlines.conditions(found)
    )
    assert "Nothing in these races is new" in headlines.conditions(CALM_FOUND)
    table = pd.DataFrame({"reason": ["grid", "form"], "then": [1.0, 0.5], "now": [0.8, 0.75]})
    assert "form now spreads the cars 1.50 times" in headlines.effects(table)
    assert "the most" in headlines.effects(table)
    less = headlines.effects(table.assign(now=[0.999, 0.4]))
    assert (
        "none now spreads the cars further than it used to (by 1 % or more); form spreads them 0.80"
        in less
    )
    assert headlines.effects(table.iloc[:0]).startswith("There is no race")
    shown, caption, _ = listings.effects(table.assign(n_then=24, n_now=3))
    assert list(shown) == ["Reason", "Then", "Now", "Times"]
    assert "the last 24 races" in caption and "Now: the 3 races of the window." in caption
    assert "the last 0 races" in listings.effects(table.assign(n_then=24, n_now=3).iloc[:0])[1]


@pytest.mark.parametrize(("p", "verdict"), [(0.07, "is not shown to tell"), (0.01, "can tell")])
def test_a_classifier_that_does_not_find_a_difference_has_not_shown_there_is_none(
    p: float, verdict: str
) -> None:
    said = headlines.together(TwoSamples(0.68, 0.47, p, {"retired": 0.6, "pit_lane": 0.4}))
    assert f"{verdict} these races from the reference (ROC area 0.68, where 0.5 is guess" in said


@pytest.mark.parametrize("level", [0.05, 0.001])
def test_a_team_counts_as_moved_below_the_level_only(level: float) -> None:
    _, alt, _ = figures.teams((Moved("oak", -0.8, 0.01, 3), Moved("elm", 0.1, 0.9, 3)), level)
    assert ("none." in alt) == (level < 0.01)
