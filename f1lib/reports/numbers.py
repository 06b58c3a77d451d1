"""Numbers as a report writes them.

In:   a value from a notebook: Python, numpy or pandas.
Out:  a plain JSON number, or the text a reader sees.
Knows nothing of: what is measured.
"""

import math
import re
from collections.abc import Iterable, Sequence
from numbers import Integral, Real
from typing import Literal

MISSING = "–"
_MINUS = "\u2212"
_PER_CENT = re.compile(r"(?<=\d) ?%")
_NEGATIVE = re.compile(r"(?<![\w.-])-\d+(?:\.\d+)?")


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


def written(value: object, digits: int = 3, unit: str = "", *, sign: Literal["+", ""] = "") -> str:
    """A number with its unit, whole numbers without decimals; of a difference also a ``+``.

    >>> written(0.95812, 3), written(24), written(-1.5, 1), written(9, sign="+"), written(None)
    ('0.958', '24', '−1.5', '+9', '–')
    """
    number = plain(value)
    if number is None:
        return MISSING
    form = sign if isinstance(number, int) else f"{sign}.{digits}f"
    return typeset(f"{number:{form}}") + (f"\u00a0{unit}" if unit else "")


def typeset(text: str) -> str:
    """The text of a number with a true minus sign; minus nothing is nothing.

    >>> typeset("-0.000"), typeset("-3")
    ('0.000', '−3')
    """
    if not text.startswith("-"):
        return text
    return _MINUS + text[1:] if any(digit in text for digit in "123456789") else text[1:]


def signed(text: str) -> str:
    """A text in which a number has a true minus sign and keeps its %; minus nothing is nothing.

    >>> signed("2025-08: -0.006 nats (-0.020 to -0.000), skill +9%")
    '2025-08: −0.006 nats (−0.020 to 0.000), skill +9\\xa0%'
    """
    return _PER_CENT.sub("\u00a0%", _NEGATIVE.sub(lambda number: typeset(number[0]), text))


def percent(share: float) -> str:
    """A probability as a reader sees it; never 0 % or 100 % of something uncertain.

    >>> percent(0.524), percent(0.0004), percent(0.9999)
    ('52 %', 'less than 1 %', 'more than 99 %')
    """
    if share < 0.005:
        return "less than 1 %"
    if share > 0.995:
        return "more than 99 %"
    return f"{100 * share:.0f} %"


def signed_percent(share: float) -> str:
    """A gain or a skill, with its sign.

    >>> signed_percent(0.154), signed_percent(-0.03), signed_percent(0.0)
    ('+15 %', '−3 %', '+0 %')
    """
    return typeset(f"{100 * share:+.0f} %")


def p_value(p: float, digits: int = 2) -> str:
    """A p-value, which is never none.

    >>> p_value(0.048), p_value(0.0002), p_value(0.0002, 3)
    ('p = 0.05', 'p < 0.01', 'p < 0.001')
    """
    least = 10.0**-digits
    return f"p < {least:.{digits}f}" if p < least / 2 else f"p = {p:.{digits}f}"


def times(factor: float) -> str:
    """A factor.

    >>> times(4.183), times(0.8), times(25.3)
    ('×4.2', '×0.8', '×25')
    """
    return f"×{factor:.0f}" if factor >= 9.95 else f"×{factor:.1f}"


def counted(n: int, noun: str) -> str:
    """So many of them.

    >>> counted(1, "race"), counted(8, "round")
    ('1 race', '8 rounds')
    """
    return f"{n} {noun}{'s' * (n != 1)}"


def listed(words: Sequence[str]) -> str:
    """Words in a row, as a sentence has them.

    >>> listed(["grid"]), listed(["FP1", "FP2", "FP3"])
    ('grid', 'FP1, FP2 and FP3')
    """
    return " and ".join(part for part in (", ".join(words[:-1]), *words[-1:]) if part)


def intervals(low: Iterable[float], high: Iterable[float], form: str) -> list[str]:
    """From low to high, as text; a dash where there are too few races for one.

    >>> intervals([-0.5, float("nan")], [1.25, 2.0], "{:+.2f}")
    ['−0.50 to +1.25', '–']
    """
    return [
        f"{typeset(form.format(a))} to {typeset(form.format(b))}"
        if math.isfinite(a) and math.isfinite(b)
        else MISSING
        for a, b in zip(low, high, strict=True)
    ]
