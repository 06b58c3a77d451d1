"""Replay a season: the verbs after every round as they would have been, under several policies.

Each policy has a home of its own below `<home>/replays/<season>/`, with store, registry and the
policy file it ran under: nothing live is touched and nobody is told. After each round results of
later ones are out of sight (pipelines.horizon). Backtests are shared.
"""

import json
import shutil
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path

import pandas as pd

from f1lib import files
from f1lib.decisions.retraining import Outcome as Due
from f1lib.decisions.trigger import Trigger
from f1lib.errors import ConfigurationError, InsufficientHistoryError, RegistryError
from f1lib.evaluation import comparison
from f1lib.models.two_stage import TwoStage
from f1lib.monitoring.findings import Finding, episodes
from f1lib.pipelines import decide, ingest, monitor, predict, promote, retrain, settle
from f1lib.pipelines.catch_up import Say
from f1lib.registry import aliases
from f1lib.registry.manifest import Manifest
from f1lib.settings import Settings
from f1lib.store import connection, promotion_log, score_log
from f1lib.store.promotion_log import Action
from f1lib.weekend import Cutoff, RaceWeekend, Stage

METRIC = "winner_log_loss"


class Policy(StrEnum):
    """What is done after a round; `never` is what the others are measured against."""

    TRIGGERED = "triggered"  # train when a finding says so, promote by the rule
    NEVER = "never"
    ALWAYS = "always"  # train after each round, and put it in use without comparing
    WEEKLY = "weekly"  # train on schedule, promote by the rule


FINDINGS = ("performance", "calibration", "drift", "new_conditions")
RETRAINING: Mapping[Policy, Mapping[str, object]] = {
    Policy.TRIGGERED: {"scheduled": False},
    Policy.WEEKLY: {**dict.fromkeys(FINDINGS, False), "shadow_evaluations": 0},
}


@dataclass(frozen=True, slots=True)
class Decision:
    """What was decided after a round under one policy; empty where there was nothing.

    `champion` forecast the round; `version` was trained after it, and `promotion` became of it.
    """

    weekend: str
    policy: str
    champion: str
    outcome: str
    trigger: str
    reason: str
    version: str = ""
    promotion: str = ""


@dataclass(frozen=True, slots=True)
class Alert:
    """An alert that lasted from `first` to `last`; `answered` names the round after which a
    version was promoted, empty where none was."""

    policy: str
    rule: str
    subject: str
    first: str
    last: str
    answered: str
    rounds_later: int | None


@dataclass(frozen=True, slots=True)
class Walked:
    """A season under one policy. `scores` are those of champion and baselines, a row a round."""

    policy: Policy
    decisions: tuple[Decision, ...]
    alerts: tuple[Alert, ...]
    rollbacks: int
    scores: pd.DataFrame


@dataclass(frozen=True, slots=True)
class Replay:
    """A season under several policies.

    `rounds` has weekend, policy and the champion's winner log loss before the race (nats).
    `worth` has a row for each policy beside `never`: how many nats a race it gained on it, with a
    95 % interval over `n_races`; it is empty where `never` was not replayed.
    """

    season: int
    snapshot: str
    simulated: bool
    walked: tuple[Walked, ...]
    rounds: pd.DataFrame
    worth: pd.DataFrame

    @property
    def decisions(self) -> tuple[Decision, ...]:
        """Every decision, by policy and round."""
        return tuple(each for one in self.walked for each in one.decisions)

    @property
    def summary(self) -> pd.DataFrame:
        """A row for each policy: what it did, and how good its forecasts were."""
        losses = dict(iter(self.rounds.groupby("policy")["value"]))
        return pd.DataFrame(
            [
                {
                    "policy": each.policy.value,
                    "rounds": len(losses[each.policy.value]),
                    METRIC: float(losses[each.policy.value].mean()),
                    "alerts": len(each.alerts),
                    "retrainings": sum(bool(one.version) for one in each.decisions),
                    "promotions": sum(
                        one.promotion == promote.Outcome.PROMOTED for one in each.decisions
                    ),
                    "rollbacks": each.rollbacks,
                }
                for each in self.walked
            ]
        )


