"""Tables of many seasons."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from f1lib.monitoring.drift.watched import LEVELS
from f1lib.reports import numbers
from f1lib.scoring.scores import METRICS

if TYPE_CHECKING:
    import pandas as pd

    from f1lib.monitoring.findings import Episode
    from f1lib.monitoring.performance import Measured
    from f1lib.reports.tables import Listing


def windows(measured: "Sequence[Measured]", name: str, metric: str) -> "Listing":
    """A row for each window: a score beside its baseline, skill with interval, n."""
    import pandas as pd

    columns = ("value", "baseline_value", "skill", "skill_low", "skill_high")
    missing = dict.fromkeys(columns, float("nan"))
    rows = [missing if (row := each.row(metric)) is None else row for each in measured]
    frame = pd.DataFrame(
        {
            name.capitalize(): [each.window.name.replace("_", " ") for each in measured],
            "Champion": [row["value"] for row in rows],
            "Baseline": [row["baseline_value"] for row in rows],
            "Skill": [row["skill"] for row in rows],
            "Skill, 95 % interval": numbers.intervals(
                [float(row["skill_low"]) for row in rows],
                [float(row["skill_high"]) for row in rows],
                "{:+.0%}",
            ),
            "Races": [len(each.window.weekends) for each in measured],
        }
    )
    return (
        frame,
        f"{METRICS[metric].title}, by {name}. Skill is against the frozen baseline on the same "
        "races; intervals by bootstrap over races, none below five.",
        {"Champion": ".3f", "Baseline": ".3f", "Skill": "+.0%", "Races": ".0f"},
    )


def alerts(told: "Sequence[Episode]", n_monitored: int) -> "Listing":
    """Every alert once: when it began, how long it lasted, and what it said first."""
    import pandas as pd

    rows = [
        (str(each.first), each.finding.subject, each.finding.rule, each.n_rounds, str(each.last),
         each.finding.reason)
        for each in told
    ]  # fmt: skip
    columns = ["First after", "About", "Rule", "Rounds", "Last after", "It said first"]
    return (
        pd.DataFrame(rows, columns=columns),
        f"Every alert of {numbers.counted(n_monitored, 'monitored round')}.",
        {"Rounds": ".0f"},
    )


def drifted(drift: "pd.DataFrame") -> "Listing":
    """Features by how many rounds they were flagged in, watch and drift apart."""
    import pandas as pd

    rows = []
    for feature, group in drift.groupby("feature", sort=True):
        flagged = group[group["status"].isin(["watch", "drift"])].sort_values("weekend")
        if len(flagged):
            kinds = flagged["status"].value_counts()
            rows.append(
                (feature, int(kinds.get("drift", 0)), int(kinds.get("watch", 0)),
                 group["weekend"].nunique(), flagged["weekend"].iloc[0],
                 flagged["weekend"].iloc[-1])
            )  # fmt: skip
    columns = ["Feature", "Drift, rounds", "Watch, rounds", "Measured, rounds", "First", "Last"]
    shown = pd.DataFrame(rows, columns=columns).sort_values(
        ["Drift, rounds", "Watch, rounds"], ascending=False, kind="stable"
    )
    return (
        shown,
        "Features that were flagged at all. A window is a few races, so one change shows in "
        f"several rounds. {numbers.listed(LEVELS)} are levels of the whole field, which move from "
        "year to year: they are watched and raise no alert.",
        {},
    )
