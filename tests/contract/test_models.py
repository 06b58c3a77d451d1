"""What every model promises, whatever the field looks like."""

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from f1lib.errors import InsufficientHistoryError
from f1lib.features import table
from f1lib.models import baselines
from f1lib.models.contract import Field, Model, Training
from f1lib.models.two_stage import Recipe, TwoStage
from f1lib.tables.fingerprint import digest
from f1lib.tables.history import History
from f1lib.weekend import Cutoff, RaceWeekend, Stage

RECIPE = Recipe(n_sessions=400, n_grids=100)
MAKES: list[Callable[[], Model]] = [
    lambda: TwoStage(RECIPE),
    *(type(baseline) for baseline in baselines.frozen()),
]
NAMES = [make().name for make in MAKES]


@pytest.fixture(scope="module")
def material(simulated_history: History) -> Training:
    return Training.from_history(simulated_history, RECIPE.features)


@pytest.fixture(scope="module")
def weekend(simulated_history: History) -> RaceWeekend:
    return simulated_history.completed()[-1]


@pytest.fixture(scope="module")
def fitted(material: Training, weekend: RaceWeekend) -> dict[str, Model]:
    return {make().name: make().fit(material.before(weekend)) for make in MAKES}


def without_practice(rows: pd.DataFrame) -> pd.DataFrame:
    return rows.assign(practice_gap=np.nan, last_practice_gap=np.nan)


def with_a_newcomer(rows: pd.DataFrame) -> pd.DataFrame:
    """Nothing is known of one car: new driver, new team, no session with a time."""
    new = rows.copy()
    new.loc[0, ["driver", "constructor", "lineage"]] = ["a-newcomer", "a-new-team", "a-new-team"]
    for column in {"recent_qualifying_gap", "practice_gap", "last_practice_gap",
                   "qualifying_gap", "qualifying_rank"} & set(rows):  # fmt: skip
        new.loc[0, column] = np.nan
    return new


def of_size(n: int) -> Callable[[pd.DataFrame], pd.DataFrame]:
    def resized(rows: pd.DataFrame) -> pd.DataFrame:
        whole = pd.concat([rows, rows.assign(driver=rows["driver"] + "-junior")])
        whole = whole.head(n).reset_index(drop=True)
        return whole.assign(n_entries=n, **({"grid_order": range(1, n + 1)}
                                            if "grid_order" in whole else {}))  # fmt: skip

    return resized


def on_one_slot(rows: pd.DataFrame) -> pd.DataFrame:
    return rows.assign(grid_order=3.0) if "grid_order" in rows else rows


def from_the_pit_lane(rows: pd.DataFrame) -> pd.DataFrame:
    return rows.assign(pit_lane=1.0, qualifying_gap=np.nan) if "pit_lane" in rows else rows


def after_rain(rows: pd.DataFrame) -> pd.DataFrame:
    return rows.assign(qualifying_gap=60.0) if "qualifying_gap" in rows else rows


FIELDS: dict[str, Callable[[pd.DataFrame], pd.DataFrame]] = {
    "as it is": lambda rows: rows,
    "without practice": without_practice,
    "with a newcomer": with_a_newcomer,
    "18 cars": of_size(18),
    "26 cars": of_size(26),
    "all on one slot": on_one_slot,
    "from the pit lane without a time": from_the_pit_lane,
    "after rain": after_rain,
}


COVERED = [
    (make().name, cutoff)
    for make in MAKES
    for cutoff in Cutoff
    if any(make().covers(stage, cutoff) for stage in Stage)
]


