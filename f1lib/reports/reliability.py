"""Reliability: chances against how often they came true, as panels side by side.

In:   for each panel the bins of scoring.reliability.
Out:  a figure, and in words how many bins lie where those of a calibrated model would.
Knows nothing of: whose forecasts they are.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from f1lib.reports import charts

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

# for captions
BANDS = "Bands: where a perfectly calibrated model would be on so few races, 19 times in 20."


def panels(tables: "Mapping[str, pd.DataFrame]", happened: str) -> "tuple[Figure, str]":
    """A panel a table, by its title; `happened` names the vertical axis, in %."""
    fig, axes = charts.panels(len(tables), height=2.35)
    said = []
    for ax, (title, bins) in zip(axes, tables.items(), strict=True):
        ax.plot([0, 100], [0, 100], color=charts.MUTED, linewidth=0.8, linestyle=":")
        ax.vlines(
            100 * bins["said"], 100 * bins["low"], 100 * bins["high"], color=charts.GRID,
            linewidth=5,
        )  # fmt: skip
        ax.plot(100 * bins["said"], 100 * bins["happened"], "o", color=charts.CYCLE[0])
        ax.set_title(title, fontsize=charts.TEXT, color=charts.INK)
        ax.set_xlim(-4, 104)
        ax.set_ylim(-4, 104)
        ax.set_xticks([0, 50, 100])
        ax.set_yticks([0, 50, 100])
        ax.set_xlabel("said, %")
        ax.grid(visible=False)
        inside = bins["happened"].between(bins["low"] - 1e-9, bins["high"] + 1e-9)
        said.append(f"{title} {int(inside.sum())} of {len(bins)}")
    axes[0].set_ylabel(f"{happened}, %")
    return fig, ", ".join(said)
