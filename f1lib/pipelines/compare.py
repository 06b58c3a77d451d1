"""Compare a challenger with the champion, race by race, and say what the policy makes of it.

Changes nothing but the pieces of backtests that it keeps.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import pandas as pd

from f1lib.decisions.promotion import evidence, rule
from f1lib.decisions.promotion.decision import Case, PromotionDecision
from f1lib.decisions.promotion.evidence import CHALLENGER, CHAMPION
from f1lib.decisions.promotion.policy import PromotionPolicy
from f1lib.decisions.trigger import Trigger
from f1lib.errors import RegistryError
from f1lib.evaluation import backtest, comparison, plausibility, probabilities
from f1lib.evaluation.backtest import Backtest
from f1lib.evaluation.levels import HEADLINE_CUTOFF
from f1lib.evaluation.origins import origins
from f1lib.models import candidates
from f1lib.models.contract import MINIMUM_RACES, Training
from f1lib.models.two_stage import Recipe, TwoStage
from f1lib.pipelines import backtest as backtesting
from f1lib.pipelines import ingest, policies
from f1lib.pipelines.backtest import Progress
from f1lib.registry import aliases, artifacts
from f1lib.registry.manifest import Manifest
from f1lib.scoring import calibration
from f1lib.scoring.calibration import Slope
from f1lib.settings import Settings
from f1lib.store import connection
from f1lib.tables.history import History, Snapshot
from f1lib.versions import ModelVersion
from f1lib.weekend import Cutoff, RaceWeekend, Stage

CUTOFFS = tuple(HEADLINE_CUTOFF.values())


@dataclass(frozen=True, slots=True)
class SideBySide:
    """Two versions on the same `rounds`, and what the policy says.

    `scores` and `probabilities` are the long frames of evaluation.backtest with the models
    champion, challenger and the frozen baselines; `table` is comparison.table of challenger
    against champion; `slopes` are the calibration of champion and challenger before the race, the
    challenger's over up to `policy.calibration_races`.
    """

    champion: Manifest
    challenger: Manifest
    snapshot: Snapshot
    rounds: tuple[RaceWeekend, ...]
    scores: pd.DataFrame
    probabilities: pd.DataFrame
    table: pd.DataFrame
    slopes: tuple[Slope, Slope]
    policy: PromotionPolicy
    policy_name: str
    policy_sha256: str
    decision: PromotionDecision


def compare(
    version: ModelVersion | None,
    settings: Settings,
    *,
    now: datetime,
    asked: Trigger | None = None,
    workers: int | None = None,
    progress: Progress | None = None,
) -> SideBySide:
    """Compare `version` (None: the newest that nobody has decided about) with the champion.

    Recipes that differ are both refit before each of the last rounds the challenger has seen. Of
    the same recipe the champion as it is meets the recipe refit before each race that it has not
    seen. If `version` reigns already, it is compared with the champion before it. `asked` is the
    trigger it was trained for. Raises RegistryError when there is nobody to compare.
    """
    del now  # what is compared ends with the last race that the challenger has seen
    history = ingest.known(settings)
    holder, challenger = _pair(version, settings, simulated=history.snapshot.simulated)
    reigning, mine = (_opened(settings, each) for each in (holder, challenger))
    policy = policies.promotion_policy(settings)
    case = Case.PATCH if reigning.recipe == mine.recipe else Case.RECIPE
    seen = [each for each in history.completed() if each <= challenger.trained_through]
    testable = seen[MINIMUM_RACES:]
    rounds = tuple(testable[-policy.races :])
    if case is Case.PATCH:
        rounds = tuple(
            each for each in testable if str(history.race(each)["date"]) > holder.last_date
        )
    every = tuple(dict.fromkeys([*testable[-policy.calibration_races :], *rounds]))
    done = _refit(mine.recipe, sorted(every), history, settings, workers, progress)
    if case is Case.PATCH:
        before = _frozen(reigning, rounds, history)
    else:
        before = _refit(reigning.recipe, rounds, history, settings, workers, progress)
    frozen = _baselines(mine.recipe, rounds, history, settings, workers, progress)
    both = _named(before, done, frozen, rounds)
    decision = rule.decided(
        evidence.of_scores(both.scores),
        policy,
        case,
        asked=asked,
        slope=_slope(done),
        leaks=() if history.snapshot.simulated else plausibility.suspicions(done.scores),
    )
    of = {name: both.scores[both.scores["model"] == name] for name in (CHALLENGER, CHAMPION)}
    return SideBySide(
        champion=holder,
        challenger=challenger,
        snapshot=history.snapshot,
        rounds=rounds,
        scores=both.scores,
        probabilities=both.probabilities,
        table=comparison.table(of[CHALLENGER], of[CHAMPION], names=(CHALLENGER, CHAMPION)),
        slopes=(_slope(before), _slope(done)),
        policy=policy,
        policy_name=settings.policy,
        policy_sha256=policies.sha256(settings),
        decision=decision,
    )


def _pair(
    version: ModelVersion | None, settings: Settings, *, simulated: bool
) -> tuple[Manifest, Manifest]:
    """The manifests of champion and challenger."""
    with connection.reading(settings.store_address) as store:
        champion = aliases.champion(store, simulated=simulated)
        former = aliases.previous(store, simulated=simulated)
        newest = aliases.challenger(store, settings.models, simulated=simulated)
    chosen = version or newest
    if champion is None:
        raise RegistryError(
            "There is no champion to compare with. `f1lib retrain` trains and promotes the first."
        )
    if chosen is None:
        raise RegistryError(
            f"There is no challenger of champion {champion}. Train one with `f1lib retrain`, or "
            "name a version; `f1lib models list` shows those there are."
        )
    against = former if chosen == champion else champion
    if against is None:
        raise RegistryError(
            f"Version {chosen} is champion, and there was none before it to compare it with."
        )
    manifests = [artifacts.read_manifest(settings.models, each) for each in (against, chosen)]
    foreign = [each for each in manifests if each.simulated != simulated]
    if foreign:
        raise RegistryError(
            f"Version {foreign[0].version} belongs to the "
            f"{'real' if simulated else 'simulated'} world, the data in use to the other. Import "
            "the right data, or name another version."
        )
    return manifests[0], manifests[1]


def _opened(settings: Settings, manifest: Manifest) -> TwoStage:
    state, _ = artifacts.read(settings.models, manifest.version)
    return TwoStage.from_state(state)


def _refit(
    recipe: Recipe,
    rounds: Sequence[RaceWeekend],
    history: History,
    settings: Settings,
    workers: int | None,
    progress: Progress | None,
) -> Backtest:
    return backtesting.of_candidates(
        [candidates.two_stage(recipe)], tuple(rounds), history, settings,
        cutoffs=CUTOFFS, workers=workers, progress=progress,
    )  # fmt: skip


def _baselines(
    recipe: Recipe,
    rounds: Sequence[RaceWeekend],
    history: History,
    settings: Settings,
    workers: int | None,
    progress: Progress | None,
) -> Backtest:
    return backtesting.of_candidates(
        candidates.named(candidates.BASELINES, recipe), tuple(rounds), history, settings,
        cutoffs=CUTOFFS, workers=workers, progress=progress,
    )  # fmt: skip


def _frozen(model: TwoStage, rounds: Sequence[RaceWeekend], history: History) -> Backtest:
    """What a model says about rounds as it is, without learning from any of them."""
    if not rounds:
        return Backtest.stacked([])
    material = Training.from_history(history, model.recipe.features, CUTOFFS)
    return Backtest.stacked(
        backtest.of_round(origin, [model]) for origin in origins(material, rounds, CUTOFFS)
    )


def _named(
    champion: Backtest, challenger: Backtest, baselines: Backtest, rounds: Sequence[RaceWeekend]
) -> Backtest:
    """All on `rounds`, the two models under the names of their roles."""
    compared = set(map(str, rounds))
    parts = []
    for role, of in ((CHAMPION, champion), (CHALLENGER, challenger), ("", baselines)):
        frames = [frame[frame["weekend"].isin(compared)] for frame in (of.scores, of.probabilities)]
        if role:
            frames = [frame.assign(model=role) for frame in frames]
        parts.append(Backtest(*frames))
    return Backtest.stacked(parts)


def _slope(of: Backtest) -> Slope:
    """Calibration of the winner before the race."""
    rows = of.probabilities
    mine = rows[(rows["stage"] == Stage.RACE) & (rows["cutoff"] == Cutoff.BEFORE_RACE)]
    return calibration.slope(*probabilities.of_first(mine))
