"""The one way a notebook says what it found: each call shows it, and writes it to results.json.

In:   provenance, a headline, metrics, frames, figures, sentences.
Out:  fragments to look at, and results.json in the folder of the run in progress (if there is
      one), so that report, run log and push cannot disagree.
Knows nothing of: where the numbers come from, or who reads them.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Self

from f1lib import files
from f1lib.reports import fragments, numbers
from f1lib.reports.fragments import Fragment

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

RESULTS = "results.json"
TOO_LITTLE = "not enough rounds"

FACT_LABELS = {
    "archive_sha256": "Archive (sha256)",
    "snapshot_sha256": "Snapshot (sha256)",
    "cutoff": "Known when forecast",
}


@dataclass(frozen=True, slots=True)
class Metric:
    """One number and what makes it readable: interval, n, baseline, and which way is better.

    `low` to `high` is the 95 % interval of the value; `gain_low` to `gain_high` that of what is
    gained on the baseline over the same `n`, in any unit, above 0 where the value is better: only
    if it leaves out 0 the two are told apart. `counts` says what `n` counts. `digits` says how it
    is shown; results.json holds it in full. A value that could not be had is None (or NaN); `note`
    then says why.
    """

    name: str
    label: str
    value: float | None
    unit: str = ""
    n: int | None = None
    low: float | None = None
    high: float | None = None
    better: Literal["higher", "lower"] | None = None
    baseline: float | None = None
    digits: int = 3
    note: str = ""
    gain_low: float | None = None
    gain_high: float | None = None
    counts: str = ""

    def as_json(self) -> dict[str, Any]:
        """Plain JSON values; where the value is null, `note` is never empty."""
        value = numbers.plain(self.value)
        return {
            "name": self.name,
            "label": self.label,
            "value": value,
            "unit": self.unit,
            "n": None if self.n is None else int(self.n),
            "low": numbers.plain(self.low),
            "high": numbers.plain(self.high),
            "better": self.better,
            "baseline": numbers.plain(self.baseline),
            "digits": self.digits,
            "note": self.note or (TOO_LITTLE if value is None else ""),
            "gain_low": numbers.plain(self.gain_low),
            "gain_high": numbers.plain(self.gain_high),
            "counts": self.counts,
        }

    @property
    def thing(self) -> tuple[str, str, str]:
        """What it is a number of: a tile of the favourite is another one with another favourite."""
        return self.name, self.label, self.unit

    @property
    def shown(self) -> str:
        """The value as the reader sees it."""
        return numbers.written(self.value, self.digits, self.unit)

    @property
    def interval(self) -> str:
        """From low to high, or nothing when either is unknown."""
        if numbers.plain(self.low) is None or numbers.plain(self.high) is None:
            return ""
        low, high = (numbers.written(end, self.digits) for end in (self.low, self.high))
        return f"{low} to {high}"

    @property
    def verdict(self) -> str:
        """``better`` or ``worse`` than the baseline; empty where the gain may be none."""
        low, high = numbers.plain(self.gain_low), numbers.plain(self.gain_high)
        known = None not in map(numbers.plain, (self.value, self.baseline))
        if not known or low is None or high is None or low <= 0 <= high:
            return ""
        return "better" if low > 0 else "worse"

    @property
    def comparison(self) -> str:
        """The baseline in words, such as ``0.124 better than baseline 1.350 nats``."""
        value, baseline = numbers.plain(self.value), numbers.plain(self.baseline)
        if baseline is None:
            return ""
        reference = numbers.written(baseline, self.digits, self.unit)
        if value is None or not self.verdict:
            return f"baseline {reference}"
        gap = abs(round(value, self.digits) - round(baseline, self.digits))  # adds up as shown
        said = f"{numbers.written(gap, self.digits)} " if gap else ""
        return f"{said}{self.verdict} than baseline {reference}"

    @property
    def counted(self) -> str:
        """On how many it was measured, and of what; nothing when that is unknown."""
        return "" if self.n is None else f"n = {self.n} {self.counts}".rstrip()


@dataclass(slots=True)
class Results:
    """What one notebook has found so far. Saying the same thing again replaces it."""

    notebook: str
    weekend: str
    run_folder: Path | None = None
    _headline: str = ""
    _simulated: bool = False
    _replay: bool = False
    _facts: dict[str, Any] = field(default_factory=dict)
    _metrics: dict[str, Metric] = field(default_factory=dict)
    _sentences: list[str] = field(default_factory=list)
    _gaps: list[str] = field(default_factory=list)
    _asides: list[str] = field(default_factory=list)
    _conclusion: str = ""
    _decision: str = ""
    _tables: dict[str, dict[str, Any]] = field(default_factory=dict)
    _figures: int = 0

    @classmethod
    def opened(cls, run_folder: Path | None, *, notebook: str, weekend: object) -> Self:
        """Begin. Without a run folder (a notebook opened by hand) nothing is written."""
        return cls(notebook=notebook, weekend=str(weekend), run_folder=run_folder)

    def provenance(
        self, *, simulated: bool = False, replay: bool = False, credit: str = "", **facts: object
    ) -> Fragment:
        """Say what was used: snapshot, model version, cutoff, credit for the data, and so on."""
        self._simulated, self._replay = simulated, replay
        self._facts = {name: _plain_fact(value) for name, value in facts.items()}
        if credit:
            self._facts["credit"] = credit
        self._write()
        labelled = {label_of(name): value for name, value in self._facts.items()}
        text = "; ".join(f"{label}: {value}" for label, value in labelled.items())
        return fragments.drawn(
            "provenance", text, facts=labelled, simulated=simulated, replay=replay
        )

    def headline(self, text: str) -> Fragment:
        """Say the answer in one sentence; the report puts it first."""
        self._headline = text
        self._write()
        return fragments.drawn("headline", text, sentence=text)

    def metrics(self, metrics: Iterable[Metric]) -> Fragment:
        """Say numbers as a row of tiles. The report puts the first row under its headline."""
        row = list(metrics)
        self._metrics |= {metric.name: metric for metric in row}
        self._write()
        text = "\n".join(f"{metric.label}: {metric.shown}" for metric in row)
        return fragments.drawn("tiles", text, metrics=row)

    def table(
        self,
        frame: "pd.DataFrame",
        caption: str,
        formats: Mapping[str, str] | None = None,
        *,
        bars: Sequence[str] = (),
        folded: str = "",
    ) -> Fragment:
        """Show a frame; the first column names the rows.

        `formats` are Python format specs by column (``.1%``); columns in `bars` get a
        bar beside the number, the largest the longest. On a phone the first columns are seen
        first: put what matters there. With `folded` it is shown when that line is opened. One
        with neither rows nor caption is not shown.
        """
        from f1lib.reports import tables

        columns, rows = tables.cells(frame, formats or {}, bars)
        self._tables[caption] = {
            "caption": caption,
            "columns": [head.text for head in columns],
            "rows": [[cell.text for cell in row] for row in rows],
        }
        self._write()
        text = f"{caption} ({len(rows)} rows)"
        return fragments.drawn(
            "table", text, caption=caption, columns=columns, rows=rows, folded=folded
        )

    def figure(self, fig: "Figure | None", alt: str, caption: str) -> Fragment:
        """Show a figure; `alt` says what it shows, `caption` how to read it.

        Without a figure, `alt` is the sentence that says why there is none.
        """
        from f1lib.reports import charts, pages

        if fig is None:
            return self.sentence(alt)
        self._figures += 1
        image = pages.trusted(charts.svg(fig, alt, prefix=f"figure{self._figures}"))
        return fragments.drawn("figure", f"{alt} {caption}", image=image, caption=caption)

    def sentence(self, text: str) -> Fragment:
        """Say a sentence that code computed; an empty one is not shown."""
        return self._say("sentence", text)

    def gap(self, text: str) -> Fragment:
        """Say what the report has to do without, which makes its run `degraded`; empty: nothing."""
        if text and text not in self._gaps:
            self._gaps.append(text)
        return self._say("sentence", text)

    def aside(self, text: str) -> Fragment:
        """Say a sentence about this very run, such as what it backed up; an empty one is not shown.

        The same run again may say another. All else is the same from the same inputs.
        """
        if text and text not in self._asides:
            self._asides.append(text)
        self._write()
        return fragments.drawn(fragments.ASIDE, text, sentence=text)

    def conclusion(self, text: str, *, decision: str = "") -> Fragment:
        """Say what follows from it all; the last thing in a notebook.

        `decision` is what was decided, in a word or two, of a notebook that decides.
        """
        self._conclusion, self._decision = text, decision
        return self._say("conclusion", text)

    def as_json(self) -> dict[str, Any]:
        """The content of results.json."""
        return {
            "notebook": self.notebook,
            "weekend": self.weekend,
            "headline": self._headline,
            "simulated": self._simulated,
            "replay": self._replay,
            "provenance": self._facts,
            "metrics": [metric.as_json() for metric in self._metrics.values()],
            "sentences": self._sentences,
            "gaps": self._gaps,
            "asides": self._asides,
            "tables": list(self._tables.values()),
            "conclusion": self._conclusion,
            "decision": self._decision,
        }

    def _say(self, kind: str, text: str) -> Fragment:
        if text and text not in self._sentences:
            self._sentences.append(text)
        self._write()
        return fragments.drawn(kind, text, sentence=text)

    def _write(self) -> None:
        if self.run_folder is not None:
            text = json.dumps(self.as_json(), indent=1, ensure_ascii=False, allow_nan=False)
            files.write_text(self.run_folder / RESULTS, text + "\n")


def read(run_folder: Path) -> dict[str, Any]:
    """The results.json of a run; empty when the notebook did not get as far as that.

    Raises ValueError where it is no JSON, or not of its shape, and says where.
    """
    path = run_folder / RESULTS
    if not path.exists():
        return {}
    from f1lib.reports import shape  # whoever starts a run need not wait for what checks it

    return shape.checked(path.read_bytes())


def metrics_of(results: Mapping[str, Any]) -> list[Metric]:
    """The metrics that a results.json holds, also one of an f1lib that knew less, or more."""
    known = set(Metric.__slots__)
    return [
        Metric(**{name: value for name, value in said.items() if name in known})
        for said in results.get("metrics", [])
    ]


def label_of(fact: str) -> str:
    """How a report calls a fact of the provenance.

    >>> label_of("model_version")
    'Model version'
    """
    return FACT_LABELS.get(fact, fact.replace("_", " ").capitalize())


def _plain_fact(value: object) -> str | int | float | bool | None:
    if value is None or isinstance(value, bool | str):
        return value
    number = numbers.plain(value)
    if number is not None:
        return number
    return value.isoformat() if isinstance(value, datetime) else str(value)
