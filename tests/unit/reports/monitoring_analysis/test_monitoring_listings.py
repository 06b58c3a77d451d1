"""Tables of a report: every row there is, in the order a reader asks for."""

from dataclasses import replace
from math import nan

import pandas as pd
import pytest
from invented_monitoring import measured_over, score_row, window

from f1lib.reports import tables
from f1lib.reports.monitoring_analysis import listings


def drawn(
    listing: tuple[pd.DataFrame, str, dict[str, str]],
) -> tuple[list[str], list[list[str]], str]:
    """Column heads and cells as a reader sees them, and the caption."""
    frame, caption, formats = listing
    columns, rows = tables.cells(frame, formats, ())
    return [head.text for head in columns], [[cell.text for cell in row] for row in rows], caption


def test_scores_are_listed_at_the_cutoff_they_are_judged_at_the_race_first() -> None:
    rows = [
        score_row("order_concordance", value=0.71),
        score_row("winner_log_loss"),
        score_row("winner_log_loss", cutoff="before_weekend", value=9.9),
    ]
    recent = measured_over(8, score_row("order_concordance", skill=-0.03))
    season = replace(measured_over(24, *rows), window=window(24, "season 2025"))
    heads, cells, caption = drawn(listings.scores(season, recent))
    assert caption.startswith("Season 2025 (24 rounds settled, 2025-01 to 2025-24).")
    assert heads[:4] == ["Score", "Skill", "Skill, 95 % interval", "Skill, last 8"]
    assert [row[3] for row in cells] == ["–", "\N{MINUS SIGN}3\u00a0%"]
    values = [row[heads.index("Champion")] for row in cells]
    assert values == ["1.200", "0.710"]
    assert cells[0][heads.index("95 % interval")] == "1.000 to 1.400"
    assert cells[0][heads.index("Races")] == "8"


def test_an_interval_that_cannot_be_had_is_a_dash() -> None:
    few = score_row(low=nan, high=nan, skill_low=nan, skill_high=nan, n_races=4)
    heads, (row,), _ = drawn(listings.scores(measured_over(4, few), measured_over(4, few)))
    assert row[heads.index("95 % interval")] == "–"
    assert row[heads.index("Skill, 95 % interval")] == "–"


def test_winners_are_listed_the_latest_first(winners: pd.DataFrame) -> None:
    _, rows, caption = drawn(listings.winners(winners))
    assert [row[0] for row in rows] == ["2025-03", "2025-02", "2025-01"]
    assert "3" in caption


@pytest.mark.parametrize("n", [0, 1])
def test_none_or_one_row_is_a_table_too(winners: pd.DataFrame, n: int) -> None:
    scored = measured_over(n, *[score_row()] * n)
    for listing in (listings.winners(winners.head(n)), listings.scores(scored, scored)):
        assert len(drawn(listing)[1]) == n
