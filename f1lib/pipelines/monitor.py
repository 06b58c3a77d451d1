"""Monitor the champion: what its settled forecasts were worth, round by round and over windows."""

from dataclasses import dataclass
from datetime import datetime

import numpy as np
import pandas as pd

from f1lib.errors import InsufficientHistoryError
from f1lib.evaluation import probabilities
from f1lib.evaluation.levels import HEADLINE_CUTOFF
from f1lib.monitoring import performance, windows
from f1lib.monitoring.performance import Measured
from f1lib.monitoring.windows import Window
from f1lib.pipelines import ingest
from f1lib.pipelines.ingest import facts_of
from f1lib.pipelines.predict import champion
from f1lib.predictions import FloatArray
from f1lib.registry.manifest import Manifest
from f1lib.scoring import calibration
from f1lib.scoring.calibration import NullTest, Slope
from f1lib.scoring.settled import BoolArray
from f1lib.settings import Settings
from f1lib.store import connection, outcome_log, prediction_log, score_log
from f1lib.tables.history import History, Snapshot
from f1lib.weekend import Cutoff, RaceWeekend, Stage


@dataclass(frozen=True, slots=True)
class Monitoring:
    """How the champion did up to and with `weekend`.

    `rounds` is long: weekend, stage, cutoff, model, metric, value, for champion and baselines.
    `winners` has a row per settled race: winner, its probability, the favourite and its.
    """

    weekend: RaceWeekend
    name: str
    snapshot: Snapshot
    champion: Manifest
    replay: bool
    this_round: Measured
    recent: Measured
    season: Measured
    rounds: pd.DataFrame
    winners: pd.DataFrame
    log_loss: NullTest | None
    ece: NullTest | None
    slope: Slope


def provenance(review: Monitoring) -> dict[str, object]:
    """What the review was made from, for a report."""
    return {
        **facts_of(review.snapshot),
        "replay": review.replay,
        "model": review.champion.name,
        "model_version": str(review.champion.version),
        "trained_through": str(review.champion.trained_through),
        "recent_window": str(review.recent.window),
        "season_window": str(review.season.window),
    }


def monitor(weekend: RaceWeekend, settings: Settings, *, now: datetime) -> Monitoring:
    """Measure the champion over the last rounds and the season that end with `weekend`.

    Reads settled scores; records nothing. Raises InsufficientHistoryError when `weekend` itself
    is not settled.
    """
    del now  # freshness is judged here once there are triggers
    history = ingest.known(settings)
    simulated = history.snapshot.simulated
    holder = champion(settings, simulated=simulated)
    with connection.reading(settings.store_address) as store:
        standing = score_log.current(store, simulated=simulated, last=weekend)
    rounds = _one_voice(standing, holder.version)
    mine = rounds[
        (rounds["model"] == holder.model.name)
        & (rounds["stage"] == Stage.RACE)
        & (rounds["cutoff"] == HEADLINE_CUTOFF[Stage.RACE])
    ]
    settled = [RaceWeekend.parse(text) for text in sorted(mine["weekend"].unique())]
    if weekend not in settled:
        raise InsufficientHistoryError(
            f"No settled race forecast of champion {holder.version} for {weekend} "
            f"(before the race): there are {len(settled)} settled rounds before it. "
            f"Run `f1lib predict --weekend {weekend}`, then `f1lib settle --weekend {weekend}`.",
            weekend=str(weekend),
        )
    season = windows.season_to_date(weekend, settled)
    recent = windows.ending_with(weekend, settled)
    winners, p, won = _winners(settings, history, season, holder.version)
    return Monitoring(
        weekend=weekend,
        name=str(history.race(weekend)["name"]),
        snapshot=history.snapshot,
        champion=holder.manifest,
        replay=bool(mine.loc[mine["weekend"] == str(weekend), "replay"].all()),
        this_round=performance.measured(
            rounds, Window(f"round {weekend}", (weekend,)), holder.model.name
        ),
        recent=performance.measured(rounds, recent, holder.model.name),
        season=performance.measured(rounds, season, holder.model.name),
        rounds=rounds,
        winners=winners,
        log_loss=calibration.log_loss_test(p, won) if len(p) >= windows.ROUNDS else None,
        ece=calibration.ece_test(p, won) if len(p) >= windows.ROUNDS else None,
        slope=calibration.slope(p, won),
    )


def _one_voice(standing: pd.DataFrame, version: str) -> pd.DataFrame:
    """Scores of this champion and of the baselines; what was said in time before a replay."""
    mine = standing[standing["model_version"].isin([version, ""])].sort_values("replay")
    return mine.drop_duplicates(
        ["weekend", "stage", "cutoff", "model", "metric"], ignore_index=True
    ).sort_values(["weekend", "stage", "cutoff", "model", "metric"], ignore_index=True)


def _winners(
    settings: Settings, history: History, window: Window, version: str
) -> tuple[pd.DataFrame, FloatArray, BoolArray]:
    """Per race of the window: winner and favourite; and p, won as calibration wants them."""
    simulated = history.snapshot.simulated
    with connection.reading(settings.store_address) as store:
        made = prediction_log.latest(
            store, weekend=window.weekends, stage=Stage.RACE, cutoff=Cutoff.BEFORE_RACE,
            model_version=version, simulated=simulated,
        )  # fmt: skip
        happened = {
            outcome.weekend: outcome.rows
            for outcome in outcome_log.known(store, stage=Stage.RACE, simulated=simulated)
        }
    said = {prediction.weekend: prediction for prediction in made if prediction.replay}
    said |= {prediction.weekend: prediction for prediction in made if not prediction.replay}
    names = history["drivers"].set_index("driver")["name"]
    rows, said_of_first = [], []
    for weekend in window.weekends:
        if weekend not in said or weekend not in happened:
            continue
        forecast = said[weekend].forecast.rows
        winner = str(happened[weekend]["driver"].iloc[0])
        p = forecast["p_first"].to_numpy(dtype=float)
        drivers = forecast["driver"].to_numpy(dtype=object)
        favourite = int(p.argmax())
        rows.append(
            {
                "weekend": str(weekend),
                "race": str(history.race(weekend)["grand_prix"]),
                "winner": names.get(winner, winner),
                "p_winner": float(p[drivers == winner].sum()),
                "favourite": names.get(drivers[favourite], drivers[favourite]),
                "p_favourite": float(p[favourite]),
            }
        )
        position = np.where(drivers == winner, 1.0, np.nan)
        first = {"weekend": str(weekend), "p_first": p, "position": position}
        said_of_first.append(pd.DataFrame(first))
    columns = ["weekend", "race", "winner", "p_winner", "favourite", "p_favourite"]
    nobody = pd.DataFrame(columns=["weekend", "p_first", "position"])
    return pd.DataFrame(rows, columns=columns), *probabilities.of_first(
        pd.concat(said_of_first) if said_of_first else nobody
    )
