"""Profile: a reference window as counts per race, to be kept with the model trained on it.

In:   a feature table (weekend and features, one row per entry) and the stratum of each race.
Out:  `Profile`: how each feature is binned, counts (races, features, bins), race means.
Knows nothing of: what is significant.

Bins are fixed by the reference: tenths of its rows for numbers, one bin per value for numbers
with few values and for text. A missing value and one never seen are bins of their own. A hundred
races of forty features are a quarter of a megabyte, and every test of races needs no more.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Self

import numpy as np
import pandas as pd

from f1lib.errors import TableContractError
from f1lib.features.rounds import IntArray
from f1lib.predictions import FloatArray

BINS = 10  # of numbers; one with no more distinct values than this gets a bin for each
MISSING, UNSEEN, FIRST = 0, 1, 2  # places in the last axis of counts
MAXIMUM_LEVELS = 30  # of text; a distance over names of drivers or circuits is always large
REFERENCE_RACES = 100  # fewer leave p-values no room (see `null`)


class Kind(StrEnum):
    """What the bins of a feature are."""

    QUANTILES = "quantiles"
    VALUES = "values"
    CATEGORIES = "categories"


@dataclass(frozen=True, slots=True)
class Binning:
    """How one feature is binned.

    `cuts` are the upper ends of all quantile bins but the last, or the values, ascending; `levels`
    are the texts. `trouble` is a sentence if the reference cannot be binned at all.
    """

    feature: str
    kind: Kind
    cuts: FloatArray = field(default_factory=lambda: np.empty(0))
    levels: tuple[str, ...] = ()
    trouble: str = ""

    @property
    def n_bins(self) -> int:
        """Places in counts, those for missing and unseen included."""
        own = len(self.levels) if self.kind is Kind.CATEGORIES else len(self.cuts)
        return FIRST + own + (self.kind is Kind.QUANTILES)

    @classmethod
    def of(cls, column: "pd.Series[Any]") -> Self:
        """Bins for what stands in the column of a reference window."""
        name = str(column.name)
        if not _numeric(column.infer_objects()):
            levels = tuple(sorted({str(value) for value in column.dropna()}))
            trouble = ""
            if len(levels) > MAXIMUM_LEVELS:
                trouble = (
                    f"{name} has {len(levels)} levels in the reference window; a distance over "
                    f"more than {MAXIMUM_LEVELS} is always large. Watch it as an identity instead."
                )
            return cls(name, Kind.CATEGORIES, levels=() if trouble else levels, trouble=trouble)
        values = numbers(column)
        trouble = _infinite(name, values, "reference")
        if trouble:
            return cls(name, Kind.VALUES, trouble=trouble)
        kind, found = cuts(np.sort(values[~np.isnan(values)]))
        return cls(name, kind, found)

    def places(self, column: "pd.Series[Any]") -> IntArray:
        """The bin of each row, (rows,)."""
        if self.kind is Kind.CATEGORIES:
            number = {level: FIRST + place for place, level in enumerate(self.levels)}
            named = [number.get(str(value), UNSEEN) for value in column]
            return np.where(column.isna(), MISSING, named)
        values = numbers(column)
        place = np.searchsorted(self.cuts, values)
        own = place + FIRST
        if self.kind is Kind.VALUES:
            own = np.where(np.append(self.cuts, np.nan)[place] == values, own, UNSEEN)
        return np.where(np.isnan(values), MISSING, own)


def cuts(ordered: FloatArray) -> tuple[Kind, FloatArray]:
    """Kind of bins for ascending values without missing ones, and where they are cut.

    >>> cuts(np.array([0.0, 0.0, 1.0]))
    (<Kind.VALUES: 'values'>, array([0., 1.]))
    >>> cuts(np.arange(101.0))[1]   # a value on a cut belongs below it
    array([10., 20., 30., 40., 50., 60., 70., 80., 90.])
    """
    new = np.flatnonzero(np.diff(ordered, prepend=-np.inf) > 0)
    if len(new) <= BINS:
        return Kind.VALUES, ordered[new]
    return Kind.QUANTILES, np.unique(ordered[tenths(len(ordered))])


def tenths(n: int) -> IntArray:
    """Rank, from 0, of the last of `n` ascending values in each tenth but the highest."""
    return -(-np.arange(1, BINS) * n // BINS) - 1


@dataclass(frozen=True, slots=True)
class Tally:
    """Races counted: weekend and stratum of each, counts (races, features, bins), race means.

    `means` (races, features) are over the values present; missing for text and where there are
    none. `troubles` has a sentence for each feature that could not be counted.
    """

    weekends: tuple[str, ...]
    strata: tuple[str, ...]
    counts: IntArray
    means: FloatArray
    troubles: Mapping[str, str]

    @classmethod
    def of(
        cls, frame: pd.DataFrame, binnings: Sequence[Binning], strata: Mapping[str, str], side: str
    ) -> Self:
        """Count the rows of `frame` per weekend.

        Raises TableContractError when there is no column weekend or a weekend has no stratum. A
        column that is absent, doubled, infinite or text instead of numbers becomes a trouble.
        """
        if "weekend" not in frame:
            raise TableContractError(
                f"The {side} window has no column 'weekend'. Give a feature table of whole races."
            )
        race, weekends = pd.factorize(frame["weekend"], sort=True)
        lost = [str(weekend) for weekend in weekends if str(weekend) not in strata]
        if lost or (race < 0).any():
            raise TableContractError(
                f"The {side} window has races without a stratum ({', '.join(lost) or 'no weekend'})"
                ". Give the circuit type of each weekend, as in the races table."
            )
        width = max((binning.n_bins for binning in binnings), default=FIRST)
        counts = np.zeros((len(weekends), len(binnings), width), dtype=np.int32)
        means = np.full((len(weekends), len(binnings)), np.nan)
        troubles: dict[str, str] = {}
        for place, binning in enumerate(binnings):
            trouble = binning.trouble or trouble_with(frame, binning, side)
            if trouble:
                troubles[binning.feature] = trouble
                continue
            column = frame[binning.feature]
            bins = race * width + binning.places(column)
            size = len(weekends) * width
            counts[:, place] = np.bincount(bins, minlength=size).reshape(-1, width)
            if binning.kind is not Kind.CATEGORIES:
                means[:, place] = _means(race, numbers(column), len(weekends))
        names = tuple(str(weekend) for weekend in weekends)
        return cls(names, tuple(strata[name] for name in names), counts, means, troubles)


@dataclass(frozen=True, slots=True)
class Profile:
    """The reference window: binnings, tally, and for identities (driver ...) the names seen."""

    binnings: tuple[Binning, ...]
    tally: Tally
    known: Mapping[str, tuple[str, ...]]

    @classmethod
    def of(
        cls,
        frame: pd.DataFrame,
        *,
        features: Sequence[str],
        strata: Mapping[str, str],
        identities: Sequence[str] = (),
    ) -> Self:
        """The profile of a reference window.

        `strata` names the circuit type of each weekend. `identities` are columns of which only
        new names matter. Raises TableContractError for a column that is not there or there twice.
        """
        absent = [name for name in ("weekend", *features, *identities) if name not in frame]
        if absent:
            raise TableContractError(
                f"The reference window has no column {', '.join(absent)}. Build the feature table "
                "with the recipe of the model.",
                absent=absent,
            )
        doubled = sorted({str(name) for name in frame.columns[frame.columns.duplicated()]})
        if doubled:
            raise TableContractError(
                f"The reference window has several columns named {', '.join(doubled)}. Keep one.",
                doubled=doubled,
            )
        binnings = tuple(Binning.of(frame[name]) for name in features)
        known = {name: tuple(sorted(set(names_in(frame[name])))) for name in identities}
        return cls(binnings, Tally.of(frame, binnings, strata, "reference"), known)

    @property
    def features(self) -> tuple[str, ...]:
        """Names of the features compared."""
        return tuple(binning.feature for binning in self.binnings)

    def state(self) -> dict[str, Any]:
        """All of it in dicts, lists, texts and arrays, to be saved with a model version."""
        return {
            "features": [
                {"feature": b.feature, "kind": b.kind.value, "cuts": b.cuts,
                 "levels": list(b.levels), "trouble": b.trouble}
                for b in self.binnings
            ],
            "weekends": list(self.tally.weekends),
            "strata": list(self.tally.strata),
            "counts": self.tally.counts,
            "means": self.tally.means,
            "known": {name: list(levels) for name, levels in self.known.items()},
        }  # fmt: skip

    @classmethod
    def from_state(cls, state: Mapping[str, Any]) -> Self:
        """Read `state` back, arrays also where JSON made lists of them."""
        binnings = tuple(
            Binning(b["feature"], Kind(b["kind"]), np.asarray(b["cuts"], dtype=np.float64),
                    tuple(b["levels"]), b["trouble"])
            for b in state["features"]
        )  # fmt: skip
        tally = Tally(
            tuple(state["weekends"]),
            tuple(state["strata"]),
            np.asarray(state["counts"], dtype=np.int32),
            np.asarray(state["means"], dtype=np.float64),
            {b.feature: b.trouble for b in binnings if b.trouble},
        )
        known = {name: tuple(levels) for name, levels in state["known"].items()}
        return cls(binnings, tally, known)


def numbers(column: "pd.Series[Any]") -> FloatArray:
    """The column as numbers; missing is NaN. Raises ValueError or TypeError for text."""
    if not _numeric(column):
        column = pd.to_numeric(column.astype(object))
    return np.asarray(column.to_numpy(dtype=float, na_value=np.nan), dtype=np.float64)


def names_in(column: "pd.Series[Any]") -> list[str]:
    """Each present value as text, whole numbers without decimals."""
    present = column.dropna()
    return (
        [f"{value:.12g}" for value in present] if _numeric(present) else [str(v) for v in present]
    )


def trouble_with(frame: pd.DataFrame, binning: Binning, side: str) -> str:
    """Why the column of a window cannot be counted, as a sentence; empty if it can."""
    name = binning.feature
    if name not in frame:
        return (
            f"The {side} window has no column {name}, which the reference has. Build the features "
            "with the recipe of the model, or retrain it."
        )
    column = frame[name]
    if isinstance(column, pd.DataFrame):
        return f"The {side} window has {column.shape[1]} columns named {name}. Keep one."
    if binning.kind is Kind.CATEGORIES:
        return ""
    try:
        return _infinite(name, numbers(column), side)
    except (ValueError, TypeError):
        return (
            f"{name} is text in the {side} window and numbers in the reference. Correct its type "
            "where the features are built."
        )


def _numeric(column: "pd.Series[Any]") -> bool:
    return bool(pd.api.types.is_numeric_dtype(column.dtype))


def _infinite(name: str, values: FloatArray, side: str) -> str:
    n = int(np.isinf(values).sum())
    if not n:
        return ""
    return (
        f"{n} of {len(values)} values of {name} are infinite in the {side} window. "
        "Correct the data or the feature."
    )


def _means(race: IntArray, values: FloatArray, n: int) -> FloatArray:
    present = ~np.isnan(values)
    total = np.bincount(race[present], weights=values[present], minlength=n)
    size = np.bincount(race[present], minlength=n)
    return np.asarray(np.where(size > 0, total / np.maximum(size, 1), np.nan), dtype=np.float64)
