"""Intervals: values with what is sure of them, a row each, on both sides of zero."""

from typing import TYPE_CHECKING

import numpy as np

from f1lib.reports import charts

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd
    from matplotlib.figure import Figure


def drawn(names: "Sequence[str]", rows: "pd.DataFrame", label: str, *, pitch: float) -> "Figure":
    """A dot and its interval for each name, from the top, `pitch` inches apart.

    `rows` holds value, low and high, in this order, in the unit that `label` names.
    """
    values, low, high = rows.to_numpy(dtype=float).T
    fig, ax = charts.figure(height=0.8 + pitch * len(names))
    steps = np.arange(len(names))[::-1]
    ax.grid(visible=False, axis="y")
    ax.axvline(0, color=charts.CONTEXT, linewidth=1)
    ax.hlines(steps, low, high, color=charts.CYCLE[0], linewidth=2)
    ax.plot(values, steps, "o", color=charts.CYCLE[0], markersize=6)
    ax.set_yticks(steps, names)
    ax.set_ylim(-0.6, len(names) - 0.4)
    ax.set_xlabel(label)
    return fig
