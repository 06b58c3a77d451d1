"""What the monitoring of the champion comes to, in sentences."""

import math
from typing import TYPE_CHECKING, Any

from f1lib.evaluation.levels import HEADLINE_CUTOFF
from f1lib.models import baselines
from f1lib.monitoring import anomalies, healthy
from f1lib.monitoring import slices as slices_of
from f1lib.monitoring.windows import ROUNDS
from f1lib.reports import numbers
from f1lib.reports.monitoring_analysis.listings import OF_SCORES
from f1lib.reports.numbers import counted, p_value, percent, signed_percent
from f1lib.scoring.calibration import GATE_RACES
from f1lib.weekend import Stage

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from f1lib.monitoring.anomalies import Surprises
    from f1lib.monitoring.findings import Finding
    from f1lib.monitoring.performance import Measured
    from f1lib.monitoring.windows import Window
    from f1lib.scoring.calibration import NullTest, Slope


ORDERS = str(baselines.for_metric("rps", HEADLINE_CUTOFF[Stage.RACE]))
SHOWN = 0.025  # the chance at one end below which something is said to be so
HINTED = 0.16  # a standard deviation off: said as what is not shown


def monitoring(window: "Window", row: "pd.Series[Any] | None") -> str:
    """Does the champion hold, judged by the log loss of winners? `row` as in performance.

    Better or worse is said only if a paired sign-flip test over the races of the window agrees at
    5 %, and there are enough of them.
    """
    if row is None or not math.isfinite(row["value"]):
        return f"Not enough rounds to say whether the champion holds ({window})."
    name = f"{str(window)[0].upper()}{str(window)[1:]}"
    said = f"{name}: log loss of the winners {row['value']:.2f} nats"
    if not math.isfinite(row["skill"]):
        return f"{said}; the baseline has no forecast of these rounds to compare with."
    said = f"{said} against {row['baseline_value']:.2f} for the baseline"
    if row["n_races"] < ROUNDS:
        return f"{said}; not enough rounds for a verdict ({row['n_races']}; {ROUNDS} are needed)."
    skill, low, high = (signed_percent(row[name]) for name in ("skill", "skill_low", "skill_high"))
    figures = f"skill {skill}, 95 % interval {low} to {high}, paired {p_value(row['p_value'])}"
    return f"The champion {_verdict(row)}. {said} ({figures})."


def against_baseline(window: "Window", row: "pd.Series[Any] | None") -> str:
    """The same in short, where there is a verdict; else all that can be said."""
    if row is None or not math.isfinite(row["skill"]) or row["n_races"] < ROUNDS:
        return monitoring(window, row)
    n = counted(int(row["n_races"]), "race")
    return f"The champion {_verdict(row)} in naming winners ({n}, {p_value(row['p_value'])})."


def _verdict(row: "pd.Series[Any]") -> str:
    if row["p_value"] < 0.05:
        return f"is {'better' if row['skill'] > 0 else 'worse'} than the baseline"
    return "cannot be told from the baseline"


def speakers(rounds: "pd.DataFrame", model: str, version: str, window: "Window") -> str:
    """Who forecast the rounds of the window: the champion itself, or earlier patches of it.

    And how many of these forecasts were replays, made when the race had been run.
    """
    inside = rounds[rounds["weekend"].isin([str(each) for each in window.weekends])]
    mine = inside[(inside["model"] == model) & (inside["cutoff"] == HEADLINE_CUTOFF[Stage.RACE])]
    of_rounds = mine.drop_duplicates("weekend")
    own, n = int((of_rounds["model_version"] == version).sum()), len(of_rounds)
    replays = int(of_rounds["replay"].sum())
    said = f"Of {counted(n, 'round')} looked at, champion {version} forecast"
    if own == n:
        said += " all itself."
    else:
        others = numbers.listed(sorted(set(of_rounds["model_version"]) - {version}))
        said += (
            f" {own} itself; on the others the same recipe fitted on fewer races ({others}) "
            "speaks for it."
        )
    if not replays:
        return said
    made = f"{replays} of these forecasts" if replays < n else "All of these forecasts"
    return (
        f"{said} {made} {'was' if replays == 1 else 'were'} replayed: computed after the race from "
        "what was known before it."
    )


def in_short(measured: "Measured", test: "NullTest | None") -> str:
    """What the numbers together say about the champion, or what would be needed to say more."""
    window = measured.window
    index, low, high = measured.skill_index
    if not window.full:
        return f"Not enough rounds for a verdict: {window}; {ROUNDS} are needed."
    if not math.isfinite(low):
        return f"The skill index over the {window} cannot be computed with an interval."
    value, low_said, high_said = (numbers.typeset(f"{x:+.3f}") for x in (index, low, high))
    verdict = "which cannot be told from none" if low <= 0 <= high else "which is no accident"
    return (
        f"Over the {window} the champion's skill index is {value} (95 % interval {low_said} to "
        f"{high_said}; 0 is no better than the baselines), {verdict}. {calibrated(test)}"
    )


