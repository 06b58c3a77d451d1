"""How often this policy promotes challengers of which the truth is known, because they are planted.

Differences of single races are drawn: of winner log loss with the given mean and standard
deviation, of the other scores with mean zero and what the two-stage model and a variant of it
showed beside that in 2022-2025 (92 races: for each nat of log loss 0.015 of RPS, 0.11 % of gap,
correlation 0.2, and a favourite exchanged for a better or a worse one in 8 % of races each).
"""

from dataclasses import dataclass

import numpy as np

from f1lib.decisions.promotion import looked
from f1lib.decisions.promotion.decision import Case
from f1lib.decisions.promotion.evidence import Evidence
from f1lib.decisions.promotion.policy import PromotionPolicy
from f1lib.predictions import FloatArray

COMPARISONS = 500
SD = 0.15  # nats, of the paired difference of one race between similar models
SPREADS = (0.10, 0.25)  # other spreads at which the power is told
GAINS = {"worse": -0.10, "slightly worse": -0.02, "equal": 0.0, "better": 0.10}  # nats a race
AT_SPREADS = {Case.PATCH: ("slightly worse", "equal", "better")}  # of a recipe: equal, better

# 2022-2025, before the race and before qualifying: champion, and frozen baselines
_CHAMPION = {"winner_log_loss": 1.05, "rps": 0.111, "gap_mae_pct": 0.33, "winner_hit": 0.6}
_BASELINE = {"winner_log_loss": 1.33, "rps": 0.1225, "gap_mae_pct": 0.38}
_RPS, _GAP, _TOGETHER, _HIT = 0.015, 0.11, 0.2, 0.08


@dataclass(frozen=True, slots=True)
class Planted:
    """Challengers of one kind: how many of `comparisons` the policy and the brief's rule promote.

    They are judged as `case` is, as though a rule had `asked` for their training or not; that
    counts for a patch alone. `gain` and `sd` are of winner log loss, nats a race.
    """

    case: Case
    name: str
    gain: float
    sd: float
    n_races: int
    comparisons: int
    promoted: float
    brief: float
    asked: bool


def rates(
    policy: PromotionPolicy,
    case: Case,
    *,
    n_races: int,
    asked: bool,
    sd: float = SD,
    seed: int = 0,
) -> tuple[Planted, ...]:
    """Worse, equal, better and identical challengers over `n_races` each."""
    kinds = [(name, gain, sd) for name, gain in GAINS.items()] + [("identical", 0.0, 0.0)]
    return tuple(
        planted(policy, case, name, gain=gain, sd=of, n_races=n_races, asked=asked, seed=seed)
        for name, gain, of in kinds
    )


def at_other_spreads(
    policy: PromotionPolicy,
    case: Case,
    *,
    n_races: int,
    asked: bool,
    observed: float,
    seed: int = 0,
) -> tuple[Planted, ...]:
    """Equal and better challengers at SPREADS, and where races differ by `observed` if they do.

    Of a patch the slightly worse too: it is promoted without being better.
    """
    spreads = [(sd, "") for sd in SPREADS]
    if observed > 0:  # not where it is missing
        spreads.append((observed, ", differing as these do"))
    return tuple(
        planted(
            policy, case, f"{name}{how}", gain=GAINS[name], sd=sd, n_races=n_races, asked=asked,
            seed=seed,
        )
        for sd, how in spreads
        for name in AT_SPREADS.get(case, ("equal", "better"))
    )  # fmt: skip


def planted(
    policy: PromotionPolicy,
    case: Case,
    name: str,
    *,
    gain: float,
    sd: float,
    n_races: int,
    asked: bool,
    comparisons: int = COMPARISONS,
    seed: int = 0,
) -> Planted:
    """How often a challenger that is better by `gain` is promoted, judged as `case` is.

    Its calibration is taken as sound. A patch that no rule `asked` for has to be better.
    """
    evidence = drawn(gain, sd, (comparisons, n_races), np.random.default_rng(seed))
    found = looked.every(evidence, policy, case, asked=asked)
    passed = looked.promoted(found, case, policy)
    return Planted(
        case, name, gain, sd, n_races, comparisons,
        float(passed.mean()), float(looked.brief(found).mean()), asked,
    )  # fmt: skip


def drawn(gain: float, sd: float, shape: tuple[int, int], rng: np.random.Generator) -> Evidence:
    """Evidence of `shape` (comparisons, races) with planted differences."""
    own, order, qualifying = rng.standard_normal((3, *shape))
    together = _TOGETHER * own + np.sqrt(1 - _TOGETHER**2) * order
    luck = rng.random(shape)
    exchanged = (luck < _HIT * sd) * 1.0 - (luck > 1 - _HIT * sd)
    gains = {
        "winner_log_loss": gain + sd * own,
        "rps": _RPS * sd * together,
        "gap_mae_pct": _GAP * sd * qualifying,
    }
    champion = {name: np.full(shape, level) for name, level in _CHAMPION.items()}
    challenger: dict[str, FloatArray] = {
        name: champion[name] - gained for name, gained in gains.items()
    }
    challenger["winner_hit"] = champion["winner_hit"] + exchanged
    baseline = {name: np.full(shape, level) for name, level in _BASELINE.items()}
    weekends = tuple(f"race {race + 1}" for race in range(shape[1]))
    return Evidence(weekends, champion, challenger, baseline)
