"""Events: what happened, in sentences with the numbers. A function per occasion."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from f1lib.run_record import RunRecord
from f1lib.store.decision_log import Rule
from f1lib.store.promotion_log import Action, Promotion
from f1lib.weekend import RaceWeekend


@dataclass(frozen=True, slots=True)
class Scene:
    """Of which world something is told; `report` is the place in home where more is said."""

    simulated: bool
    replay: bool
    report: str = ""


@dataclass(frozen=True, slots=True)
class Event:
    """Something that is told once. `name` tells it from every other event of its scene's world.

    `rules` are the figures behind it, `command` what the reader may do about it.
    """

    scene: Scene
    name: str
    title: str
    sentences: tuple[str, ...]
    rules: tuple[Rule, ...] = ()
    command: str = ""

    @property
    def occasion(self) -> str:
        """What the outbox knows it by."""
        return occasion(self.name, simulated=self.scene.simulated)


def occasion(name: str, *, simulated: bool) -> str:
    """The name of an event, apart for each world.

    >>> occasion("summary 2025-W21", simulated=True)
    'simulated summary 2025-W21'
    """
    return f"simulated {name}" if simulated else name


def retraining_started(
    scene: Scene, weekend: RaceWeekend, trigger: str, champion: str, reason: str
) -> Event:
    """A challenger is being trained, because `reason`; without a `champion` the first model."""
    return Event(
        scene, f"retraining started {weekend} {trigger} {champion}",
        f"Retraining started after {weekend} ({trigger})",
        (
            f"A challenger of champion {champion} is being trained."
            if champion
            else "The first model is being trained.",
            reason,
        ),
    )  # fmt: skip


def retraining_finished(
    scene: Scene, challenger: str, champion: str, trained_through: RaceWeekend, n_races: int,
    rules: Sequence[Rule] = (),
) -> Event:  # fmt: skip
    """A challenger is trained and registered, or without a `champion` the first model.

    `rules` may hold its headline scores; whether the first one reigns is told by itself.
    """
    return Event(
        scene, f"retraining finished {challenger}",
        f"{'Challenger' if champion else 'First model'} {challenger} is trained",
        (
            f"It has learnt from {n_races} races, through {trained_through}.",
            f"Champion {champion} stays in use until a comparison decides."
            if champion
            else "Another mail says whether it is ahead of the frozen baselines and is champion.",
        ),
        tuple(rules),
    )  # fmt: skip


def retraining_failed(
    scene: Scene, weekend: RaceWeekend, trigger: str, champion: str, problem: str
) -> Event:
    """No model came of it. The same problem after the same weekend is told once."""
    return Event(
        scene, f"retraining failed {weekend} {trigger} {champion} {problem}",
        f"Retraining after {weekend} failed ({trigger})",
        (f"Champion {champion} stays in use." if champion else "No model is in use yet.", problem),
    )  # fmt: skip


def approval_wanted(
    scene: Scene, challenger: str, champion: str, reason: str, command: str,
    rules: Sequence[Rule] = (),
) -> Event:  # fmt: skip
    """The policy would promote `challenger`, and a person has to agree by `command`."""
    return Event(
        scene, f"approval wanted {challenger} {champion}",
        f"Challenger {challenger} waits for approval",
        (
            f"It met the policy against champion {champion}, which stays in use until somebody "
            "approves.",
            reason,
        ),
        tuple(rules),
        command,
    )  # fmt: skip


def champion_decided(scene: Scene, promotion: Promotion, rules: Sequence[Rule] = ()) -> Event:
    """The champion was moved, moved back, or a challenger was refused: a row of that log."""
    version, before = promotion.version, promotion.previous or "none"
    title, said = {
        Action.PROMOTE: (f"{version} is champion", f"It follows {before}."),
        Action.ROLL_BACK: (
            f"Rolled back to {version}", f"{version} is champion again, instead of {before}."
        ),
        Action.REFUSE: (f"Challenger {version} refused", f"Champion {before} stays in use."),
    }[promotion.action]  # fmt: skip
    return Event(
        scene, f"{promotion.action} {version} {_second(promotion.at)}",
        title,
        (said, promotion.reason, f"Decided by {promotion.by}, {promotion.at:%Y-%m-%d %H:%M} UTC."),
        tuple(rules),
    )  # fmt: skip


def run_failed(record: RunRecord) -> Event:
    """A notebook run did not produce what was asked of it, also where that is about a replay."""
    report = f"{record.folder}/report.html" if record.folder else ""
    minutes = "" if record.duration_s is None else f" after {record.duration_s:.0f} s"
    return Event(
        Scene(record.simulated, replay=False, report=report),
        f"run failed {record.run_id}",
        f"{record.notebook} for {record.weekend} failed: {record.status}",
        (record.problem or "It gave no reason.", f"Run {record.run_id} ended{minutes}."),
    )


def weekly_summary(
    scene: Scene, monday: datetime, champion: str, sentences: Sequence[str],
    rules: Sequence[Rule] = (),
) -> Event:  # fmt: skip
    """The week that began on `monday`: what was settled, found and decided."""
    year, week, _ = monday.isocalendar()
    return Event(
        scene, f"summary {year}-W{week:02d}",
        f"Week {week} of {year}: champion {champion or 'none'}",
        tuple(sentences),
        tuple(rules),
    )  # fmt: skip


def _second(at: datetime) -> str:
    return at.isoformat(timespec="seconds")
