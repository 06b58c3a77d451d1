from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from f1lib.errors import LeakageError
from f1lib.evaluation import selection
from f1lib.features.table import FINISHING
from f1lib.features.table import Recipe as FeatureRecipe
from f1lib.models import candidates
from f1lib.models.candidates import Candidate
from f1lib.models.two_stage import Recipe
from f1lib.sources.simulated import world
from f1lib.tables.history import History, Snapshot
from f1lib.weekend import Cutoff, RaceWeekend

SMALL = Recipe(n_sessions=200, n_grids=50)
NOISIER = FeatureRecipe(finishing=replace(FINISHING, noise=1.2))
RECIPES: dict[str, Candidate] = {
    "now": candidates.two_stage(SMALL),
    "other features": candidates.two_stage(replace(SMALL, features=NOISIER)),
    "stiffer": candidates.two_stage(replace(SMALL, race_l2=400.0)),
}


@pytest.fixture(scope="module")
def history() -> History:
    """Two seasons, the second one after the last that may be used for a choice."""
    named = "3" * 64
    snapshot = Snapshot(named, "simulated", "SIMULATED", "", named, simulated=True)
    after = selection.LAST_SELECTION_SEASON + 1
    return History.of(snapshot, world.build(5, "stable", 2, last_season=after).tables())


def rounds(history: History) -> list[RaceWeekend]:
    """The last one that may be used."""
    return selection.visible(history).completed()[-1:]


@pytest.fixture(scope="module")
def scores(history: History) -> pd.DataFrame:
    return selection.scored(history, RECIPES, rounds(history), list(Cutoff))


def removed(later: pd.DataFrame) -> pd.DataFrame:
    return later.iloc[:0]


def scrambled(later: pd.DataFrame) -> pd.DataFrame:
    """Every column in another order, but for the weekend."""
    rng = np.random.default_rng(11)
    return later.assign(
        **{name: later[name].array[rng.permutation(len(later))]
           for name in later.columns if name != "weekend"}
    )  # fmt: skip


@pytest.mark.parametrize("change", [removed, scrambled])
def test_whatever_happens_later_no_score_moves_by_a_bit(
    history: History, scores: pd.DataFrame, change: Callable[[pd.DataFrame], pd.DataFrame]
) -> None:
    tables = {}
    for name, frame in history.tables.items():
        tables[name] = frame
        if "weekend" in frame:
            later = frame["weekend"].str[:4].astype(int) > selection.LAST_SELECTION_SEASON
            tables[name] = pd.concat([frame[~later], change(frame[later])], ignore_index=True)
    other = replace(history, tables=tables)
    assert not other["results"].equals(history["results"])
    again = selection.scored(other, RECIPES, rounds(history), list(Cutoff))
    pd.testing.assert_frame_equal(scores, again, check_exact=True)


def test_a_later_round_is_refused_in_a_sentence(history: History) -> None:
    later = RaceWeekend(2022, 3)
    with pytest.raises(
        LeakageError, match=r"chosen on rounds up to 2021, and 2022-03 is after them: .* Ask for"
    ):
        selection.scored(history, RECIPES, [*rounds(history), later], [Cutoff.BEFORE_RACE])


def test_each_recipe_is_scored_with_its_own_constants_and_features(
    history: History, scores: pd.DataFrame
) -> None:
    mine = scores[(scores["metric"] == "winner_log_loss") & (scores["cutoff"] == "before_race")]
    assert list(mine["model"]) == list(RECIPES)
    assert set(mine["weekend"]) == {str(weekend) for weekend in rounds(history)}
    assert mine["value"].nunique() == 3


def scores_of(**recipes: np.ndarray) -> pd.DataFrame:
    """winner_log_loss of recipes in rounds 1, 2, ... before the race."""
    return pd.concat(
        [
            pd.DataFrame(
                {
                    "weekend": [f"2021-{number:02d}" for number in range(1, len(losses) + 1)],
                    "stage": "race",
                    "cutoff": "before_race",
                    "model": name,
                    "metric": "winner_log_loss",
                    "value": losses,
                }
            )
            for name, losses in recipes.items()
        ],
        ignore_index=True,
    )


LOSS = np.random.default_rng(1).gamma(2.0, 0.6, 40)
NUDGE = np.random.default_rng(2).normal(0, 0.02, 40)


def test_a_recipe_is_compared_race_by_race_and_the_most_gaining_is_chosen() -> None:
    scores = scores_of(now=LOSS, better=LOSS - 0.05 + NUDGE, best=LOSS - 0.1 + NUDGE)
    found = selection.gains(scores, "now", "winner_log_loss", Cutoff.BEFORE_RACE)
    assert list(found) == ["better", "best"]
    assert found["best"].difference == pytest.approx(0.1 - NUDGE.mean())
    assert selection.chosen(found, "now") == "best"


def test_what_is_better_by_one_lucky_race_is_not_chosen() -> None:
    lucky = LOSS + 0.01
    lucky[3] -= 2.0
    found = selection.gains(
        scores_of(now=LOSS, lucky=lucky), "now", "winner_log_loss", Cutoff.BEFORE_RACE
    )
    assert found["lucky"].difference > 0.03
    assert selection.chosen(found, "now") == "now"


def test_a_handful_of_races_chooses_nothing() -> None:
    scores = scores_of(now=LOSS[:10], better=LOSS[:10] - 0.5)
    found = selection.gains(scores, "now", "winner_log_loss", Cutoff.BEFORE_RACE)
    assert selection.chosen(found, "now") == "now"
