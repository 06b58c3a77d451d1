"""Promote a challenger, if the policy says so: compare, decide, write down, move the champion."""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from sqlalchemy import Connection

from f1lib import run_record
from f1lib.decisions import trigger as triggers
from f1lib.decisions.promotion import power
from f1lib.decisions.promotion.decision import Case, PromotionDecision
from f1lib.decisions.promotion.policy import Mode
from f1lib.decisions.promotion.power import Planted
from f1lib.decisions.trigger import Trigger
from f1lib.errors import ConfigurationError, RegistryError
from f1lib.models.two_stage import TwoStage
from f1lib.notify import events
from f1lib.pipelines import approvals, compare, notify, site
from f1lib.pipelines.backtest import Progress
from f1lib.pipelines.compare import SideBySide
from f1lib.pipelines.ingest import facts_of
from f1lib.registry import aliases
from f1lib.settings import Settings
from f1lib.store import connection, decision_log, promotion_log, snapshot_log
from f1lib.store.decision_log import Decision, Rule
from f1lib.store.origin import Origin
from f1lib.versions import ModelVersion

KIND = approvals.KIND


class Outcome(StrEnum):
    """What came of it."""

    PROMOTED = run_record.PROMOTED
    APPROVED = "approved"  # promoted, by a named person
    WAITS = approvals.WAITS  # every rule passed; a person has to approve
    REFUSED = "refused"
    REIGNS = "reigns"  # it is champion already
    NOBODY = "nobody"  # nobody challenges the champion


@dataclass(frozen=True, slots=True)
class Promotion:
    """A comparison and what came of it; nothing was changed where `dry_run`."""

    compared: SideBySide
    outcome: Outcome
    dry_run: bool
    trouble: str = ""  # that the list of reports could not be written

    @property
    def decided(self) -> str:
        """What was decided, in a word; told again of a champion, as it was told then."""
        promoted = {Outcome.PROMOTED, Outcome.APPROVED, Outcome.REIGNS}
        return (Outcome.PROMOTED if self.outcome in promoted else self.outcome).value

    @property
    def approve(self) -> str:
        """The command by which a person approves what waits; empty where nothing does."""
        if self.outcome is not Outcome.WAITS:
            return ""
        return approvals.command(self.compared.challenger.version)

    def __str__(self) -> str:
        version, champion = self.compared.challenger.version, self.compared.champion.version
        would = "would be" if self.dry_run else "is"
        return {
            Outcome.PROMOTED: f"{version} {would} champion in place of {champion}.",
            Outcome.APPROVED: f"{version} {would} champion in place of {champion}, as approved.",
            Outcome.WAITS: f"{version} passed every rule and waits for a person: {self.approve}",
            Outcome.REFUSED: f"{version} {would} refused; {champion} stays champion.",
            Outcome.REIGNS: f"{version} is champion in place of {champion}.",  # as it was told then
            Outcome.NOBODY: self.compared.decision.reason,
        }[self.outcome]


def promote(
    version: ModelVersion | None,
    settings: Settings,
    *,
    now: datetime,
    asked: Trigger | None = None,
    approve: bool = False,
    by: str = "",
    dry_run: bool = False,
    workers: int | None = None,
    progress: Progress | None = None,
) -> Promotion:
    """Compare `version` (None: the newest undecided challenger) and do what the policy says.

    Without a challenger nothing is judged, above all not the last one again. `asked` is the
    trigger that it was trained for. With `approve` the person `by` lets pass what the policy holds
    back for review, or what was trained in shadow; nobody lets pass what a rule refuses. Decision,
    promotion and mail are written in one step. Done twice it is done once.
    """
    if approve and not by.strip():
        raise ConfigurationError("An approval has a name. Say who approves with --by NAME.")
    chosen = version or compare.undecided(settings)
    if chosen is None:
        return Promotion(compare.nobody(settings, now=now), Outcome.NOBODY, dry_run)
    compared = compare.compare(
        chosen, settings, now=now, asked=asked, workers=workers, progress=progress
    )
    done = Promotion(compared, _outcome(compared, settings, approve=approve), dry_run)
    if not dry_run and done.outcome is not Outcome.REIGNS:
        with connection.connect(settings.store_address) as store:
            _record(store, done, settings, by=by.strip(), now=now)
        notify.deliver_now(settings, now=now)
        return replace(done, trouble=site.refresh(settings))
    return done


def told(version: str, trigger: str) -> tuple[ModelVersion | None, Trigger | None]:
    """Version and trigger as they are written; None where nothing is. Raises ConfigurationError."""
    return ModelVersion.parse(version) if version else None, triggers.named(trigger)


def planted(compared: SideBySide) -> tuple[Planted, ...]:
    """How often the policy promotes planted challengers that are judged as this one is, over as
    many races; and, where this is no recipe, recipes beside them."""
    policy = compared.policy
    case, n_races = _judged(compared)
    asked = triggers.of_a_rule(compared.asked)
    mine = power.rates(policy, case, n_races=n_races, asked=asked)
    if case is Case.RECIPE:
        return mine
    return (*mine, *power.rates(policy, Case.RECIPE, n_races=policy.races, asked=asked))


