"""Trend: a number beside the same number of earlier good runs, as a line the size of a word."""

import heapq
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from f1lib.reports import numbers
from f1lib.reports.metrics import Metric
from f1lib.reports.site.entries import Entry

LONGEST = 12  # weekends
WIDTH, HEIGHT, EDGE = 128, 36, 6  # of the drawing, twice as large as it is shown

Series = dict[tuple[str, str], tuple[float, ...]]  # by folder of the run and name of the number


@dataclass(frozen=True, slots=True)
class Trend:
    """The line as an SVG path, the place of its end, and the same in words."""

    path: str
    end: tuple[int, int]
    text: str


def series(entries: Iterable[Entry]) -> Series:
    """Of each number of each good run: the same of earlier weekends, in order, and then its own.

    Those are the last good runs of each weekend that began before it. Where nothing is earlier
    there is no series.
    """
    said: dict[tuple[object, ...], dict[str, float]] = {}
    found: Series = {}
    for entry in sorted(entries, key=lambda entry: (entry.record.started_at, entry.folder)):
        weekend = str(entry.record.weekend)  # sorts as weekends do, and faster
        for metric in entry.metrics:
            value = numbers.plain(metric.value)
            if value is None:
                continue
            values = said.setdefault((*entry.about, metric.thing), {})
            values[weekend] = value
            if earlier := [other for other in values if other < weekend]:
                shown = heapq.nlargest(LONGEST - 1, earlier)
                found[entry.folder, metric.name] = (*(values[w] for w in reversed(shown)), value)
    return found


def drawn(values: Sequence[float], metric: Metric) -> Trend:
    """Two values or more of a number, the newest at the right end.

    >>> drawn([1.0, 3.0, 2.0], Metric("hit", "Hit", 2.0, digits=1))
    Trend(path='M6 30L64 6L122 18', end=(122, 18), text='3 weekends, 1.0 to 3.0, 3.0 before')
    """
    low, high = min(values), max(values)
    step = (WIDTH - 2 * EDGE) / (len(values) - 1)
    deep = HEIGHT - 2 * EDGE
    points = [
        (
            round(EDGE + place * step),
            round(HEIGHT - EDGE - deep * ((value - low) / (high - low) if high > low else 0.5)),
        )
        for place, value in enumerate(values)
    ]
    lowest, highest, before = (
        numbers.written(value, metric.digits, metric.unit) for value in (low, high, values[-2])
    )
    return Trend(
        path="M" + "L".join(f"{x} {y}" for x, y in points),
        end=points[-1],
        text=f"{len(values)} weekends, {lowest} to {highest}, {before} before",
    )
