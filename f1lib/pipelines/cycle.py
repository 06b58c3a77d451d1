"""The weekend cycle: everything that is to be done after a race, once, and up to the next one."""

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from f1lib.errors import (
    ConfigurationError,
    SourceError,
    TableContractError,
    UnderWayError,
    WorkbenchError,
)
from f1lib.pipelines import drift, ingest, notify, policies, situation
from f1lib.pipelines.catch_up import Say
from f1lib.pipelines.cycle_steps import STEPS, Came, Outcome, Step
from f1lib.pipelines.situation import Situation
from f1lib.run_record import RunStatus
from f1lib.runner import catalogue, lock, side_by_side, versions_used
from f1lib.runner.catalogue import NotebookEntry
from f1lib.settings import Settings
from f1lib.sources import shelf
from f1lib.store import connection, cycle_log, snapshot_log
from f1lib.store.decision_log import Decision
from f1lib.store.origin import Origin
from f1lib.tables.history import History, Snapshot
from f1lib.weekend import RaceWeekend

INGEST = "ingest"  # comes before the steps: it says on which data they are taken
CANCELLED = RunStatus.CANCELLED.exit_code
UNDER_WAY = UnderWayError.exit_code


@dataclass(frozen=True, slots=True)
class Taken:
    """One step as it stands; `earlier`: it was left as an earlier cycle had ended it."""

    step: cycle_log.Step
    earlier: bool


@dataclass(frozen=True, slots=True)
class Cycle:
    """What a cycle came to. `champion_before` reigned when it was begun; empty: nobody did.

    `coming` is None where no schedule names a weekend after `weekend`; `decision` is about a
    training, None where there was nothing to decide on.
    """

    weekend: RaceWeekend
    coming: RaceWeekend | None
    snapshot: Snapshot
    replay: bool
    champion_before: str
    champion: str
    decision: Decision | None
    steps: tuple[Taken, ...]

    @property
    def is_news(self) -> bool:
        """Whether anything was done, ingest aside."""
        return any(not each.earlier for each in self.steps if each.step.step != INGEST)

    @property
    def exit_code(self) -> int:
        """That of the worst step: the highest, but for that of a skipped one."""
        codes = {each.step.exit_code for each in self.steps} - {0}
        return max(codes - {UNDER_WAY}, default=max(codes, default=0))


def cycle(
    weekend: str,
    settings: Settings,
    *,
    now: datetime,
    clock: datetime,
    patience_s: float = 0.0,
    steps: Sequence[Step] = STEPS,
    say: Say,
) -> Cycle | None:
    """Take every step after `weekend` that was not taken yet, and remember what each came to.

    None where no race has a result yet: a cycle follows a race.

    `weekend` is as a person writes it: what is latest is only known once the data is in. A step
    that is done on the same data under the same policy is left as it is, so that a cycle which
    was killed anywhere is finished by the next one; a step that failed is tried again. A failure
    ends none but the steps that need its result. Raises UnderWayError when another cycle goes on
    for longer than `patience_s` (`clock` is the real time, for whoever comes second), SourceError
    when there is no data at all, ConfigurationError when `weekend` has no result.
    """
    with lock.alone(
        settings.home / ".cycle.lock",
        "A cycle is under way",
        by=f"process {os.getpid()} since {clock:%Y-%m-%d %H:%M:%S} UTC",
        or_else=", or wait for it with --wait SECONDS",
        patience_s=patience_s,
        told=lambda holder: say(f"Waiting for the cycle of {holder}."),
    ):
        say("Looking for new data.")
        came = _taken_in(settings, now)
        history = ingest.known(settings)
        if not history.completed():
            return None
        at = _situation(weekend, history, settings, now, say)
        taken = [_kept(INGEST, came, at), *_taken(steps, at)]
        notify.deliver_now(settings, now=now)
        first = _standing(at)[INGEST]  # also of a cycle that was cut off
        return Cycle(
            weekend=at.weekend,
            coming=at.coming,
            snapshot=history.snapshot,
            replay=first.origin.replay,
            champion_before=first.model_version,
            champion=_reigning(at),
            decision=situation.decision(at),
            steps=tuple(taken),
        )


def _taken_in(settings: Settings, now: datetime) -> Came:
    """Import what is new; where that fails, the last good snapshot stays in use."""
    in_use = shelf.current(settings.snapshots)
    if in_use is not None and in_use.simulated:
        return Came(Outcome.NOTHING, "The simulated world is taken in by hand: `f1lib data pull`.")
    try:
        done = ingest.pull(settings, now=now)
    except (SourceError, TableContractError, UnderWayError) as exc:
        if in_use is None:
            raise
        said = f"{exc} Gone on with snapshot {in_use.sha256[:12]}."
        return Came(Outcome.DEGRADED, said, exc.exit_code)
    said = f"Snapshot {done.snapshot.sha256[:12]}, {done.snapshot.description}."
    return Came(Outcome.DONE, " ".join((said, *done.findings)))


