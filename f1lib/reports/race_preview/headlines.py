"""What a race preview comes to, in sentences."""

import math
from typing import TYPE_CHECKING, Any

from f1lib.monitoring.windows import ROUNDS
from f1lib.reports import numbers
from f1lib.reports.numbers import counted, p_value, percent, times, typeset
from f1lib.scoring.precedents import MINIMUM
from f1lib.scoring.summary import MINIMUM_RACES
from f1lib.weekend import Cutoff, Stage

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pandas as pd

    from f1lib.monitoring.performance import Measured
    from f1lib.monitoring.windows import Window

KNOWN = {
    Cutoff.BEFORE_WEEKEND: "before the weekend, from earlier rounds alone",
    Cutoff.BEFORE_QUALIFYING: "before qualifying, with practice known",
    Cutoff.BEFORE_RACE: "before the race, with qualifying and grid known",
}
STILL = 0.01  # a chance that changed by less has not moved


def preview(name: str, race: "pd.DataFrame", cutoff: Cutoff, replay: bool) -> str:
    """Who is likely to win, and who follows. `race` has the favourite first."""
    first, second = race.iloc[0], race.iloc[1]
    lead = (
        f"{first['driver']} is the favourite for the {name} with a chance of "
        f"{percent(first['p_first'])}"
    )
    made = "A replay, computed after the race from what was known" if replay else "Forecast"
    return (
        f"{lead}; {second['driver']} follows with {percent(second['p_first'])}. "
        f"{made} {KNOWN[cutoff]}."
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
        f"The model gives {row['driver']} {word} than the frozen baseline `{baseline}`: "
        f"{percent(row['p_first'])} against {percent(row['baseline'])}. "
        "On nobody do they disagree more."
    )


def moved(moves: "pd.DataFrame", learnt: "Mapping[str, Sequence[str]]") -> str:
    """Whose chance rose and whose fell most with what became known last.

    `moves`: driver, cutoff, p_first; `learnt`: the sessions that each cutoff added.
    """
    wide = moves.pivot(index="driver", columns="cutoff", values="p_first")
    reached = [cutoff.value for cutoff in Cutoff if cutoff.value in wide]
    if len(reached) < 2:
        return "Only one cutoff has been reached, so nothing has moved yet."
    before, after = reached[-2:]
    pair = wide[[before, after]].dropna()
    change = pair[after] - pair[before]
    new = numbers.listed([*learnt.get(after, ())]) or KNOWN[Cutoff(after)]
    ways = [
        f"{change.index[place]} {verb} most ({percent(float(pair[before].iloc[place]))} to "
        f"{percent(float(pair[after].iloc[place]))})"
        for verb, place in (("rose", int(change.argmax())), ("fell", int(change.argmin())))
        if (change.iloc[place] if verb == "rose" else -change.iloc[place]) >= STILL
    ]
    if not ways:
        return f"What was learnt last ({new}) moved nobody's chance of winning by a whole percent."
    return f"Chances of winning with {new} known: {numbers.listed(ways)}."


UNEXPLAINED = (
    "This forecast cannot be explained: it was recorded from other inputs than are at hand now."
)
NO_PAIR = "There is no pair of team-mates to compare, or this forecast cannot be explained."
WORTH_NAMING = {Stage.RACE: math.log(1.05), Stage.QUALIFYING: 0.02}


def effect(value: float, stage: Stage) -> str:
    """A contribution as a reader sees it; negative moves a car forward.

    Stage race: the factor on the odds of finishing ahead of any given rival; stage qualifying:
    what is added to the gap.

    >>> effect(-0.693, Stage.RACE), effect(0.693, Stage.RACE), effect(-0.21, Stage.QUALIFYING)
    ('×2.0', '×0.5', '−0.21 %')
    """
    if stage is Stage.QUALIFYING:
        return numbers.typeset(f"{value:+.2f}").replace("+0.00", "0.00") + " %"
    return times(math.exp(-value))


