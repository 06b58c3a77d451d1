"""Nothing after the cutoff can reach a feature or a forecast: scrambled, removed or swapped, the
future leaves both bit-identical."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from f1lib.features import table
from f1lib.models import baselines
from f1lib.models.contract import Model, Training
from f1lib.models.two_stage import Recipe, TwoStage
from f1lib.tables.history import SESSION_TABLES, History
from f1lib.weekend import Cutoff, RaceWeekend, Stage, WeekendFormat, sessions_known

Frames = dict[str, pd.DataFrame]
RECIPE = table.Recipe()


def is_future(history: History, name: str, weekend: RaceWeekend, cutoff: Cutoff) -> pd.Series:
    """Which rows of a table were not known at `cutoff` of `weekend`."""
    frame, key = history[name], str(weekend)
    known = sessions_known(history.format(weekend), cutoff)
    later = frame["weekend"] > key
    if name == "practice":
        return later | ((frame["weekend"] == key) & ~frame["session"].isin(known))
    if name in SESSION_TABLES and SESSION_TABLES[name] not in known:
        return later | (frame["weekend"] == key)
    return later


def rewritten(
    history: History,
    weekend: RaceWeekend,
    cutoff: Cutoff,
    change: Callable[[pd.DataFrame], pd.DataFrame],
) -> History:
    """The same past with another future."""
    frames: Frames = {}
    for name, frame in history.tables.items():
        if "weekend" not in frame:
            frames[name] = frame
            continue
        future = is_future(history, name, weekend, cutoff)
        parts = [frame[~future], change(frame[future])]
        frames[name] = pd.concat(parts).sort_values("weekend", kind="stable", ignore_index=True)
    return replace(history, tables=frames)


def removed(future: pd.DataFrame) -> pd.DataFrame:
    return future.head(0)


def scrambled(future: pd.DataFrame) -> pd.DataFrame:
    """Every value column reordered on its own: other drivers, other times, other places."""
    rng = np.random.default_rng(1)
    fixed = {"weekend", "session", "season", "round", "format"}
    return future.assign(
        **{name: future[name].array[rng.permutation(len(future))]
           for name in future.columns if name not in fixed}
    )  # fmt: skip


def swapped(future: pd.DataFrame) -> pd.DataFrame:
    """First and last change places, and everyone's car number and team with them."""
    values = [name for name in future.columns if name not in {"weekend", "session", "driver"}]
    return future.assign(**{name: future[name].array[::-1] for name in values})


CHANGES = (removed, scrambled, swapped)


def one_weekend_of_each_format(history: History) -> list[RaceWeekend]:
    completed = set(history.completed()[25:])
    races = history["races"]
    found = []
    for weekend_format in WeekendFormat:
        mine = races.loc[races["format"] == weekend_format, "weekend"].map(RaceWeekend.parse)
        found += [weekend for weekend in mine if weekend in completed][-1:]
    return found


def forecasts(history: History, weekend: RaceWeekend, cutoff: Cutoff) -> dict[str, np.ndarray]:
    material = Training.from_history(history.as_of(weekend, cutoff), RECIPE)
    models: list[Model] = [TwoStage(Recipe(n_sessions=200, n_grids=50)), *baselines.frozen()]
    said = {}
    for model in models:
        if any(model.covers(stage, cutoff) for stage in Stage):
            fitted = model.fit(material.before(weekend))
            for stage, forecast in fitted.forecast(material.field(weekend, cutoff)).items():
                said[f"{model.name} {stage}"] = forecast.rows.drop(
                    columns=["driver", "constructor"]
                ).to_numpy(dtype=float)
                if forecast.positions is not None:
                    said[f"{model.name} {stage} positions"] = forecast.positions
    return said


def check_features(history: History) -> None:
    for weekend in one_weekend_of_each_format(history):
        for cutoff in Cutoff:
            known = table.at(history, weekend, cutoff, RECIPE)
            for change in CHANGES:
                other = table.at(
                    rewritten(history, weekend, cutoff, change), weekend, cutoff, RECIPE
                )
                pd.testing.assert_frame_equal(known, other, check_exact=True)


def test_another_future_leaves_features_and_entries_bit_identical(
    simulated_history: History,
) -> None:
    check_features(simulated_history)


def test_another_future_leaves_forecasts_bit_identical(simulated_history: History) -> None:
    weekend = one_weekend_of_each_format(simulated_history)[0]
    for cutoff in Cutoff:
        known = forecasts(simulated_history, weekend, cutoff)
        assert known
        for change in CHANGES:
            other = forecasts(
                rewritten(simulated_history, weekend, cutoff, change), weekend, cutoff
            )
            assert all(np.array_equal(known[name], other[name], equal_nan=True) for name in known)


@pytest.mark.parametrize("cutoff", Cutoff)
def test_all_weekends_at_once_give_what_each_weekend_alone_gives(
    simulated_history: History, cutoff: Cutoff
) -> None:
    whole = table.build(simulated_history, cutoff, RECIPE)
    for weekend in one_weekend_of_each_format(simulated_history):
        alone = table.at(simulated_history, weekend, cutoff, RECIPE)
        earlier = whole[whole["weekend"] <= str(weekend)].reset_index(drop=True)
        pd.testing.assert_frame_equal(earlier, alone.reset_index(drop=True), check_exact=True)


def test_a_result_of_the_weekend_itself_would_change_the_features(
    simulated_history: History,
) -> None:
    """The test above can fail: with one cutoff more, the same change is seen."""
    weekend = one_weekend_of_each_format(simulated_history)[0]
    seen = table.at(simulated_history, weekend, Cutoff.BEFORE_RACE, RECIPE)
    other = rewritten(simulated_history, weekend, Cutoff.BEFORE_QUALIFYING, swapped)
    assert not seen.equals(table.at(other, weekend, Cutoff.BEFORE_RACE, RECIPE))


@pytest.mark.real_data
def test_another_future_leaves_real_features_bit_identical(real_history: History) -> None:
    check_features(real_history.since(2021))
