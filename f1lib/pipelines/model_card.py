"""Measure what the model card says, keep it as docs/model-card.json, and write the card from it."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from f1lib import files
from f1lib.errors import ConfigurationError, LeakageError
from f1lib.evaluation import levels, probabilities
from f1lib.evaluation.selection import LAST_SELECTION_SEASON
from f1lib.models import candidates
from f1lib.pipelines import backtest, ingest
from f1lib.pipelines.backtest import Backtested, Progress
from f1lib.reports import model_card as page
from f1lib.scoring import reliability, summary
from f1lib.scoring.scores import METRICS
from f1lib.settings import PROJECT_ROOT, Settings
from f1lib.tables.history import History
from f1lib.weekend import Cutoff, RaceWeekend, Stage

FOLDER = PROJECT_ROOT / "docs"
SEASONS = ((2014, 2025), (2022, 2025))  # the first holds the others
REFIT_EVERY = (5, 10, 24)  # rounds that a champion is used as it is; 24: a whole season
STUDIED = ("pole_log_loss", "gap_mae_pct", "winner_log_loss", "rps")
DIGITS = 6


@dataclass(frozen=True, slots=True)
class Written:
    """Where the card and its numbers are."""

    card: Path
    numbers: Path
    code: str
    snapshot: str


def write(
    settings: Settings,
    *,
    now: datetime,
    folder: Path = FOLDER,
    seasons: Sequence[tuple[int, int]] = SEASONS,
    refit_every: Sequence[int] = REFIT_EVERY,
    workers: int | None = None,
    progress: Progress | None = None,
) -> Written:
    """Backtest the champion's recipe over `seasons`, and write model-card.json and model-card.md.

    Only aggregated scores are written, no row of the data. Raises ConfigurationError on the
    simulated world, LeakageError when a leak is suspected.
    """
    history = ingest.known_or_imported(settings, now=now)
    if history.snapshot.simulated:
        raise ConfigurationError(
            "A model card is about Formula 1, but the snapshot in use is the simulated world. "
            "Import an F1DB archive (`f1lib data pull`) in another F1LIB_HOME."
        )
    first, last = _range(history, seasons[0])
    backtested = partial(
        backtest.backtest, first, last, settings, now=now, workers=workers, progress=progress
    )
    done = backtested()
    if done.leak_suspected:
        raise LeakageError(f"No card is written. {done.leak_suspected[0]}")
    seldom = {every: backtested(refit_every=every) for every in refit_every}
    card = {
        "model": candidates.CHAMPION,
        "code": done.code,
        "snapshot": done.snapshot.sha256,
        "source": done.snapshot.description,
        "credit": done.snapshot.credit,
        "first_season": settings.first_season,
        "seed": settings.seed,
        "periods": [_period(done, *_range(history, each)) for each in seasons],
        "seasons": _seasons(done),
        "chosen_until": LAST_SELECTION_SEASON,
        "frozen": _frozen(done, seldom),
    }
    numbers = folder / "model-card.json"
    files.write_text(numbers, as_text(card))
    files.write_text(folder / "model-card.md", page.rendered(card))
    return Written(folder / "model-card.md", numbers, done.code, done.snapshot.sha256)


def as_text(card: Mapping[str, Any]) -> str:
    """The numbers as JSON, a score a line, so that a change shows what changed."""
    plain = json.loads(json.dumps(card))
    lines: dict[str, str] = {}

    def marked(rows: list[Any]) -> list[str]:
        marks = []
        for row in rows:
            mark = f"@{len(lines)}@"
            lines[f'"{mark}"'] = json.dumps(row, ensure_ascii=False)
            marks.append(mark)
        return marks

    for part in [*plain["periods"], plain["frozen"]]:
        part["scores"] = marked(part["scores"])
        if "reliability" in part:
            part["reliability"] = marked(part["reliability"])
    if "seasons" in plain:
        plain["seasons"] = marked(plain["seasons"])
    text = json.dumps(plain, indent=2, ensure_ascii=False)
    for mark, line in lines.items():
        text = text.replace(mark, line, 1)
    return text + "\n"


def _range(history: History, seasons: tuple[int, int]) -> tuple[RaceWeekend, RaceWeekend]:
    """First and last round with a result of these seasons."""
    first, last = seasons
    inside = [weekend for weekend in history.completed() if first <= weekend.season <= last]
    if not inside:
        raise ConfigurationError(
            f"No race of {first} to {last} has a result in snapshot "
            f"{history.snapshot.sha256[:12]}. Import an archive that has them."
        )
    return inside[0], inside[-1]


def _period(done: Backtested, first: RaceWeekend, last: RaceWeekend) -> dict[str, Any]:
    """Levels of all models from `first` to `last`."""
    scores, said = (
        frame[(frame["weekend"] >= str(first)) & (frame["weekend"] <= str(last))]
        for frame in (done.scores, done.probabilities)
    )
    rows = levels.table(scores, said).to_dict("records")
    n = int(scores["weekend"].nunique())
    plain = [{str(name): _plain(value) for name, value in row.items()} for row in rows]
    return {
        "first": str(first),
        "last": str(last),
        "n": n,
        "scores": plain,
        "reliability": _reliability(said),
    }


def _seasons(done: Backtested) -> list[dict[str, Any]]:
    """Season by season the log loss of winner and pole beside the frozen baseline's."""
    rows = []
    for metric in ("winner_log_loss", "pole_log_loss"):
        cutoff = levels.HEADLINE_CUTOFF[METRICS[metric].stage]
        pairs = levels.beside_baseline(done.scores, candidates.CHAMPION, metric, cutoff)
        for season, races in pairs.groupby(pairs["weekend"].str[:4]):
            gains = (races["baseline"] - races["model"]).to_numpy(dtype=float)
            low, high = summary.bootstrap_interval(gains)
            numbers = {
                "value": float(races["model"].mean()),
                "baseline": float(races["baseline"].mean()),
                "gain": float(gains.mean()),
                "low": low,
                "high": high,
            }
            plain = {name: _plain(value) for name, value in numbers.items()}
            rows.append({"season": int(str(season)), "n": len(races), "metric": metric,
                         "cutoff": cutoff, **plain})  # fmt: skip
    return rows


