"""Selection: recipes are chosen on seasons up to LAST_SELECTION_SEASON, judged on later ones.

In:   a history, candidates by name, rounds to try them on.
Out:  their scores, what each gains on a reference, the one to choose.
Knows nothing of: what happened after LAST_SELECTION_SEASON. Later rounds are cut away before the
first feature is built; whoever asks for one is refused.

Nothing else chooses a recipe. A level that is reported for later seasons is therefore one that no
choice has seen.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace

import pandas as pd

from f1lib.errors import LeakageError
from f1lib.evaluation import backtest
from f1lib.features.table import Recipe as FeatureRecipe
from f1lib.models.candidates import Candidate
from f1lib.models.contract import Training
from f1lib.scoring import summary
from f1lib.scoring.scores import METRICS
from f1lib.tables.history import History
from f1lib.weekend import Cutoff, RaceWeekend

LAST_SELECTION_SEASON = 2021
COLUMNS = ("recipe", "metric", "value", "gain", "low", "high", "n")


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


def table(scores: pd.DataFrame, reference: str, metric: str, cutoff: Cutoff) -> pd.DataFrame:
    """COLUMNS, one row per recipe of `scores` in the order given.

    `value` is the mean of `metric`; `gain` is the mean by which the recipe is better than
    `reference` on the same `n` races, positive is better, with its 95 % bootstrap interval.
    """
    here = scores[scores["cutoff"] == cutoff]
    sign = 1.0 if METRICS[metric].higher_is_better else -1.0
    rows = []
    for name in here["model"].unique():
        pairs = summary.paired(here, name, reference, metric)
        gains = sign * (pairs["model"] - pairs["baseline"]).to_numpy(dtype=float)
        rows.append(
            (
                name,
                metric,
                float(pairs["model"].mean()),
                float(gains.mean()),
                *summary.bootstrap_interval(gains),
                len(gains),
            )
        )
    return pd.DataFrame(rows, columns=list(COLUMNS))


def chosen(table: pd.DataFrame, reference: str) -> str:
    """The recipe that gains most among those whose interval is above zero; else `reference`.

    >>> found = pd.DataFrame({"recipe": ["now", "half", "double"], "gain": [0.0, 0.03, 0.02],
    ...                       "low": [0.0, -0.01, 0.01]})
    >>> chosen(found, "now")   # the larger gain may be luck
    'double'
    """
    clear = table[table["low"] > 0].sort_values("gain", ascending=False)
    return str(clear["recipe"].iloc[0]) if len(clear) else reference
