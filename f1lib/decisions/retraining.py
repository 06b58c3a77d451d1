"""Retraining: is there reason to train a challenger now?

In:   the findings after a round, how long the champion has been as it is, a policy.
Out:  a decision with every rule that was looked at, its figures, and whether it fired.
Knows nothing of: how training is done, files, the store.

A rule born of findings fires on alerts alone: what is sustained was settled where it was found.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Annotated

from pydantic import Field

from f1lib.decisions.trigger import Trigger
from f1lib.monitoring.drift.verdict import Status
from f1lib.monitoring.findings import NONE, Finding, Kind


class Outcome(StrEnum):
    """What is decided."""

    RETRAIN = "retrain"  # train, and let the promotion rule judge the challenger
    SHADOW = "shadow"  # train a challenger though no rule fired: something is on watch for long
    WAIT = "wait"  # a rule fired, but the last training was only just
    NOTHING = "nothing"
    REFUSED = "refused"  # the data are late or unsound


TRAINS = {Outcome.RETRAIN, Outcome.SHADOW}

FROM_FINDINGS = {
    Trigger.PERFORMANCE: Kind.PERFORMANCE,
    Trigger.CALIBRATION: Kind.CALIBRATION,
    Trigger.DRIFT: Kind.DRIFT,
    Trigger.NEW_CONDITIONS: Kind.NEW_CONDITIONS,
}
OF_FORECASTS = {Trigger.PERFORMANCE, Trigger.CALIBRATION}
OF_THE_WORLD = {Trigger.DRIFT, Trigger.NEW_CONDITIONS}
FRESHNESS = "data_quality.freshness"
OF_A_FIRST = {None, Trigger.SCHEDULED, Trigger.MANUAL}  # what trains where nobody can be judged
Whole = Annotated[int, Field(ge=0)]
FIGURES = ("value", "threshold", "low", "high", "p", "n")


@dataclass(frozen=True, slots=True)
class RetrainingPolicy:
    """When a challenger is trained. A trigger that is False never fires.

    `cool_down_rounds` is how many rounds have to be raced since the last training before findings
    set off another; `own_rounds` how many settled rounds the champion has to have forecast itself
    before performance and calibration do: what is held against its earlier patches led to it.
    `scheduled_days` is how old the last training has to be for the schedule;
    `shadow_evaluations` how many evaluations in a row a feature has to be on watch for a
    challenger in shadow (0: never).
    """

    performance: bool = True
    calibration: bool = True
    drift: bool = True
    new_conditions: bool = True
    scheduled: bool = True
    cool_down_rounds: Whole = 3
    own_rounds: Whole = 8
    scheduled_days: Whole = 7
    shadow_evaluations: Whole = 5


@dataclass(frozen=True, slots=True)
class Standing:
    """The champion and the calendar after a round.

    `newest` is the version trained last, champion or not, and `trained_at` when that was, in the
    time that counts as the present; `new_races` counts races with a result after what it has seen,
    `own_rounds` the settled rounds that the champion has forecast itself.
    `pre_season` is True from the last race of a season to the first of the next. `unanswered` is
    the last change of the world that had a challenger trained, and after which weekend, if that was
    refused and this champion reigned.
    """

    newest: str
    now: datetime
    trained_at: datetime
    new_races: int
    own_rounds: int
    pre_season: bool = False
    unanswered: tuple[Trigger, str] | None = None


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule: what was measured on how much, against what, and whether it fired."""

    trigger: Trigger
    rule: str
    fired: bool
    reason: str
    value: float = NONE
    threshold: float = NONE
    low: float = NONE
    high: float = NONE
    p: float = NONE
    n: int = 0


@dataclass(frozen=True, slots=True)
class RetrainingDecision:
    """What is decided, by which trigger (None: by none), and every rule that was looked at."""

    outcome: Outcome
    trigger: Trigger | None
    reason: str
    rules: tuple[Rule, ...]

    @property
    def looked(self) -> tuple[Rule, ...]:
        """The rules that look at something; that a person asks is none of them."""
        return tuple(rule for rule in self.rules if rule.trigger is not Trigger.MANUAL)

    @property
    def trains(self) -> bool:
        """Whether a challenger is to be trained."""
        return self.outcome in TRAINS

    def __str__(self) -> str:
        return f"{self.outcome}: {self.reason}"


