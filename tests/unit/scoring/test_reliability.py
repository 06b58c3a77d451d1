import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from f1lib.scoring import calibration, reliability


def strengths(n: int, seed: int) -> np.ndarray:
    return 1.5 * np.random.default_rng(seed).standard_normal((n, 20))


def softmax(strength: np.ndarray) -> np.ndarray:
    e = np.exp(strength)
    return e / e.sum(axis=1, keepdims=True)


def test_of_those_given_sixty_per_cent_sixty_should_have_won() -> None:
    p = np.tile([0.6, 0.4], (100, 1))
    won = np.zeros((100, 2), dtype=bool)
    won[:55, 0] = won[55:, 1] = True
    table = reliability.table(p, won)
    assert table[["p_from", "p_to", "n", "said", "happened"]].to_numpy().tolist() == [
        [0.35, 0.5, 100, pytest.approx(0.4), 0.45],
        [0.5, 0.7, 100, pytest.approx(0.6), 0.55],
    ]
    # the share of heads in 100 throws of a 0.6 coin: 0.6 +- 1.96 * 0.049
    assert table["low"].iloc[1] == pytest.approx(0.504, abs=0.015)
    assert table["high"].iloc[1] == pytest.approx(0.696, abs=0.015)


@settings(max_examples=25)
@given(seed=st.integers(0, 10**6), n=st.integers(1, 40))
def test_every_forecast_is_in_one_bin_and_every_winner_is_counted(seed: int, n: int) -> None:
    p = softmax(strengths(n, seed))
    won = calibration.drawn_winners(p, n=1, seed=seed)[0]
    table = reliability.table(p, won, n=49)
    assert table["n"].sum() == p.size
    assert (table["happened"] * table["n"]).sum() == pytest.approx(n)
    assert (table["said"] * table["n"]).sum() == pytest.approx(n)
    assert (table["said"] >= table["p_from"]).all()
    assert (table["said"] <= table["p_to"]).all()


def test_the_share_of_a_perfect_model_lies_in_its_range_in_19_bins_of_20() -> None:
    inside = []
    for seed in range(60):
        p = softmax(strengths(96, seed))
        table = reliability.table(p, calibration.drawn_winners(p, n=1, seed=500 + seed)[0], n=399)
        inside += (
            (table["low"] <= table["happened"]) & (table["happened"] <= table["high"])
        ).tolist()
    assert 0.93 < np.mean(inside) < 0.985


def test_an_overconfident_model_leaves_its_ranges_at_both_ends() -> None:
    truth = softmax(strengths(252, 1))
    won = calibration.drawn_winners(truth, n=1, seed=2)[0]
    table = reliability.table(softmax(1.8 * strengths(252, 1)), won)
    assert table["happened"].iloc[0] > table["high"].iloc[0]
    assert table["happened"].iloc[-1] < table["low"].iloc[-1]


@pytest.mark.parametrize(("what", "places"), reliability.PLACES.items())
def test_ranges_of_podium_and_top_ten_hold_results_that_are_whole_orders(
    what: str, places: int
) -> None:
    strength = strengths(48, 3)
    rng = np.random.default_rng(4)
    places_of = (
        (-(strength[:, None] + rng.gumbel(size=(48, 4000, 20)))).argsort(axis=2).argsort(axis=2)
    )
    reached = places_of < places
    p = reached.mean(axis=1)
    inside = []
    for outcome in range(40):
        table = reliability.table(p, reached[:, outcome], what, n=199)
        inside += (
            (table["low"] <= table["happened"]) & (table["happened"] <= table["high"])
        ).tolist()
    assert np.mean(inside) > 0.9


def test_without_races_the_table_is_empty() -> None:
    none = np.zeros((0, 20))
    table = reliability.table(none, none.astype(bool))
    assert table.empty
    assert list(table.columns) == list(reliability.COLUMNS)
