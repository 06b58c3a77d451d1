"""Reasons and team-mates are drawn with the words for those who cannot see them."""

import pandas as pd

from f1lib.reports import charts
from f1lib.reports.race_preview import headlines, rivals

DRIVERS = ["Ada", "Ben", "Cleo", "Dan"]


def drawn(chart: "charts.Chart") -> tuple[str, str, str]:
    """The SVG as text, the alternative text and the caption."""
    fig, alt, caption = chart
    assert "nan" not in alt
    assert fig is not None
    return charts.svg(fig, alt), alt, caption


def test_the_reasons_that_move_somebody_are_columns_and_all_others_one(
    reasons: pd.DataFrame,
) -> None:
    text, alt, caption = drawn(rivals.reasons(reasons, "race", DRIVERS))
    for heading in (">grid<", ">race<", ">the<", ">rest<"):
        assert heading in text
    assert "reliability" not in text
    assert "Ada ×1.8: grid ×2.0, race form ×0.9, the rest ×1.0" in alt
    assert "odds of finishing ahead of any given rival" in caption


def test_qualifying_is_drawn_in_percent_of_a_lap(reasons: pd.DataFrame) -> None:
    text, alt, caption = drawn(rivals.reasons(reasons, "qualifying", DRIVERS))
    assert "Ada \N{MINUS SIGN}0.15 %: car \N{MINUS SIGN}0.20 %, driver +0.05 %" in alt
    assert "% of a lap" in caption
    assert ">driver<" in text


def test_the_leading_drivers_are_drawn_in_the_order_given(reasons: pd.DataFrame) -> None:
    field = pd.concat(
        [reasons.assign(driver=reasons["driver"] + f" {number}") for number in range(5)]
    )
    order = [f"Ada {number}" for number in range(5)] + [f"Ben {number}" for number in range(5)]
    text, _, _ = drawn(rivals.reasons(field, "race", order))
    assert text.index("Ada 0") < text.index("Ada 4") < text.index("Ben 0")
    assert "Ben 2" in text
    assert "Ben 3" not in text  # eight are shown


def test_what_moves_nobody_is_one_column(reasons: pd.DataFrame) -> None:
    _, alt, _ = drawn(rivals.reasons(reasons.assign(value=0.0), "race", DRIVERS))
    assert "Ada ×1.0: the rest ×1.0" in alt


def test_a_forecast_that_cannot_be_explained_is_a_sentence(reasons: pd.DataFrame) -> None:
    for found, drivers in ((reasons.head(0), DRIVERS), (reasons, ["Nobody"])):
        assert rivals.reasons(found, "race", drivers) == (None, headlines.UNEXPLAINED, "")


def test_team_mates_are_drawn_with_both_names_and_the_chance(pairs: pd.DataFrame) -> None:
    text, alt, _ = drawn(rivals.duels(pairs))
    assert alt.endswith("Ada 70 % before Ben; Cleo 55 % before Dan.")
    for words in ("Oak  ADA", ">BEN<", "Pine  CLE", ">DAN<", ">qualifying<"):
        assert words in text


def test_pairs_without_a_qualifying_forecast_have_no_diamond(pairs: pd.DataFrame) -> None:
    text, _, _ = drawn(rivals.duels(pairs.assign(p_ahead_qualifying=float("nan"))))
    assert ">qualifying<" not in text


def test_no_pair_is_a_sentence_and_one_is_a_chart(pairs: pd.DataFrame) -> None:
    assert rivals.duels(pairs.head(0)) == (None, headlines.NO_PAIR, "")
    assert "Ada 70 % before Ben." in drawn(rivals.duels(pairs.head(1)))[1]
