"""Decide whether to retrain after a weekend, from what is found now. Changes nothing by itself."""

from dataclasses import dataclass, replace
from datetime import datetime

from f1lib.decisions import retraining
from f1lib.decisions.retraining import (
    FIGURES,
    TRAINS,
    Outcome,
    RetrainingDecision,
    RetrainingPolicy,
    Rule,
    Standing,
)
from f1lib.decisions.trigger import Trigger
from f1lib.monitoring.findings import NONE
from f1lib.pipelines import ingest, policies
from f1lib.pipelines import monitor as monitors
from f1lib.pipelines.monitor import Monitoring
from f1lib.registry import aliases, versions
from f1lib.settings import Settings
from f1lib.store import connection, decision_log
from f1lib.store.origin import Origin
from f1lib.tables.history import History, Snapshot
from f1lib.weekend import RaceWeekend


@dataclass(frozen=True, slots=True)
class Decided:
    """The decision after `weekend`, and the review of the champion it rests on.

    `taken_at` is when it was taken, if that was before: then it stands and was not taken again.
    """

    weekend: RaceWeekend
    review: Monitoring
    policy: RetrainingPolicy
    standing: Standing
    decision: RetrainingDecision
    taken_at: datetime | None = None

    @property
    def exit_code(self) -> int:
        """20 when something would set off a training, else 0."""
        return TRIGGERED if self.decision.trains else 0


TRIGGERED = 20
KIND = "retraining"


def decide(
    weekend: RaceWeekend,
    settings: Settings,
    *,
    now: datetime,
    asked: Trigger | None = None,
    force: bool = False,
    dry_run: bool = True,
) -> Decided:
    """Look at the champion after `weekend` and decide; recorded unless `dry_run`.

    A decision to train that is recorded on the same grounds (weekend, data, policy, champion)
    stands: whoever asks after it was carried out, or was cut off meanwhile, gets the same answer.
    Raises InsufficientHistoryError when the weekend is not settled.
    """
    history = ingest.known(settings)
    review = monitors.monitor(weekend, settings, now=now, dry_run=dry_run)
    policy = policies.retraining_policy(settings)
    standing = _standing(weekend, review, history, settings, now)
    decision = retraining.decided(review.findings, standing, policy, asked=asked, force=force)
    found = Decided(weekend, review, policy, standing, decision)
    if dry_run:
        return found
    before = _taken(found, asked, settings)
    if before is not None:
        return replace(found, decision=_read(before), taken_at=before.origin.made_at)
    _record(found, settings, now)
    return found


def taken(
    weekend: RaceWeekend, settings: Settings, *, snapshot: Snapshot, champion: str
) -> tuple[RetrainingDecision, datetime] | None:
    """The last decision to train after `weekend`, on these data, under the policy in force, while
    `champion` reigned, whatever set it off; and when it was taken. None where there is none.
    """
    standing = _standing_on(weekend, settings, snapshot=snapshot, champion=champion)
    return (_read(standing[-1]), standing[-1].origin.made_at) if standing else None


def _taken(
    found: Decided, asked: Trigger | None, settings: Settings
) -> decision_log.Decision | None:
    """The decision to train that stands on these grounds, for the trigger asked; None if none.

    What a person asked for is no answer to whether a rule fired.
    """
    review = found.review
    standing = [
        each
        for each in _standing_on(
            found.weekend, settings, snapshot=review.snapshot,
            champion=str(review.champion.version), replay=review.replay,
        )
        if (each.by == asked if asked else each.by != Trigger.MANUAL)
    ]  # fmt: skip
    return standing[-1] if standing else None


def _standing_on(
    weekend: RaceWeekend,
    settings: Settings,
    *,
    snapshot: Snapshot,
    champion: str,
    replay: bool | None = None,
) -> list[decision_log.Decision]:
    """The decisions to train after `weekend` on these grounds."""
    with connection.reading(settings.store_address) as store:
        made = decision_log.made(
            store, simulated=snapshot.simulated, replay=replay, kind=KIND, weekend=weekend
        )
    grounds = (snapshot.sha256, policies.sha256(settings), champion)
    return [
        each
        for each in made
        if (each.origin.snapshot, each.origin.policy_sha256, each.champion) == grounds
        and each.outcome in TRAINS
    ]


def _read(row: decision_log.Decision) -> RetrainingDecision:
    """A decision as the store keeps it; a rule's name begins with its trigger."""
    return RetrainingDecision(
        Outcome(row.outcome),
        Trigger(row.by),
        row.reason,
        tuple(
            Rule(
                Trigger(each.rule.partition(" ")[0].partition(".")[0]), each.rule, each.fired,
                each.reason, n=each.n,
                **{
                    name: NONE if (value := getattr(each, name)) is None else value
                    for name in FIGURES
                    if name != "n"
                },
            )
            for each in row.rules
        ),
    )  # fmt: skip


def _standing(
    weekend: RaceWeekend,
    review: Monitoring,
    history: History,
    settings: Settings,
    now: datetime,
) -> Standing:
    """How far the version trained last has seen, and where in the season `weekend` stands."""
    newest = max(
        versions.listed(settings.models, simulated=history.snapshot.simulated),
        key=lambda manifest: (manifest.trained_at, manifest.version),
    )
    raced = [each for each in history.completed() if each <= weekend]
    calendar = history["races"]["weekend"]
    season = calendar[calendar.str.startswith(f"{weekend.season}-")]
    return Standing(
        newest=str(newest.version),
        now=now,
        trained_at=newest.trained_at,
        new_races=sum(each > newest.trained_through for each in raced),
        own_rounds=review.own_rounds,
        pre_season=str(weekend) == season.max(),
        unanswered=_unanswered(weekend, review, settings),
    )


def _unanswered(
    weekend: RaceWeekend, review: Monitoring, settings: Settings
) -> tuple[Trigger, str] | None:
    """The last change of the world before `weekend` that had a challenger trained under this
    champion, and after which weekend; None where none had, or a challenger waits to be judged.
    """
    simulated = review.snapshot.simulated
    with connection.reading(settings.store_address) as store:
        made = decision_log.made(store, simulated=simulated, replay=review.replay, kind=KIND)
        waiting = aliases.challenger(store, settings.models, simulated=simulated)
    mine = [
        (Trigger(each.by), str(each.origin.weekend))
        for each in made
        if each.champion == str(review.champion.version)
        and each.outcome == Outcome.RETRAIN
        and each.by in retraining.OF_THE_WORLD
        and each.origin.weekend < weekend
    ]
    return mine[-1] if mine and waiting is None else None


def _record(found: Decided, settings: Settings, now: datetime) -> None:
    """Keep the decision with every rule, under the policy that watched and the one that decided."""
    decision, review = found.decision, found.review
    rules = tuple(
        decision_log.Rule(
            rule.rule, rule.value, rule.threshold, rule.n, rule.fired,
            rule.low, rule.high, rule.p, rule.reason,
        )
        for rule in decision.rules
    )  # fmt: skip
    row = decision_log.Decision(
        _origin(found, settings, now), KIND, "", str(review.champion.version), decision.outcome,
        decision.trigger or "", decision.reason, review.policy.name, rules,
    )  # fmt: skip
    with connection.connect(settings.store_address) as store:
        decision_log.record(store, row)


def _origin(found: Decided, settings: Settings, now: datetime) -> Origin:
    review = found.review
    return Origin(
        weekend=found.weekend,
        snapshot=review.snapshot.sha256,
        policy_sha256=policies.sha256(settings),
        replay=review.replay,
        simulated=review.snapshot.simulated,
        made_at=now,
    )
