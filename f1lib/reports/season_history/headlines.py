"""What many seasons come to, in sentences."""

import math
from collections import Counter
from collections.abc import Hashable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from f1lib.monitoring.seasons import MINIMUM_SEASONS
from f1lib.reports.numbers import counted, listed, p_value, signed_percent, typeset
from f1lib.scoring.scores import METRICS

if TYPE_CHECKING:
    import pandas as pd

    from f1lib.monitoring.findings import Episode
    from f1lib.monitoring.performance import Measured
    from f1lib.monitoring.seasons import Pattern, Trend

METRIC = "winner_log_loss"
JUDGED = {METRIC: "in naming winners", "order_concordance": "in the order of qualifying"}
POLICIES = {  # of a replay
    "triggered": "Retraining when monitoring asks for it",
    "weekly": "Retraining on schedule",
    "always": "Retraining after each round, unjudged,",
}


def history(
    whole: "Measured", seasons: "Sequence[Measured]", told: "Sequence[Episode]", n_monitored: int
) -> str:
    """How good each stage was over all, and how many alerts there were.

    `told` are the alerts of `n_monitored` rounds, each once.
    """
    n = len(whole.window.weekends)
    span = f"{counted(len(seasons), 'season')}, {counted(n, 'round')}"
    rows = {what: whole.row(metric) for metric, what in JUDGED.items()}
    known = {what: row for what, row in rows.items()
             if row is not None and math.isfinite(row["skill_low"])}  # fmt: skip
    if not known:
        return f"Not enough rounds for a verdict over {span}."
    said = "; ".join(_against_baseline(what, row) for what, row in known.items())
    return f"Over {span}, against the frozen baseline: {said}. {alerts(told, n_monitored)}"


def _against_baseline(what: str, row: "pd.Series[Any]") -> str:
    verdict = _verdict(
        row["skill_low"], row["skill_high"],
        "the model was better", "the model was worse", "the model cannot be told from it",
    )  # fmt: skip
    return (
        f"{what} {verdict} (skill {signed_percent(row['skill'])}, 95 % interval "
        f"{signed_percent(row['skill_low'])} to {signed_percent(row['skill_high'])})"
    )


def alerts(told: "Sequence[Episode]", n_monitored: int) -> str:
    """How many alerts were raised, by the season in which each began."""
    if not n_monitored:
        return "No monitoring of these rounds is recorded, so nothing is said of alerts."
    rounds = counted(n_monitored, "monitored round")
    if not told:
        return f"No alert was raised in {rounds}."
    seasons = Counter(each.first.season for each in told)
    by_season = [f"{count} in {season}" for season, count in sorted(seasons.items())]
    longest = max(told, key=lambda each: each.n_rounds)
    lasted = (
        f" The longest lasted {longest.n_rounds} rounds, from {longest.first} to {longest.last} "
        f"({longest.finding.rule})."
        if longest.n_rounds > 1
        else ""
    )
    return f"{counted(len(told), 'alert')} in {rounds}: {listed(by_season)}.{lasted}"


def seasons(measured: "Sequence[Measured]", metric: str = METRIC) -> str:
    """In which seasons the gain over the baseline shows in one score, and in which it does not."""
    rows = {str(each.window.name): each.row(metric) for each in measured}
    known = {name: row for name, row in rows.items()
             if row is not None and math.isfinite(row["skill_low"])}  # fmt: skip
    what = JUDGED[metric]
    if not known:
        return f"No season has enough settled rounds for an interval {what}."
    better = [name for name, row in known.items() if row["skill_low"] > 0]
    worse = [name for name, row in known.items() if row["skill_high"] < 0]
    open_ = [name for name in known if name not in {*better, *worse}]
    parts = [
        f"{verdict} in {listed(names)}"
        for names, verdict in (
            (better, "the model was better than the baseline"),
            (worse, "it was worse" if better else "the model was worse than the baseline"),
            (open_, "model and baseline cannot be told apart"),
        )
        if names
    ]
    return (
        f"{what[0].upper()}{what[1:]} {'; '.join(parts)} (95 % intervals over the races of a "
        "season)."
    )


def trend(found: "Trend") -> str:
    """Whether the gain over the baseline grew or shrank over the years."""
    title = METRICS[found.metric].title
    if not math.isfinite(found.slope):
        return (
            f"{title}: too few seasons for a trend ({found.n_seasons}; {MINIMUM_SEASONS} are "
            "needed)."
        )
    slope, low, high = (typeset(f"{value:+.3f}") for value in (found.slope, found.low, found.high))
    verdict = _verdict(
        found.low, found.high,
        "the model gained on the baseline", "the model lost ground to the baseline",
        "no trend can be told from chance",
    )  # fmt: skip
    return (
        f"{title}: {verdict} ({slope} a season, 95 % interval {low} to {high}, "
        f"over the means of {counted(found.n_seasons, 'season')}, "
        f"{counted(found.n_races, 'race')})."
    )


def pattern(found: "Pattern", of: int = 1) -> str:
    """Whether the gain over the baseline differs within a pattern by more than chance.

    `of` is how many patterns were looked at: each must be so much clearer (Bonferroni).
    """
    if not math.isfinite(found.p_value):
        return f"Not enough rounds to compare by {found.name}."
    rows = [(each.window.name, row) for each in found.measured
            if (row := each.row(METRIC)) is not None and math.isfinite(row["skill"])]  # fmt: skip
    values = [
        f"{label.replace('_', ' ')} {signed_percent(row['skill'])} "
        f"({counted(int(row['n_races']), 'race')})"
        for label, row in rows
    ]
    verdict = (
        "differs by more than chance explains" if found.p_value < 0.05 / of
        else "is not shown to differ"
    )  # fmt: skip
    limit = "" if of == 1 else f"; of {of} patterns looked at, one needs p < {0.05 / of:.3f}"
    return (
        f"By {found.name} the gain over the baseline {verdict} ({p_value(found.p_value)}, races "
        f"shuffled within their seasons{limit}). Skill in naming winners: {listed(values)}."
    )


