"""What is said of many seasons rests on their intervals, and on what was recorded."""

from dataclasses import replace
from math import nan

import pandas as pd
import pytest
from invented_monitoring import measured_over, score_row, window

from f1lib.monitoring import findings
from f1lib.monitoring.findings import Finding
from f1lib.monitoring.performance import Measured
from f1lib.monitoring.seasons import Pattern, Trend
from f1lib.reports.season_history import figures, headlines, listings, tiles


def season(name: str, low: float, high: float, skill: float = 0.2) -> Measured:
    measured = measured_over(8, score_row(skill=skill, skill_low=low, skill_high=high))
    return replace(measured, window=replace(measured.window, name=name))


def logged(*rows: tuple[str, bool]) -> pd.DataFrame:
    """Findings as the log has them: (weekend, alert)."""
    found = findings.frame(
        Finding(
            "performance.winner_concordance", "winner_concordance", "last 8 rounds",
            "fired" if alert else "quiet", "0.88 is below 0.90.", alert=alert,
        )
        for _, alert in rows
    )  # fmt: skip
    return found.assign(weekend=[weekend for weekend, _ in rows])


ALERTED = logged(("2022-01", False), ("2022-04", True), ("2022-05", True), ("2023-01", False),
                 ("2023-02", True))  # fmt: skip
TOLD = findings.episodes(findings.by_round(ALERTED))


def test_a_season_whose_interval_holds_zero_is_not_called_better() -> None:
    said = headlines.seasons([season("2022", 0.1, 0.3), season("2023", -0.1, 0.3)])
    assert said.startswith("In naming winners the model was better than the baseline in 2022;")
    assert "model and baseline cannot be told apart in 2023" in said


def test_both_stages_are_judged_in_the_headline_and_in_short() -> None:
    rows = (
        score_row(skill=0.06, skill_low=-0.1, skill_high=0.18),
        score_row("order_concordance", skill=0.09, skill_low=0.01, skill_high=0.16),
    )
    whole = replace(measured_over(24, *rows), window=window(24, "2025"))
    said = headlines.history(whole, [whole], (), 24)
    assert "in naming winners the model cannot be told from it (skill +6 %, 95 % interval" in said
    assert "in the order of qualifying the model was better (skill +9 %, 95 %" in said
    in_short = headlines.conclusion([whole], (), logged(("2025-01", False)), [])
    assert "In naming winners model and baseline cannot be told apart in 2025" in in_short
    assert "In the order of qualifying the model was better than the baseline in 2025" in in_short


def test_a_season_below_its_baseline_is_called_worse() -> None:
    assert "the model was worse than the baseline in 2024" in headlines.seasons(
        [season("2024", -0.3, -0.1, -0.2)]
    )


def test_seasons_without_an_interval_are_not_judged() -> None:
    assert "No season has enough" in headlines.seasons([season("2022", nan, nan)])


def test_alerts_are_told_once_by_the_season_in_which_they_began() -> None:
    said = headlines.alerts(TOLD, 5)
    assert said.startswith("2 alerts in 5 monitored rounds: 1 in 2022 and 1 in 2023.")
    assert "The longest lasted 2 rounds, from 2022-04 to 2022-05" in said


def test_silence_of_the_log_is_not_taken_for_health() -> None:
    assert "nothing is said of alerts" in headlines.alerts((), 0)
    assert headlines.alerts((), 1) == "No alert was raised in 1 monitored round."


def test_the_conclusion_says_when_a_reset_was_first_marked() -> None:
    said = headlines.conclusion([season("2022", 0.1, 0.3)], TOLD, ALERTED, [2022])
    assert "The reset of 2022 was first marked after 2022-04, by performance.winner_conc" in said
    quiet = headlines.conclusion([season("2022", 0.1, 0.3)], (), logged(("2022-01", False)), [2022])
    assert "The reset of 2022 raised no alert." in quiet
    unseen = headlines.conclusion([season("2022", 0.1, 0.3)], (), logged(), [2022, 2014])
    assert "The reset of 2022 was not monitored." in unseen
    assert "2014" not in unseen
    assert headlines.conclusion([], (), logged(), [], "Worth it.").endswith("alerts. Worth it.")


@pytest.mark.parametrize(
    ("low", "high", "verdict"),
    [(0.01, 0.2, "gained on"), (-0.2, -0.01, "lost ground"), (-0.1, 0.1, "no trend can be told")],
)
def test_a_trend_is_named_only_where_its_interval_excludes_none(
    low: float, high: float, verdict: str
) -> None:
    said = headlines.trend(Trend("winner_log_loss", (low + high) / 2, low, high, 6, 130))
    assert verdict in said
    assert "6 seasons, 130 races" in said


def test_too_few_seasons_show_no_trend() -> None:
    assert "too few seasons for a trend (3; 4 are needed)" in headlines.trend(
        Trend("winner_log_loss", nan, nan, nan, 3, 60)
    )


def test_one_of_three_patterns_must_be_so_much_clearer() -> None:
    pattern = Pattern("circuit type", (season("street", 0.1, 0.3),), 0.03)
    assert "by more than chance" in headlines.pattern(pattern)
    assert "is not shown to differ (p = 0.03" in headlines.pattern(pattern, of=3)
    assert "Not enough rounds" in headlines.pattern(replace(pattern, p_value=nan))


def test_drift_names_the_features_that_drifted_most() -> None:
    rows = pd.DataFrame(
        {
            "weekend": ["2022-03", "2022-04", "2022-05"],
            "feature": ["qualifying_surprise", "qualifying_surprise", "gap"],
            "status": ["drift", "drift", "watch"],
        }
    )
    said = headlines.drift(rows)
    assert "in 2 of 3 measured rounds, most often qualifying_surprise (2 rounds)" in said
    listing, _, _ = listings.drifted(rows)
    assert listing.iloc[0].tolist()[:3] == ["qualifying_surprise", 2, 0]
    assert listing.iloc[1].tolist()[:3] == ["gap", 0, 1]


def test_the_list_of_alerts_has_a_row_for_each_that_was_raised() -> None:
    listing, caption, _ = listings.alerts(TOLD, 5)
    assert listing["First after"].tolist() == ["2022-04", "2023-02"]
    assert listing["Last after"].tolist() == ["2022-05", "2023-02"]
    assert listing["Rounds"].tolist() == [2, 1]
    assert "5 monitored rounds" in caption


def test_the_tile_of_alerts_is_missing_where_nothing_was_monitored() -> None:
    whole = measured_over(8, score_row())
    assert tiles.history(whole, (), 0)[-1].value is None
    last = tiles.history(whole, TOLD, 5)[-1]
    assert (last.value, last.n) == (2, 5)


def test_the_charts_say_in_words_what_they_show() -> None:
    _, alt, caption = figures.skill(
        [season("2021", 0.1, 0.3), season("2022", -0.3, 0.1, -0.1)], "winner_log_loss", [2022]
    )
    assert "highest in 2021 (+20%), lowest in 2022" in alt
    assert "new regulations (2022)" in caption
    _, alt, _ = figures.alerts(ALERTED)
    assert "performance.winner_concordance fired or on watch in 3 rounds, alert in 3" in alt
    for chart in (figures.alerts(logged()), figures.drift(pd.DataFrame())):
        assert "recorded" in chart[1]


def test_a_window_without_a_score_has_no_number() -> None:
    listing, _, _ = listings.windows([measured_over(0)], "season", "winner_log_loss")
    assert listing["Champion"].isna().all()
