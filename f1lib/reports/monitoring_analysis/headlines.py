"""What the monitoring of the champion comes to, in sentences."""

import math
from typing import TYPE_CHECKING, Any

from f1lib.monitoring.windows import ROUNDS
from f1lib.reports import numbers
from f1lib.reports.numbers import percent
from f1lib.scoring.calibration import GATE_RACES

if TYPE_CHECKING:
    import pandas as pd

    from f1lib.monitoring.performance import Measured
    from f1lib.monitoring.windows import Window
    from f1lib.scoring.calibration import NullTest, Slope


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
    skill, low, high = (
        numbers.typeset(f"{row[name]:+.0%}") for name in ("skill", "skill_low", "skill_high")
    )
    figures = f"skill {skill}, 95 % interval {low} to {high}, paired p = {row['p_value']:.2f}"
    verdict = "cannot be told from the baseline on so few races"
    if row["p_value"] < 0.05:
        verdict = f"is {'better' if row['skill'] > 0 else 'worse'} than the baseline"
    return f"The champion {verdict}. {said} ({figures})."


def monitoring_conclusion(measured: "Measured", test: "NullTest | None") -> str:
    """What the numbers together say about the champion, or what would be needed to say more."""
    window = measured.window
    index, low, high = measured.skill_index
    if not window.full or test is None:
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
    n = len(frame)
    hits = int((frame["winner"] == frame["favourite"]).sum())
    expected = float(frame["p_favourite"].sum())
    return (
        f"The favourite won {hits} of {n} races; the model's own probabilities lead one to expect "
        f"{expected:.1f}."
    )


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
    verdict = "about as surprising as"
    if test.p_value < 0.025:
        verdict = "more surprising than"
    elif test.p_below < 0.025:
        verdict = "less surprising than"
    return (
        f"The winners were {verdict} the model's own probabilities let one expect: log loss "
        f"{test.value:.2f} nats where {test.expected:.2f} is expected (as high by chance in "
        f"{percent(test.p_value)} of cases, as low in {percent(test.p_below)}; {test.n_races} "
        "races)."
    )


def error_of_calibration(test: "NullTest | None") -> str:
    """How far forecast and actual shares of winners lie apart, beside what chance alone gives."""
    if test is None:
        return f"Not enough rounds for a calibration error; {ROUNDS} are needed."
    return (
        f"Expected calibration error {test.value:.3f}, where a perfectly calibrated model would "
        f"have {test.expected:.3f} on so few races (excess {numbers.typeset(f'{test.excess:+.3f}')}"
        f", p = {test.p_value:.2f}, {test.n_races} races)."
    )


def slope_of_calibration(slope: "Slope") -> str:
    """Over- or underconfident, and whether there are enough races to judge."""
    if not math.isfinite(slope.value):
        return f"Not enough rounds for a calibration slope ({slope.n_races}; 10 are needed)."
    said = (
        f"Calibration slope {slope.value:.2f} (95 % interval {slope.low:.2f} to {slope.high:.2f}, "
        f"{slope.n_races} races; 1 is calibrated, less is overconfident)"
    )
    if slope.failed is None:
        return f"{said}. It is judged over {GATE_RACES} races and more."
    return f"{said}: {'calibration is bad' if slope.failed else 'no reason to complain'}."
