"""What each rule measures, of one comparison or of many simulated ones at once."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from f1lib.decisions.promotion.decision import Case
from f1lib.decisions.promotion.evidence import Evidence, sign_flip_p
from f1lib.decisions.promotion.policy import PromotionPolicy
from f1lib.predictions import FloatArray

BoolArray = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Looked:
    """One rule over all comparisons of an `Evidence`; arrays (...).

    The mean of `gains` (..., races) is `value`; `p` is that of the rule's one-sided test, missing
    where there is none.
    """

    rule: str
    value: FloatArray
    threshold: float
    n: int
    passed: BoolArray
    p: FloatArray
    gains: FloatArray


def every(evidence: Evidence, policy: PromotionPolicy, case: Case, *, asked: bool) -> list[Looked]:
    """Every rule of `case` that is settled by the scores, and by whether a trigger `asked`."""
    found = at(evidence, policy)
    if policy.guarded and case is Case.PATCH:
        found += refresh(evidence, policy, asked=asked)
    return found


def at(evidence: Evidence, policy: PromotionPolicy) -> list[Looked]:
    """The rules that every case has."""
    hit, skill = evidence.gain("winner_hit"), evidence.gain("skill_index")
    loss, gap, order = (evidence.gain(name) for name in ("winner_log_loss", "gap_mae_pct", "rps"))
    gap_share = gap / _mean(evidence.champion["gap_mae_pct"])[..., None]
    found = [
        _above("effect.skill_index", skill, policy.skill_index_gain),
        _above("effect.gap_mae_pct", gap_share, policy.gap_mae_gain),
        _above("effect.winner_hit", hit, policy.winner_hit_gain),
    ]
    if not policy.guarded:
        return found
    n = np.full(loss.shape[:-1], float(evidence.n))
    need, bare = policy.races_min, loss[..., :0]
    enough = Looked("races.enough", n, need, evidence.n, n >= need, _none(n), bare)
    latest = loss[..., -policy.latest_races :] if policy.latest_races else bare
    guards = [
        _not_worse("guard.qualifying", gap, policy.level),
        _not_worse("guard.race", order, policy.level),
        _not_worse("guard.latest", latest, policy.level, least=-policy.inferiority_margin),
    ]
    return [
        *found,
        enough,
        _better("paired.winner_log_loss", loss, policy.level),
        _better("paired.skill_index", skill, policy.level),
        *guards,
    ]


def refresh(evidence: Evidence, policy: PromotionPolicy, *, asked: bool) -> list[Looked]:
    """The rules by which a patch may be promoted that cannot be called better."""
    skill, loss = evidence.gain("skill_index"), evidence.gain("winner_log_loss")
    wanted = np.full(loss.shape[:-1], asked)
    effect = _mean(skill)
    margin, bare = -policy.inferiority_margin, loss[..., :0]
    p = sign_flip_p(loss - margin)
    return [
        Looked("refresh.asked", wanted * 1.0, 1.0, evidence.n, wanted, _none(effect), bare),
        Looked("refresh.effect", effect, 0.0, evidence.n, effect >= 0, _none(effect), skill),
        Looked(
            "refresh.not_inferior", _mean(loss), margin, evidence.n, p < policy.level, p, loss
        ),
    ]  # fmt: skip


def promoted(looked: Sequence[Looked], case: Case, policy: PromotionPolicy) -> BoolArray:
    """Which comparisons end in a promotion."""
    effect = brief(looked)
    if not policy.guarded:
        return effect
    better = effect & _all(looked, "races") & _all(looked, "paired")
    if case is Case.PATCH:
        better |= _all(looked, "refresh")
    return np.asarray(better & _all(looked, "guard"))


def brief(looked: Sequence[Looked]) -> BoolArray:
    """Which comparisons the brief's rule alone would promote: one effect above its floor."""
    passed = [each.passed for each in looked if each.rule.startswith("effect.")]
    return np.asarray(np.any(passed, axis=0))


def _all(looked: Sequence[Looked], kind: str) -> BoolArray:
    mine = [each.passed for each in looked if each.rule.startswith(f"{kind}.")]
    return np.asarray(np.all(mine, axis=0))


def _above(rule: str, gains: FloatArray, floor: float) -> Looked:
    value = _mean(gains)
    return Looked(rule, value, floor, gains.shape[-1], value > floor, _none(value), gains)


def _better(rule: str, gains: FloatArray, level: float) -> Looked:
    p = sign_flip_p(gains)
    return Looked(rule, _mean(gains), 0.0, gains.shape[-1], p < level, p, gains)


def _not_worse(rule: str, gains: FloatArray, level: float, *, least: float = -np.inf) -> Looked:
    """Not shown to be worse, nor by more than `-least` in the mean. Without races nothing is."""
    value, p = _mean(gains), sign_flip_p(-gains)
    worse = (p < level) | (value < least)
    threshold = least if np.isfinite(least) else 0.0
    return Looked(rule, value, threshold, gains.shape[-1], ~worse, p, gains)


def _mean(values: FloatArray) -> FloatArray:
    if not values.shape[-1]:
        return np.full(values.shape[:-1], np.nan)
    return np.asarray(values.mean(axis=-1))


def _none(like: FloatArray) -> FloatArray:
    return np.full(np.shape(like), np.nan)
