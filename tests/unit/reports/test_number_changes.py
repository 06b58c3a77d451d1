"""Two runs' numbers are set side by side, and subtracted only where they are of the same thing."""

import pytest

from f1lib.reports import number_changes
from f1lib.reports.metrics import Metric
from f1lib.reports.number_changes import NumberChange

HIT = Metric("hit", "Winner hit", 43, "%")


def change(before: Metric, now: Metric, *, asked_alike: bool = True) -> NumberChange:
    (found,) = number_changes.between([before], [now], asked_alike=asked_alike)
    return found


@pytest.mark.parametrize(
    ("before", "now", "difference", "by"),
    [
        (HIT, Metric("hit", "Winner hit", 52, "%"), 9, "+9\u00a0percentage points"),
        (HIT, Metric("hit", "Winner hit", 42, "%"), -1, "\N{MINUS SIGN}1\u00a0percentage point"),
        (Metric("l", "Loss", 1.5), Metric("l", "Loss", 1.25), -0.25, "\N{MINUS SIGN}0.250"),
        (Metric("l", "Loss", 1.5), Metric("l", "Loss", 1.5001), pytest.approx(0.0001), "±0"),
        (HIT, Metric("hit", "Winner hit", 0.52), None, ""),  # another unit
        (HIT, Metric("hit", "Podium hit", 52, "%"), None, ""),  # another label
        (HIT, Metric("hit", "Winner hit", None, "%"), None, ""),
    ],
)
def test_the_difference_is_that_of_the_same_thing(
    before: Metric, now: Metric, difference: float | None, by: str
) -> None:
    found = change(before, now)
    assert (found.difference, found.by) == (difference, by)
    assert found.differs
    otherwise = change(before, now, asked_alike=False)
    assert (otherwise.difference, otherwise.by) == (None, "")


def test_the_same_number_of_another_thing_differs_and_says_of_what_it_was() -> None:
    assert not change(HIT, HIT).differs
    other = change(HIT, Metric("hit", "Podium hit", 43, "%"))
    assert other.differs
    assert other.shown == ("43\u00a0% (Winner hit)", "43\u00a0%")


def test_a_number_that_one_run_has_not_is_a_dash() -> None:
    new, old = number_changes.between([HIT], [Metric("n", "Races", 24)])
    assert (new.label, new.shown, new.differs, new.by) == ("Races", ("–", "24"), True, "")
    assert (old.label, old.shown, old.difference) == ("Winner hit", ("43\u00a0%", "–"), None)
