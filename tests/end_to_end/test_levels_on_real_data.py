"""The levels in the record of the frozen baselines are what the code gives on the real archive, and
agree with an independent measurement of the same idea: within 0.02 nats, else within 0.01."""

import re
from pathlib import Path

import pandas as pd
import pytest

from f1lib.evaluation import backtest
from f1lib.features.table import Recipe
from f1lib.models import baselines
from f1lib.models.contract import Training
from f1lib.tables.history import History
from f1lib.weekend import Cutoff

pytestmark = [pytest.mark.slow, pytest.mark.real_data]

RECORDS = Path(__file__).parents[2] / "docs" / "decisions"
ROW = re.compile(
    r"^\| (\w+) \| (before_\w+) \| (\w+) \| ([\d.]+) \| ([\d.]+) \|(?: ([\d.]+) \|)?$", re.MULTILINE
)


@pytest.fixture(scope="module")
def material(real_history: History) -> Training:
    return Training.from_history(real_history.since(2008), Recipe())


@pytest.fixture(scope="module")
def measured(material: Training, real_history: History) -> pd.DataFrame:
    weekends = [weekend for weekend in real_history.completed() if weekend.season >= 2014]
    makes = [type(baseline) for baseline in baselines.frozen()]
    cutoffs = (Cutoff.BEFORE_QUALIFYING, Cutoff.BEFORE_RACE)
    return backtest.of_rounds(material, weekends, cutoffs, makes).scores


def test_the_record_holds_what_the_code_gives(measured: pd.DataFrame) -> None:
    rows = ROW.findall((RECORDS / "0003-frozen-baselines.md").read_text())
    assert len(rows) == 14
    for model, cutoff, metric, level, late, reference in rows:
        mine = measured[
            (measured["model"] == model)
            & (measured["cutoff"] == cutoff)
            & (measured["metric"] == metric)
        ]
        assert len(mine) > 240, (model, metric)
        assert mine["value"].mean() == pytest.approx(float(level), abs=6e-4), (model, metric)
        since_2022 = mine.loc[mine["weekend"] >= "2022", "value"].mean()
        assert since_2022 == pytest.approx(float(late), abs=6e-4), (model, metric)
        if reference:
            tolerance = 0.02 if metric.endswith("log_loss") else 0.01
            assert mine["value"].mean() == pytest.approx(float(reference), abs=tolerance)
