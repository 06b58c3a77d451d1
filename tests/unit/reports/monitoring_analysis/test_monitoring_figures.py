"""Charts say in words what they draw, and draw what there is."""

import pandas as pd
import pytest
from invented_monitoring import measured_over, score_row

from f1lib.reports import charts
from f1lib.reports.monitoring_analysis import figures
from f1lib.weekend import Cutoff


def drawn(chart: "charts.Chart") -> tuple[str, str, str]:
    """The SVG as text, the alternative text and the caption; none of them is empty."""
    fig, alt, caption = chart
    assert alt
    assert caption
    assert "nan" not in alt
    assert fig is not None
    return charts.svg(fig, alt), alt, caption


@pytest.fixture
def rounds() -> pd.DataFrame:
    """Log loss of champion (mean 1.5) and baseline (mean 2.5) in two rounds."""
    values = [
        ("2025-01", "grid_gap_logit", "", 2.0),
        ("2025-02", "grid_gap_logit", "", 3.0),
        ("2025-01", "two_stage", "1.0.0", 1.0),
        ("2025-02", "two_stage", "1.0.0", 2.0),
    ]
    frame = pd.DataFrame(values, columns=["weekend", "model", "model_version", "value"])
    return frame.assign(metric="winner_log_loss", stage="race", cutoff=Cutoff.BEFORE_RACE.value)


def test_a_score_by_round_tells_both_means(rounds: pd.DataFrame) -> None:
    text, alt, caption = drawn(figures.by_round(rounds, "winner_log_loss", measured_over(2)))
    assert "2025-01 to 2025-02" in alt
    assert "champion mean 1.50" in alt
    assert "baseline mean 2.50" in alt
    assert "grid_gap_logit" in caption
    assert "round of 2025" in text


def test_rounds_outside_the_window_do_not_count(rounds: pd.DataFrame) -> None:
    _, alt, _ = drawn(figures.by_round(rounds, "winner_log_loss", measured_over(1)))
    assert "champion mean 1.00" in alt
    assert "2025-02" not in alt


def test_a_champion_without_a_baseline_is_drawn_alone(rounds: pd.DataFrame) -> None:
    mine = rounds[rounds["model"] == "two_stage"]
    _, alt, _ = drawn(figures.by_round(mine, "winner_log_loss", measured_over(2)))
    assert "champion mean 1.50" in alt
    assert "baseline mean" not in alt


def test_scores_without_a_champion_are_a_sentence(rounds: pd.DataFrame) -> None:
    for found in (rounds.head(0), rounds[rounds["model_version"] == ""]):
        _, alt, _ = figures.by_round(found, "winner_log_loss", measured_over(2))
        assert "settled" in alt


def test_the_mean_of_the_champion_is_drawn_with_its_interval(rounds: pd.DataFrame) -> None:
    season = measured_over(2, score_row(low=1.1, high=1.9))
    text, alt, caption = drawn(figures.by_round(rounds, "winner_log_loss", season))
    assert "champion mean 1.50 (95 % interval 1.10 to 1.90)" in alt
    assert "Band: the 95 % interval" in caption
    assert "opacity: 0.15" in text
    few = measured_over(2, score_row(low=float("nan"), high=float("nan")))
    assert "interval" not in "".join(drawn(figures.by_round(rounds, "winner_log_loss", few)))


def test_the_favourites_tell_how_often_they_won_and_the_least_likely_winner(
    winners: pd.DataFrame,
) -> None:
    _, alt, _ = drawn(figures.favourites(winners))
    assert "in 3 races: the favourite won 2 of them" in alt
    assert "3 %" in alt


def test_one_race_has_a_favourite_too(winners: pd.DataFrame) -> None:
    assert "50 %" in drawn(figures.favourites(winners.head(1)))[1]


def test_without_races_the_favourites_are_a_sentence(winners: pd.DataFrame) -> None:
    assert figures.favourites(winners.head(0)) == (None, "No race forecast is settled yet.", "")
