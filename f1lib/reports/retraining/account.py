"""Account: what there is to tell of a training, done or not."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

    from f1lib.decisions.promotion.decision import PromotionDecision
    from f1lib.decisions.retraining import RetrainingDecision
    from f1lib.monitoring.findings import Finding
    from f1lib.registry.manifest import Manifest
    from f1lib.versions import ModelVersion
    from f1lib.weekend import RaceWeekend


FIRST = "first model"  # what is decided where there is no champion


class Came(StrEnum):
    """What came of it."""

    TRAINED = "trained"
    THERE = "there"  # this very version had been trained before
    WOULD = "would"  # a dry run: it would be trained
    NOTHING = "nothing"  # no training was called for


class Proof(StrEnum):
    """Where the scores of a version come from."""

    BACKTEST = "backtest"  # its rolling-origin backtest, done now or kept
    MANIFEST = "manifest"  # means without intervals: its backtest is not kept any more
    NONE = "none"  # nothing was trained


@dataclass(frozen=True, slots=True)
class Lesson:
    """A version, the one it follows (None: it is the first), and what it learns from."""

    version: "ModelVersion"
    parent: "ModelVersion | None"
    n_races: int
    trained_through: "RaceWeekend"

    @property
    def same_recipe(self) -> bool:
        """Whether it is a patch: the recipe of its parent on newer data."""
        of = self.parent
        return of is not None and (of.major, of.minor) == (self.version.major, self.version.minor)

    def __str__(self) -> str:
        return f"{'Challenger' if self.parent else 'First model'} {self.version}"


@dataclass(frozen=True, slots=True)
class Account:
    """A training after `weekend`, as a report tells of it.

    `champion` reigned before it (None: nobody); then `decision` says whether to train, taken
    earlier if `taken_at` says when. `data` is what was found about the data of the weekend.
    `lesson` is None where nothing is to be learnt. `archive` names the backup made before, empty
    where none was, of `archive_mb` megabytes. `verdict` is what the backtest says beside the frozen
    baselines, and without a champion decided; `reigns` whether the version is champion now.
    `scores` has a row per score: stage, cutoff, metric, value, low, high, n, baseline, its value,
    skill, skill_low, skill_high. `gains` has weekend and gain: winner log loss of the baseline
    minus that of the version, in nats.
    """

    weekend: "RaceWeekend"
    came: Came
    dry_run: bool
    champion: "Manifest | None"
    decision: "RetrainingDecision | None"
    taken_at: datetime | None
    data: "tuple[Finding, ...]"
    lesson: Lesson | None
    archive: str
    archive_mb: float
    verdict: "PromotionDecision | None"
    reigns: bool
    proof: Proof
    scores: "pd.DataFrame"
    gains: "pd.DataFrame"

    @property
    def decided(self) -> str:
        """What was decided, in a word or two; empty where it is not recorded."""
        if self.decision is not None:
            return self.decision.outcome.value
        return FIRST if self.champion is None and self.lesson is not None else ""