def versions(found: "Pattern") -> str:
    """Whether the gain over the baseline changed from one version to the next."""
    n = sum(len(each.window.weekends) for each in found.measured)
    if len(found.measured) == 1:
        name = found.measured[0].window.name
        return f"{counted(n, 'round')} and one version, {name}: no retraining shows in them."
    said = f"{len(found.measured)} versions spoke for {counted(n, 'round')}."
    if not math.isfinite(found.p_value):
        return f"{said} No season has rounds of two of them, so they cannot be compared."
    verdict = (
        "differs by more than chance explains" if found.p_value < 0.05 else "is not shown to differ"
    )
    return (
        f"{said} From one to another the gain over the baseline {verdict} "
        f"({p_value(found.p_value)}, races shuffled within their seasons)."
    )


def worth(season: int, policies: "pd.DataFrame", rows: "pd.DataFrame") -> str:
    """What each policy of a replay gained on `never`; empty where there is nothing to compare.

    `policies`: policy, retrainings, promotions. `rows`: policy, difference (nats a race), low,
    high, n_races.
    """
    whole = rows.merge(policies, on="policy").to_dict("records")
    return " ".join(_worth(season, row) for row in whole)


def _worth(season: int, row: "Mapping[Hashable, Any]") -> str:
    gain, low, high = (typeset(f"{row[name]:+.3f}") for name in ("difference", "low", "high"))
    n, what = counted(int(row["n_races"]), "race"), POLICIES[str(row["policy"])]
    if not row["promotions"]:
        trained = counted(int(row["retrainings"]), "version") if row["retrainings"] else "nothing"
        return (
            f"{what} trained {trained} in the replay of {season} and put nothing in use: it "
            "changed nothing."
        )
    begun = f"{what} gained {gain} nats a race in the replay of {season} on never retraining"
    if not math.isfinite(row["low"]):
        return f"{begun}; {n} are too few to tell it from nothing."
    verdict = _verdict(
        row["low"], row["high"], "was worth it", "did harm", "cannot be told from nothing"
    )
    return f"{begun} (95 % interval {low} to {high}, {n}): that {verdict}."


def next_promotions(season: int, policies: "pd.DataFrame", alerts: "pd.DataFrame") -> str:
    """How many alerts a replay raised under each policy, and how late the next promotion came.

    `policies`: policy, alerts. `alerts`: policy, rounds_later (missing where none followed).
    """
    said = []
    for row in policies.to_dict("records"):
        policy, n = str(row["policy"]), int(row["alerts"])
        later = alerts.loc[alerts["policy"] == policy, "rounds_later"].dropna().astype(int)
        part = f"{policy}: {counted(n, 'alert')}"
        if n:
            part += f", {len(later) or 'none'} followed by a promotion"
        if len(later):
            span = listed([f"{rounds}" for rounds in sorted(set(later))])
            part += f" ({span} rounds later)"
        said.append(part)
    return (
        f"Alerts in the replay of {season}, and the next promotion, for whatever reason. "
        f"{'; '.join(said)}."
        if said
        else ""
    )


def archive(replayed: str, mine: str, season: int) -> str:
    """That a replay was made from other data than this report, by their sha256; empty if not."""
    if replayed in {"", mine}:
        return ""
    return (
        f"This replay was made from other data ({replayed[:12]}, this report from {mine[:12]}). "
        f"`f1lib replay --season {season}` makes it anew."
    )


def drift(rows: "pd.DataFrame") -> str:
    """How many rounds had a feature in drift, and which features most often."""
    if rows.empty:
        return "No drift measurement of these rounds is recorded."
    n = rows["weekend"].nunique()
    drifted = rows[rows["status"] == "drift"]
    if drifted.empty:
        return f"No feature was in drift in {counted(n, 'measured round')}."
    most = drifted["feature"].value_counts().head(3)
    named = [f"{feature} ({counted(int(times), 'round')})" for feature, times in most.items()]
    return (
        f"A feature was in drift in {drifted['weekend'].nunique()} of "
        f"{counted(n, 'measured round')}, most often {listed(named)}."
    )


def conclusion(
    seasons_measured: "Sequence[Measured]",
    told: "Sequence[Episode]",
    findings: "pd.DataFrame",
    resets: Sequence[int],
    worth: str = "",
) -> str:
    """What the years say together, resets of the regulations apart.

    `worth` is what a replay came to, where one is shown.
    """
    said = [
        *(seasons(seasons_measured, metric) for metric in JUDGED),
        alerts(told, findings["weekend"].nunique()),
    ]
    span = {int(each.window.name) for each in seasons_measured}
    monitored = set(findings["weekend"].astype(str).str[:4])
    for reset in (season for season in resets if season in span):
        begun = [each for each in told if each.first.season == reset]
        if str(reset) not in monitored:
            said.append(f"The reset of {reset} was not monitored.")
        elif not begun:
            said.append(f"The reset of {reset} raised no alert.")
        else:
            finding = begun[0].finding
            said.append(
                f"The reset of {reset} was first marked after {begun[0].first}, by {finding.rule} "
                f"({finding.subject})."
            )
    return " ".join([*said, worth] if worth else said)


def _verdict(low: float, high: float, above: str, below: str, neither: str) -> str:
    """What an interval allows to say: that it is all above zero, all below it, or neither."""
    return above if low > 0 else below if high < 0 else neither
