"""Replay a season: the verbs after every round as they would have been, under several policies.

Each policy has a home of its own below `<home>/replays/<season>/`, with store, registry and the
policy file it ran under: nothing live is touched and nobody is told. After each round results of
later ones are out of sight (pipelines.horizon). Backtests are shared.
"""

import json
import shutil
import signal
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

from f1lib import files
from f1lib.decisions.retraining import FROM_FINDINGS
from f1lib.decisions.retraining import Outcome as Due
from f1lib.decisions.trigger import Trigger
from f1lib.errors import ConfigurationError, RegistryError
from f1lib.models.two_stage import TwoStage
from f1lib.monitoring.findings import Finding
from f1lib.pipelines import (
    decide,
    ingest,
    kept_replays,
    monitor,
    predict,
    promote,
    replay_progress,
    replay_reports,
    replayed,
    retrain,
    settle,
)
from f1lib.pipelines import policies as configured
from f1lib.pipelines.catch_up import Say
from f1lib.pipelines.replay_reports import Reports
from f1lib.pipelines.replayed import Decision, Policy, Replay, Walked
from f1lib.registry import aliases
from f1lib.registry.manifest import Manifest
from f1lib.runner import lock, processes
from f1lib.settings import Settings
from f1lib.store import connection, score_log
from f1lib.weekend import RaceWeekend, Stage

UNJUDGED = "Put in use after each round, without comparing."
RETRAINING: Mapping[Policy, Mapping[str, object]] = {
    Policy.TRIGGERED: {"scheduled": False},
    Policy.WEEKLY: {**dict.fromkeys(FROM_FINDINGS, False), "shadow_evaluations": 0},
}


def replay(
    season: int,
    settings: Settings,
    *,
    policies: Sequence[Policy] = tuple(Policy),
    workers: int | None = None,
    reports: Reports = Reports.NONE,
    say: Say,
) -> Replay:
    """Walk through `season` under each of `policies`, each from a champion trained before it.

    With `reports` the outcome names the run that shows it. Begun anew each time; the same data,
    code and policy give the same decisions. Raises ConfigurationError when no race of the season
    has a result, or none came before it; RegistryError when the model trained before it is no
    better than the baselines; UnderWayError when somebody else replays that season.
    """
    configured.retraining_policy(settings)  # raises where the file is not usable
    history = ingest.known(settings)
    raced = [each for each in history.completed() if each.season == season]
    if not raced:
        seasons = sorted({each.season for each in history.completed()})
        raise ConfigurationError(
            f"No race of {season} has a result, so there is nothing to replay. Name a season from "
            f"{seasons[0]} to {seasons[-1]}."
            if seasons
            else "No race has a result yet."
        )
    wanted, snapshot = tuple(dict.fromkeys(policies)), history.snapshot
    place = kept_replays.folder(settings.home, season)
    (settings.home / "backtests").mkdir(exist_ok=True)
    # it begins by emptying homes
    with lock.alone(place / ".lock", f"Season {season} is being replayed"):
        say(f"Replaying {len(raced)} rounds of {season} under {', '.join(wanted)}.")
        homes = {policy: _home(place / policy.value, policy, settings) for policy in wanted}
        walked = _all_walked(homes, raced, reports, workers or settings.workers, say)
        found = replayed.compared(season, snapshot.sha256, walked, simulated=snapshot.simulated)
        kept_replays.keep(found, settings.home)
        if reports is Reports.NONE:
            return found
        home = homes[replay_reports.shown_by(wanted)]
        kept_replays.show_to(home.home, season)
        at, now = _after(home, raced[-1])
        return replace(found, report=replay_reports.of_season(raced[-1], at, now=now))


def _all_walked(
    homes: Mapping[Policy, Settings],
    raced: Sequence[RaceWeekend],
    reports: Reports,
    workers: int,
    say: Say,
) -> list[Walked]:
    """Each policy in a process of its own, `workers` at once; each round is said."""
    from joblib import Parallel, delayed

    in_parallel = Parallel(
        n_jobs=min(workers, len(homes)),
        return_as="generator",
        initializer=processes.end_with_parent,  # a killed replay leaves nobody at work
        initargs=(signal.SIGKILL,),
    )
    walked = []
    jobs = (delayed(_walked)(policy, raced, home, reports) for policy, home in homes.items())
    with replay_progress.said(list(homes.values()), say) as say_the_rest:
        for done in in_parallel(jobs):
            say_the_rest()
            say(f"{done.policy}: {len(done.decisions)} rounds, {len(done.alerts)} alerts.")
            for failed in replay_reports.failures(homes[done.policy]):
                say(f"{done.policy}: {failed}")
            walked.append(done)
    return walked