def decided(
    findings: Sequence[Finding],
    standing: Standing,
    policy: RetrainingPolicy,
    *,
    asked: Trigger | None = None,
    force: bool = False,
) -> RetrainingDecision:
    """Decide whether to train.

    Without `asked` any rule may set it off; with it that trigger alone: a rule trigger acts only
    if its rule fired. `force` trains on late or unsound data (an alert about them) and within the
    cool-down. Without a new race there is nothing to learn, and only a person may ask for it (with
    another recipe, say).
    """
    rules = (
        *_from_findings(findings, standing, policy),
        *_unanswered(standing, policy),
        _scheduled(standing, policy),
        _manual(asked),
    )
    fired = [rule for rule in rules if rule.fired and asked in {None, rule.trigger}]
    cooling = not force and standing.new_races < policy.cool_down_rounds
    if cooling:  # what is found waits, what is due does not
        fired.sort(key=lambda rule: rule.trigger in FROM_FINDINGS)
    if not fired:
        shadow = _shadow(findings, policy) if asked in {None, Trigger.DRIFT} else ""
        if not shadow:
            return RetrainingDecision(Outcome.NOTHING, None, _why_not(rules, asked), rules)
        outcome, trigger, reason = Outcome.SHADOW, Trigger.DRIFT, shadow
    else:
        outcome, trigger, reason = Outcome.RETRAIN, fired[0].trigger, fired[0].reason
    if not standing.new_races and trigger is not Trigger.MANUAL:
        said = f"Version {standing.newest} has seen every race there is a result of."
        return RetrainingDecision(Outcome.NOTHING, None, f"{said} {reason}", rules)
    if (said := _unfit(findings)) and not force:
        return RetrainingDecision(Outcome.REFUSED, trigger, said, rules)
    if trigger in FROM_FINDINGS and cooling:
        said = (
            f"Raced since the last training: {standing.new_races}; findings wait for "
            f"{policy.cool_down_rounds}. {reason}"
        )
        return RetrainingDecision(Outcome.WAIT, trigger, said, rules)
    return RetrainingDecision(outcome, trigger, reason, rules)


def against_first(
    findings: Sequence[Finding], *, asked: Trigger | None = None, force: bool = False
) -> RetrainingDecision | None:
    """What speaks against training the first model after a weekend; None if nothing does.

    Without a champion no rule can be asked, so none can have fired; late and unsound data are
    refused as they always are.
    """
    if asked not in OF_A_FIRST:
        said = (
            f"There is no champion that could be judged, so no rule of trigger {asked} can fire. "
            f"A first model is trained by trigger {Trigger.MANUAL} or {Trigger.SCHEDULED}."
        )
        return RetrainingDecision(Outcome.NOTHING, None, said, ())
    if (said := _unfit(findings)) and not force:
        return RetrainingDecision(Outcome.REFUSED, asked, said, ())
    return None


def _unfit(findings: Sequence[Finding]) -> str:
    """Why nothing is to be learnt from the data as they are; empty if they are fit for it."""
    alerts = [each.reason for each in findings if each.kind is Kind.DATA_QUALITY and each.alert]
    return f"{' '.join(alerts)} Import sound data, or use --force." if alerts else ""


def _from_findings(
    findings: Sequence[Finding], standing: Standing, policy: RetrainingPolicy
) -> list[Rule]:
    """A rule for each finding that can set off a training, and one for a kind without any."""
    rules = []
    for trigger, kind in FROM_FINDINGS.items():
        deaf = _deaf(trigger, standing, policy)
        mine = [each for each in findings if each.kind is kind]
        if not mine:
            rules.append(Rule(trigger, kind, fired=False, reason="Nothing was evaluated."))
        for each in sorted(mine, key=lambda finding: not finding.alert):
            reason = f"{deaf} {each.reason}" if deaf else each.reason
            figures = {name: getattr(each, name) for name in FIGURES}
            name = f"{each.rule} ({each.subject})"
            rules.append(Rule(trigger, name, each.alert and not deaf, reason, **figures))
    return rules


