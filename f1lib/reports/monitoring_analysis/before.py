"""Whether the champion is as good as it was, in sentences."""

import math
from typing import TYPE_CHECKING, Any

from f1lib.monitoring import moved as moves
from f1lib.monitoring import trend as trends_of
from f1lib.monitoring.windows import ROUNDS
from f1lib.reports import numbers
from f1lib.reports.monitoring_analysis.headlines import against_baseline, in_short
from f1lib.reports.monitoring_analysis.listings import OF_SCORES
from f1lib.reports.numbers import counted, p_value, signed_percent
from f1lib.scoring.scores import METRICS

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from f1lib.monitoring.findings import Finding
    from f1lib.monitoring.moved import Moved
    from f1lib.monitoring.performance import Measured
    from f1lib.scoring.calibration import NullTest

NEEDED = moves.LEVEL / len(moves.JUDGED_BY)  # the p of a stage that moved


def opening(
    findings: "Sequence[Finding]", recent: "Measured", found: "Moved", trends: "pd.DataFrame"
) -> str:
    """Which rules raise an alert or fire, whether each stage is as good as it was, how good it is.

    `trends` as Analysis.trends.
    """
    raised = [_rule(each) for each in findings if each.alert]
    fired = [_rule(each) for each in findings
             if each.kind in OF_SCORES and each.fired and not each.alert]  # fmt: skip
    said = f"{counted(len(raised), 'alert')}: {numbers.listed(raised)}" if raised else "No alert"
    if fired:
        said += f"; about scores fired, without being one: {numbers.listed(fired)}"
    beside = against_baseline(recent.window, recent.row("winner_log_loss"))
    return f"{said}. {as_before(found, trends)} {beside}"


def _rule(finding: "Finding") -> str:
    return finding.rule.partition(".")[2].replace("_", " ")


def as_before(found: "Moved", trends: "pd.DataFrame") -> str:
    """Each stage against the rounds before the window, the one that moved most surely first."""
    if found.verdict == "insufficient":
        return f"Not enough rounds to say whether it is as good as it was. {_needed(found)}"
    ordered = found.stages.sort_values("p", kind="stable")
    return " ".join(_as_before(row, found, trends) for row in ordered.to_dict("records"))


def _as_before(row: "dict[Any, Any]", found: "Moved", trends: "pd.DataFrame") -> str:
    word = "better" if row["change"] > 0 else "worse"
    verdict = f"{word} than before" if row["p"] < NEEDED else "not shown to have moved"
    said = (
        f"{str(row['stage']).capitalize()}: {verdict} (skill {signed_percent(row['now'])} after "
        f"{signed_percent(row['before'])}, {p_value(row['p'])})"
    )
    drawn = _trend(trends, row["metric"], _season(found))
    if drawn is not None and (way := _way(drawn)):
        said += f"; over {_season(found)} it {way} ({p_value(drawn['p'])})"
    return f"{said}."


def moved(found: "Moved", trends: "pd.DataFrame") -> str:
    """Which of the two stages has become better or worse than before, and what moved in it."""
    if found.verdict == "insufficient":
        return f"Not enough rounds to say which stage moved. {_needed(found)}"
    verdict = {
        "neither": "Neither stage is shown to have moved",
        "both": "Both stages moved",
        "qualifying": "Stage qualifying moved, stage race is not shown to have moved",
        "race": "Stage race moved, stage qualifying is not shown to have moved",
    }[found.verdict]
    rows = found.stages.to_dict("records")
    said = "; ".join(_moved(row) for row in rows)
    return (
        f"{verdict}, as far as {int(found.stages['n'].min())} rounds can tell. Skill of {said}. "
        f"A stage moved if p is below {NEEDED:.3f}.{_otherwise(rows, found, trends)}"
    )


def _moved(row: "dict[Any, Any]") -> str:
    """Skill, and whether the champion or its baseline changed."""
    metric = METRICS[row["metric"]]
    own, own_before, other, other_before = (
        f"{row[name]:.{metric.digits}f}"
        for name in ("score", "score_before", "baseline", "baseline_before")
    )
    return (
        f"{row['stage']} {signed_percent(row['now'])} after {signed_percent(row['before'])} "
        f"({p_value(row['p'])}; {metric.label.lower()}: champion {own} after {own_before}, "
        f"baseline {other} after {other_before})"
    )


def _otherwise(rows: "list[dict[Any, Any]]", found: "Moved", trends: "pd.DataFrame") -> str:
    """Where the trend over the season sees what the window alone does not show."""
    season = _season(found)
    said = ""
    for row in rows:
        drawn = _trend(trends, row["metric"], season)
        if row["p"] >= NEEDED and drawn is not None and (way := _way(drawn)):
            said += (
                f" The trend above says more of {row['stage']}: over {season} it {way} "
                f"({p_value(drawn['p'])}). It takes {counted(int(drawn['n']), 'round')}, this the "
                f"last {int(row['n'])} against those before."
            )
    return said


def _needed(found: "Moved") -> str:
    return (
        f"{ROUNDS} are needed in the window and {ROUNDS} before it; there are "
        f"{int(found.stages['n'].min())} and {int(found.stages['n_before'].min())}."
    )


def _season(found: "Moved") -> int:
    return found.window.weekends[-1].season


def trend(trends: "pd.DataFrame", metric: str, season: int) -> str:
    """Whether the skill of a score rises or falls over the rounds of a season."""
    label = METRICS[metric].label
    row = _trend(trends, metric, season)
    if row is None or not math.isfinite(row["slope"]):
        n = 0 if row is None else int(row["n"])
        return (
            f"{label}: not enough rounds of {season} for a trend of skill "
            f"({n}; {trends_of.MINIMUM_RACES} are needed)."
        )
    slope, low, high = (numbers.typeset(f"{100 * row[name]:+.1f}") for name in
                        ("slope", "low", "high"))  # fmt: skip
    return (
        f"{label}: the skill of {season} {_way(row) or 'shows no trend'}: {slope} points of a "
        f"hundred a round (95 % interval {low} to {high}, {p_value(row['p'])} by shuffling the "
        f"{int(row['n'])} rounds), mean skill {signed_percent(row['skill'])}."
    )


def _trend(trends: "pd.DataFrame", metric: str, season: int) -> "pd.Series[Any] | None":
    mine = trends[(trends["metric"] == metric) & (trends["season"] == season)]
    return None if mine.empty else mine.iloc[0]


def _way(row: "pd.Series[Any]") -> str:
    """Which way a trend goes that chance does not explain; empty if it does."""
    if not row["p"] < 0.05:
        return ""
    return "rises" if row["slope"] > 0 else "falls"


def conclusion(
    measured: "Measured", test: "NullTest | None", found: "Moved", trends: "pd.DataFrame"
) -> str:
    """Whether it is as good as it was, and how good that is."""
    return f"{as_before(found, trends)} {in_short(measured, test)}"


def notes(found: "Moved") -> dict[str, str]:
    """For the score of each stage's order: its skill now and before; empty without both."""
    return {
        str(row["metric"]): f"skill {signed_percent(row['now'])}, before "
        f"{signed_percent(row['before'])}"
        for row in found.stages.to_dict("records")
        if math.isfinite(row["change"])
    }
