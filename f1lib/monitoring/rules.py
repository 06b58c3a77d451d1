"""Rules: which evaluations of a series of races fire, and which of them are alerts.

In:   scores of races in calendar order, on the last axis, and a policy.
Out:  `Evaluated`: the value of a rule after each race, whether it fired, how often in a row.
Knows nothing of: weekends, sentences, where the races come from.

Settled seasons and seasons drawn at random go through the same rules, one at a time or five hundred
at once: so the false alarms that are measured are those of the rules in force. Before there are
enough races a value is missing, and what is missing does not fire.
"""

from dataclasses import dataclass

import numpy as np

from f1lib.features.rounds import IntArray
from f1lib.monitoring import cusum
from f1lib.monitoring.policy import WatchPolicy
from f1lib.predictions import FloatArray
from f1lib.scoring.settled import BoolArray

WINNER_CONCORDANCE = "performance.winner_concordance"
ORDER_CONCORDANCE = "performance.order_concordance"
ORDER_SKILL = "performance.order_skill"
CUSUM = "performance.cusum"
LOG_LOSS = "calibration.log_loss"


@dataclass(frozen=True, slots=True)
class Evaluated:
    """A rule after each race: arrays (..., races).

    `in_a_row` counts the evaluations up to this one that all fired; `alert` marks those that want
    attention.
    """

    rule: str
    threshold: float
    value: FloatArray
    fired: BoolArray
    in_a_row: IntArray
    alert: BoolArray


def winner_concordance(
    scores: FloatArray, p_values: FloatArray, policy: WatchPolicy
) -> Evaluated | None:
    """Mean over the window below its minimum; None where the policy has none.

    `p_values` say how often the champion's own probabilities give a mean so low. Where the field is
    open a low mean is to be expected and no alert.
    """
    if policy.winner_concordance_min is None:
        return None
    value = _mean_over(scores, policy.rounds)
    fired = value < policy.winner_concordance_min
    return _improbable(
        WINNER_CONCORDANCE, policy.winner_concordance_min, value, fired, p_values, policy
    )


def order_concordance(scores: FloatArray, policy: WatchPolicy) -> Evaluated | None:
    """Mean over the window below its minimum; None where the policy has none."""
    if policy.order_concordance_min is None:
        return None
    return _mean_below(ORDER_CONCORDANCE, scores, policy.order_concordance_min, policy)


def order_skill(scores: FloatArray, baseline: FloatArray, policy: WatchPolicy) -> Evaluated | None:
    """Skill of order_concordance over the window at or below its minimum."""
    if policy.order_skill_min is None:
        return None
    missed, reference = (_mean_over(1 - each, policy.rounds) for each in (scores, baseline))
    with np.errstate(divide="ignore", invalid="ignore"):
        value = np.where(reference > 0, 1 - missed / reference, np.nan)
    fired = value <= policy.order_skill_min
    return _sustained(ORDER_SKILL, policy.order_skill_min, value, fired, policy)


def log_loss_cusum(
    log_loss: FloatArray, baseline: FloatArray, policy: WatchPolicy
) -> Evaluated | None:
    """What the champion lost to the baseline beyond the allowance, summed up, above the limit.

    The sum remembers; an alert needs no further evaluation.
    """
    if policy.cusum_allowance is None:
        return None
    value = _once_enough(cusum.path(log_loss - baseline, policy.cusum_allowance), policy.rounds)
    fired = value > policy.cusum_limit
    return Evaluated(CUSUM, policy.cusum_limit, value, fired, in_a_row(fired), fired)


def log_loss_null(p_values: FloatArray, policy: WatchPolicy) -> Evaluated | None:
    """Winners more surprising than the champion's own probabilities allow, over the season.

    `p_values` are those of the log-loss null after each race of one season.
    """
    if policy.log_loss_p_min is None:
        return None
    value = _once_enough(p_values, policy.rounds)
    fired = value < policy.log_loss_p_min
    return _improbable(LOG_LOSS, policy.log_loss_p_min, value, fired, value, policy)


def in_a_row(fired: BoolArray) -> IntArray:
    """How many evaluations up to each one fired without a break, (..., races).

    >>> in_a_row(np.array([True, False, True, True])).tolist()
    [1, 0, 1, 2]
    """
    place = np.arange(1, fired.shape[-1] + 1)
    broken = np.maximum.accumulate(np.where(fired, 0, place), axis=-1)
    return np.asarray(place - broken)


def _mean_below(rule: str, scores: FloatArray, least: float, policy: WatchPolicy) -> Evaluated:
    value = _mean_over(scores, policy.rounds)
    return _sustained(rule, least, value, value < least, policy)


def _improbable(
    rule: str,
    threshold: float,
    value: FloatArray,
    fired: BoolArray,
    p_values: FloatArray,
    policy: WatchPolicy,
) -> Evaluated:
    """An alert where it is too rare for chance, though one looks after every race of a season."""
    alert = fired & (p_values <= policy.alert_p)
    return Evaluated(rule, threshold, value, fired, in_a_row(fired), alert)


def _sustained(
    rule: str, threshold: float, value: FloatArray, fired: BoolArray, policy: WatchPolicy
) -> Evaluated:
    runs = in_a_row(fired)
    return Evaluated(rule, threshold, value, fired, runs, runs >= policy.order_evaluations)


def _mean_over(values: FloatArray, rounds: int) -> FloatArray:
    """Mean of the last `rounds` races after each race; missing before there are so many."""
    if values.shape[-1] < rounds:
        return np.full(values.shape, np.nan)
    windows = np.lib.stride_tricks.sliding_window_view(values, rounds, axis=-1).mean(axis=-1)
    early = np.full((*values.shape[:-1], rounds - 1), np.nan)
    return np.concatenate([early, windows], axis=-1)


def _once_enough(values: FloatArray, rounds: int) -> FloatArray:
    """`values`, missing before there are `rounds` races."""
    return np.where(np.arange(1, values.shape[-1] + 1) >= rounds, values, np.nan)
