"""The line beside a number: earlier good runs of the same, in words too."""

import re

import pytest

from f1lib.run_record import RunStatus


def lines(html: str) -> list[str]:
    return re.findall(r'<svg class="spark"[^>]*aria-label="([^"]*)"', html)


def test_a_number_stands_beside_those_of_earlier_weekends(site) -> None:
    for round_, hit in ((6, 0.5), (7, 0.75), (8, 0.25)):
        site.run(round_, round_, hit=hit)
    assert lines(site.write()) == [
        "3 weekends, 0.250 to 0.750, 0.750 before",
        "2 weekends, 0.500 to 0.750, 0.500 before",
    ]


def test_a_favourite_is_not_set_beside_another_one(site) -> None:
    site.run(6, 6, label="Max Verstappen wins", hit=0.5)
    site.run(7, 7, label="Oscar Piastri wins", hit=0.43)
    assert lines(site.write()) == []
    site.run(8, 8, label="Max Verstappen wins", hit=0.53)
    assert lines(site.write()) == ["2 weekends, 0.500 to 0.530, 0.500 before"]


def test_failed_runs_other_worlds_and_other_notebooks_are_not_in_it(site) -> None:
    site.run(6, 1, status=RunStatus.LOST)
    site.run(6, 2, simulated=True)
    site.run(6, 3, "retraining")
    site.run(8, 4)
    assert lines(site.write()) == []


def test_a_weekend_that_was_run_again_counts_once_as_it_was_said_last(site) -> None:
    site.run(7, 1, hit=0.1)
    site.run(7, 2, hit=0.5)
    site.run(8, 3, hit=0.75)
    assert lines(site.write()) == ["2 weekends, 0.500 to 0.750, 0.500 before"]


def test_a_weekend_that_is_run_late_stands_beside_earlier_ones_only(site) -> None:
    for minutes, (round_, hit) in enumerate(((6, 0.5), (8, 0.75), (7, 0.25))):
        site.run(round_, minutes, hit=hit)
    assert lines(site.write()) == [
        "2 weekends, 0.250 to 0.500, 0.500 before",
        "2 weekends, 0.500 to 0.750, 0.500 before",
    ]


def test_a_line_is_as_long_as_twelve_weekends(site) -> None:
    for round_ in range(1, 16):
        site.run(round_, round_, hit=round_ / 100)
    assert lines(site.write())[0] == "12 weekends, 0.040 to 0.150, 0.140 before"


@pytest.mark.parametrize("missing", [None, float("nan")])
def test_a_number_that_could_not_be_had_is_left_out(site, missing) -> None:
    site.run(6, 1, hit=0.5)
    site.run(7, 2, hit=missing)
    site.run(8, 3, hit=0.5)
    assert lines(site.write()) == ["2 weekends, 0.500 to 0.500, 0.500 before"]
