"""Analyse the champion after a round: the review, and what lies behind its figures."""

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
import pandas as pd

from f1lib.evaluation import levels
from f1lib.evaluation.levels import HEADLINE_CUTOFF
from f1lib.models import baselines
from f1lib.monitoring import anomalies, cusum, healthy, moved, slices, trend, watch, windows
from f1lib.monitoring.anomalies import Surprises
from f1lib.monitoring.drift import healthy as drift_healthy
from f1lib.monitoring.healthy import Pool
from f1lib.monitoring.moved import Moved
from f1lib.monitoring.policy import WatchPolicy
from f1lib.monitoring.windows import Window
from f1lib.pipelines import drift as drifts
from f1lib.pipelines import ingest, policies, settled
from f1lib.pipelines import monitor as monitors
from f1lib.pipelines.monitor import Monitoring
from f1lib.pipelines.settled import Round, Speakers
from f1lib.registry.manifest import Manifest
from f1lib.settings import Settings
from f1lib.store import connection, score_log
from f1lib.tables.history import History
from f1lib.weekend import RaceWeekend, Stage

PAST = 48  # rounds that healthy seasons are drawn from, and slices are made of
TRENDS = ("rps", "order_concordance")  # of the race and of qualifying
SURPRISE_COLUMNS = (
    "weekend", "race", "winner", "p_winner", "p", "p_baseline", "p_podium", "surprising",
)  # fmt: skip

WINNERS, ORDERS = (
    str(baselines.for_metric(metric, HEADLINE_CUTOFF[Stage.RACE]))
    for metric in ("winner_log_loss", "rps")
)

Models = Mapping[str, Mapping[RaceWeekend, Round]]


@dataclass(frozen=True, slots=True)
class Analysis:
    """What lies behind a review. Rounds of earlier versions count where the champion has none.

    `past` are the rounds that `alarms` (healthy.COLUMNS by policy, the one in force first) and
    `slices` rest on; `drift_alarms` is what drift adds to those of all rules together. `trends` has
    trend.COLUMNS and `metric`, a row per season; `cusum` has weekend and value, the champion's own
    rounds; `surprising` has SURPRISE_COLUMNS, a row per race of the season, and `surprises` says
    what they come to.
    """

    review: Monitoring
    past: Window
    alarms: Mapping[str, pd.DataFrame]
    drift_alarms: float | None
    trends: pd.DataFrame
    cusum: pd.DataFrame
    moved: Moved
    surprises: Surprises
    surprising: pd.DataFrame
    slices: pd.DataFrame


def analyse(
    weekend: RaceWeekend,
    settings: Settings,
    *,
    now: datetime,
    dry_run: bool = False,
) -> Analysis:
    """Monitor the champion after `weekend` as `monitor` does, and look behind the figures.

    Raises InsufficientHistoryError when `weekend` is not settled.
    """
    review = monitors.monitor(weekend, settings, now=now, dry_run=dry_run)
    history = ingest.known(settings)
    name, version = review.champion.name, str(review.champion.version)
    scores = scores_of(version, settings, simulated=review.snapshot.simulated, last=review.weekend)
    raced = scores[(scores["model"] == name) & (scores["cutoff"] == HEADLINE_CUTOFF[Stage.RACE])]
    rounds = [RaceWeekend.parse(text) for text in sorted(raced["weekend"].unique())]
    past = Window(f"last {PAST} rounds", tuple(rounds[-PAST:]))
    season = review.season.window.weekends
    models = forecasts(review.champion, {*past.weekends, *season}, settings)
    races = pool(models, scores, name)
    names = dict.fromkeys([review.policy.name, *policies.names(settings)])
    every = {policy: policies.watch_policy(settings, policy) for policy in names}
    drifting = _drift_alarms(review, every, settings)
    of_season = [models[name][each] for each in season]
    surprises = anomalies.winners(*settled.came_true(of_season))
    return Analysis(
        review=review,
        past=past,
        alarms={
            policy: healthy.false_alarms(races, each, elsewhere=drifting[policy] or 0.0)
            for policy, each in every.items()
        },
        drift_alarms=drifting[review.policy.name],
        trends=_trends(scores, name),
        cusum=_cusum(review),
        moved=moved.moved(scores, windows.ending_with(weekend, rounds), name),
        surprises=surprises,
        surprising=_surprising(of_season, models, review.winners, surprises),
        slices=slices.of_entries(_entries(models, history, review)),
    )


def _drift_alarms(
    review: Monitoring, every: Mapping[str, WatchPolicy], settings: Settings
) -> dict[str, float | None]:
    """The share of healthy seasons in which drift raises an alert under each policy."""
    reference = drifts.reference(review.champion.version, settings)
    if reference is None:
        return dict.fromkeys(every)
    found = {
        name: drift_healthy.false_alarms(reference, policy).with_alert
        for name, policy in every.items()
    }
    return {name: None if math.isnan(share) else share for name, share in found.items()}


def scores_of(
    version: str, settings: Settings, *, simulated: bool, last: RaceWeekend
) -> pd.DataFrame:
    """Scores of one voice a round, `version`'s or an earlier version's, and of the baselines."""
    with connection.reading(settings.store_address) as store:
        standing = score_log.current(store, simulated=simulated, last=last)
    return settled.one_voice(standing, version, speakers=Speakers.ANYBODY)


