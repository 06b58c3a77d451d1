"""What a replay came to: decisions, alerts and forecasts of a season under each policy, compared.

Nothing here walks or opens a file.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum

import pandas as pd

from f1lib.errors import InsufficientHistoryError
from f1lib.evaluation import comparison
from f1lib.models.two_stage import TwoStage
from f1lib.monitoring.findings import Finding, episodes
from f1lib.pipelines.promote import Outcome
from f1lib.run_record import RunRecord
from f1lib.weekend import Cutoff, RaceWeekend, Stage

METRIC = "winner_log_loss"
WORTH_COLUMNS = ("policy", "difference", "low", "high", "p_value_better", "n_races")
EFFECT_COLUMNS = (
    "policy", "version", "after", "trigger", "first", "last", "n_races", "value", "never",
    "difference", "low", "high",
)  # fmt: skip


class Policy(StrEnum):
    """What is done after a round; `never` is what the others are measured against."""

    TRIGGERED = "triggered"  # train when a finding says so, promote by the rule
    NEVER = "never"
    ALWAYS = "always"  # train after each round, and put it in use without comparing
    WEEKLY = "weekly"  # train on schedule, promote by the rule


@dataclass(frozen=True, slots=True)
class Decision:
    """What was decided after a round under one policy; empty where there was nothing.

    `champion` forecast the round. `reason` says why `version` was trained after it, or why nothing
    was; `promotion` is what became of the version, and `verdict` why.
    """

    weekend: str
    policy: str
    champion: str
    outcome: str
    trigger: str
    reason: str
    version: str = ""
    promotion: str = ""
    verdict: str = ""


@dataclass(frozen=True, slots=True)
class Alert:
    """An alert that lasted from `first` to `last`.

    `next_promotion` is the first round from `first` on after which a version was promoted, for
    whatever reason, and `rounds_later` how many rounds that is after `first`; empty and None where
    none was.
    """

    policy: str
    rule: str
    subject: str
    first: str
    last: str
    next_promotion: str
    rounds_later: int | None


@dataclass(frozen=True, slots=True)
class Walked:
    """A season under one policy. `scores` are those of champion and baselines, a row a round."""

    policy: Policy
    decisions: tuple[Decision, ...]
    alerts: tuple[Alert, ...]
    scores: pd.DataFrame


@dataclass(frozen=True, slots=True)
class Replay:
    """A season under several policies.

    `rounds` has weekend, policy and the champion's winner log loss before the race (nats).
    `worth` has a row for each policy beside `never`: how many nats a race it gained on it, with a
    95 % interval over `n_races`. `effects` has a row for each version that was put in use: after
    which round, and its log loss beside that of `never` on the `n_races` it reigned over, `first`
    to `last`. Both are empty where `never` was not replayed. `report` is the run that shows them.
    """

    season: int
    snapshot: str
    simulated: bool
    walked: tuple[Walked, ...]
    rounds: pd.DataFrame
    worth: pd.DataFrame
    effects: pd.DataFrame
    report: RunRecord | None = None

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
                    "promotions": sum(one.promotion == Outcome.PROMOTED for one in each.decisions),
                }
                for each in self.walked
            ]
        )


def compared(season: int, snapshot: str, walked: Sequence[Walked], *, simulated: bool) -> Replay:
    """What a season came to under each policy, beside `never`."""
    rounds = pd.concat([_of_rounds(each) for each in walked], ignore_index=True)
    worth, effects = _worth(walked), _effects(walked, rounds)
    return Replay(season, snapshot, simulated, tuple(walked), rounds, worth, effects)


def plain(found: Replay) -> dict[str, object]:
    """A replay as JSON has it; a number that could not be had is null."""
    return {
        "season": found.season,
        "simulated": found.simulated,
        "snapshot": found.snapshot,
        "policies": _records(found.summary),
        "worth": _records(found.worth),
        "effects": _records(found.effects),
        "alerts": [asdict(alert) for each in found.walked for alert in each.alerts],
        "decisions": [asdict(each) for each in found.decisions],
        "rounds": _records(found.rounds),
    }


def _records(frame: pd.DataFrame) -> list[dict[str, object]]:
    rows = frame.astype(object).where(frame.notna(), None).to_dict("records")
    return [{str(name): value for name, value in row.items()} for row in rows]


def alerts(
    policy: Policy,
    raced: Sequence[RaceWeekend],
    found: Mapping[RaceWeekend, tuple[Finding, ...]],
    decisions: Sequence[Decision],
) -> tuple[Alert, ...]:
    """Each alert once, and how many rounds after it began the next version was promoted."""
    places = {str(weekend): place for place, weekend in enumerate(raced)}
    moved = [each.weekend for each in decisions if each.promotion == Outcome.PROMOTED]
    told = []
    for each in episodes(found):
        promotion = next((one for one in moved if one >= str(each.first)), "")
        later = places[promotion] - places[str(each.first)] if promotion else None
        told.append(
            Alert(
                policy.value, each.finding.rule, each.finding.subject, str(each.first),
                str(each.last), promotion, later,
            )
        )  # fmt: skip
    return tuple(told)


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
        rows.append(
            {"policy": each.policy.value, **{name: mine[name] for name in WORTH_COLUMNS[1:]}}
        )
    return pd.DataFrame(rows, columns=list(WORTH_COLUMNS))


def _effects(walked: Sequence[Walked], rounds: pd.DataFrame) -> pd.DataFrame:
    """What each version gained on `never` over the rounds it reigned."""
    of_policy = dict(iter(rounds.groupby("policy")))
    rows = []
    for each in walked:
        if Policy.NEVER not in of_policy or each.policy is Policy.NEVER:
            continue
        both = of_policy[each.policy].merge(
            of_policy[Policy.NEVER][["weekend", "value"]], on="weekend", suffixes=("", "_never")
        )
        for one in each.decisions:
            if one.promotion == Outcome.PROMOTED:
                mine = both[both["model_version"] == one.version]
                rows.append((each.policy.value, one.version, one.weekend, one.trigger, *_on(mine)))
    return pd.DataFrame(rows, columns=list(EFFECT_COLUMNS))


def _on(mine: pd.DataFrame) -> tuple[str, str, int, float, float, float, float, float]:
    """first to high of EFFECT_COLUMNS; missing without a round, the interval below five."""
    gains = (mine["value_never"] - mine["value"]).to_numpy(dtype=float)
    first, last = mine["weekend"].iloc[[0, -1]] if len(mine) else ("", "")
    value, never = (float(mine[name].mean()) for name in ("value", "value_never"))
    return (first, last, len(mine), value, never, never - value, *comparison.block_interval(gains))