def _situation(
    text: str, history: History, settings: Settings, now: datetime, say: Say
) -> Situation:
    weekend = history.weekend(text)
    if weekend not in history.completed():
        raise ConfigurationError(
            f"{weekend} has no race result yet, and a cycle follows a race. Name a weekend that "
            "has been raced, or `latest`.",
            weekend=str(weekend),
        )
    later = [name for name in history["races"]["weekend"] if name > str(weekend)]
    coming = RaceWeekend.parse(min(later)) if later else None
    return Situation(weekend, coming, history, settings, now, say)


def _taken(steps: Sequence[Step], at: Situation) -> Iterator[Taken]:
    """Every step in order, each recorded as it ends; none after a cancelled one.

    Notebooks that wait for none of each other run side by side.
    """
    standing = _standing(at)
    ended: dict[str, Outcome] = {}
    at_once = side_by_side.capacity(at.settings.workers)
    for group in _groups(steps, catalogue.read(at.settings)):
        before = {each.name: standing[each.name] for each in group if each.name in standing}
        stand = {each.name for each in group if _stands(before.get(each.name), each, at)}
        due = [partial(_came, each, ended, at) for each in group if each.name not in stand]
        with closing(side_by_side.done(due, at_once=at_once)) as coming:
            for step in group:
                if step.name in stand:
                    ended[step.name] = Outcome(before[step.name].outcome)
                    yield Taken(before[step.name], earlier=True)
                    continue
                came = next(coming)
                ended[step.name] = came.outcome
                yield _kept(step.name, came, at)
                if came.exit_code == CANCELLED:
                    return


def _groups(steps: Sequence[Step], notebooks: Mapping[str, NotebookEntry]) -> list[list[Step]]:
    """The steps in order, with those together that may be taken at the same time: notebooks that
    follow each other and wait for no other of their group."""
    groups: list[list[Step]] = []
    for step in steps:
        entry, last = notebooks.get(step.name), groups[-1] if groups else []
        waits = {*step.needs, *(entry.after if entry else ())} & {each.name for each in last}
        if entry and last and last[0].name in notebooks and not waits:
            last.append(step)
        else:
            groups.append([step])
    return groups


def _stands(before: cycle_log.Step | None, step: Step, at: Situation) -> bool:
    return (
        before is not None
        and Outcome(before.outcome).is_final
        and (not step.by_champion or before.model_version == _reigning(at))
    )


def _came(step: Step, ended: dict[str, Outcome], at: Situation) -> Came:
    """Take a step; an error that has a name is what it came to."""
    lacking = [name for name in step.needs if name in ended and not ended[name].is_final]
    if lacking:
        return Came(Outcome.SKIPPED, f"It needs {lacking[0]}, which was {ended[lacking[0]]}.")
    at.say(f"{step.name} after {at.weekend}.")
    try:
        return step.do(at)
    except WorkbenchError as exc:
        return Came(Outcome.FAILED, str(exc), exc.exit_code)


def _kept(name: str, came: Came, at: Situation) -> Taken:
    """The step as it is written down."""
    step = cycle_log.Step(
        origin=_origin(at),
        step=name,
        outcome=came.outcome,
        detail=came.detail,
        exit_code=came.exit_code,
        run_id=came.run_id,
        model_version=_reigning(at),
        code_version=versions_used.code_version(),
    )
    with connection.connect(at.settings.store_address) as store:
        snapshot_log.record(store, at.history.snapshot, now=at.now)
        cycle_log.record(store, step)
    return Taken(step, earlier=False)


def _standing(at: Situation) -> dict[str, cycle_log.Step]:
    """What each step came to last; of ingest what it came to first."""
    with connection.reading(at.settings.store_address) as store:
        taken = cycle_log.taken(store, _origin(at))
    first = [each for each in taken if each.step == INGEST][:1]
    return {each.step: each for each in [*taken, *first]}


def _origin(at: Situation) -> Origin:
    return Origin(
        weekend=at.weekend,
        snapshot=at.history.snapshot.sha256,
        policy_sha256=policies.sha256(at.settings),
        replay=drift.is_replay(at.history, at.weekend, at.settings),
        simulated=at.simulated,
        made_at=at.now,
    )


def _reigning(at: Situation) -> str:
    holder = situation.champion(at)
    return "" if holder is None else str(holder.version)