def why(
    reasons: "pd.DataFrame", forecast: "pd.DataFrame", place: int, stage: Stage = Stage.RACE
) -> str:
    """What moves the driver in that place of the forecast (1 is the favourite) most."""
    if place > len(forecast):
        return f"There are {len(forecast)} entries, so nobody is number {place}."
    row = forecast.iloc[place - 1]
    mine = reasons[(reasons["stage"] == stage) & (reasons["driver"] == row["driver"])]
    if mine.empty:
        return UNEXPLAINED
    mine = mine.sort_values("value", key=abs, ascending=False)
    moving = mine[mine["value"].abs() >= WORTH_NAMING[stage]]
    named = {
        way: numbers.listed(
            [
                _with_effect(reason, value, stage, row["grid"])
                for reason, value in zip(found["reason"], found["value"], strict=True)
            ]
        )
        for way, found in (
            ("forward", moving[moving["value"] < 0]),
            ("back", moving[moving["value"] > 0]),
        )
    }
    said = ", ".join(f"{way} by {words}" for way, words in named.items() if words)
    total = float(mine["value"].sum())
    return f"{row['driver']}: {said or 'moved by nothing in particular'}. {_together(total, stage)}"


def _with_effect(reason: str, value: float, stage: Stage, grid: float) -> str:
    place = f"P{grid:.0f}, " if reason == "grid" and math.isfinite(grid) else ""
    return f"{reason} ({place}{effect(value, stage)})"


def _together(total: float, stage: Stage) -> str:
    if stage is Stage.QUALIFYING:
        word = "faster" if total < 0 else "slower"
        return f"Together {abs(total):.2f} % {word} than the average car of the field."
    return (
        f"Together {times(math.exp(-total))} the odds that an average car has to finish ahead of "
        "any given rival."
    )


def duels(pairs: "pd.DataFrame") -> str:
    """The clearest and the closest pair of team-mates in the race. `pairs` as Preview.duels."""
    if pairs.empty:
        return NO_PAIR
    said = f"The clearest pair: {_ahead(pairs.iloc[0])}."
    return said if len(pairs) == 1 else f"{said} The closest: {_ahead(pairs.iloc[-1])}."


def _ahead(pair: "pd.Series[Any]") -> str:
    return f"{pair['driver']} finishes ahead of {pair['rival']} with {percent(pair['p_ahead'])}"


RUNGS = {
    "before_qualifying": "practice (with the sprint, where there is one)",
    "before_race": "qualifying with the grid",
}


def how_sure(race: "pd.DataFrame", n_rounds: int) -> str:
    """What became of earlier forecasts like the favourite's chance of winning.

    `race` has the favourite first, with precedents; `n_rounds` were settled before.
    """
    first = race.iloc[0]
    if n_rounds < ROUNDS:
        return (
            f"Not enough rounds to say how far to trust it: {n_rounds} settled before this one; "
            f"{ROUNDS} are needed."
        )
    chance = f"{first['driver']} has a chance of {percent(first['p_first'])} to win"
    if not first["p_first_like_n"]:
        return (
            f"{chance}. In {n_rounds} settled rounds fewer than {MINIMUM} chances were about the "
            "same, too few to say how often that comes true."
        )
    low, high = (100 * first[f"p_first_like_{end}"] for end in ("from", "to"))
    return (
        f"{chance}. In the {n_rounds} settled rounds before this one, chances between "
        f"{low:.3g} % and {high:.3g} % came true "
        f"{first['p_first_like_true']:.0f} times in {first['p_first_like_n']:.0f}. Such a "
        f"count fits any true share from {percent(first['p_first_like_low'])} to "
        f"{percent(first['p_first_like_high'])} (95 % interval)."
    )


def lately(measured: "Measured", races: "pd.DataFrame", cutoff: "Cutoff") -> str:
    """The champion against the baseline over the last rounds, at the cutoff of this forecast."""
    return _against_baseline(measured, races, cutoff, "In the last rounds", ROUNDS)


