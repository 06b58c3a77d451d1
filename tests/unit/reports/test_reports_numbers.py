"""Numbers are plain in JSON and typeset on the page."""

import json
import math

import numpy as np
import pandas as pd
import pytest

from f1lib.reports import numbers


@pytest.mark.parametrize(
    "nothing", [None, math.nan, math.inf, np.float64("nan"), pd.NA, pd.NaT, "x"]
)
def test_no_number_is_none_and_a_dash(nothing: object) -> None:
    assert numbers.plain(nothing) is None
    assert numbers.written(nothing) == "–"


@pytest.mark.parametrize("value", [3, 3.5, np.int64(3), np.float32(3.5), True])
def test_numbers_of_any_library_fit_into_json(value: object) -> None:
    assert json.loads(json.dumps(numbers.plain(value))) == value


def test_a_small_negative_number_is_not_minus_nothing() -> None:
    assert numbers.written(-0.0001) == "0.000"
    assert numbers.written(-0.0012) == "−0.001"
    assert numbers.written(4.2, 1, "%") == "4.2\u00a0%"


@pytest.mark.parametrize(
    ("share", "said"),
    [(0.0, "less than 1 %"), (0.0049, "less than 1 %"), (0.006, "1 %"), (0.994, "99 %"),
     (0.9951, "more than 99 %"), (1.0, "more than 99 %")],
)  # fmt: skip
def test_nothing_uncertain_is_called_impossible_or_sure(share: float, said: str) -> None:
    assert numbers.percent(share) == said


def test_words_are_listed_as_a_sentence_has_them() -> None:
    assert numbers.listed([]) == ""
    assert numbers.listed(["grid"]) == "grid"
    assert numbers.listed(["qualifying", "grid"]) == "qualifying and grid"
