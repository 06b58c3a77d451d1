"""The truth of the simulated world: coherent, repeatable, and sharper the more is known."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from f1lib.sources.simulated import held, world
from f1lib.sources.simulated.latent import Form
from f1lib.sources.simulated.sessions import StartingGrid
from f1lib.sources.simulated.streams import Dice
from f1lib.sources.simulated.world import SimulatedWorld
from f1lib.weekend import Cutoff, WeekendFormat

REPLICAS = 160


@pytest.fixture(scope="module")
def seasons() -> SimulatedWorld:
    return world.build(20, seasons=5)


@pytest.fixture(scope="module")
def ladder(seasons: SimulatedWorld) -> pd.DataFrame:
    """For every second race and each cutoff: what truth said of the winner and the favourite."""
    tables = seasons.tables()
    winners, poles = (
        tables[name][tables[name]["position"] == 1].set_index("weekend")["driver"]
        for name in ("results", "qualifying")
    )
    rows = []
    for weekend in [w for n, w in enumerate(seasons.weekends) if n % 5 in {0, 2}]:
        winner, pole = winners[str(weekend)], poles[str(weekend)]
        for cutoff in Cutoff:
            truth = seasons.truth(weekend, cutoff, REPLICAS).set_index("driver")
            favourite = truth["p_win"].idxmax()
            rows.append(
                {
                    "cutoff": cutoff,
                    "winner_log_loss": log_loss(truth["p_win"], winner),
                    "pole_log_loss": log_loss(truth["p_pole"], pole),
                    "p_favourite": truth["p_win"].max(),
                    "hit": favourite == winner,
                }
            )
    return pd.DataFrame(rows)


def log_loss(p: "pd.Series[float]", driver: str) -> float:
    """Smoothed by half a replica for each driver, as no replica may have seen a rare winner."""
    n = p.get(driver, 0.0) * REPLICAS + 0.5
    return float(-np.log(n / (REPLICAS + 0.5 * len(p))))


@pytest.mark.parametrize("cutoff", Cutoff)
def test_truth_sums_to_one_over_the_entries(seasons: SimulatedWorld, cutoff: Cutoff) -> None:
    formats = {seasons.held[w].round.format: w for w in seasons.weekends}
    assert set(formats) == set(WeekendFormat)
    for weekend in formats.values():
        truth = seasons.truth(weekend, cutoff, 60)
        assert list(truth.columns) == ["driver", "p_win", "p_pole"]
        assert truth["driver"].is_unique
        assert truth["driver"].is_monotonic_increasing
        assert truth["p_win"].sum() == pytest.approx(1)
        if cutoff is Cutoff.BEFORE_RACE:
            assert truth["p_pole"].isna().all()
        else:
            assert truth["p_pole"].sum() == pytest.approx(1)


def test_truth_is_the_same_when_asked_again(seasons: SimulatedWorld) -> None:
    weekend = seasons.weekends[7]
    first, again = (seasons.truth(weekend, Cutoff.BEFORE_RACE, 100) for _ in range(2))
    pd.testing.assert_frame_equal(first, again)


def test_more_replicas_refine_and_do_not_replace(seasons: SimulatedWorld) -> None:
    weekend = seasons.weekends[9]
    few = seasons.truth(weekend, Cutoff.BEFORE_RACE, 600)["p_win"]
    many = seasons.truth(weekend, Cutoff.BEFORE_RACE, 3000)["p_win"]
    assert (few - many).abs().max() < 0.08


def test_truth_knows_a_late_substitute_only_after_practice(seasons: SimulatedWorld) -> None:
    weekend, held = next(
        (weekend, held)
        for weekend, held in seasons.held.items()
        if [d.driver for d in held.announced.drivers] != [d.driver for d in held.field.drivers]
    )
    before = set(seasons.truth(weekend, Cutoff.BEFORE_WEEKEND, 20)["driver"])
    after = set(seasons.truth(weekend, Cutoff.BEFORE_QUALIFYING, 20)["driver"])
    assert before == {driver.driver for driver in held.announced.drivers}
    assert after == {driver.driver for driver in held.field.drivers}
    assert len(before - after) == len(after - before) == 1


def test_every_session_known_sharpens_the_truth_about_the_winner(ladder: pd.DataFrame) -> None:
    loss = ladder.groupby("cutoff")["winner_log_loss"].mean()
    assert loss[Cutoff.BEFORE_RACE] < loss[Cutoff.BEFORE_QUALIFYING]
    assert loss[Cutoff.BEFORE_QUALIFYING] < loss[Cutoff.BEFORE_WEEKEND]
    assert loss[Cutoff.BEFORE_WEEKEND] < np.log(20) - 1


def test_the_form_of_the_weekend_sharpens_the_truth_about_pole(ladder: pd.DataFrame) -> None:
    loss = ladder.groupby("cutoff")["pole_log_loss"].mean()
    assert loss[Cutoff.BEFORE_QUALIFYING] < loss[Cutoff.BEFORE_WEEKEND]


def test_the_true_favourite_wins_as_often_as_truth_says(ladder: pd.DataFrame) -> None:
    assert ladder["hit"].mean() == pytest.approx(ladder["p_favourite"].mean(), abs=0.12)


def test_a_fast_car_that_starts_sixth_wins_where_one_can_pass_and_not_where_one_cannot(
    seasons: SimulatedWorld,
) -> None:
    weekend = seasons.held[seasons.weekends[-1]]
    by_pace = np.argsort(weekend.field.race_pct + weekend.form.race_pct[0])
    fastest, ahead, rest = by_pace[:1], by_pace[1:6], by_pace[6:]
    start_order = np.empty((300, len(by_pace)), dtype=np.int64)
    start_order[:, np.concatenate([ahead, fastest, rest])] = np.arange(1, len(by_pace) + 1)
    form = Form(
        np.repeat(weekend.form.qualifying_pct, 300, axis=0),
        np.repeat(weekend.form.race_pct, 300, axis=0),
    )
    nobody = np.zeros(start_order.shape, dtype=bool)
    grid = StartingGrid(start_order, np.zeros_like(start_order), nobody)

    def share(difficulty: float) -> float:
        circuit = replace(weekend.round.circuit, difficulty=difficulty)
        round_ = replace(weekend.round, circuit=circuit)
        race = held.run_race(Dice(0), round_, weekend.field, form, grid)
        return float((race.key.argmin(axis=1) == fastest[0]).mean())

    assert share(0.1) > share(0.95) + 0.15
