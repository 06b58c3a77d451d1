"""Numbers as a report writes them.

In:   a value from a notebook: Python, numpy or pandas.
Out:  a plain JSON number, or the text a reader sees.
Knows nothing of: what is measured.
"""

import math
from numbers import Integral, Real

MISSING = "–"
_MINUS = "\u2212"


def plain(value: object) -> int | float | None:
    """`value` as a JSON number; None where there is none (missing, NaN, infinite).

    >>> plain(float("nan")) is None
    True
    """
    if isinstance(value, Integral):
        return int(value)
    if isinstance(value, Real) and math.isfinite(value):
        return float(value)
    return None


def written(value: object, digits: int = 3, unit: str = "") -> str:
    """A number with its unit, whole numbers without decimals.

    >>> written(0.95812, 3), written(24), written(-1.5, 1), written(None)
    ('0.958', '24', '−1.5', '–')
    """
    number = plain(value)
    if number is None:
        return MISSING
    text = f"{number}" if isinstance(number, int) else f"{number:.{digits}f}"
    return typeset(text) + (f"\u00a0{unit}" if unit else "")


def typeset(text: str) -> str:
    """The text of a number with a true minus sign; minus nothing is nothing.

    >>> typeset("-0.000"), typeset("-3")
    ('0.000', '−3')
    """
    if not text.startswith("-"):
        return text
    return _MINUS + text[1:] if any(digit in text for digit in "123456789") else text[1:]
