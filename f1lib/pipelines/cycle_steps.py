"""The steps of the weekend cycle, in order: what each does, and what it says came of it.

A step asks the store what is to be done and calls a verb, or runs the notebook whose computing cell
calls it. What it says is made from what stands in the store afterwards, so that a step that was cut
off says the same when it is done again.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from f1lib.decisions.retraining import TRAINS
from f1lib.evaluation.levels import HEADLINE_CUTOFF
from f1lib.pipelines import (
    catch_up,
    decide,
    monitor_range,
    policies,
    predict,
    promote,
    report,
    retrain,
    settle,
    situation,
)
from f1lib.pipelines.situation import Situation
from f1lib.registry.manifest import Manifest
from f1lib.run_record import RunRecord, RunStatus
from f1lib.store import connection, cycle_log, score_log
from f1lib.weekend import RaceWeekend, Stage


class Outcome(StrEnum):
    """What a step came to."""

    DONE = "done"
    NOTHING = "nothing to do"
    DEGRADED = "degraded"  # it could not be done, and the cycle went on with what there was
    SKIPPED = "skipped"  # a step that it needs failed, or somebody else is at it
    FAILED = "failed"

    @property
    def is_final(self) -> bool:
        """Whether the next cycle on the same grounds leaves the step as it is."""
        return self in {Outcome.DONE, Outcome.NOTHING}


@dataclass(frozen=True, slots=True)
class Came:
    """What a step came to, in a sentence; `run_id` is that of its notebook."""

    outcome: Outcome
    detail: str
    exit_code: int = 0
    run_id: str = ""


@dataclass(frozen=True, slots=True)
class Step:
    """One step. It is skipped if a step that it `needs` was not done.

    With `by_champion` it is done again once another champion reigns.
    """

    name: str
    do: Callable[[Situation], Came]
    needs: tuple[str, ...] = ()
    by_champion: bool = False


def settled(at: Situation) -> Came:
    """Settle the weekend and the rounds before it that the champion has not learnt from.

    A round that it has not forecast in time is replayed, and said to be.
    """
    holder = situation.champion(at)
    since = [] if holder is None else situation.since(holder, at)
    if since:
        catch_up.catch_up(since[0], at.weekend, at.settings, now=at.now, say=at.say)
    done = settle.settle(at.weekend, at.settings, now=at.now)
    revisions = ", ".join(f"{stage} {n}" for stage, n in done.revisions.items())
    said = [f"{at.weekend} is settled (revision: {revisions}).", *done.refused]
    if holder is None or not since:
        return Came(Outcome.DONE, " ".join(said))
    scores = situation.scores(holder, at).drop_duplicates(["weekend", "replay"])
    in_time = set(scores.loc[~scores["replay"], "weekend"])
    late = [each for each in since if str(each) not in in_time]
    if late:
        said.append(
            f"Champion {holder.version} had not forecast {len(late)} of the {len(since)} rounds "
            f"since its training in time; they are replayed, and labelled so: {_span(late)}."
        )
    return Came(Outcome.DONE, " ".join(said))


def monitored(at: Situation) -> Came:
    """Monitor the rounds that no cycle followed, in order."""
    holder = situation.champion(at)
    policy = policies.sha256(at.settings)
    with connection.reading(at.settings.store_address) as store:
        before = cycle_log.weekends(
            store, "monitoring_analysis", Outcome.DONE, policy_sha256=policy, simulated=at.simulated
        )
    last = max((each for each in before if each < at.weekend), default=RaceWeekend(0, 1))
    missed = [] if holder is None else situation.since(holder, at)
    missed = [each for each in missed if last < each < at.weekend]
    if not missed:
        return Came(Outcome.NOTHING, "No round was missed.")
    done = monitor_range.monitor_range(missed[0], missed[-1], at.settings, now=at.now, say=at.say)
    n = len(done.alerts)
    return Came(
        Outcome.DONE,
        f"{len(done.findings)} rounds that no cycle followed: {_span(missed)}, "
        f"with {n or 'no'} alert{'' if n == 1 else 's'}.",
    )


def analysed(at: Situation) -> Came:
    """Run monitoring_analysis."""
    return _of_judged("monitoring_analysis", at)


def inspected(at: Situation) -> Came:
    """Run drift_inspection."""
    return _of_judged("drift_inspection", at)


def decided(at: Situation) -> Came:
    """Decide whether to train, and write it down."""
    if said := situation.not_judged(at):
        return Came(Outcome.NOTHING, said)
    found = decide.decide(at.weekend, at.settings, now=at.now, dry_run=False)
    return Came(Outcome.DONE, str(found.decision))


def retrained(at: Situation) -> Came:
    """Run retraining, which trains a challenger if that is decided, or the first champion.

    The first waits until there are races enough to train and to test it.
    """
    holder, taken, mine = situation.champion(at), situation.decision(at), situation.trained_now(at)
    if holder is None and (said := retrain.too_few(at.history, at.weekend)):
        return Came(Outcome.NOTHING, said)
    called_for = holder is None or (taken is not None and taken.outcome in TRAINS)
    is_first = mine is not None and mine.parent is None  # trained a moment ago
    if not called_for and not is_first:
        said = f"{taken.outcome}: {taken.reason}" if taken else "There was nothing to decide on."
        return Came(Outcome.NOTHING, said)
    came = _reported("retraining", at, speaker=mine or holder)
    mine = situation.trained_now(at)
    if came.outcome is not Outcome.DONE:
        return came
    if mine is None:
        return Came(Outcome.NOTHING, came.detail, run_id=came.run_id)
    what = "Challenger" if mine.parent else "First model"
    said = (
        f"{what} {mine.version} has learnt from {mine.n_races} races, through "
        f"{mine.trained_through}."
    )
    said = f"{said} {taken.reason}" if taken else said
    return Came(Outcome.DONE, said, run_id=came.run_id)


def compared(at: Situation) -> Came:
    """Run deployment_comparison, which promotes, if there is a challenger to judge.

    One that was judged in an earlier cycle is not judged again against the same champion.
    """
    mine = situation.challenger(at)
    if mine is None:
        return Came(Outcome.NOTHING, "There is no challenger.")
    before = situation.judged(mine, at)
    if before is not None and before.origin.snapshot != at.history.snapshot.sha256:
        said = (
            f"{mine.version} was compared with {before.champion} before, after "
            f"{before.origin.weekend}: {before.outcome}."
        )
        return Came(Outcome.NOTHING, said)
    came = _reported("deployment_comparison", at, speaker=mine, challenger=str(mine.version))
    after = situation.judged(mine, at)
    if came.outcome is not Outcome.DONE or after is None:
        return came
    said = f"{mine.version} against {after.champion}: {after.outcome}."
    if after.outcome == promote.Outcome.REFUSED:
        said += f" Not passed: {', '.join(rule.rule for rule in after.rules if not rule.fired)}."
    return Came(came.outcome, said, came.exit_code, came.run_id)


def predicted(at: Situation) -> Came:
    """Forecast the coming weekend."""
    coming = _coming(at)
    if isinstance(coming, Came):
        return coming
    made = predict.predict([coming], at.settings, now=at.now)
    mine = [each for each in made if each.model_version]
    cutoffs = ", ".join(dict.fromkeys(each.cutoff.value for each in mine))
    replay = ", as a replay" if all(each.replay for each in mine) else ""
    said = f"{coming} by champion {mine[0].model_version}, {cutoffs}{replay}."
    return Came(Outcome.DONE, said)


def previewed(at: Situation) -> Came:
    """Run race_preview for the coming weekend."""
    coming = _coming(at)
    return coming if isinstance(coming, Came) else _reported("race_preview", at, coming)


def told(at: Situation) -> Came:
    """Run season_history, once there is a history to tell."""
    with connection.reading(at.settings.store_address) as store:
        scores = score_log.current(
            store, simulated=at.simulated, stage=Stage.RACE, cutoff=HEADLINE_CUTOFF[Stage.RACE],
            last=at.weekend,
        )  # fmt: skip
    if situation.champion(at) is None or not (scores["model_version"] != "").any():
        return Came(Outcome.NOTHING, "No forecast of a champion is settled yet.")
    return _reported("season_history", at)


STEPS = (
    Step("settle", settled),
    Step("monitor", monitored, needs=("settle",)),
    Step("monitoring_analysis", analysed, needs=("settle",)),
    Step("drift_inspection", inspected, needs=("settle",)),
    Step("decide", decided, needs=("settle",)),
    Step("retraining", retrained, needs=("decide",)),
    Step("deployment_comparison", compared),
    Step("predict", predicted, by_champion=True),
    Step("race_preview", previewed, needs=("predict",), by_champion=True),
    Step("season_history", told, needs=("settle",)),
)


def _of_judged(notebook: str, at: Situation) -> Came:
    """Run a notebook that judges the champion, where it can be judged."""
    if said := situation.not_judged(at):
        return Came(Outcome.NOTHING, said)
    return _reported(notebook, at)


def _coming(at: Situation) -> RaceWeekend | Came:
    """The weekend to forecast, or why there is none."""
    if at.coming is None:
        said = f"No schedule names a weekend after {at.weekend} yet."
        return Came(Outcome.NOTHING, said)
    holder = situation.champion(at)
    if holder is None:
        return Came(Outcome.NOTHING, f"There is no champion yet who could forecast {at.coming}.")
    if holder.has_learnt_from(at.coming, at.history):
        said = f"Champion {holder.version} has learnt from {at.coming}."
        return Came(Outcome.NOTHING, said)
    return at.coming


def _reported(
    notebook: str,
    at: Situation,
    weekend: RaceWeekend | None = None,
    *,
    speaker: Manifest | None = None,
    **parameters: str,
) -> Came:
    """Run a notebook under `weekend` (None: that of the cycle), unless its report is there.

    Its report is about `speaker` (None: the champion).
    """
    about = speaker or situation.champion(at)
    record = report.report(
        notebook, weekend or at.weekend, parameters, at.settings, now=at.now,
        made_from={
            "snapshot_sha256": at.history.snapshot.sha256,
            "model_version": "" if about is None else str(about.version),
        },
    )  # fmt: skip
    return _ended(record)


def _ended(record: RunRecord) -> Came:
    """What a run came to."""
    if record.status.succeeded:
        return Came(Outcome.DONE, record.headline, run_id=record.run_id)
    skipped = record.status is RunStatus.SKIPPED
    return Came(
        Outcome.SKIPPED if skipped else Outcome.FAILED,
        record.problem if skipped else f"{record.status}: {record.problem}",
        record.status.exit_code,
        record.run_id if record.folder else "",
    )


def _span(weekends: list[RaceWeekend]) -> str:
    first, last = weekends[0], weekends[-1]
    return str(first) if first == last else f"{first} to {last}"
