"""The model card: what the model is for, what it knows, how good it was, what it cannot do.

In:   aggregated scores of a backtest, as pipelines/model_card.py measures them.
Out:  Markdown, filled from template/model_card.md; the words about the model itself are in
      template/model_description.md.
Knows nothing of: how anything was measured.
"""

from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import Any

from f1lib.evaluation import plausibility
from f1lib.evaluation.levels import CALIBRATION
from f1lib.models import baselines
from f1lib.reports import numbers, pages
from f1lib.scoring import summary
from f1lib.scoring.calibration import GATE_RACES, GATE_SCORE, Slope
from f1lib.scoring.scores import METRICS
from f1lib.weekend import Cutoff

Row = Mapping[str, Any]
KEY = ("model", "stage", "cutoff", "metric")


def rendered(card: Mapping[str, Any]) -> str:
    """The card as Markdown."""
    facts = ("model", "source", "snapshot", "credit", "first_season", "code", "seed")
    page = pages.filled(
        "model_card.md",
        **{name: card[name] for name in facts},
        periods=[_period(period, card["model"]) for period in card["periods"]],
        seasons=_seasons(card["seasons"]),
        chosen_until=card["chosen_until"],
        n_chosen=sum(
            row["n"]
            for row in card["seasons"]
            if row["metric"] == "winner_log_loss" and row["season"] <= card["chosen_until"]
        ),
        frozen=_frozen(card["frozen"]),
        limits=plausibility.LIMITS,
        gate_races=GATE_RACES,
        gate_score=GATE_SCORE,
        weights=summary.SKILL_WEIGHTS,
    )
    lines = [line.rstrip() for line in str(page).splitlines()]
    kept = [line for line, before in zip(lines, ["", *lines], strict=False) if line or before]
    return "\n".join(kept).strip() + "\n"


def _period(period: Mapping[str, Any], model: str) -> dict[str, Any]:
    rows = period["scores"]
    cells = {tuple(row[name] for name in KEY): row for row in rows}
    mine = [row for row in rows if row["model"] == model]
    groups = [
        {
            "stage": stage,
            "cutoff": cutoff,
            "rows": [_score(row, cells) for row in group if row["metric"] in METRICS],
        }
        for (stage, cutoff), group in groupby(mine, lambda row: (row["stage"], row["cutoff"]))
    ]
    index = next((row for row in mine if row["metric"] == "skill_index"), None)
    return {
        "name": _years(period),
        "n": period["n"],
        "groups": groups,
        "index": None if index is None else _with_interval(index, "value", "low", "high", 3),
        "calibration": _calibration(mine),
        "reliability": [_bin(row) for row in period["reliability"]],
        "outside": [_outside(name, period["reliability"]) for name in PLACES_SAID],
    }


PLACES_SAID = {"p_first": "the win", "p_top3": "the podium", "p_top10": "the top ten"}


def _outside(what: str, rows: Sequence[Row]) -> str:
    """Such as ``the win 0 of 8``: how many bins lie outside the range of chance."""
    mine = [_bin(row)["outside"] for row in rows if row["of"] == what]
    return f"{PLACES_SAID[what]} {sum(map(bool, mine))} of {len(mine)}"


def _seasons(rows: Sequence[Row]) -> list[dict[str, str]]:
    """One line a season: races, and for winner and pole score, baseline and gain."""
    lines: dict[int, dict[str, str]] = {}
    for row in rows:
        line = lines.setdefault(row["season"], {"season": str(row["season"]), "n": str(row["n"])})
        what = row["metric"].removesuffix("_log_loss")
        line[what] = numbers.written(row["value"], 2)
        line[f"{what}_baseline"] = numbers.written(row["baseline"], 2)
        line[f"{what}_gain"] = _with_interval(row, "gain", "low", "high", 2)
    return list(lines.values())


