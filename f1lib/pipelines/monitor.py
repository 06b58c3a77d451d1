"""Monitor the champion: what its settled forecasts were worth, round by round and over windows."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

import pandas as pd

from f1lib.errors import InsufficientHistoryError
from f1lib.evaluation.levels import HEADLINE_CUTOFF
from f1lib.monitoring import findings, performance, watch, windows
from f1lib.monitoring.drift import review
from f1lib.monitoring.findings import FIRED, Finding
from f1lib.monitoring.performance import Measured
from f1lib.monitoring.policy import WatchPolicy
from f1lib.monitoring.watch import Said
from f1lib.monitoring.windows import Window
from f1lib.notify.events import Scene
from f1lib.pipelines import drift as drifts
from f1lib.pipelines import ingest, notify, policies, quality, settled
from f1lib.pipelines.ingest import facts_of
from f1lib.pipelines.predict import Champion, champion
from f1lib.pipelines.settled import Speakers
from f1lib.registry.manifest import Manifest
from f1lib.scoring import calibration
from f1lib.scoring.calibration import NullTest, Slope
from f1lib.settings import Settings
from f1lib.store import connection, drift_log, finding_log, score_log, snapshot_log
from f1lib.store.origin import Origin
from f1lib.tables.history import History, Snapshot
from f1lib.weekend import RaceWeekend, Stage


@dataclass(frozen=True, slots=True)
class Monitoring:
    """How the champion did up to and with `weekend`.

    `findings` are those of `policy`, the policy in force: alerts first, then what fired.
    `rounds` is long: weekend, stage, cutoff, model, metric, value, for champion and baselines; on
    rounds it has not forecast an earlier patch of it stands for the champion. `own_rounds` counts
    the settled rounds that it has forecast itself.
    `winners` has a row per settled race: winner, its probability, the favourite and its.
    """

    weekend: RaceWeekend
    name: str
    snapshot: Snapshot
    champion: Manifest
    replay: bool
    policy: WatchPolicy
    findings: tuple[Finding, ...]
    own_rounds: int
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
        "policy": f"{review.policy.name} {review.policy.sha256[:12]}",
        "own_rounds": review.own_rounds,
        "recent_window": str(review.recent.window),
        "season_window": str(review.season.window),
    }


@dataclass(frozen=True, slots=True)
class Watched:
    """What whoever looks for findings may look at after `weekend`.

    `rounds` are the scores of champion and baselines, one voice a round, and `said` is what the
    champion said of the winners of settled races; both may hold later rounds than `weekend`.
    """

    weekend: RaceWeekend
    history: History
    champion: Champion
    policy: WatchPolicy
    rounds: pd.DataFrame
    said: Said
    drift: drifts.Watch
    settings: Settings
    now: datetime


def _scores(watched: Watched) -> Iterable[Finding]:
    """Performance and calibration."""
    return watch.findings(
        watched.rounds, watched.said, watched.policy, watched.weekend,
        model=watched.champion.model.name, version=watched.champion.version,
    )  # fmt: skip


def _drift(watched: Watched) -> Iterable[Finding]:
    """Drift and new conditions."""
    return watched.drift.findings(watched.weekend)


def _data(watched: Watched) -> Iterable[Finding]:
    """Whether the data is there, whole and possible."""
    return quality.findings(watched.history, watched.weekend, watched.policy, watched.now)


# Whoever looks for findings after a round. Another kind of finding is another function here.
LOOKS: tuple[Callable[[Watched], Iterable[Finding]], ...] = (_scores, _drift, _data)


def monitor(
    weekend: RaceWeekend, settings: Settings, *, now: datetime, dry_run: bool = False
) -> Monitoring:
    """Measure the champion over the last rounds and the season that end with `weekend`.

    What the policy in force finds is recorded unless `dry_run`; found again on the same data, it
    is not recorded again. Raises InsufficientHistoryError when `weekend` itself is not settled.
    """
    watched, made = opened(weekend, weekend, settings, now)
    history, holder, rounds = watched.history, watched.champion, watched.rounds
    own = settled_by(holder, rounds)
    if holder.manifest.has_learnt_from(weekend, history):
        raise InsufficientHistoryError(
            f"Champion {holder.version} has learnt from races through "
            f"{holder.manifest.trained_through} and cannot be judged on {weekend}.",
            weekend=str(weekend),
        )
    if weekend not in own:
        raise InsufficientHistoryError(
            f"No settled race forecast of champion {holder.version} for {weekend} "
            f"(before the race): there are {len(own)} settled rounds before it. "
            f"Run `f1lib predict --weekend {weekend}`, then `f1lib settle --weekend {weekend}`.",
            weekend=str(weekend),
        )
    found = looked(watched)
    if not dry_run:
        record({weekend: found}, watched)
    spoken = _spoken_of(rounds, holder)
    season = windows.season_to_date(weekend, spoken)
    recent = windows.ending_with(weekend, spoken)
    of_season = [each for each in made if each.weekend in season.weekends]
    judged = watch.judged_on(rounds, holder.model.name, holder.version, watched.policy)
    p, won = settled.came_true([each for each in of_season if str(each.weekend) in judged])
    return Monitoring(
        weekend=weekend,
        name=str(history.race(weekend)["name"]),
        snapshot=history.snapshot,
        champion=holder.manifest,
        replay=_is_replay(rounds, weekend, holder),
        policy=watched.policy,
        findings=found,
        own_rounds=len(own),
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


def opened(
    first: RaceWeekend, last: RaceWeekend, settings: Settings, now: datetime
) -> tuple[Watched, list[settled.Round]]:
    """All that the rules need after each weekend from `first` to `last`."""
    history = ingest.known(settings)
    simulated = history.snapshot.simulated
    holder = champion(settings, simulated=simulated)
    policy = policies.watch_policy(settings)
    with connection.reading(settings.store_address) as store:
        standing = score_log.current(store, simulated=simulated, last=last)
    rounds = settled.one_voice(standing, holder.version, speakers=Speakers.RECIPE)
    before = _spoken_of(rounds, holder)
    longest = max(policy.rounds, policy.drift_window)
    earliest = windows.ending_with(first, before, longest).weekends[:1]
    made = settled.rounds(
        settings, Stage.RACE, HEADLINE_CUTOFF[Stage.RACE], model=holder.model.name,
        version=holder.version, simulated=simulated, speakers=Speakers.RECIPE,
        weekends={w for w in before if w.season >= first.season or w >= earliest[0]},
    )  # fmt: skip
    said = Said(tuple(each.weekend for each in made), *settled.came_true(made))
    own = [each for each in made if each.version == holder.version]
    moved = drifts.opened(history, holder, policy, settings, own)
    return Watched(last, history, holder, policy, rounds, said, moved, settings, now), made


def settled_by(holder: Champion, rounds: pd.DataFrame) -> list[RaceWeekend]:
    """The rounds of which the champion's own race forecast is settled, in calendar order."""
    return _spoken_of(rounds[rounds["model_version"] == holder.version], holder)


