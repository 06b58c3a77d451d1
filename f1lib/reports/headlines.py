"""Sentences that state a conclusion: computed here from what was measured, typed nowhere.

In:   previews and monitorings.
Out:  one or two plain sentences.
Knows nothing of: charts, files, notebooks.
"""

import math
from typing import TYPE_CHECKING, Any

from f1lib.monitoring.windows import ROUNDS
from f1lib.reports import numbers
from f1lib.scoring.calibration import GATE_RACES
from f1lib.weekend import Cutoff

if TYPE_CHECKING:
    import pandas as pd

    from f1lib.monitoring.performance import Measured
    from f1lib.monitoring.windows import Window
    from f1lib.scoring.calibration import NullTest, Slope

KNOWN = {
    Cutoff.BEFORE_WEEKEND: "before the weekend, from earlier rounds alone",
    Cutoff.BEFORE_QUALIFYING: "before qualifying, with practice known",
    Cutoff.BEFORE_RACE: "before the race, with qualifying and grid known",
}


def percent(share: float) -> str:
    """A probability as a reader sees it; never 0 % or 100 % of something uncertain.

    >>> percent(0.524), percent(0.0004), percent(0.9999)
    ('52 %', 'less than 1 %', 'more than 99 %')
    """
    if share < 0.005:
        return "less than 1 %"
    if share > 0.995:
        return "more than 99 %"
    return f"{100 * share:.0f} %"


def preview(name: str, race: "pd.DataFrame", cutoff: Cutoff) -> str:
    """Who is likely to win, and who follows. `race` has the favourite first."""
    first, second = race.iloc[0], race.iloc[1]
    lead = (
        f"{first['driver']} is the favourite for the {name} with a chance of "
        f"{percent(first['p_first'])}"
    )
    return (
        f"{lead}; {second['driver']} follows with {percent(second['p_first'])}. "
        f"Forecast {KNOWN[cutoff]}."
    )


def how_open(race: "pd.DataFrame") -> str:
    """How many drivers it takes for nine tenths of the chance of winning."""
    total, n = 0.0, 0
    for p in race["p_first"]:
        total, n = total + float(p), n + 1
        if total >= 0.9:
            break
    field = len(race)
    return (
        f"It takes {n} of {field} drivers to have 90 % of the chance of winning; in an equal field "
        f"it would take {math.ceil(0.9 * field)}."
    )


def against_baseline(race: "pd.DataFrame", baseline: str) -> str:
    """Where the model and the frozen baseline disagree most about winning."""
    if race["baseline"].isna().all():
        return "There is no baseline to compare with at this cutoff."
    gap = (race["p_first"] - race["baseline"]).abs()
    row = race.iloc[int(gap.argmax())]
    word = "more" if row["p_first"] > row["baseline"] else "less"
    return (
        f"The model gives {row['driver']} {word} than the baseline {baseline}: "
        f"{percent(row['p_first'])} against {percent(row['baseline'])}. "
        "On nobody do they disagree more."
    )


def ladder(moves: "pd.DataFrame") -> str:
    """Whose chance moved most as sessions were run. `moves`: driver, cutoff, p_first."""
    wide = moves.pivot_table(index="driver", columns="cutoff", values="p_first")
    reached = [cutoff.value for cutoff in Cutoff if cutoff.value in wide]
    if len(reached) < 2:
        return "Only one cutoff has been reached, so nothing has moved yet."
    change = (wide[reached[-1]] - wide[reached[0]]).dropna()
    driver = str(change.abs().idxmax())
    before, after = (float(wide[cutoff][driver]) for cutoff in (reached[0], reached[-1]))
    verb = "rose" if after > before else "fell"
    return (
        f"What was learnt during the weekend moved {driver} most: the chance of winning {verb} "
        f"from {percent(before)} to {percent(after)}."
    )


def preview_conclusion(race: "pd.DataFrame", replay: bool) -> str:
    """The podium most to be expected, and whether this was said in time."""
    podium = ", ".join(race.nlargest(3, "p_top3")["driver"])
    p = [percent(float(share)) for share in race["p_top3"].nlargest(3)]
    when = (
        "This is a replay: computed after the race, from what was known before it."
        if replay
        else "Said before the race; it will be settled against the result."
    )
    return f"Most likely on the podium: {podium} ({', '.join(p)}). {when}"


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
