"""Decide whether to retrain after a weekend, from what is found now. Changes nothing by itself."""

from dataclasses import dataclass
from datetime import datetime

from f1lib.decisions import retraining
from f1lib.decisions.retraining import RetrainingDecision, RetrainingPolicy, Standing
from f1lib.decisions.trigger import Trigger
from f1lib.pipelines import ingest, policies
from f1lib.pipelines import monitor as monitors
from f1lib.pipelines.monitor import Monitoring
from f1lib.registry import versions
from f1lib.settings import Settings
from f1lib.store import connection, decision_log
from f1lib.store.origin import Origin
from f1lib.tables.history import History
from f1lib.weekend import RaceWeekend


@dataclass(frozen=True, slots=True)
class Decided:
    """The decision after `weekend`, and the review of the champion it rests on."""

    weekend: RaceWeekend
    review: Monitoring
    policy: RetrainingPolicy
    standing: Standing
    decision: RetrainingDecision

    @property
    def exit_code(self) -> int:
        """20 when something would set off a training, else 0."""
        return TRIGGERED if self.decision.trains else 0


TRIGGERED = 20


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

    Raises InsufficientHistoryError when the weekend is not settled.
    """
    history = ingest.known(settings)
    review = monitors.monitor(weekend, settings, now=now, dry_run=dry_run)
    policy = policies.retraining_policy(settings)
    standing = _standing(weekend, history, settings, now)
    decision = retraining.decided(review.findings, standing, policy, asked=asked, force=force)
    found = Decided(weekend, review, policy, standing, decision)
    if not dry_run:
        _record(found, settings, now)
    return found


def _standing(
    weekend: RaceWeekend, history: History, settings: Settings, now: datetime
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
        pre_season=str(weekend) == season.max(),
    )


def _record(found: Decided, settings: Settings, now: datetime) -> None:
    """Keep the decision with every rule, under the policy that watched and the one that decided."""
    decision, review = found.decision, found.review
    origin = Origin(
        weekend=found.weekend,
        snapshot=review.snapshot.sha256,
        policy_sha256=policies.sha256(settings),
        replay=review.replay,
        simulated=review.snapshot.simulated,
        made_at=now,
    )
    rules = tuple(
        decision_log.Rule(
            rule.rule, rule.value, rule.threshold, rule.n, rule.fired,
            rule.low, rule.high, rule.p, rule.reason,
        )
        for rule in decision.rules
    )  # fmt: skip
    row = decision_log.Decision(
        origin, "retraining", "", str(review.champion.version), decision.outcome,
        decision.trigger or "", decision.reason, review.policy.name, rules,
    )  # fmt: skip
    with connection.connect(settings.store_address) as store:
        decision_log.record(store, row)
