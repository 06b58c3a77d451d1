"""Terms of scores that a reader of the field need not know, for captions and notes.

In:   the scores and their weights.
Out:  sentences.
Knows nothing of: what was scored.
"""

from f1lib.reports.numbers import listed
from f1lib.scoring.scores import METRICS
from f1lib.scoring.summary import SKILL_WEIGHTS

TERMS = (
    "Rivals below the winner: the share of the other cars that the forecast ranks behind the one "
    "that won. Top ten rightly in or out: the share of cars of which it is right whether they "
    "qualify among the first ten."
)


def skill_index() -> str:
    """What the skill index is made of.

    >>> skill_index()[:35]
    'the weighted mean of the skill in l'
    """
    parts = [
        f"{METRICS[name].in_words} ({100 * weight:.0f} %)" for name, weight in SKILL_WEIGHTS.items()
    ]
    return f"the weighted mean of the skill in {listed(parts)}"
