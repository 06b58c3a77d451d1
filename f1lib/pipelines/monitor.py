"""Monitor the champion: what its settled forecasts were worth, round by round and over windows."""

from dataclasses import dataclass
from datetime import datetime

import pandas as pd

from f1lib.errors import InsufficientHistoryError
from f1lib.evaluation.levels import HEADLINE_CUTOFF
from f1lib.monitoring import performance, windows
from f1lib.monitoring.performance import Measured
from f1lib.monitoring.windows import Window
from f1lib.pipelines import ingest, settled
from f1lib.pipelines.ingest import facts_of
from f1lib.pipelines.predict import champion
from f1lib.registry.manifest import Manifest
from f1lib.scoring import calibration
from f1lib.scoring.calibration import NullTest, Slope
from f1lib.settings import Settings
from f1lib.store import connection, score_log
from f1lib.tables.history import Snapshot
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
    rounds = settled.one_voice(standing, holder.version)
    mine = rounds[
        (rounds["model"] == holder.model.name)
        & (rounds["stage"] == Stage.RACE)
        & (rounds["cutoff"] == HEADLINE_CUTOFF[Stage.RACE])
    ]
    rounds_settled = [RaceWeekend.parse(text) for text in sorted(mine["weekend"].unique())]
    if weekend not in rounds_settled:
        raise InsufficientHistoryError(
            f"No settled race forecast of champion {holder.version} for {weekend} "
            f"(before the race): there are {len(rounds_settled)} settled rounds before it. "
            f"Run `f1lib predict --weekend {weekend}`, then `f1lib settle --weekend {weekend}`.",
            weekend=str(weekend),
        )
    season = windows.season_to_date(weekend, rounds_settled)
    recent = windows.ending_with(weekend, rounds_settled)
    of_season = settled.rounds(
        settings, Stage.RACE, Cutoff.BEFORE_RACE, model=holder.model.name, version=holder.version,
        simulated=simulated, weekends=season.weekends,
    )  # fmt: skip
    p, won = settled.came_true(of_season)
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
        winners=settled.winners(of_season, history),
        log_loss=calibration.log_loss_test(p, won) if len(p) >= windows.ROUNDS else None,
        ece=calibration.ece_test(p, won) if len(p) >= windows.ROUNDS else None,
        slope=calibration.slope(p, won),
    )
