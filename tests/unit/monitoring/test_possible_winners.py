"""What the scores would be for each winner there could be."""

import numpy as np
import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from f1lib.monitoring import possible_winners
from f1lib.predictions import FORECAST_COLUMNS, Forecast
from f1lib.scoring import scores
from f1lib.weekend import Stage

WEIGHTS = st.lists(st.integers(1, 50), min_size=2, max_size=24)


@given(WEIGHTS, st.randoms())
def test_they_are_the_scores_of_a_race_that_this_car_wins(weights, random) -> None:
    p = np.array(weights) / sum(weights)
    names = [f"d{place}" for place in range(len(p))]
    order = random.sample(range(len(p)), len(p))
    rows = pd.DataFrame({"driver": names, "constructor": "c", "p_first": p})
    rows = rows.reindex(columns=FORECAST_COLUMNS)
    outcome = pd.DataFrame(
        {
            "driver": [names[place] for place in order],
            "constructor": "c",
            "position": range(1, len(p) + 1),
            "classified": True,
            "gap_pct": np.nan,
            "gap_s": np.nan,
        }
    )
    scored = scores.scored(Forecast(Stage.RACE, rows), outcome).set_index("metric")["value"]
    winner = order[0]
    assert np.isclose(possible_winners.log_loss(p[None])[0, winner], scored["winner_log_loss"])
    concordance = possible_winners.concordance(p[None])[0, winner]
    assert np.isclose(concordance, scored["winner_concordance"])


def test_winners_are_drawn_as_often_as_their_probability_says() -> None:
    p = np.array([[0.6, 0.3, 0.1, 0.0], [0.0, 0.2, 0.0, 0.8]])
    races = np.tile([0, 1], (20_000, 1))
    drawn = possible_winners.drawn(p, races, np.random.default_rng(1))
    for race in (0, 1):
        shares = np.bincount(drawn[:, race], minlength=4) / len(drawn)
        np.testing.assert_allclose(shares, p[race], atol=0.015)  # four standard errors
        assert (shares[p[race] == 0] == 0).all()


def test_who_is_absent_has_no_concordance() -> None:
    found = possible_winners.concordance(np.array([[0.7, 0.3, 0.0]]))
    assert found[0, :2].tolist() == [1.0, 0.0] and np.isnan(found[0, 2])
