"""Tables of many seasons."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from f1lib.monitoring.drift.watched import LEVELS
from f1lib.reports import numbers
from f1lib.scoring.scores import METRICS
from f1lib.scoring.summary import MINIMUM_RACES

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
            "Skill": [row["skill"] for row in rows],
            "Skill, 95 % interval": numbers.intervals(
                [float(row["skill_low"]) for row in rows],
                [float(row["skill_high"]) for row in rows],
                "{:+.0%}",
            ),
            "Champion": [row["value"] for row in rows],
            "Baseline": [row["baseline_value"] for row in rows],
            "Races": [len(each.window.weekends) for each in measured],
        }
    )
    return (
        frame,
        f"{METRICS[metric].title}, by {name}. Skill is against the frozen baseline on the same "
        "races; intervals by bootstrap over races, none below five.",
        {"Champion": ".3f", "Baseline": ".3f", "Skill": "+.0%", "Races": ".0f"},
    )


def versions(
    measured: "Sequence[Measured]", promoted: "Mapping[str, datetime]", spoke: "pd.DataFrame"
) -> "Listing":
    """A row for each version that spoke, in order: since when, for which rounds, and its scores.

    `spoke` (weekend, model_version, replay) tells how many of its rounds were replayed.
    """
    shown, _, _ = windows(measured, "version", "winner_log_loss")
    spans = [each.window.weekends for each in measured]
    since = [promoted.get(each.window.name) for each in measured]
    shown["Rounds"] = [f"{each[0]} to {each[-1]}" for each in spans]
    replayed = spoke.groupby("model_version")["replay"].sum()
    shown["Replayed"] = [int(replayed.get(each.window.name, 0)) for each in measured]
    shown["Champion since"] = [f"{at:%Y-%m-%d}" if at else numbers.MISSING for at in since]
    shown = shown.rename(columns={"Champion": "Log loss", "Baseline": "Baseline's"})
    columns = [
        "Version", "Skill", "Skill, 95 % interval", "Races", "Replayed", "Rounds", "Champion since",
        "Log loss", "Baseline's",
    ]  # fmt: skip
    return (
        shown[columns],
        "Versions in the order in which they spoke. Replayed: rounds that were forecast after "
        "their race, from what was known before it, whoever was champion then. Each has races of "
        "its own, harder or easier: compare skill, which is against the frozen baseline on the "
        "same races. No interval below five races.",
        {"Log loss": ".3f", "Baseline's": ".3f", "Skill": "+.0%", "Races": ".0f"},
    )


def policies(found: "pd.DataFrame", worth: "pd.DataFrame") -> "Listing":
    """A row for each policy of a replay: how good, what it gained on `never`, what it did."""
    import pandas as pd

    rows = found.merge(worth, on="policy", how="left")
    frame = pd.DataFrame(
        {
            "Policy": rows["policy"],
            "Gain on never": rows["difference"],
            "95 % interval": numbers.intervals(rows["low"], rows["high"], "{:+.3f}"),
            "Log loss": rows["winner_log_loss"],
            "Rounds": rows["rounds"],
            **{name.capitalize(): rows[name] for name in ("alerts", "retrainings", "promotions")},
        }
    )
    return (
        frame,
        "The season under each policy: winner log loss before the race and gain, in nats a race; "
        "intervals by bootstrap of blocks of races. Nothing was rolled back: that is a person's "
        "decision, and no replay makes it."
        if len(rows)
        else "",
        {"Log loss": ".3f", "Gain on never": "+.3f"},
    )


def next_promotions(found: "pd.DataFrame") -> "Listing":
    """Alerts of a replay, and how many rounds until the next version was put in use."""
    import pandas as pd

    columns = {
        "first": "First after", "policy": "Policy", "rounds_later": "Rounds later",
        "next_promotion": "Promotion after", "rule": "Rule", "subject": "About",
        "last": "Last after",
    }  # fmt: skip
    frame = pd.DataFrame(found[list(columns)].rename(columns=columns))
    return (
        frame.replace({"Promotion after": {"": numbers.MISSING}}).sort_values(
            ["First after", "Policy"], kind="stable"
        ),
        "Every alert of the replay, and the next promotion from then on, for whatever reason."
        if len(frame)
        else "",
        {"Rounds later": ".0f"},
    )


def trained(found: "pd.DataFrame") -> "Listing":
    """Versions that a rule of a replay had trained: why, and why each was put in use or not."""
    import pandas as pd

    columns = {
        "weekend": "Trained after", "policy": "Policy", "version": "Version",
        "promotion": "Became", "reason": "Why it was trained",
        "verdict": "What was decided about it",
    }  # fmt: skip
    asked = found[(found["version"] != "") & (found["trigger"] != "")]
    return (
        pd.DataFrame(asked[list(columns)].rename(columns=columns)),
        "Every version that a rule had trained in the replay, and what was decided about it."
        if len(asked)
        else "",
        {},
    )


def effects(found: "pd.DataFrame") -> "Listing":
    """What each version of a replay that was put in use gained on the first champion."""
    import pandas as pd

    long = found[found["n_races"] >= MINIMUM_RACES]
    frame = pd.DataFrame(
        {
            "Version": long["version"],
            "Policy": long["policy"],
            "Gain": long["difference"],
            "95 % interval": numbers.intervals(long["low"], long["high"], "{:+.3f}"),
            "Races": long["n_races"],
            "Trained after": long["after"],
            "For": long["trigger"].replace("", numbers.MISSING),
            "Reigned": [f"{a} to {b}" for a, b in zip(long["first"], long["last"], strict=True)],
            "Log loss": long["value"],
            "Of never": long["never"],
        }
    )
    how = (
        "Each retraining that was put in use, on the rounds it reigned over, beside the champion "
        "that is never replaced, in nats a race."
    )
    short = len(found) - len(long)
    few = (
        f"{numbers.counted(short, 'version')} reigned over fewer than {MINIMUM_RACES} rounds, not "
        "enough to say anything."
    )
    return (
        frame,
        f"{how} {few}" if short else how if len(long) else "",
        {"Log loss": ".3f", "Of never": ".3f", "Gain": "+.3f", "Races": ".0f"},
    )  # fmt: skip


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