def _bin(row: Row) -> dict[str, str]:
    """One line of the reliability table, shares in percent."""
    said, happened, low, high = (
        numbers.written(100 * float(row[name]), 1) for name in ("said", "happened", "low", "high")
    )
    return {
        "of": PLACES_SAID[row["of"]],
        "bin": f"{100 * row['p_from']:g} to {100 * row['p_to']:g} %",
        "n": str(row["n"]),
        "said": f"{said} %",
        "happened": f"{happened} %",
        "range": f"{low} to {high} %",
        "outside": "" if row["low"] <= row["happened"] <= row["high"] else "outside",
    }


def _years(period: Mapping[str, Any]) -> str:
    """Such as 2014-2025."""
    first, last = (str(period[name])[:4] for name in ("first", "last"))
    return first if first == last else f"{first}-{last}"


def _score(row: Row, cells: Mapping[tuple[Any, ...], Row]) -> dict[str, str]:
    metric = METRICS[row["metric"]]
    baseline = baselines.for_metric(metric.name, Cutoff(row["cutoff"]))
    reference = cells.get((baseline, *(row[name] for name in KEY[1:])))
    value = None if reference is None else reference["value"]
    return {
        "label": f"`{metric.name}`" + (f", {metric.unit}" if metric.unit else ""),
        "value": _with_interval(row, "value", "low", "high", metric.digits),
        "reference": numbers.written(value, metric.digits),
        "baseline": f"`{baseline}`" if reference is not None else "",
        "skill": _with_interval(row, "skill", "skill_low", "skill_high", 3),
        "verdict": _verdict(row["skill_low"], row["skill_high"]),
    }


def _verdict(low: float | None, high: float | None) -> str:
    """What the interval of a skill allows to say."""
    if low is None or high is None:
        return ""
    if low > 0:
        return "better"
    return "worse" if high < 0 else "not shown"


def _calibration(rows: Sequence[Row]) -> list[dict[str, str]]:
    """A line for each stage and cutoff, with the verdict of the gate."""
    lines = []
    of_first = [row for row in rows if row["metric"] in CALIBRATION]
    for (stage, cutoff), group in groupby(of_first, lambda row: (row["stage"], row["cutoff"])):
        found = {row["metric"]: row for row in group}
        slope, score, excess = (found[metric] for metric in CALIBRATION)
        line = Slope(*(slope[name] for name in ("value", "low", "high", "n")))
        gate = {None: "not judged", True: "FAILS", False: "passes"}[line.failed]
        lines.append(
            {
                "stage": stage,
                "cutoff": cutoff,
                "slope": _with_interval(slope, "value", "low", "high", 2),
                "score": numbers.written(score["value"], 2),
                "gate": gate,
                "excess": numbers.written(excess["value"], 4),
            }
        )
    return lines


def _frozen(study: Mapping[str, Any]) -> dict[str, Any]:
    """The table of the frozen champion: one line a score and cutoff, one loss a refit interval."""
    rows = []
    for row in study["scores"]:
        metric = METRICS[row["metric"]]
        rows.append(
            {
                "label": f"`{metric.name}`" + (f", {metric.unit}" if metric.unit else ""),
                "cutoff": row["cutoff"],
                "value": numbers.written(row["value"], metric.digits),
                "losses": [
                    _with_interval(loss, "loss", "low", "high", metric.digits + 1)
                    for loss in row["losses"]
                ],
            }
        )
    every = study["refit_every"]
    return {"name": _years(study), "n": study["n"], "every": every, "rows": rows}


def _with_interval(row: Row, value: str, low: str, high: str, digits: int) -> str:
    """Such as ``1.241 [1.109, 1.397]``; nothing where there is no value."""
    if row[value] is None:
        return ""
    said = numbers.written(float(row[value]), digits)
    if row[low] is None:
        return said
    bounds = (numbers.written(float(row[name]), digits) for name in (low, high))
    return f"{said} [{', '.join(bounds)}]"