def at_other_spreads(compared: SideBySide) -> tuple[Planted, ...]:
    """Those judged as this one is, where races differ less or more, or as much as these."""
    case, n_races = _judged(compared)
    return power.at_other_spreads(
        compared.policy, case, n_races=n_races, asked=triggers.of_a_rule(compared.asked),
        observed=compared.decision.spread,
    )  # fmt: skip


def _judged(compared: SideBySide) -> tuple[Case, int]:
    """By which rules and over how many races planted challengers are judged: a recipe over those
    the policy asks for, as is done where there is nothing to compare."""
    decision = compared.decision
    if decision.case.as_deployed and decision.n_races:
        return decision.case, decision.n_races
    return Case.RECIPE, compared.policy.races


def provenance(done: Promotion) -> dict[str, object]:
    """What the comparison was made from, for a report."""
    compared = done.compared
    return {
        **facts_of(compared.snapshot),
        "replay": compared.replay,
        "champion": str(compared.champion.version),
        "model_version": str(compared.challenger.version),
        "trained_through": str(compared.challenger.trained_through),
        "trained_for": compared.asked or "not recorded",
        "rounds": f"{compared.rounds[0]} to {compared.rounds[-1]}" if compared.rounds else "none",
        "policy": compared.policy_name,
        "policy_sha256": compared.policy_sha256,
    }


def _outcome(compared: SideBySide, settings: Settings, *, approve: bool) -> Outcome:
    with connection.reading(settings.store_address) as store:
        reigning = aliases.champion(store, simulated=compared.snapshot.simulated)
    if reigning == compared.challenger.version:
        return Outcome.REIGNS
    if not compared.decision.promoted:
        return Outcome.REFUSED
    if approve:
        return Outcome.APPROVED
    waits = compared.policy.mode is Mode.REVIEW or compared.decision.held
    return Outcome.WAITS if waits else Outcome.PROMOTED


def _record(
    store: Connection, done: Promotion, settings: Settings, *, by: str, now: datetime
) -> None:
    """Write down the decision, do what it says, and put into the outbox what came of it."""
    compared, outcome = done.compared, done.outcome
    snapshot_log.record(store, compared.snapshot, now=now)
    decision = _decision(compared, outcome, by, _origin(compared, now))
    new = decision_log.record(store, decision)
    if not new and outcome is Outcome.REFUSED:
        return
    _carry_out(store, compared, outcome, settings, by=by, now=now)
    scene = notify.scene(settings, simulated=compared.snapshot.simulated, replay=compared.replay)
    if outcome is Outcome.WAITS:
        told = events.approval_wanted(
            scene, decision.model_version, decision.champion, decision.reason, done.approve,
            decision.rules,
        )  # fmt: skip
    else:
        row = promotion_log.decided(store, simulated=compared.snapshot.simulated)[-1]
        told = events.champion_decided(scene, row, decision.rules)
    notify.queue(store, [told], settings, now=now)


def _carry_out(
    store: Connection,
    compared: SideBySide,
    outcome: Outcome,
    settings: Settings,
    *,
    by: str,
    now: datetime,
) -> None:
    """Move the champion, or write down the refusal. Raises RegistryError if it moved meanwhile."""
    version, simulated = compared.challenger.version, compared.snapshot.simulated
    reigning = aliases.champion(store, simulated=simulated)
    if reigning != compared.champion.version:
        raise RegistryError(
            f"{version} was compared with {compared.champion.version}, but {reigning} became "
            f"champion meanwhile. Compare again: `f1lib promote {version}`.",
            version=str(version),
        )
    name, reason = by or compared.policy_name, compared.decision.reason
    if outcome in {Outcome.PROMOTED, Outcome.APPROVED}:
        aliases.promote(
            store, settings.models, version,
            opened=TwoStage.from_state, by=name, reason=reason, now=now, simulated=simulated,
        )  # fmt: skip
    elif outcome is Outcome.REFUSED:
        aliases.refuse(
            store, settings.models, version, by=name, reason=reason, now=now, simulated=simulated
        )


def _origin(compared: SideBySide, now: datetime) -> Origin:
    return Origin(
        weekend=compared.challenger.trained_through,
        snapshot=compared.snapshot.sha256,
        policy_sha256=compared.policy_sha256,
        replay=compared.replay,
        simulated=compared.snapshot.simulated,
        made_at=now,
    )


def _decision(compared: SideBySide, outcome: Outcome, by: str, origin: Origin) -> Decision:
    """As the store keeps it."""
    return Decision(
        origin=origin,
        kind=KIND,
        model_version=str(compared.challenger.version),
        champion=str(compared.champion.version),
        outcome=outcome.value,
        by=by or compared.policy.mode.value,
        reason=compared.decision.reason,
        policy=compared.policy_name,
        rules=kept_rules(compared.decision),
    )


def kept_rules(decision: PromotionDecision) -> tuple[Rule, ...]:
    """The rules of a decision as the store keeps them; a rule `fired` when it passed."""
    return tuple(
        Rule(
            rule=each.rule, value=each.value, threshold=each.threshold, n=each.n,
            fired=each.passed, low=each.low, high=each.high, p=each.p, reason=each.reason,
        )
        for each in decision.rules
    )  # fmt: skip
