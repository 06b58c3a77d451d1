import numpy as np
import pandas as pd
import pytest

from f1lib.features import circuits, pace, table
from f1lib.features.entries import entered
from f1lib.tables.history import History
from f1lib.weekend import Cutoff

BEFORE = Cutoff.BEFORE_WEEKEND


@pytest.fixture(scope="module")
def entries(simulated_history: History) -> pd.DataFrame:
    return entered(simulated_history, BEFORE)


def test_who_always_surprises_here_is_expected_to_again(
    simulated_history: History, entries: pd.DataFrame
) -> None:
    """Half a percent faster than expected at each of two visits counts for (2 x 0.5) / (2 + 2)."""
    shown = pace.qualifying(simulated_history)
    places = simulated_history["races"].set_index("weekend")["circuit"]
    here = places.value_counts().index[0]
    driver = shown["driver"].value_counts().index[0]
    at_home = (shown["weekend"].map(places) == here) & (shown["driver"] == driver)
    surprise = np.where(at_home, -0.5, 0.0)
    found = entries.assign(
        pace=circuits.columns(simulated_history, entries, shown, surprise)["circuit_pace_driver"]
    )
    mine = found[(found["weekend"].map(places) == here) & (found["driver"] == driver)]
    visits = np.arange(len(mine)).clip(max=circuits.VISITS)
    assert mine["pace"].to_numpy() == pytest.approx(-0.5 * visits / (visits + 2))
    others = found[(found["weekend"].map(places) != here) | (found["driver"] != driver)]
    assert (others["pace"] == 0).all()


def test_a_circuit_where_the_grid_never_changes_is_sticky(
    simulated_history: History, entries: pd.DataFrame
) -> None:
    places = simulated_history["races"].set_index("weekend")["circuit"]
    sticky = str(places.iloc[0])
    grid = simulated_history["grid"].set_index(["weekend", "driver"])["start_order"]
    results = simulated_history["results"]
    keys = pd.MultiIndex.from_frame(results[["weekend", "driver"]])
    started = grid.reindex(keys).to_numpy(dtype=float)
    here = (results["weekend"].map(places) == sticky).to_numpy() & np.isfinite(started)
    frozen = results.assign(finish_order=np.where(here, started, results["finish_order"]))
    world = History(simulated_history.snapshot, {**simulated_history.tables, "results": frozen})
    found = pd.Series(circuits._stickiness(world))
    last_visit = places[places == sticky].index[-1]
    last_elsewhere = places[places != sticky].index[-1]
    assert found[places.index[0]] == 0.0  # nothing is known before the first race
    assert found[last_visit] > 0.03
    assert found[last_visit] > found[last_elsewhere]


def test_the_columns_are_part_of_every_feature_table(simulated_history: History) -> None:
    built = table.build(simulated_history, BEFORE, table.Recipe())
    assert np.isfinite(built[list(circuits.CIRCUIT)].to_numpy()).all()
