"""Sustained: what several evaluations in a row agree on.

In:   evaluations, one a round, oldest first.
Out:  `Sustained`: features in drift, and whether the window as a whole is.
Knows nothing of: what follows from it.

Windows of three races that end one round apart share two of them, so three evaluations in a row
are no independent evidence: what they add is that the last race still shows it, and the first.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from f1lib.monitoring.drift.verdict import Evaluation, Status

EVALUATIONS = 3


@dataclass(frozen=True, slots=True)
class Sustained:
    """`features` drifted in each of the evaluations, `window` was significant in each as a whole.

    An alert wants a feature: `window` alone says that something moves and not what.
    """

    features: tuple[str, ...]
    window: bool


def agreed(
    evaluations: Sequence[Evaluation], n: int = EVALUATIONS, level: float = 0.05
) -> Sustained:
    """What the last `n` evaluations agree on; nothing with fewer.

    A feature is sustained if it is `drift` in all: two different features in turn are chance. (With
    `watch` in all but the last, three times as many seasons in which nothing moves had an alert:
    1.3 % of 234 against none; what really moved was found no sooner.) The window is if the p-value
    of all features at once is below `level` in all.
    """
    last = evaluations[-n:]
    if len(last) < n:
        return Sustained((), window=False)
    features = tuple(
        name
        for name in last[-1].flagged(Status.DRIFT)
        if all(name in evaluation.flagged(Status.DRIFT) for evaluation in last)
    )
    return Sustained(features, window=all(evaluation.p_value < level for evaluation in last))
