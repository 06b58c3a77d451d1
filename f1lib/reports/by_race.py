"""By race: what one forecaster gained on another in each race, and in all up to it."""

from typing import TYPE_CHECKING

import numpy as np

from f1lib.reports import charts

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.figure import Figure

    from f1lib.features.rounds import FloatArray

APART = 5  # races that the label of a season takes


def drawn(weekends: "Sequence[str]", gain: "FloatArray") -> "Figure":
    """A bar a race, in order, and the sum so far as a line; seasons below, or rounds of one."""
    fig, ax = charts.figure(height=2.9)
    steps = np.arange(len(gain))
    colours = [charts.CYCLE[0] if value >= 0 else charts.CYCLE[1] for value in gain]
    ax.axhline(0, color=charts.CONTEXT, linewidth=1)
    ax.bar(steps, gain, color=colours, width=0.7)
    ax.plot(steps, gain.cumsum(), color=charts.INK, linewidth=1.4)
    starts = [step for step, weekend in enumerate(weekends)
              if step == 0 or weekends[step - 1][:4] != weekend[:4]]  # fmt: skip
    if len(starts) == 1:
        charts.label_rounds(ax, weekends)
    else:
        if starts[1] < APART:
            starts = starts[1:]
        ax.set_xticks(starts, [weekends[step][:4] for step in starts], ha="left")
    ax.set_ylabel("gain, nats")
    return fig