def replay(
    season: int,
    settings: Settings,
    *,
    policies: Sequence[Policy] = tuple(Policy),
    workers: int | None = None,
    say: Say,
) -> Replay:
    """Walk through `season` under each of `policies`, each from a champion trained before it.

    Begun anew each time; the same data, code and policy give the same decisions. Raises
    ConfigurationError when no race of the season has a result, or none came before it;
    RegistryError when the model trained before it is no better than the baselines.
    """
    from joblib import Parallel, delayed

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
    (settings.home / "backtests").mkdir(exist_ok=True)
    wanted = tuple(dict.fromkeys(policies))
    homes = {policy: _home(season, policy, settings) for policy in wanted}
    say(f"Replaying {len(raced)} rounds of {season} under {', '.join(wanted)}.")
    parallel = Parallel(n_jobs=min(workers or settings.workers, len(wanted)), return_as="generator")
    walked = []
    for done in parallel(delayed(_walked)(policy, raced, homes[policy]) for policy in wanted):
        say(f"{done.policy}: {len(done.decisions)} rounds, {len(done.alerts)} alerts.")
        walked.append(done)
    found = Replay(
        season, history.snapshot.sha256, history.snapshot.simulated, tuple(walked),
        pd.concat([_of_rounds(each) for each in walked], ignore_index=True), _worth(walked),
    )  # fmt: skip
    place = settings.home / "replays" / str(season) / "replay.json"
    files.write_text(place, json.dumps(plain(found), indent=1) + "\n")
    return found


def plain(found: Replay) -> dict[str, object]:
    """A replay as JSON has it."""
    return {
        "season": found.season,
        "simulated": found.simulated,
        "snapshot": found.snapshot,
        "policies": found.summary.to_dict("records"),
        "worth": found.worth.to_dict("records"),
        "alerts": [asdict(alert) for each in found.walked for alert in each.alerts],
        "decisions": [asdict(each) for each in found.decisions],
        "rounds": found.rounds.to_dict("records"),
    }


def _home(season: int, policy: Policy, settings: Settings) -> Settings:
    """An empty home for one policy, with the data, the backtests and the policy it runs under."""
    home = settings.home / "replays" / str(season) / policy.value
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


def _walked(policy: Policy, raced: Sequence[RaceWeekend], home: Settings) -> Walked:
    """The season round by round, in a home that holds nothing yet."""
    decisions: list[Decision] = []
    found: dict[RaceWeekend, tuple[Finding, ...]] = {}
    at = _seen(home, raced[0])
    history = ingest.known(at)
    simulated = history.snapshot.simulated
    now = _monday_after(history.starts_at(raced[0], Stage.RACE)) - timedelta(days=7)
    trained = retrain.retrain(raced[0], at, now=now)
    if not trained.champion:
        raise RegistryError(
            f"The model trained before {raced[0]} is no champion. {trained.decision} Replay a "
            "later season."
        )
    for weekend in raced:
        at = _seen(home, weekend)
        now = _monday_after(ingest.known(at).starts_at(weekend, Stage.RACE))
        champion = predict.champion(at, simulated=simulated).version
        predict.predict([weekend], at, now=now)
        settle.settle(weekend, at, now=now)
        done, found[weekend] = _decided(policy, weekend, champion, at, now)
        decisions.append(done)
    with connection.reading(home.store_address) as store:
        scores = score_log.current(store, simulated=simulated)
        moves = promotion_log.decided(store, simulated=simulated)
    rollbacks = sum(row.action is Action.ROLL_BACK for row in moves)
    alerts = _alerts(policy, raced, found, decisions)
    return Walked(policy, tuple(decisions), alerts, rollbacks, scores)


def _monday_after(race: datetime) -> datetime:
    """When the results are taken in: the next Monday, 08:00 UTC."""
    midnight = race.replace(hour=0, minute=0, second=0, microsecond=0)
    return midnight + timedelta(days=7 - midnight.weekday(), hours=8)


