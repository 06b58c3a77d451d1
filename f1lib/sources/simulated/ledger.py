"""The ledger of what was published: rows of each table with the moments they were in force.

A row is visible from its publication until a revision takes its place.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from f1lib.sources.simulated.streams import BoolArray
from f1lib.tables.contract import Table
from f1lib.tables.history import TABLES

MomentArray = npt.NDArray[np.datetime64]
FOREVER = np.datetime64("2200-01-01", "ns")


def moment(at: datetime) -> np.datetime64:
    """An aware moment as numpy knows it (UTC)."""
    return np.datetime64(pd.Timestamp(at).tz_convert("UTC").tz_localize(None), "ns")


@dataclass(frozen=True, slots=True, eq=False)
class Shelf:
    """All rows ever published of one table, sorted, and when each is in force."""

    frame: pd.DataFrame
    since: MomentArray
    until: MomentArray

    def at(self, now: datetime | None) -> pd.DataFrame:
        """The rows in force at `now`; without it, in the end."""
        if now is None:
            seen: BoolArray = np.equal(self.until, FOREVER)
        else:
            seen = (self.since <= moment(now)) & (moment(now) < self.until)
        frame: pd.DataFrame = self.frame[seen]
        return frame.reset_index(drop=True)


@dataclass(frozen=True, slots=True)
class Ledger:
    """Rows as they are written down, a batch of columns at a time."""

    batches: dict[str, list[dict[str, npt.NDArray[Any]]]] = field(
        default_factory=lambda: {name: [] for name in TABLES}
    )

    def add(
        self,
        table: str,
        columns: Mapping[str, object],
        *,
        since: datetime,
        until: datetime | None = None,
    ) -> None:
        """Write rows down. A single value stands for all rows; text columns as lists or tuples."""
        n_rows = next(len(v) for v in columns.values() if isinstance(v, list | np.ndarray))
        batch = {name: _column(values, n_rows) for name, values in columns.items()}
        batch["_since"] = np.full(n_rows, moment(since))
        batch["_until"] = np.full(n_rows, FOREVER if until is None else moment(until))
        self.batches[table].append(batch)

    def shelves(self) -> dict[str, Shelf]:
        """Everything written, typed and sorted as the tables want it."""
        return {name: self._shelf(table) for name, table in TABLES.items()}

    def _shelf(self, table: Table) -> Shelf:
        batches = self.batches[table.name]
        if not batches:
            none = np.array([], dtype="datetime64[ns]")
            return Shelf(table.empty(), none, none)
        raw = pd.DataFrame(
            {name: np.concatenate([batch[name] for batch in batches]) for name in batches[0]}
        )
        raw = raw.sort_values([*(table.order or table.key)], kind="stable", ignore_index=True)
        return Shelf(
            table.build(raw),
            raw["_since"].to_numpy(dtype="datetime64[ns]"),
            raw["_until"].to_numpy(dtype="datetime64[ns]"),
        )


def _column(values: object, n_rows: int) -> npt.NDArray[Any]:
    if isinstance(values, np.ndarray):
        return values
    if isinstance(values, list):
        column = np.empty(n_rows, dtype=object)
        column[:] = values
        return column
    if isinstance(values, bool | int | float):
        return np.full(n_rows, values)
    column = np.empty(n_rows, dtype=object)
    column[:] = values
    return column