def winners(frame: "pd.DataFrame") -> str:
    """How often the favourite won, beside how often the model itself expected that."""
    if frame.empty:
        return "No race forecast is settled yet."
    n, p = len(frame), frame["p_favourite"].to_numpy(dtype=float)
    hits = int((frame["winner"] == frame["favourite"]).sum())
    expected, sd = float(p.sum()), float((p * (1 - p)).sum() ** 0.5)
    many, few = anomalies.at_least(p, hits), 1 - anomalies.at_least(p, hits + 1)
    rare, of, word = (many, "more", "too little") if many <= few else (few, "fewer", "too much")
    said = (
        f"The favourite won {hits} of {counted(n, 'race')}; the model's own probabilities lead one "
        f"to expect {expected:.1f} ± {sd:.1f} (so many or {of}: {percent(rare)})"
    )
    if abs(hits - expected) <= sd or n < ROUNDS:
        return f"{said}."
    if rare < SHOWN:
        return f"{said}: it gives its favourites {word}."
    return f"{said}: if anything it gives its favourites {word}, which is not shown."


def surprise(frame: "pd.DataFrame") -> str:
    """The race whose winner was given the least."""
    if frame.empty:
        return "No race forecast is settled yet."
    row = frame.iloc[int(frame["p_winner"].argmin())]
    return (
        f"The greatest surprise was {row['weekend']}: {row['winner']} won with a forecast chance "
        f"of {percent(row['p_winner'])}."
    )


def calibrated(test: "NullTest | None") -> str:
    """Whether winners were as surprising as the model's own probabilities let one expect."""
    if test is None:
        return f"Not enough rounds to judge calibration; {ROUNDS} are needed."
    word = "more" if test.p_value < test.p_below else "less"
    rare = min(test.p_value, test.p_below)
    verdict, hint = "about as surprising as", ""
    if rare < SHOWN:
        verdict = f"{word} surprising than"
    elif rare < HINTED:
        verdict, hint = f"if anything {word} surprising than", ", which is not shown"
    return (
        f"The winners were {verdict} the model's own probabilities let one expect: log loss "
        f"{test.value:.2f} nats where {test.expected:.2f} is expected (as high by chance in "
        f"{percent(test.p_value)} of cases, as low in {percent(test.p_below)}; {test.n_races} "
        f"races){hint}."
    )


def error_of_calibration(test: "NullTest | None") -> str:
    """How far forecast and actual shares of winners lie apart, beside what chance alone gives."""
    if test is None:
        return f"Not enough rounds for a calibration error; {ROUNDS} are needed."
    return (
        f"Expected calibration error {test.value:.3f}, where a perfectly calibrated model would "
        f"have {test.expected:.3f} on so few races (excess {numbers.typeset(f'{test.excess:+.3f}')}"
        f", {p_value(test.p_value)}, {test.n_races} races)."
    )


def slope_of_calibration(slope: "Slope") -> str:
    """Over- or underconfident, and whether there are enough races to judge."""
    if not math.isfinite(slope.value):
        return f"Not enough rounds for a calibration slope ({slope.n_races}; 10 are needed)."
    said = (
        f"Calibration slope {slope.value:.2f} (95 % interval {slope.low:.2f} to {slope.high:.2f}, "
        f"{slope.n_races} races; 1 is calibrated, less is overconfident, "
        "more underconfident)"
    )
    if slope.failed is None:
        return f"{said}. It is judged over {GATE_RACES} races and more."
    return f"{said}: {'calibration is bad' if slope.failed else 'no reason to complain'}."


def alerts(findings: "Sequence[Finding]", policy: str) -> str:
    """How many alerts there are and what they say; else which rules about scores fired or wait."""
    raised = [each for each in findings if each.alert]
    mine = [each for each in findings if each.kind in OF_SCORES and not each.alert]
    fired = [each for each in mine if each.fired]
    waiting = [each for each in mine if each.status == "insufficient"]
    rules = {each.rule for each in findings}
    elsewhere = len(rules - {each.rule for each in findings if each.kind in OF_SCORES})
    also = f" ({elsewhere} of them about drift, conditions and data)" if elsewhere else ""
    looked = f"{counted(len(rules), 'rule')} of policy {policy}{also} looked at"
    if raised:
        return f"{counted(len(raised), 'alert')}, {looked}. " + " ".join(
            each.reason for each in raised
        )
    said = f"No alert, {looked}"
    if fired:
        return f"{said}; about scores fired, which alone wants no action: " + " ".join(
            each.reason for each in fired
        )
    if waiting:
        return f"{said}; not enough rounds for {len(waiting)} about scores yet."
    return f"{said}; none about scores fired."