def _seen(home: Settings, weekend: RaceWeekend) -> Settings:
    return home.model_copy(update={"known_through": str(weekend)})


def _decided(
    policy: Policy, weekend: RaceWeekend, champion: str, at: Settings, now: datetime
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
            str(new.manifest.version), promote.Outcome.PROMOTED,
        )  # fmt: skip
        return done, found
    asked = Trigger.SCHEDULED if policy is Policy.WEEKLY else None
    decided = decide.decide(weekend, at, now=now, asked=asked, dry_run=False)
    what = decided.decision
    version, promotion = "", ""
    if what.trains:
        new = retrain.retrain(weekend, at, now=now, after=True)
        version = str(new.manifest.version)
        if what.outcome is Due.RETRAIN:  # one in shadow is compared by nobody
            judged = promote.promote(new.manifest.version, at, now=now, asked=what.trigger)
            promotion = judged.outcome.value
    done = Decision(
        str(weekend), policy, champion, what.outcome, what.trigger or "", what.reason, version,
        promotion,
    )  # fmt: skip
    return done, decided.review.findings


def _put_in_use(manifest: Manifest, at: Settings, now: datetime) -> None:
    with connection.connect(at.store_address) as store:
        aliases.promote(
            store, at.models, manifest.version, opened=TwoStage.from_state, by="replay",
            reason="Put in use after each round, without comparing.", now=now,
            simulated=manifest.simulated,
        )  # fmt: skip


def _alerts(
    policy: Policy,
    raced: Sequence[RaceWeekend],
    found: Mapping[RaceWeekend, tuple[Finding, ...]],
    decisions: Sequence[Decision],
) -> tuple[Alert, ...]:
    """Each alert once, and how many rounds after it began a version was promoted."""
    places = {str(weekend): place for place, weekend in enumerate(raced)}
    moved = [each.weekend for each in decisions if each.promotion == promote.Outcome.PROMOTED]
    alerts = []
    for each in episodes(found):
        answered = next((one for one in moved if one >= str(each.first)), "")
        later = places[answered] - places[str(each.first)] if answered else None
        alerts.append(
            Alert(
                policy.value, each.finding.rule, each.finding.subject, str(each.first),
                str(each.last), answered, later,
            )
        )  # fmt: skip
    return tuple(alerts)


def _before_race(walked: Walked) -> pd.DataFrame:
    """The champion's scores before each race, one voice a round."""
    rows = walked.scores
    mine = rows[(rows["model"] == TwoStage.name) & (rows["cutoff"] == Cutoff.BEFORE_RACE)]
    spoke = {each.weekend: each.champion for each in walked.decisions}
    return mine[mine["model_version"] == mine["weekend"].map(spoke)].reset_index(drop=True)


def _of_rounds(walked: Walked) -> pd.DataFrame:
    rows = _before_race(walked)
    rows = rows[(rows["stage"] == Stage.RACE) & (rows["metric"] == METRIC)]
    if rows.empty:
        raise InsufficientHistoryError(f"No round was scored under policy {walked.policy}.")
    kept = rows[["weekend", "model_version", "metric", "value"]]
    return kept.assign(policy=walked.policy.value).reset_index(drop=True)


def _worth(walked: Sequence[Walked]) -> pd.DataFrame:
    """What each policy gained on `never`, race by race."""
    columns = ["policy", "difference", "low", "high", "p_value_better", "n_races"]
    frozen = [each for each in walked if each.policy is Policy.NEVER]
    rows = []
    for each in walked:
        if not frozen or each.policy is Policy.NEVER:
            continue
        table = comparison.table(
            _before_race(each), _before_race(frozen[0]),
            names=(each.policy.value, Policy.NEVER.value), metrics=(METRIC,),
        )  # fmt: skip
        mine = table[table["stage"] == Stage.RACE].iloc[0]
        rows.append({"policy": each.policy.value, **{name: mine[name] for name in columns[1:]}})
    return pd.DataFrame(rows, columns=columns)
