"""The style of every chart: one figure that reads well on white, on black and on paper.

In:   a size, later a drawn matplotlib figure and the words for those who cannot see it.
Out:  inline SVG: the same bytes for the same figure, colours by CSS variables, nothing fetched.
Knows nothing of: what is drawn.
"""

import base64
import hashlib
import io
import re
from html import escape
from typing import TYPE_CHECKING, Any

from f1lib.reports import compact

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    # with its text alternative and its caption; without a figure a sentence, and no caption
    Chart = tuple[Figure | None, str, str]

# Blue, rust, green, pink, olive: at least 3:1 on #ffffff and on #15171c, and apart for readers
# without red or green cones (OKLab distance 0.1 under Machado's simulations). Template/light.css
# and dark.css have their own shades of them, at least 4.5:1, since they colour words too.
CYCLE = ("#3380e3", "#bb350b", "#157363", "#d616a6", "#93911f")
CONTEXT = "#737b87"  # what is only there to compare with
INK = "#1a1d23"
MUTED = "#5b6371"
GRID = "#dfe3e8"
PAPER = "#ffffff"
GOOD = "#1a7f45"
BAD = "#c2273a"

WIDTH = 4.7  # inches: text stays legible on a phone
TEXT = 9  # points: of what is written after the axes were made, such as annotations

MAX_MARKS = 2000  # above, marks become a picture inside the SVG
MAX_BYTES = 150_000  # above, the whole figure becomes a picture
SCALE = 1.62  # pixels to a point at most: text of 9 points is then as large as its page's

_VARIABLES = {
    **{colour: f"--c{number}" for number, colour in enumerate(CYCLE, start=1)},
    CONTEXT: "--c-context",
    INK: "--ink",
    "#000000": "--ink",
    MUTED: "--muted",
    GRID: "--line",
    PAPER: "--paper",
    GOOD: "--good",
    BAD: "--bad",
}


def figure(width: float = WIDTH, height: float = 3.0) -> "tuple[Figure, Axes]":
    """An empty figure of that many inches in the house style, and its axes."""
    import matplotlib as mpl
    from matplotlib.figure import Figure

    with mpl.rc_context(_style()):
        fig = Figure(figsize=(width, height), layout="constrained")
        axes = fig.subplots()
        axes.grid(axis="y")
    return fig, axes


def panels(n: int, *, width: float = WIDTH, height: float = 3.0) -> "tuple[Figure, Sequence[Axes]]":
    """An empty figure as from `figure`, with `n` axes side by side."""
    import matplotlib as mpl
    from matplotlib.figure import Figure

    with mpl.rc_context(_style()):
        fig = Figure(figsize=(width, height), layout="constrained")
        return fig, list(fig.subplots(1, n))


def nothing(sentence: str) -> "Chart":
    """In place of a chart without data: the sentence that says so, or nothing if it is empty."""
    return None, sentence, ""


def label_ends(ax: "Axes", x: float, ends: "Sequence[tuple[float, str, str]]") -> None:
    """Name lines (their last value, name, colour) at their ends, pushed apart where they meet."""
    low, high = ax.get_ylim()
    room = 0.075 * (max([high, *(y for y, _, _ in ends)]) - min(low, 0))
    at = float("-inf")
    for y, name, colour in sorted(ends):
        at = max(y, at + room)
        ax.annotate(
            name, (x, y), xytext=(x + 0.06, at), textcoords="data", va="center", color=colour,
            annotation_clip=False, fontsize=TEXT,
        )  # fmt: skip


