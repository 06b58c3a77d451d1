"""Selection: recipes are chosen on seasons up to LAST_SELECTION_SEASON, judged on later ones.

In:   a history, candidates by name, rounds to try them on.
Out:  their scores, how each compares with a reference, the one to choose.
Knows nothing of: what happened after LAST_SELECTION_SEASON. Later rounds are cut away before the
first feature is built; whoever asks for one is refused.

Nothing else chooses a recipe. A level that is reported for later seasons is therefore one that no
choice has seen.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace

import pandas as pd

from f1lib.errors import LeakageError
from f1lib.evaluation import backtest, comparison
from f1lib.evaluation.comparison import Comparison, Verdict
from f1lib.features.table import Recipe as FeatureRecipe
from f1lib.models.candidates import Candidate
from f1lib.models.contract import Training
from f1lib.tables.history import History
from f1lib.weekend import Cutoff, RaceWeekend

LAST_SELECTION_SEASON = 2021


def visible(history: History) -> History:
    """`history` without the seasons after LAST_SELECTION_SEASON."""
    end = f"{LAST_SELECTION_SEASON + 1}-"
    return replace(
        history,
        tables={
            name: frame[frame["weekend"] < end] if "weekend" in frame else frame
            for name, frame in history.tables.items()
        },
    )


def scored(
    history: History,
    recipes: Mapping[str, Candidate],
    weekends: Iterable[RaceWeekend],
    cutoffs: Iterable[Cutoff],
) -> pd.DataFrame:
    """Scores of each recipe, refit before each of `weekends`: backtest.SCORE_COLUMNS.

    `model` is the name that the recipe has in `recipes`. Raises LeakageError for a weekend after
    LAST_SELECTION_SEASON.
    """
    weekends, cutoffs = list(weekends), list(cutoffs)
    _refuse_later(weekends)
    seen = visible(history)
    materials: dict[FeatureRecipe, Training] = {}
    frames = []
    for name, recipe in recipes.items():
        if recipe.features not in materials:
            materials[recipe.features] = Training.from_history(seen, recipe.features)
        said = backtest.of_rounds(materials[recipe.features], weekends, cutoffs, [recipe.make])
        frames.append(said.scores.assign(model=name))
    return pd.concat(frames, ignore_index=True)


def _refuse_later(weekends: Iterable[RaceWeekend]) -> None:
    later = sorted(each for each in weekends if each.season > LAST_SELECTION_SEASON)
    if later:
        raise LeakageError(
            f"Recipes are chosen on rounds up to {LAST_SELECTION_SEASON}, and {later[0]} is after "
            "them: it is there to judge what was chosen. Ask for earlier rounds, or use "
            "`f1lib backtest` to see how a recipe did since.",
            weekend=str(later[0]),
        )


def gains(
    scores: pd.DataFrame, reference: str, metric: str, cutoff: Cutoff
) -> dict[str, Comparison]:
    """Every recipe of `scores` but `reference` against it, race by race."""
    here = scores[scores["cutoff"] == cutoff]
    second = here[here["model"] == reference]
    return {
        name: comparison.compared(
            here[here["model"] == name], second, metric, names=(name, reference)
        )
        for name in here["model"].unique()
        if name != reference
    }


def chosen(gains: Mapping[str, Comparison], reference: str) -> str:
    """The recipe that gains most among those that are better than `reference`; else that one.

    With many recipes one in twenty is better by luck: a grid is small, and changes one constant at
    a time.
    """
    better = {name: each for name, each in gains.items() if each.verdict is Verdict.BETTER}
    return max(better, key=lambda name: better[name].difference, default=reference)