def here(measured: "Measured", races: "pd.DataFrame", cutoff: "Cutoff") -> str:
    """The same over earlier races at this circuit."""
    return _against_baseline(measured, races, cutoff, "At this circuit", MINIMUM_RACES)


def _against_baseline(
    measured: "Measured", races: "pd.DataFrame", cutoff: "Cutoff", where: str, needed: int
) -> str:
    """Hits of the favourite and log loss of the winners; a verdict only where a test agrees."""
    window = measured.window
    rows = measured.scores
    found = rows[(rows["metric"] == "winner_log_loss") & (rows["cutoff"] == cutoff)]
    n = len(window.weekends)
    if found.empty:
        return f"{where}: not enough rounds. None was settled before."
    row = found.iloc[0]
    said = f"{where} ({_span(window)}) {_hits(window, races)}"
    figures = f"log loss of the winners {row['value']:.2f} nats"
    if math.isfinite(row["baseline_value"]):
        figures += f" against {row['baseline_value']:.2f} for the baseline"
    said = f"{said}; {figures}"
    if n < needed:
        return f"{said}. Not enough rounds for a verdict ({n}; {needed} are needed)."
    if not math.isfinite(row["p_value"]):
        return f"{said}."
    verdict = f"{counted(n, 'round')} cannot tell the two apart"
    if row["p_value"] < 0.05:
        verdict = f"the champion was {'better' if row['skill'] > 0 else 'worse'}"
    return f"{said}: {verdict} (paired {p_value(row['p_value'])})."


def _span(window: "Window") -> str:
    first, last = window.weekends[0], window.weekends[-1]
    n = counted(len(window.weekends), "round")
    return f"{n}, {first}" if first == last else f"{n}, {first} to {last}"


def _hits(window: "Window", races: "pd.DataFrame") -> str:
    mine = races[races["weekend"].isin([str(each) for each in window.weekends])]
    hits = int((mine["winner"] == mine["favourite"]).sum())
    return f"the favourite won {hits} of {len(mine)}"


def pole(qualifying: "pd.DataFrame") -> str:
    """What the driver on pole had been given, once that is known; empty before."""
    first = qualifying[qualifying["qualified"] == 1]
    if first.empty:
        return ""
    row, favourite = first.iloc[0], qualifying.iloc[0]
    said = f"Qualifying was won by {row['driver']}, who had been given {percent(row['p_first'])}"
    if row["driver"] == favourite["driver"]:
        return f"{said} and was the favourite."
    return f"{said}; the favourite was {favourite['driver']} with {percent(favourite['p_first'])}."


def worth(rungs: "pd.DataFrame") -> str:
    """What each rung of the information ladder is usually worth. `rungs` as ladder.worth."""
    if rungs.empty:
        return (
            "Not enough rounds to say what a session is usually worth; "
            f"{MINIMUM_RACES}, forecast at every cutoff, are needed."
        )
    parts = []
    for row in rungs.iloc[1:].to_dict("records"):
        value, low, high = (typeset(f"{row[name]:+.2f}") for name in ("worth", "low", "high"))
        parts.append(
            f"{RUNGS[row['cutoff']]} {value} nats (95 % interval {low} "
            f"to {high}; the winner's chance ×{math.exp(row['worth']):.1f})"
        )
    n = int(rungs["n_races"].iloc[0])
    return f"Over {counted(n, 'settled round')} a session was worth: {', '.join(parts)}."


def conclusion(race: "pd.DataFrame", replay: bool) -> str:
    """The podium most to be expected, and whether this was said in time."""
    podium = ", ".join(race.nlargest(3, "p_top3")["driver"])
    p = [percent(float(share)) for share in race["p_top3"].nlargest(3)]
    when = (
        "This is a replay: computed after the race, from what was known before it."
        if replay
        else "Said before the race; it will be settled against the result."
    )
    return f"Most likely on the podium: {podium} ({', '.join(p)}). {when}"