def label_rounds(ax: "Axes", weekends: "Sequence[str]") -> None:
    """Name steps 0, 1, ... by the rounds of one season, as many as fit."""
    steps = range(0, len(weekends), max(len(weekends) // 8, 1))
    ax.set_xticks(list(steps), [weekends[step][5:] for step in steps])
    ax.set_xlabel(f"round of {weekends[-1][:4]}")


def svg(fig: "Figure", alt: str, *, prefix: str = "") -> str:
    """The figure as an ``<svg role="img">``, or as an ``<img>`` where that would be too large.

    `prefix` keeps ids apart from those of other figures on the page; the default is derived
    from the drawing.
    """
    import matplotlib as mpl

    _finish(fig)
    with mpl.rc_context(_style()):
        drawing = io.StringIO()
        fig.savefig(drawing, format="svg", transparent=True, metadata={"Date": None})
        text = _inline(drawing.getvalue(), alt, prefix)
        return text if len(text) <= MAX_BYTES else _png(fig, alt)


def _style() -> Any:
    from cycler import cycler

    return {
        "axes.axisbelow": True,
        "axes.edgecolor": MUTED,
        "axes.facecolor": "none",
        "axes.labelcolor": MUTED,
        "axes.linewidth": 0.8,
        "axes.prop_cycle": cycler(color=CYCLE),
        "axes.spines.right": False,
        "axes.spines.top": False,
        "axes.titlecolor": INK,
        "axes.titlelocation": "left",
        "axes.titlesize": 10,
        "figure.facecolor": "none",
        "font.family": ["sans-serif"],
        "font.sans-serif": ["DejaVu Sans"],  # comes with matplotlib: the same layout everywhere
        "font.size": 9,
        "grid.color": GRID,
        "grid.linewidth": 0.8,
        "lines.linewidth": 1.8,
        "lines.markersize": 4,
        "savefig.facecolor": "none",
        "svg.fonttype": "none",
        "svg.hashsalt": "f1lib",
        "text.color": INK,
        "xtick.color": MUTED,
        "xtick.major.width": 0.8,
        "ytick.color": MUTED,
        "ytick.major.size": 0,
    }


def _finish(fig: "Figure") -> None:
    """Style what is created after the axes, and make pictures of crowds of marks."""
    import numpy as np

    for legend in [*fig.legends, *(axes.get_legend() for axes in fig.axes)]:
        if legend is not None:
            legend.set_frame_on(False)
            for label in legend.get_texts():
                label.set(color=INK, fontsize=TEXT)
    for axes in fig.axes:
        for line in axes.lines:
            if np.shape(line.get_xydata())[0] > MAX_MARKS:
                line.set_rasterized(True)
        for collection in axes.collections:
            if np.shape(collection.get_offsets())[0] > MAX_MARKS:
                collection.set_rasterized(True)


def _inline(text: str, alt: str, prefix: str) -> str:
    """matplotlib's SVG file as an element for a page: labelled, themed, short, ids its own."""
    body = text[text.index("<svg") :].rstrip()
    body = re.sub(r"<metadata>.*?</metadata>", "", body, flags=re.DOTALL)
    body = re.sub(r"<defs>\s*<style.*?</style>\s*</defs>", "", body, flags=re.DOTALL)
    size = [float(number) for number in re.findall(r' (?:width|height)="([\d.]+)pt"', body)[:2]]
    head = (
        f'<svg class="chart" role="img" aria-label="{escape(alt)}" '
        f'viewBox="0 0 {size[0]:g} {size[1]:g}" '
        f'style="max-width: {size[0] * SCALE:.0f}px; {compact.FONT}">'
    )
    body = head + body[body.index(">") + 1 :].replace("xlink:href", "href")
    body = re.sub(r'style="[^"]*"', lambda found: _themed(found[0]), body)
    body = re.sub(r' transform="rotate\(-?0 [^"]*"', "", body)
    body = _own_ids(body, prefix or f"c{hashlib.sha256(body.encode()).hexdigest()[:8]}")
    start = body.index(">") + 1
    return body[:start] + compact.shorter(body[start:])


def _themed(style: str) -> str:
    style = re.sub(
        r"#[0-9a-f]{6}",
        lambda colour: (
            f"var({_VARIABLES[colour[0]]}, {colour[0]})" if colour[0] in _VARIABLES else colour[0]
        ),
        style,
    )
    return re.sub(r"'DejaVu Sans'[^;\"]*", "system-ui, sans-serif", style)


def _own_ids(body: str, prefix: str) -> str:
    used = set(re.findall(r'(?:url\(|href=")#([^)"]+)', body))
    body = re.sub(
        r' id="([^"]+)"',
        lambda found: f' id="{prefix}-{found[1]}"' if found[1] in used else "",
        body,
    )
    return re.sub(r'(url\(|href=")#([^)"]+)', lambda found: f"{found[1]}#{prefix}-{found[2]}", body)


def _png(fig: "Figure", alt: str) -> str:
    picture = io.BytesIO()
    fig.savefig(picture, format="png", dpi=160, facecolor=PAPER, metadata={"Software": None})
    data = base64.b64encode(picture.getvalue()).decode()
    return f'<img class="chart" alt="{escape(alt)}" src="data:image/png;base64,{data}">'