def _home(home: Path, policy: Policy, settings: Settings) -> Settings:
    """An empty home for one policy, with the data, the backtests and the policy it runs under."""
    if home.exists():
        shutil.rmtree(home)
    (home / "policies").mkdir(parents=True)
    for name in ("snapshots", "submissions", "backtests"):
        if (settings.home / name).exists():
            (home / name).symlink_to(settings.home / name, target_is_directory=True)
    there = settings.policies / f"{settings.policy}.toml"
    text = _policy(there, RETRAINING.get(policy, {}))
    files.write_text(home / "policies" / f"{policy.value}.toml", text)
    return settings.model_copy(
        update={
            "home": home, "policies": home / "policies", "policy": policy.value,
            "store_url": type(settings.store_url)(""), "mail_to": "", "workers": 1,
            "run_folder": None,
        }
    )  # fmt: skip


def _policy(file: Path, retraining: Mapping[str, object]) -> str:
    """The policy in force with other triggers; nobody is asked for approval in a replay."""
    tables = tomllib.loads(file.read_text(encoding="utf-8"))
    for name, changed in (("retraining", retraining), ("promotion", {"mode": "auto"})):
        tables[name] = {**tables.get(name, {}), **changed}
    lines = []
    for name, table in tables.items():
        lines += [f"[{name}]", *(f"{key} = {json.dumps(value)}" for key, value in table.items())]
    return "\n".join(lines) + "\n"


def _walked(
    policy: Policy, raced: Sequence[RaceWeekend], home: Settings, reports: Reports
) -> Walked:
    """The season round by round, in a home that holds nothing yet."""
    decisions: list[Decision] = []
    found: dict[RaceWeekend, tuple[Finding, ...]] = {}
    at, now = _after(home, raced[0])
    simulated = ingest.known(at).snapshot.simulated
    trained = retrain.retrain(raced[0], at, now=now - timedelta(days=7))
    if not trained.champion:
        raise RegistryError(
            f"The model trained before {raced[0]} is no champion. {trained.decision} Replay a "
            "later season."
        )
    for weekend in raced:
        at, now = _after(home, weekend)
        champion = predict.champion(at, simulated=simulated).version
        predict.predict([weekend], at, now=now)
        settle.settle(weekend, at, now=now)
        if reports is Reports.ALL:
            replay_reports.of_round(weekend, at, now=now)
        done, found[weekend] = _decided(policy, weekend, champion, at, now, reports)
        decisions.append(done)
        replay_progress.tell(policy, decisions, len(raced), home)
    with connection.reading(home.store_address) as store:
        scores = score_log.current(store, simulated=simulated)
    alerts = replayed.alerts(policy, raced, found, decisions)
    return Walked(policy, tuple(decisions), alerts, scores)


def _after(home: Settings, weekend: RaceWeekend) -> tuple[Settings, datetime]:
    """The home as it sees `weekend` raced, and when that is: the next Monday, 08:00 UTC."""
    at = home.model_copy(update={"known_through": str(weekend)})
    race = ingest.known(at).starts_at(weekend, Stage.RACE)
    midnight = race.replace(hour=0, minute=0, second=0, microsecond=0)
    return at, midnight + timedelta(days=7 - midnight.weekday(), hours=8)


def _decided(
    policy: Policy,
    weekend: RaceWeekend,
    champion: str,
    at: Settings,
    now: datetime,
    reports: Reports,
) -> tuple[Decision, tuple[Finding, ...]]:
    """What the policy does after `weekend`, and what monitoring finds."""
    by_rule = policy in RETRAINING
    if not by_rule:
        found = monitor.monitor(weekend, at, now=now).findings
        if policy is Policy.NEVER:
            return Decision(str(weekend), policy, champion, Due.NOTHING, "", ""), found
        new = retrain.retrain(weekend, at, now=now, after=True)
        _put_in_use(new.manifest, at, now)
        done = Decision(
            str(weekend), policy, champion, Due.RETRAIN, "", "Done after each round.",
            str(new.manifest.version), promote.Outcome.PROMOTED, UNJUDGED,
        )  # fmt: skip
        return done, found
    asked = Trigger.SCHEDULED if policy is Policy.WEEKLY else None
    decided = decide.decide(weekend, at, now=now, asked=asked, dry_run=False)
    what = decided.decision
    became: tuple[str, ...] = ()
    if what.trains:
        trained = retrain.retrain(weekend, at, now=now, after=True).manifest.version
        if reports is Reports.ALL:
            replay_reports.of_challenger(trained, what.trigger, weekend, at, now=now)
        judged = promote.promote(trained, at, now=now, asked=what.trigger)
        became = (str(trained), judged.outcome.value, judged.compared.decision.reason)
    done = Decision(
        str(weekend), policy, champion, what.outcome, what.trigger or "", what.reason, *became
    )
    return done, decided.findings


def _put_in_use(manifest: Manifest, at: Settings, now: datetime) -> None:
    with connection.connect(at.store_address) as store:
        aliases.promote(
            store, at.models, manifest.version, opened=TwoStage.from_state, by="replay",
            reason=UNJUDGED, now=now, simulated=manifest.simulated,
        )  # fmt: skip
