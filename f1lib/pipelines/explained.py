"""Explained forecasts: why the champion said what it said, and which team-mate it puts ahead.

Nothing of this is stored: the same snapshot and the same champion give the same explanation.
"""

from dataclasses import dataclass

import pandas as pd

from f1lib import outcomes
from f1lib.pipelines.predict import Champion, field_of, made_from
from f1lib.predictions import Prediction
from f1lib.tables.history import History
from f1lib.weekend import Cutoff, RaceWeekend, Stage

REASON_COLUMNS = ("driver", "reason", "value")
DUEL_COLUMNS = ("driver", "rival", "constructor", "p_ahead", "n_ahead", "n_met")

PAIR_COLUMNS = (
    *DUEL_COLUMNS, "p_ahead_qualifying", "n_ahead_qualifying", "n_met_qualifying",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Explanation:
    """Of one prediction: reasons and duels, drivers by their ids.

    `reasons` has REASON_COLUMNS as TwoStage.contributions gives them. `duels` has DUEL_COLUMNS,
    a row per pair of team-mates: p_ahead is P(driver ends ahead of rival), and in `n_met` rounds
    of this season that both drove for this team, driver was ahead in `n_ahead`. Both are empty
    when the prediction was recorded from other inputs than are at hand now.
    """

    stage: Stage
    reasons: pd.DataFrame
    duels: pd.DataFrame


def explained(history: History, prediction: Prediction, holder: Champion) -> Explanation:
    """Why `holder` made `prediction`, from the very inputs it was made from."""
    stage, cutoff = prediction.stage, prediction.cutoff
    field = field_of(history, prediction.weekend, cutoff, holder)
    if made_from(field, holder.model) != prediction.inputs_sha256:
        return Explanation(
            stage,
            pd.DataFrame(columns=list(REASON_COLUMNS)),
            pd.DataFrame(columns=list(DUEL_COLUMNS)),
        )
    reasons = holder.model.contributions(field)
    pairs = holder.model.head_to_head(field)
    teams = field.rows.set_index("driver")["constructor"]
    mine = pairs[pairs["stage"] == stage].assign(
        constructor=lambda found: found["driver"].map(teams)
    )
    return Explanation(
        stage,
        reasons.loc[reasons["stage"] == stage, list(REASON_COLUMNS)].reset_index(drop=True),
        _with_record(mine, history, prediction.weekend, stage),
    )


def side_by_side(race: Explanation, qualifying: Explanation) -> pd.DataFrame:
    """Both stages of each pair of the race: PAIR_COLUMNS, a row per pair, the clearest first.

    Driver is the one more likely ahead in the race. What qualifying says is missing for a pair
    that was not one then.
    """
    keys = ["constructor", "driver", "rival"]
    wide = race.duels.merge(qualifying.duels, how="left", on=keys, suffixes=("", "_qualifying"))
    turned = wide["p_ahead"] < 0.5
    swapped = wide.assign(driver=wide["rival"], rival=wide["driver"])
    for end in ("", "_qualifying"):
        swapped[f"p_ahead{end}"] = 1 - wide[f"p_ahead{end}"]
        swapped[f"n_ahead{end}"] = wide[f"n_met{end}"] - wide[f"n_ahead{end}"]
    return (
        wide.where(~turned, swapped)
        .sort_values("p_ahead", ascending=False, kind="stable", ignore_index=True)
        .astype({name: float for name in PAIR_COLUMNS if name not in keys})[list(PAIR_COLUMNS)]
    )


def _with_record(
    pairs: pd.DataFrame, history: History, weekend: RaceWeekend, stage: Stage
) -> pd.DataFrame:
    """How the pairs did against each other earlier this season."""
    past = outcomes.happened(history.as_of(weekend, Cutoff.BEFORE_WEEKEND), stage)
    season = past[past["weekend"].str.startswith(f"{weekend.season}-")]
    met = [
        outcomes.duel(season, driver, rival)
        for driver, rival in zip(pairs["driver"], pairs["rival"], strict=True)
    ]
    return pairs.assign(
        n_ahead=[ahead for ahead, _ in met], n_met=[n for _, n in met]
    )[list(DUEL_COLUMNS)].reset_index(drop=True)  # fmt: skip