def _reliability(said: pd.DataFrame) -> list[dict[str, Any]]:
    """Of what the champion said before the race: what was said and what happened, bin by bin."""
    mine = said[
        (said["model"] == candidates.CHAMPION)
        & (said["stage"] == Stage.RACE)
        & (said["cutoff"] == Cutoff.BEFORE_RACE)
    ]
    tables = {
        what: reliability.table(*probabilities.of_places(mine, what), what)
        for what in reliability.PLACES
    }
    return [
        {"of": what, **{str(name): _plain(value) for name, value in row.items()}}
        for what, table in tables.items()
        for row in table.to_dict("records")
    ]


def _frozen(done: Backtested, seldom: Mapping[int, Backtested]) -> dict[str, Any]:
    """How much worse each score is when the champion is refit every N rounds only."""
    rows = []
    for metric in STUDIED:
        for cutoff in Cutoff:
            fresh = _values(done, metric, cutoff)
            if fresh.empty:
                continue
            losses = []
            for every, other in seldom.items():
                worse = np.asarray(_values(other, metric, cutoff) - fresh, dtype=np.float64)
                worse = -worse if METRICS[metric].higher_is_better else worse
                low, high = summary.bootstrap_interval(worse)
                interval = {"loss": float(worse.mean()), "low": low, "high": high}
                plain = {name: _plain(value) for name, value in interval.items()}
                losses.append({"refit_every": every, **plain})
            value = _plain(float(fresh.mean()))
            rows.append({"metric": metric, "cutoff": cutoff, "value": value, "losses": losses})
    return {
        "first": str(done.rounds[0]),
        "last": str(done.rounds[-1]),
        "n": len(done.rounds),
        "refit_every": list(seldom),
        "scores": rows,
    }


def _values(done: Backtested, metric: str, cutoff: Cutoff) -> "pd.Series[float]":
    """One score of the champion's recipe, by weekend."""
    mine = done.scores[
        (done.scores["model"] == candidates.CHAMPION)
        & (done.scores["metric"] == metric)
        & (done.scores["cutoff"] == cutoff)
    ]
    return mine.set_index("weekend")["value"]


def _plain(value: Any) -> Any:
    """Rounded, as JSON has it; what is missing becomes null."""
    if isinstance(value, float):
        return round(float(value), DIGITS) if np.isfinite(value) else None
    return int(value) if isinstance(value, np.integer) else value
