"""Is it as good as it was: one answer, the same wherever it stands."""

from dataclasses import replace
from math import nan

import pandas as pd
import pytest
from invented_monitoring import measured_over, score_row, window

from f1lib.monitoring import moved, trend
from f1lib.monitoring.findings import Finding
from f1lib.monitoring.moved import Moved
from f1lib.reports.monitoring_analysis import before, listings, tiles
from f1lib.scoring.calibration import NullTest
from f1lib.weekend import Stage

QUIET = Finding(
    "performance.winner_concordance", "winner_concordance", "last 8 rounds", "quiet",
    "All is well.", stage=Stage.RACE, value=0.95, threshold=0.9, n=8,
)  # fmt: skip
FIRED = replace(QUIET, rule="performance.order_skill", status="fired", reason="It fell.")
ALERT = replace(FIRED, rule="calibration.log_loss", alert=True, reason="It is bad.")
USUAL = NullTest(value=1.21, expected=1.25, p_value=0.55, p_below=0.45, n_races=8)


def trends(slope: float, p: float, n: int = 20, metric: str = "rps") -> pd.DataFrame:
    row = (2025, 0.1, slope, slope - 0.01, slope + 0.01, p, n)
    return pd.DataFrame([row], columns=list(trend.COLUMNS)).assign(metric=metric)


FALLING = trends(-0.015, 0.01, metric="order_concordance")
LEVEL = trends(0.0, 0.5, metric="order_concordance")


def stages(qualifying_p: float = 0.05, race_p: float = 0.77) -> pd.DataFrame:
    rows = [
        ("qualifying", "order_concordance", 0.15, -0.03, -0.18, qualifying_p, 40, 8,
         0.803, 0.756, 0.768, 0.763),
        ("race", "rps", 0.04, 0.02, -0.02, race_p, 40, 8, 0.111, 0.1127, 0.116, 0.1155),
    ]  # fmt: skip
    return pd.DataFrame(rows, columns=list(moved.COLUMNS))


def found(verdict: str = "neither", **p: float) -> Moved:
    return Moved(window(8), verdict, stages(**p))


def opening(*findings: Finding, trends: pd.DataFrame = FALLING) -> str:
    return before.opening(findings, measured_over(8, score_row()), found(), trends)


def test_the_headline_begins_with_the_alerts_and_names_what_fired_without_being_one() -> None:
    assert opening(QUIET).startswith("No alert. Qualifying: ")
    assert opening(ALERT, QUIET).startswith("1 alert: log loss. ")
    assert opening(QUIET, FIRED).startswith(
        "No alert; about scores fired, without being one: order skill. "
    )


def test_the_headline_says_whether_each_stage_is_as_good_as_it_was_and_then_how_good() -> None:
    said = opening(QUIET)
    qualifying, race, champion = (
        said.index(word) for word in ("Qualifying: ", "Race: ", "The champion is better")
    )
    assert qualifying < race < champion  # what moved most surely comes first
    assert "skill \N{MINUS SIGN}3 % after +15 %, p = 0.05); over 2025 it falls (p = 0.01)." in said
    assert "Race: not shown to have moved (skill +2 % after +4 %, p = 0.77)." in said
    assert "it falls" not in opening(QUIET, trends=LEVEL)


def test_what_moved_is_in_short_too() -> None:
    said = before.conclusion(measured_over(8), USUAL, found(), FALLING)
    assert said.startswith("Qualifying: not shown to have moved")
    assert "over 2025 it falls" in said and "skill index is +0.100" in said


@pytest.mark.parametrize(
    ("p", "verdict"), [(0.03, "not shown to have moved"), (0.02, "worse than before")]
)
def test_a_stage_is_worse_only_where_it_moved(p: float, verdict: str) -> None:
    assert f"Qualifying: {verdict} (" in before.as_before(found(qualifying_p=p), LEVEL)


def test_too_few_rounds_do_not_tell_whether_it_is_as_good_as_it_was() -> None:
    few = Moved(window(8), "insufficient", stages(nan, nan).assign(n_before=3, change=nan))
    for said in (before.as_before(few, FALLING), before.moved(few, FALLING)):
        assert said.startswith("Not enough rounds") and "there are 8 and 3." in said
    assert before.notes(few) == {}


@pytest.mark.parametrize(
    ("verdict", "said"),
    [
        ("neither", "Neither stage is shown"), ("both", "Both stages"),
        ("race", "Stage race moved"), ("qualifying", "Stage qualifying moved"),
    ],
)  # fmt: skip
def test_the_stage_that_moved_is_named(verdict: str, said: str) -> None:
    assert before.moved(found(verdict), LEVEL).startswith(said)


def test_two_judgements_of_one_score_refer_to_each_other() -> None:
    said = before.moved(found(), FALLING)
    assert "A stage moved if p is below 0.025. The trend above says more of qualifying" in said
    assert "it falls (p = 0.01)" in said and "20 rounds" in said
    for agreed in (before.moved(found(), LEVEL), before.moved(found(qualifying_p=0.01), FALLING)):
        assert "The trend above" not in agreed


def test_whether_champion_or_baseline_changed_can_be_read() -> None:
    said = before.moved(found(), LEVEL)
    assert (
        "pairs in the right order: champion 0.756 after 0.803, baseline 0.763 after 0.768" in said
    )


def test_tiles_of_a_stage_say_what_it_was_before() -> None:
    rows = (score_row(name) for name in tiles.MONITORED)
    made = {each.name: each for each in tiles.monitoring(measured_over(8, *rows),
                                                         before.notes(found()))}  # fmt: skip
    assert made["order_concordance"].note == "skill \N{MINUS SIGN}3 %, before +15 %"
    assert made["winner_hit"].note == ""
    assert "Skill index: 0.4 of that in log loss of the winner, 0.3 of " in tiles.skill_index()


@pytest.mark.parametrize(
    ("slope", "p", "verdict"),
    [(0.02, 0.01, "rises"), (-0.02, 0.01, "falls"), (0.02, 0.06, "shows no trend")],
)
def test_a_trend_is_called_one_only_if_chance_does_not_explain_it(slope, p, verdict) -> None:
    assert f"2025 {verdict}" in before.trend(trends(slope, p), "rps", 2025)


def test_too_few_rounds_have_no_trend() -> None:
    said = before.trend(trends(nan, nan, 7), "rps", 2025)
    assert "not enough rounds" in said and "(7; 8 are needed)" in said
    assert "(0; 8 are needed)" in before.trend(trends(nan, nan), "rps", 2026)
    frame, _, formats = listings.trends(trends(0.02, 0.01))
    assert frame["Slope"].tolist() == [2.0] and set(formats) <= set(frame.columns)
