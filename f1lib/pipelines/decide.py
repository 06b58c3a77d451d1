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
from f1lib.errors import InsufficientHistoryError
from f1lib.monitoring.findings import NONE, Finding
from f1lib.pipelines import horizon, ingest, policies, predict, quality
from f1lib.pipelines import monitor as monitors
from f1lib.registry import aliases, versions
from f1lib.registry.manifest import Manifest
from f1lib.settings import Settings
from f1lib.store import connection, decision_log, promotion_log
from f1lib.store.origin import Origin
from f1lib.store.promotion_log import Action
from f1lib.tables.history import History, Snapshot
from f1lib.weekend import RaceWeekend


@dataclass(frozen=True, slots=True)
class Decided:
    """The decision after `weekend` about `champion`, and the findings it rests on.

    Those are of the champion's review; where it has learnt from the weekend, or has not forecast it
    and a person asks for a training, of the data alone. `taken_at` is when it was taken, if that
    was before: then it stands and was not taken again.
    """

    weekend: RaceWeekend
    snapshot: Snapshot
    replay: bool
    champion: Manifest
    findings: tuple[Finding, ...]
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
    Raises InsufficientHistoryError when the weekend is not settled, unless a person asks or the
    champion has learnt from it.
    """
    history = ingest.known(settings)
    snapshot = history.snapshot
    champion = predict.champion(settings, simulated=snapshot.simulated).manifest
    findings, own_rounds = _looked(
        weekend, champion, history, settings, now, asked=asked, dry_run=dry_run
    )
    policy = policies.retraining_policy(settings)
    standing = _standing(weekend, champion, own_rounds, history, settings, now)
    decision = retraining.decided(findings, standing, policy, asked=asked, force=force)
    found = Decided(
        weekend, snapshot, horizon.is_replay(history, settings, now=now), champion, findings,
        policy, standing, decision,
    )  # fmt: skip
    if dry_run:
        return found
    before = standing_decision(found, asked, settings)
    if before.taken_at is None:
        _record(found, settings, now)
    return before


def _looked(
    weekend: RaceWeekend,
    champion: Manifest,
    history: History,
    settings: Settings,
    now: datetime,
    *,
    asked: Trigger | None,
    dry_run: bool,
) -> tuple[tuple[Finding, ...], int]:
    """What is found after `weekend`, and how many settled rounds the champion has forecast.

    A champion that has learnt from the weekend is not judged on it: what is left is the data.
    """
    try:
        review = monitors.monitor(weekend, settings, now=now, dry_run=dry_run)
    except InsufficientHistoryError:
        needless = asked is Trigger.MANUAL or champion.has_learnt_from(weekend, history)
        if not needless or weekend not in history.completed():
            raise
        return quality.findings(history, weekend, policies.watch_policy(settings), now), 0
    return review.findings, review.own_rounds


def against_first(
    weekend: RaceWeekend,
    history: History,
    settings: Settings,
    *,
    now: datetime,
    asked: Trigger | None,
    force: bool,
) -> RetrainingDecision | None:
    """What speaks against training the first model after `weekend`; None if nothing does.

    Without a result there is nothing to look at, and nothing to learn either.
    """
    raced = weekend in history.completed()
    policy = policies.watch_policy(settings)
    found = quality.findings(history, weekend, policy, now) if raced else ()
    return retraining.against_first(found, asked=asked, force=force)


def taken(
    weekend: RaceWeekend, settings: Settings, *, snapshot: Snapshot, champion: str
) -> tuple[RetrainingDecision, datetime] | None:
    """The last decision to train after `weekend`, on these data, under the policy in force, while
    `champion` reigned, whatever set it off; and when it was taken. None where there is none.
    """
    standing = _standing_on(weekend, settings, snapshot=snapshot, champion=champion)
    return (_read(standing[-1]), standing[-1].origin.made_at) if standing else None


def standing_decision(found: Decided, asked: Trigger | None, settings: Settings) -> Decided:
    """`found`, with the decision to train that stands on these grounds for the trigger asked.

    As it is if none stands. What a person asked for is no answer to whether a rule fired.
    """
    standing = [
        each
        for each in _standing_on(
            found.weekend, settings, snapshot=found.snapshot, champion=str(found.champion.version)
        )
        if (each.by == asked if asked else each.by != Trigger.MANUAL)
    ]
    if not standing:
        return found
    return replace(found, decision=_read(standing[-1]), taken_at=standing[-1].origin.made_at)


def _standing_on(
    weekend: RaceWeekend,
    settings: Settings,
    *,
    snapshot: Snapshot,
    champion: str,
) -> list[decision_log.Decision]:
    """The decisions to train after `weekend` on these grounds."""
    with connection.reading(settings.store_address) as store:
        made = decision_log.made(store, simulated=snapshot.simulated, kind=KIND, weekend=weekend)
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
    champion: Manifest,
    own_rounds: int,
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
        own_rounds=own_rounds,
        pre_season=str(weekend) == season.max(),
        unanswered=_unanswered(weekend, champion, settings),
    )


def _unanswered(
    weekend: RaceWeekend, champion: Manifest, settings: Settings
) -> tuple[Trigger, str] | None:
    """The last change of the world before `weekend` whose challenger was refused under this
    champion, and after which weekend; None where there is none, or a later challenger waits.
    """
    simulated, reigning = champion.simulated, champion.version
    with connection.reading(settings.store_address) as store:
        made = decision_log.made(store, simulated=simulated, kind=KIND)
        moves = promotion_log.decided(store, simulated=simulated)
        waiting = aliases.challenger(store, settings.models, simulated=simulated)
    out = {row.version for row in moves if row.action is Action.REFUSE and row.previous == reigning}
    refused = {
        each.trained_through: each.version
        for each in versions.listed(settings.models, simulated=simulated)
        if each.version in out
    }
    mine = [
        each
        for each in made
        if (each.champion, each.outcome) == (str(reigning), Outcome.RETRAIN)
        and each.by in retraining.OF_THE_WORLD
        and each.origin.weekend in refused
        and each.origin.weekend < weekend
    ]
    if not mine or (waiting is not None and waiting > refused[mine[-1].origin.weekend]):
        return None
    return Trigger(mine[-1].by), str(mine[-1].origin.weekend)


def _record(found: Decided, settings: Settings, now: datetime) -> None:
    """Keep the decision with every rule, under the policy that watched and the one that decided."""
    decision = found.decision
    rules = tuple(
        decision_log.Rule(
            rule.rule, rule.value, rule.threshold, rule.n, rule.fired,
            rule.low, rule.high, rule.p, rule.reason,
        )
        for rule in decision.rules
    )  # fmt: skip
    origin = Origin(
        weekend=found.weekend,
        snapshot=found.snapshot.sha256,
        policy_sha256=policies.sha256(settings),
        replay=found.replay,
        simulated=found.snapshot.simulated,
        made_at=now,
    )
    row = decision_log.Decision(
        origin, KIND, "", str(found.champion.version), decision.outcome,
        decision.trigger or "", decision.reason, settings.policy, rules,
    )  # fmt: skip
    with connection.connect(settings.store_address) as store:
        decision_log.record(store, row)
