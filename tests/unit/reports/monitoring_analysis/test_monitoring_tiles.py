"""Tiles: the headline numbers of a report, each with what makes it readable."""

from math import nan

from invented_monitoring import measured_over, score_row

from f1lib.reports.monitoring_analysis import tiles
from f1lib.scoring.scores import METRICS


def test_a_monitoring_has_every_score_with_interval_n_and_baseline() -> None:
    rows = [score_row(name) for name in tiles.MONITORED]
    index, *found = tiles.monitoring(measured_over(8, *rows))
    assert [each.name for each in found] == list(tiles.MONITORED)
    for each in found:
        assert (each.value, each.low, each.high, each.n) == (1.2, 1.0, 1.4, 8)
        assert each.baseline == 1.5
        assert (each.better == "higher") == METRICS[each.name].higher_is_better
    assert (index.name, index.value, index.low, index.high) == ("skill_index", 0.1, 0.02, 0.18)


def test_the_skill_index_counts_the_races_of_its_smallest_part() -> None:
    rows = [score_row(name, n_races=8) for name in tiles.MONITORED[:-1]]
    rows.append(score_row(tiles.MONITORED[-1], n_races=6))
    assert tiles.monitoring(measured_over(8, *rows))[0].n == 6


def test_what_was_not_measured_says_so() -> None:
    for each in tiles.monitoring(measured_over(0, index=(nan, nan, nan))):
        assert each.as_json()["value"] is None
        assert each.as_json()["note"]
        assert each.n == 0
