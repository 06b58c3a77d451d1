"""Charts say in words what they draw, and draw what there is."""

import pandas as pd
import pytest
from invented_monitoring import window

from f1lib.reports import charts
from f1lib.reports.monitoring_analysis import figures
from f1lib.weekend import Cutoff


def drawn(chart: tuple[object, str, str]) -> tuple[str, str, str]:
    """The SVG as text, the alternative text and the caption; both are never empty."""
    fig, alt, caption = chart
    assert alt
    assert caption
    assert "nan" not in alt
    return charts.svg(fig, alt), alt, caption  # type: ignore[arg-type]


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
    text, alt, caption = drawn(figures.by_round(rounds, "winner_log_loss", window(2)))
    assert "2025-01 to 2025-02" in alt
    assert "champion mean 1.50" in alt
    assert "baseline mean 2.50" in alt
    assert "grid_gap_logit" in caption
    assert "round of 2025" in text


def test_rounds_outside_the_window_do_not_count(rounds: pd.DataFrame) -> None:
    _, alt, _ = drawn(figures.by_round(rounds, "winner_log_loss", window(1)))
    assert "champion mean 1.00" in alt
    assert "2025-02" not in alt


def test_a_champion_without_a_baseline_is_drawn_alone(rounds: pd.DataFrame) -> None:
    mine = rounds[rounds["model"] == "two_stage"]
    _, alt, _ = drawn(figures.by_round(mine, "winner_log_loss", window(2)))
    assert "champion mean 1.50" in alt
    assert "baseline mean" not in alt


def test_scores_without_a_champion_are_a_sentence(rounds: pd.DataFrame) -> None:
    for found in (rounds.head(0), rounds[rounds["model_version"] == ""]):
        _, alt, _ = figures.by_round(found, "winner_log_loss", window(2))
        assert "settled" in alt


def test_a_long_sentence_in_place_of_a_chart_is_drawn_too(rounds: pd.DataFrame) -> None:
    text, _, _ = drawn(figures.by_round(rounds.head(0), "winner_log_loss", window(2)))
    assert "settled" in text


def test_the_favourites_tell_how_often_they_won_and_the_least_likely_winner(
    winners: pd.DataFrame,
) -> None:
    _, alt, _ = drawn(figures.favourites(winners))
    assert "in 3 races: the favourite won 2 of them" in alt
    assert "3 %" in alt


def test_one_race_has_a_favourite_too(winners: pd.DataFrame) -> None:
    assert "50 %" in drawn(figures.favourites(winners.head(1)))[1]


def test_without_races_the_favourites_are_a_sentence(winners: pd.DataFrame) -> None:
    text, alt, _ = drawn(figures.favourites(winners.head(0)))
    assert alt == "No race forecast is settled yet."
    assert alt in text
