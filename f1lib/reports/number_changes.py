"""Number changes: the numbers of two runs side by side, and by how much they have changed.

In:   the metrics of an earlier run and of a later one.
Out:  each of them with what it was and is; the difference in full, or as a reader sees it.
Knows nothing of: runs, or where it is shown.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from f1lib.reports import numbers
from f1lib.reports.metrics import Metric

UNCHANGED = "±0"


@dataclass(frozen=True, slots=True)
class NumberChange:
    """One number, as it was and is; None where a run has it not.

    `asked_alike` says that both runs were asked the same: only then, and under the same label and
    unit, is it a number of the same thing.
    """

    name: str
    label: str
    before: Metric | None
    now: Metric | None
    asked_alike: bool = True

    @property
    def differs(self) -> bool:
        """Whether the two runs say it differently."""
        if self.before is None or self.now is None or self.before.thing != self.now.thing:
            return True
        return numbers.plain(self.before.value) != numbers.plain(self.now.value)

    @property
    def difference(self) -> float | None:
        """How much more it is now, in full; None where the two are not of the same thing."""
        values = self._values
        return None if values is None else values[1] - values[0]

    @property
    def by(self) -> str:
        """The difference with its unit, adding up as the numbers are shown; empty if None."""
        values = self._values
        if values is None or self.now is None:
            return ""
        digits = self.now.digits
        by = round(values[1], digits) - round(values[0], digits)
        return numbers.written(by, digits, _unit(self.now.unit, by), sign="+") if by else UNCHANGED

    @property
    def shown(self) -> tuple[str, str]:
        """Before and now as a reader sees them; before with its own label, if that was another."""
        before, now = self.before, self.now
        then, is_ = (each.shown if each else numbers.MISSING for each in (before, now))
        aside = f" ({before.label})" if before and before.label != self.label else ""
        return f"{then}{aside}", is_

    @property
    def _values(self) -> tuple[float, float] | None:
        """Before and now; None where they cannot be subtracted."""
        before, now = self.before, self.now
        if not self.asked_alike or before is None or now is None or before.thing != now.thing:
            return None
        was, is_ = numbers.plain(before.value), numbers.plain(now.value)
        return None if was is None or is_ is None else (was, is_)


def between(
    before: Iterable[Metric], now: Iterable[Metric], *, asked_alike: bool = True
) -> list[NumberChange]:
    """Every number of either run, in the order of the later one.

    >>> (hit,) = between([Metric("hit", "Hit", 43, "%")], [Metric("hit", "Hit", 52, "%")])
    >>> hit.difference, hit.by
    (9, '+9\\xa0percentage points')
    """
    was, is_ = ({each.name: each for each in said} for said in (before, now))
    return [
        NumberChange(
            name, (is_.get(name) or was[name]).label, was.get(name), is_.get(name), asked_alike
        )
        for name in dict.fromkeys([*is_, *was])
    ]


def _unit(unit: str, by: float) -> str:
    """The unit of a difference: of two percentages it is no percentage of either."""
    if unit != "%":
        return unit
    return "percentage point" if by in {-1, 1} else "percentage points"