def false_alarms(
    alarms: "pd.DataFrame", policy: str, past: "Window", drift: float | None = None
) -> str:
    """How often a policy would raise an alert in a season in which nothing is wrong.

    `drift` is the share of seasons with an alert of drift that `alarms` contains already; None:
    unknown, and only the rules of performance and calibration are spoken of.
    """
    if alarms.empty:
        return (
            f"How often policy {policy} would cry wolf cannot be said: {past}; "
            f"{healthy.MINIMUM_RACES} are needed."
        )
    share = float(alarms.loc[alarms["rule"] == healthy.TOGETHER, "alert"].iloc[0])
    from scipy.stats import binomtest

    counted_ = binomtest(round(share * healthy.SEASONS), healthy.SEASONS)
    between = counted_.proportion_ci(method="wilson")
    n, first, last = len(past.weekends), past.weekends[0], past.weekends[-1]
    rules = "The rules of performance and calibration" if drift is None else "All rules"
    apart = (
        ""
        if drift is None
        else f" Drift, counted in as independent, alerts in {drift:.1%} of other such seasons: "
        "races of the reference window in random order."
    )
    return (
        f"{rules} of policy {policy} would raise an alert in {share:.1%} of seasons in which "
        f"nothing is wrong (95 % interval {between.low:.1%} to {between.high:.1%}): "
        f"{healthy.SEASONS} seasons of "
        f"{healthy.ROUNDS} races drawn from the {n} settled rounds {first} to {last}, with winners "
        "drawn from the model's own probabilities. Ordinary change from one season to the next is "
        f"not among them.{apart}"
    )


def surprises(found: "Surprises", frame: "pd.DataFrame") -> str:
    """Whether the surprising winners of a season speak of races or of the model."""
    n = len(frame)
    if not n:
        return "No race forecast is settled yet."
    level = percent(anomalies.LEVEL)
    expected = (
        f"{found.expected:.1f} are to be expected by the model's own probabilities (at most "
        f"{anomalies.LEVEL * n:.1f}: chances of whole cars seldom add up to just {level})"
    )
    if found.n == 0:
        return f"None of {counted(n, 'race')} had a winner of the unlikeliest {level}; {expected}."
    both = int((frame["surprising"] & (frame["p_baseline"] <= anomalies.LEVEL)).sum())
    said = (
        f"{found.n} of {counted(n, 'race')} had a winner of the unlikeliest {level}; {expected} "
        f"(so many or more: {percent(found.p_many)}). The baseline was surprised by {both} of them "
        "too. "
    )
    verdict = {
        "races": "That speaks of surprising races, not of a bad model.",
        "model": "That is too many: it speaks of the model, not of the races.",
        "insufficient": f"Below {anomalies.ENOUGH} races that says nothing of the model.",
    }[found.verdict]
    return said + verdict


def cusum(frame: "pd.DataFrame", limit: float) -> str:
    """Where the sum of what was lost to the baseline stands, and where it was highest."""
    if frame.empty:
        return "There is no CUSUM: no round is settled, or the policy has no such rule."
    top = frame.iloc[int(frame["value"].argmax())]
    return (
        f"After {counted(len(frame), 'round')} the sum stands at {frame['value'].iloc[-1]:.1f} "
        f"nats; it was highest after {top['weekend']} with {top['value']:.1f}, "
        f"{'above' if top['value'] > limit else 'below'} the limit of {limit:g}."
    )


def slices(frame: "pd.DataFrame", past: "Window") -> str:
    """For which slices of the rounds `past` the champion is closer than the baseline, or not."""
    judged = frame[frame["error"].notna()]
    few = len(frame) - len(judged)
    said = f"{counted(few, 'slice')} with fewer than {slices_of.MINIMUM} races: too few to say."
    if judged.empty:
        return f"No slice can be judged yet. {said}"
    better, worse = (int(each.sum()) for each in (judged["gain_low"] > 0, judged["gain_high"] < 0))
    return (
        f"In the {past}: of {counted(len(judged), 'slice')} judged the champion is closer to the "
        f"finishing place than the baseline {ORDERS}, which goes by the place on the grid, in "
        f"{better} and further off in {worse}, beyond a 95 % interval; by chance alone about "
        f"{0.025 * len(judged):.1f} would be so either way. {said}"
    )