def _unanswered(standing: Standing, policy: RetrainingPolicy) -> list[Rule]:
    """A rule where a finding was answered by a challenger that was refused.

    A change of the world surprises only while it is new, and it does not change back. The few races
    until then told little of the challenger: with more of them another one is trained and judged.
    Poor forecasts need no such memory, their rules look back by themselves.
    """
    if standing.unanswered is None:
        return []
    trigger, after = standing.unanswered
    deaf = _deaf(trigger, standing, policy)
    said = (
        f"After {after} {trigger} set off a training whose challenger was refused, so no champion "
        f"has learnt from what was found then. {policy.cool_down_rounds} rounds after a training "
        f"another one is due; there are {standing.new_races}."
    )
    return [
        Rule(
            trigger, f"{trigger}.unanswered",
            not deaf and standing.new_races >= policy.cool_down_rounds,
            f"{deaf} {said}".strip(),
            value=float(standing.new_races), threshold=float(policy.cool_down_rounds),
            n=standing.new_races,
        )
    ]  # fmt: skip


def _deaf(trigger: Trigger, standing: Standing, policy: RetrainingPolicy) -> str:
    """Why findings of a trigger set off nothing now; empty if they do."""
    if not getattr(policy, trigger):
        return f"The policy does not listen to {trigger}."
    if trigger in OF_FORECASTS and standing.own_rounds < policy.own_rounds:
        return (
            f"The champion has forecast {standing.own_rounds} settled rounds itself, and "
            f"{policy.own_rounds} are needed before {trigger} sets off another training."
        )
    return ""


def _scheduled(standing: Standing, policy: RetrainingPolicy) -> Rule:
    """Every so many days if there are new races; and before a season, whatever the days."""
    age = standing.now - standing.trained_at
    due = age >= timedelta(days=policy.scheduled_days)
    fired = policy.scheduled and standing.new_races > 0 and (due or standing.pre_season)
    days = age / timedelta(days=1)
    races = f"{standing.new_races} race{'s' * (standing.new_races != 1)}"
    said = (
        f"The last training was {days:.1f} days ago (due after {policy.scheduled_days}), with "
        f"{races} that version {standing.newest} has not seen."
    )
    if standing.pre_season and standing.new_races and not due:
        said = (
            f"The season is over and version {standing.newest} has not seen {races}, so a "
            f"training is due however long ago the last was (here {days:.1f} days)."
        )
    return Rule(
        Trigger.SCHEDULED, "scheduled", fired, said, value=days,
        threshold=float(policy.scheduled_days), n=standing.new_races,
    )  # fmt: skip


def _manual(asked: Trigger | None) -> Rule:
    fired = asked is Trigger.MANUAL
    return Rule(
        Trigger.MANUAL, "manual", fired, "It was asked for." if fired else "Nobody asked for it."
    )


def _shadow(findings: Sequence[Finding], policy: RetrainingPolicy) -> str:
    """Why a challenger is trained in shadow: something has been on watch for long; else empty."""
    for each in findings:
        long = 0 < policy.shadow_evaluations <= each.in_a_row
        watched = each.rule == "drift.feature" and each.status == Status.WATCH
        if policy.drift and watched and long:
            return f"On watch in {each.in_a_row} evaluations in a row. {each.reason}"
    return ""


def _why_not(rules: Sequence[Rule], asked: Trigger | None) -> str:
    """What was looked at in vain."""
    if asked is None:
        n = sum(rule.trigger is not Trigger.MANUAL for rule in rules)
        return f"None of {n} rules asks for a training."
    looked = [rule for rule in rules if rule.trigger is asked]
    reasons = dict.fromkeys(rule.reason for rule in looked)  # several may lack the same
    return f"No rule of trigger {asked} fired. {' '.join(list(reasons)[:3])}"
