"""Compare a challenger with the champion, race by race, and say what the policy makes of it.

Changes nothing but the pieces of backtests that it keeps.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial

import pandas as pd

from f1lib.decisions.promotion import evidence, rule, slices
from f1lib.decisions.promotion.decision import Case, PromotionDecision
from f1lib.decisions.promotion.evidence import CHALLENGER, CHAMPION
from f1lib.decisions.promotion.policy import PromotionPolicy
from f1lib.decisions.retraining import Outcome
from f1lib.decisions.trigger import Trigger
from f1lib.errors import RegistryError
from f1lib.evaluation import backtest, comparison, levels, plausibility, probabilities
from f1lib.evaluation.backtest import Backtest
from f1lib.evaluation.levels import HEADLINE_CUTOFF
from f1lib.evaluation.origins import origins
from f1lib.models import candidates
from f1lib.models.contract import MINIMUM_RACES, Training
from f1lib.models.two_stage import TwoStage
from f1lib.pipelines import backtest as backtesting
from f1lib.pipelines import horizon, ingest, policies, predict
from f1lib.pipelines import recipe as recipes
from f1lib.pipelines.backtest import Progress
from f1lib.registry import aliases, artifacts
from f1lib.registry.manifest import Manifest
from f1lib.scoring import calibration, reliability
from f1lib.scoring.calibration import Slope
from f1lib.settings import Settings
from f1lib.store import connection, decision_log, promotion_log
from f1lib.store.promotion_log import Action
from f1lib.tables.history import History, Snapshot
from f1lib.versions import ModelVersion
from f1lib.weekend import Cutoff, RaceWeekend, Stage

CUTOFFS = tuple(HEADLINE_CUTOFF.values())


@dataclass(frozen=True, slots=True)
class SideBySide:
    """Two versions on the same `rounds`, and what the policy says.

    `scores` and `probabilities` are the long frames of evaluation.backtest with the models
    champion, challenger and the frozen baselines, empty where nobody challenges (then `challenger`
    is the champion too); `table` is comparison.table of challenger
    against champion, and `over_all` has the rows of levels.over_all of both, which no single race
    has. `slices` and `deciders` say where the challenger gained and lost
    (decisions.promotion.slices). It is a `replay` if the archive knows later races than the
    present. `slopes` are the calibration of champion and challenger before the race, the
    challenger's over up to `policy.calibration_races`; `reliability` has the bins of
    scoring.reliability by role, over `rounds`. `asked` is the trigger that
    it was trained for.
    """

    champion: Manifest
    challenger: Manifest
    snapshot: Snapshot
    replay: bool
    rounds: tuple[RaceWeekend, ...]
    scores: pd.DataFrame
    probabilities: pd.DataFrame
    table: pd.DataFrame
    over_all: pd.DataFrame
    slices: pd.DataFrame
    deciders: pd.DataFrame
    slopes: tuple[Slope, Slope]
    reliability: dict[str, pd.DataFrame]
    asked: Trigger | None
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
    """Compare `version` (None: the newest challenger, or else the last that was judged) with the
    champion.

    Recipes that differ are both refit before each of the last rounds the challenger has seen. Of
    the same recipe the champion as it is meets the recipe refit before each race that it has not
    seen; and so it does where it was fitted on other columns, which this code cannot make any more.
    If `version` reigns already, it is compared with the champion before it. `asked` is the trigger
    it was trained for (None: the one that the decision to train names). Raises RegistryError when
    there is nobody to compare.
    """
    history = ingest.known(settings)
    holder, challenger = _pair(version, settings, simulated=history.snapshot.simulated)
    trained_for, fired, shadow = _trained_for(challenger, settings)
    reigning, mine = (_opened(settings, each) for each in (holder, challenger))
    policy = policies.promotion_policy(settings)
    case = _case(holder, challenger, same_recipe=reigning.recipe == mine.recipe)
    rounds, every = _rounds(case, holder, challenger, policy, history)
    refit = partial(
        backtesting.of_candidates, history=history, settings=settings, cutoffs=CUTOFFS,
        workers=workers, progress=progress,
    )  # fmt: skip
    done = refit([candidates.two_stage(mine.recipe)], every)
    if case.as_deployed:
        before = _frozen(reigning, rounds, history)
    else:
        before = refit([candidates.two_stage(reigning.recipe)], rounds)
    frozen = refit(candidates.named(candidates.BASELINES, mine.recipe), rounds)
    both = _named(before, done, frozen, rounds)
    decision = rule.decided(
        evidence.of_scores(both.scores),
        policy,
        case,
        asked=asked or trained_for,
        fired=fired,
        shadow=shadow,
        rolled_back=_rolled_back(settings, simulated=history.snapshot.simulated),
        slope=_slope(done),
        leaks=() if history.snapshot.simulated else plausibility.suspicions(done.scores),
    )
    return _side_by_side(
        holder, challenger, both, decision, history, settings, now=now, rounds=rounds,
        asked=asked or trained_for, slopes=(_slope(before), _slope(done)),
    )  # fmt: skip


def undecided(settings: Settings) -> ModelVersion | None:
    """The newest version that challenges the champion and was not decided about; None: nobody."""
    simulated = ingest.known(settings).snapshot.simulated
    with connection.reading(settings.store_address) as store:
        return aliases.challenger(store, settings.models, simulated=simulated)


def nobody(settings: Settings, *, now: datetime) -> SideBySide:
    """The champion with nobody beside it: no round, no rule, no promotion.

    Raises RegistryError when there is no champion either.
    """
    history = ingest.known(settings)
    holder = predict.champion(settings, simulated=history.snapshot.simulated).manifest
    reason = (
        f"There is no challenger to compare: no version newer than champion {holder.version} is "
        "undecided."
    )
    decision = PromotionDecision(Case.NOBODY, False, reason, rules=(), n_races=0)
    nothing = Backtest.stacked([])
    return _side_by_side(
        holder, holder, nothing, decision, history, settings, now=now, rounds=(), asked=None,
        slopes=(_slope(nothing), _slope(nothing)),
    )  # fmt: skip


def _side_by_side(
    holder: Manifest,
    challenger: Manifest,
    both: Backtest,
    decision: PromotionDecision,
    history: History,
    settings: Settings,
    *,
    now: datetime,
    rounds: tuple[RaceWeekend, ...],
    asked: Trigger | None,
    slopes: tuple[Slope, Slope],
) -> SideBySide:
    of = {name: both.scores[both.scores["model"] == name] for name in (CHAMPION, CHALLENGER)}
    said = both.probabilities[both.probabilities["model"].isin(of)]
    return SideBySide(
        champion=holder,
        challenger=challenger,
        snapshot=history.snapshot,
        replay=horizon.is_replay(history, settings, now=now),
        rounds=rounds,
        scores=both.scores,
        probabilities=both.probabilities,
        table=comparison.table(of[CHALLENGER], of[CHAMPION], names=(CHALLENGER, CHAMPION)),
        over_all=levels.over_all(both.scores, said),
        slices=slices.table(
            both.scores, both.probabilities, history["races"], recipes.regulation_resets(settings)
        ),
        deciders=slices.deciders(both.probabilities, history["races"], history["drivers"]),
        slopes=slopes,
        reliability={role: _reliability(both.of(role, Cutoff.BEFORE_RACE)) for role in of},
        asked=asked,
        policy=policies.promotion_policy(settings),
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
        last = aliases.last_judged(store, simulated=simulated)
    chosen = version or newest or last
    if champion is None:
        raise RegistryError(
            "There is no champion to compare with. `f1lib retrain` trains and promotes the first."
        )
    against = former if chosen == champion else champion
    if chosen is None or (version is None and against is None):
        raise RegistryError(
            f"There is no challenger of champion {champion}. Train one with `f1lib retrain`, or "
            "name a version; `f1lib models list` shows those there are."
        )
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


def _rounds(
    case: Case, holder: Manifest, challenger: Manifest, policy: PromotionPolicy, history: History
) -> tuple[tuple[RaceWeekend, ...], tuple[RaceWeekend, ...]]:
    """The rounds to compare on, and these with all that the gates look at, in order."""
    seen = [each for each in history.completed() if each <= challenger.trained_through]
    testable = seen[MINIMUM_RACES:]
    rounds = testable[-policy.races :]
    if case.as_deployed:
        rounds = [each for each in testable if not holder.has_learnt_from(each, history)]
    return tuple(rounds), tuple(sorted({*testable[-policy.calibration_races :], *rounds}))


def _case(holder: Manifest, challenger: Manifest, *, same_recipe: bool) -> Case:
    if holder.features != challenger.features:
        return Case.FEATURES
    return Case.PATCH if same_recipe else Case.RECIPE


def _trained_for(
    challenger: Manifest, settings: Settings
) -> tuple[Trigger | None, tuple[str, ...], str]:
    """What set off the training after the last weekend that the challenger has seen, and which
    rules had fired then; and why it was done in shadow, if no rule and nobody asked for it."""
    with connection.reading(settings.store_address) as store:
        made = decision_log.made(
            store, simulated=challenger.simulated, kind="retraining",
            weekend=challenger.trained_through,
        )  # fmt: skip
    of = {outcome: [each for each in made if each.outcome == outcome] for outcome in Outcome}
    led = of[Outcome.RETRAIN] or of[Outcome.SHADOW]
    led = [each for each in led if each.by != Trigger.MANUAL] or led  # a rule, if it asked too
    if not led or led[-1].by not in set(Trigger):
        return None, (), ""
    last = led[-1]
    mine = ([each for each in led if each.champion == str(challenger.parent)] or led)[-1]
    fired = tuple(rule.rule for rule in mine.rules if rule.fired and rule.rule != Trigger.MANUAL)
    return Trigger(last.by), fired, "" if of[Outcome.RETRAIN] else last.reason


def _rolled_back(settings: Settings, *, simulated: bool) -> str:
    """Who brought the champion back, when and why; empty where it was promoted."""
    with connection.reading(settings.store_address) as store:
        moves = promotion_log.decided(store, simulated=simulated)
    moves = [each for each in moves if each.action is not Action.REFUSE]
    if not moves or moves[-1].action is not Action.ROLL_BACK:
        return ""
    last = moves[-1]
    return f"{last.by} rolled back to {last.version} on {last.at:%Y-%m-%d}: {last.reason}"


def _opened(settings: Settings, manifest: Manifest) -> TwoStage:
    state, _ = artifacts.read(settings.models, manifest.version)
    return TwoStage.from_state(state)


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


def _reliability(of: Backtest) -> pd.DataFrame:
    """Said against came true, of the winner."""
    rows = of.probabilities[of.probabilities["stage"] == Stage.RACE]
    if rows.empty:
        return pd.DataFrame(columns=list(reliability.COLUMNS))
    return reliability.table(*probabilities.of_first(rows))
