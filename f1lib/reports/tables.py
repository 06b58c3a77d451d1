"""Tables for reading: a frame as the cells of an accessible HTML table.

In:   a frame, format specs by column, and which columns get bars.
Out:  column heads, and rows of cells as text.
Knows nothing of: what the columns mean.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from numbers import Integral, Real
from typing import TYPE_CHECKING, Any

from f1lib.errors import ConfigurationError
from f1lib.reports import numbers

if TYPE_CHECKING:
    import pandas as pd

    Listing = tuple[pd.DataFrame, str, dict[str, str]]  # with its caption and its formats


SENTENCE = 48  # characters


@dataclass(frozen=True, slots=True)
class Head:
    """The head of one column."""

    text: str
    numeric: bool


@dataclass(frozen=True, slots=True)
class Cell:
    """One value as text; `share` is the length of its bar, of the longest in the column."""

    text: str
    numeric: bool
    share: float | None = None

    @property
    def wordy(self) -> bool:
        """Whether it is a sentence, which needs more than one line."""
        return not self.numeric and len(self.text) > SENTENCE


def cells(
    frame: "pd.DataFrame", formats: Mapping[str, str], bars: Sequence[str]
) -> tuple[list[Head], list[list[Cell]]]:
    """Heads and rows. Raises ConfigurationError when a format or bar names no column."""
    from pandas.api.types import is_bool_dtype, is_numeric_dtype

    columns = [str(name) for name in frame.columns]
    unknown = sorted({*formats, *bars} - set(columns))
    if unknown:
        raise ConfigurationError(
            f"The table has no column {', '.join(unknown)}; it has {', '.join(columns)}. "
            "Correct `formats` or `bars`.",
            unknown=unknown,
        )
    dtypes = list(frame.dtypes)
    numeric = [is_numeric_dtype(kind) and not is_bool_dtype(kind) for kind in dtypes]
    heads = [Head(name, number) for name, number in zip(columns, numeric, strict=True)]
    longest = {name: numbers.plain(frame[name].max()) for name in bars}
    rows = [
        [
            Cell(
                _text(value, formats.get(head.text, "")),
                head.numeric,
                _share(value, longest[head.text]) if head.text in longest else None,
            )
            for head, value in zip(heads, row, strict=True)
        ]
        for row in frame.itertuples(index=False, name=None)
    ]
    return heads, rows


def _text(value: Any, spec: str) -> str:
    import pandas as pd

    if value is None or (pd.api.types.is_scalar(value) and pd.isna(value)):
        return numbers.MISSING
    if spec:
        shown = format(value, spec)
        chance = spec.endswith("%") and not spec.startswith("+") and value > 0
        if chance and not any(digit in shown for digit in "123456789"):
            shown = f"<{shown[:-2]}1%"  # a small chance is not none
        return numbers.signed(shown)
    if isinstance(value, bool) or type(value).__name__ == "bool":
        return "yes" if value else "no"
    if isinstance(value, Integral | Real):
        return numbers.written(value)
    return numbers.signed(str(value))


def _share(value: object, longest: float | None) -> float | None:
    number = numbers.plain(value)
    if number is None or not longest or longest < 0:
        return None
    return round(max(number / longest, 0.0), 3)