@pytest.mark.parametrize("field", FIELDS)
@pytest.mark.parametrize(("name", "cutoff"), COVERED)
def test_probabilities_are_probabilities_in_any_field(
    name: str,
    cutoff: Cutoff,
    field: str,
    fitted: dict[str, Model],
    material: Training,
    weekend: RaceWeekend,
) -> None:
    model = fitted[name]
    covered = [stage for stage in Stage if model.covers(stage, cutoff)]
    rows = FIELDS[field](material.field(weekend, cutoff).rows)
    said = model.forecast(Field(cutoff, rows))
    assert set(said) == set(covered)
    for forecast in said.values():
        p = forecast.vouched().rows
        assert len(p) == len(rows)
        assert p["p_first"].sum() == pytest.approx(1)
        assert (p["p_first"] > 0).all()
        if forecast.positions is not None:
            assert p["p_top3"].sum() == pytest.approx(3)
            assert p["p_top10"].sum() == pytest.approx(10)
            assert (p["p_first"] <= p["p_top3"]).all()
            assert (p["p_top3"] <= p["p_top10"] + 1e-12).all()
            assert np.allclose(forecast.positions.sum(axis=0), 1, atol=1e-6)


@pytest.mark.parametrize("make", MAKES, ids=NAMES)
def test_refitting_gives_the_same_state(
    make: Callable[[], Model], material: Training, weekend: RaceWeekend
) -> None:
    past = material.before(weekend)
    assert digest(state=make().fit(past).state()) == digest(state=make().fit(past).state())


@pytest.mark.parametrize("make", MAKES, ids=NAMES)
def test_too_few_races_are_refused_in_a_sentence(
    make: Callable[[], Model], material: Training, simulated_history: History
) -> None:
    with pytest.raises(InsufficientHistoryError, match=r"3 races are too few .* 20 are needed"):
        make().fit(material.before(simulated_history.completed()[3]))


@pytest.mark.parametrize(
    ("name", "cutoff"),
    # before qualifying the two-stage model counts in sessions drawn car by car: equal within
    # the error of counting only
    [pair for pair in COVERED if pair[0] != TwoStage.name or pair[1] is Cutoff.BEFORE_RACE],
)
def test_the_order_of_the_rows_says_nothing(
    name: str, cutoff: Cutoff, fitted: dict[str, Model], material: Training, weekend: RaceWeekend
) -> None:
    model, rows = fitted[name], material.field(weekend, cutoff).rows
    shuffled = rows.sample(frac=1, random_state=1).reset_index(drop=True)
    for stage, forecast in model.forecast(Field(cutoff, rows)).items():
        other = model.forecast(Field(cutoff, shuffled))[stage]
        one = forecast.rows.set_index("driver")["p_first"].sort_index()
        two = other.rows.set_index("driver")["p_first"].sort_index()
        assert np.allclose(one, two, atol=1e-9)


def test_a_model_read_back_from_its_state_forecasts_the_same(
    fitted: dict[str, Model], material: Training, weekend: RaceWeekend
) -> None:
    model = fitted[TwoStage.name]
    again = TwoStage.from_state(model.state())
    for cutoff in Cutoff:
        field = material.field(weekend, cutoff)
        for stage, forecast in model.forecast(field).items():
            other = again.forecast(field)[stage]
            assert forecast.rows.equals(other.rows)


def test_skill_is_measured_against_a_baseline_that_speaks_at_that_cutoff() -> None:
    from f1lib.scoring.scores import METRICS

    speakers = {model.name: model for model in baselines.frozen()}
    for metric in METRICS.values():
        for cutoff in Cutoff:
            name = baselines.for_metric(metric.name, cutoff)
            if name is None:
                assert (metric.stage, cutoff) == (Stage.QUALIFYING, Cutoff.BEFORE_RACE)
            else:
                assert speakers[name].covers(metric.stage, cutoff)


def test_features_of_a_cutoff_are_only_those_it_knows(simulated_history: History) -> None:
    for cutoff in Cutoff:
        built = table.build(simulated_history, cutoff, table.Recipe())
        assert set(table.FEATURES[cutoff]) < set(built.columns)
    assert "qualifying_gap" not in table.FEATURES[Cutoff.BEFORE_QUALIFYING]
    assert "practice_gap" not in table.FEATURES[Cutoff.BEFORE_WEEKEND]