def forecasts(holder: Manifest, weekends: Collection[RaceWeekend], settings: Settings) -> Models:
    """Settled race forecasts of the champion and of both baselines, by round."""
    cutoff = HEADLINE_CUTOFF[Stage.RACE]
    speakers = {holder.name: str(holder.version), WINNERS: "", ORDERS: ""}
    return {
        model: {
            each.weekend: each
            for each in settled.rounds(
                settings, Stage.RACE, cutoff, model=model, version=version,
                simulated=holder.simulated, weekends=weekends, speakers=Speakers.ANYBODY,
            )
        }
        for model, version in speakers.items()
    }  # fmt: skip


def pool(models: Models, scores: pd.DataFrame, model: str) -> Pool:
    """The rounds that both champion and baseline forecast, as races to draw from."""
    first = models[WINNERS]
    mine = [each for weekend, each in models[model].items() if weekend in first]
    p, _ = settled.came_true(mine)
    baseline = np.zeros_like(p)
    for row, each in zip(baseline, mine, strict=True):
        said = first[each.weekend].forecast.rows.set_index("driver")["p_first"]
        drivers = each.forecast.rows["driver"]
        row[: len(drivers)] = drivers.map(said).fillna(0.0)
    pairs = levels.beside_baseline(
        scores, model, "order_concordance", HEADLINE_CUTOFF[Stage.QUALIFYING]
    )
    order = pairs.set_index("weekend").reindex([str(each.weekend) for each in mine])
    return Pool(p, baseline, order["model"].to_numpy(float), order["baseline"].to_numpy(float))


def _trends(scores: pd.DataFrame, model: str) -> pd.DataFrame:
    stages = dict(zip(TRENDS, (Stage.RACE, Stage.QUALIFYING), strict=True))
    return pd.concat(
        [
            trend.by_season(scores, model, metric, HEADLINE_CUTOFF[stage]).assign(metric=metric)
            for metric, stage in stages.items()
        ],
        ignore_index=True,
    )


def _cusum(review: Monitoring) -> pd.DataFrame:
    """weekend, value: Page's sum over the rounds that its rule looks at; no rows if it is off."""
    name = review.champion.name
    judged = watch.judged_on(review.rounds, name, str(review.champion.version), review.policy)
    pairs = levels.beside_baseline(
        review.rounds[review.rounds["weekend"].isin(judged)],
        name, "winner_log_loss", HEADLINE_CUTOFF[Stage.RACE],
    ).sort_values("weekend")  # fmt: skip
    if review.policy.cusum_allowance is None:
        pairs = pairs.head(0)
    losses = (pairs["model"] - pairs["baseline"]).to_numpy(dtype=float)
    allowance = review.policy.cusum_allowance or 0.0
    return pd.DataFrame({"weekend": pairs["weekend"], "value": cusum.path(losses, allowance)})


def _surprising(
    of_season: Sequence[Round], models: Models, winners: pd.DataFrame, surprises: Surprises
) -> pd.DataFrame:
    """SURPRISE_COLUMNS. Also how surprising the same winner was to the baseline."""
    first = models[WINNERS]
    other = {
        each.weekend: p
        for each in of_season
        if each.weekend in first
        for p in anomalies.winner_p(*settled.came_true([first[each.weekend]]))
    }
    podiums = settled.came_true(of_season, "p_top3")
    p_podium = anomalies.podium_p(*podiums) if len(of_season) else np.zeros(0)
    frame = winners.assign(
        p=surprises.p,
        p_baseline=[other.get(each.weekend, np.nan) for each in of_season],
        p_podium=p_podium,
        surprising=surprises.surprising,
    )
    return frame[list(SURPRISE_COLUMNS)]


def _entries(models: Models, history: History, review: Monitoring) -> pd.DataFrame:
    """Where each car of a settled race was expected and where it was, as slices.of_entries wants.

    Cars that did not start, or were not forecast, are left out.
    """
    order = models[ORDERS]
    drivers = history["drivers"].set_index("driver")["name"]
    teams = history["constructors"].set_index("constructor")["name"]
    frames = []
    for weekend, each in models[review.champion.name].items():
        if weekend not in order:
            continue
        said = each.forecast.rows.merge(each.outcome[["driver", "position"]], on="driver")
        baseline = order[weekend].forecast.rows.set_index("driver")["expected_position"]
        frames.append(
            pd.DataFrame(
                {
                    "weekend": str(weekend),
                    "driver": said["driver"].map(drivers).fillna(said["driver"]),
                    "team": said["constructor"].map(teams).fillna(said["constructor"]),
                    "circuit_type": str(history.race(weekend)["circuit_type"]),
                    "expected": said["expected_position"],
                    "place": said["position"],
                    "baseline": said["driver"].map(baseline),
                }
            )
        )
    columns = ["weekend", "driver", "team", "circuit_type", "expected", "place", "baseline"]
    return pd.concat(frames, ignore_index=True) if frames else pd.DataFrame(columns=columns)