def _spoken_of(rounds: pd.DataFrame, holder: Champion) -> list[RaceWeekend]:
    """The rounds of which a race forecast of the champion's kind is settled, in calendar order."""
    mine = (rounds["model"] == holder.model.name) & (
        rounds["cutoff"] == HEADLINE_CUTOFF[Stage.RACE]
    )
    return [RaceWeekend.parse(text) for text in sorted(rounds.loc[mine, "weekend"].unique())]


def looked(watched: Watched) -> tuple[Finding, ...]:
    """All findings after a weekend: alerts first, then what fired, then the rest."""
    found = [finding for look in LOOKS for finding in look(watched)]
    return tuple(sorted(found, key=lambda each: (not each.alert, each.status != FIRED)))


def _is_replay(rounds: pd.DataFrame, weekend: RaceWeekend, holder: Champion) -> bool:
    mine = rounds[(rounds["weekend"] == str(weekend)) & (rounds["model"] == holder.model.name)]
    return bool(mine.loc[mine["cutoff"] == HEADLINE_CUTOFF[Stage.RACE], "replay"].all())


def record(found: Mapping[RaceWeekend, tuple[Finding, ...]], watched: Watched) -> None:
    """Keep what was found after each weekend, and the drift that was measured.

    Alerts that begin or end after a live weekend are put into the outbox of mail.
    """
    snapshot = watched.history.snapshot
    with connection.connect(watched.settings.store_address) as store:
        snapshot_log.record(store, snapshot, now=watched.now)
        for weekend, each in found.items():
            origin = Origin(
                weekend=weekend,
                snapshot=snapshot.sha256,
                policy_sha256=watched.policy.sha256,
                replay=_is_replay(watched.rounds, weekend, watched.champion),
                simulated=snapshot.simulated,
                made_at=watched.now,
            )
            if not origin.replay:  # in the same transaction: known to the outbox if to the log
                scene = Scene(simulated=snapshot.simulated, replay=False)
                told = notify.alert_events(store, each, weekend, scene)
                notify.queue(store, told, watched.settings, now=watched.now)
            of_drift = [finding for finding in each if finding.kind in drifts.KINDS]
            others = [finding for finding in each if finding.kind not in drifts.KINDS]
            finding_log.record(store, origin, findings.frame(others))
            origin = replace(
                origin, replay=drifts.is_replay(watched.history, weekend, watched.settings)
            )
            finding_log.record(store, origin, findings.frame(of_drift))
            looks = watched.drift.looks(weekend)
            if looks:
                drift_log.record(store, origin, review.log_rows(looks[-1], watched.drift.version))
