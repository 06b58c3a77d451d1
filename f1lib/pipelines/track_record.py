"""Track record: how good the champion's forecasts were before a weekend, lately and there."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from f1lib.models import baselines
from f1lib.monitoring import ladder, performance, windows
from f1lib.monitoring.performance import Measured
from f1lib.monitoring.windows import ROUNDS, Window
from f1lib.pipelines import settled
from f1lib.pipelines.predict import Champion
from f1lib.pipelines.settled import Speakers
from f1lib.scoring import precedents, reliability
from f1lib.scoring.reliability import PLACES
from f1lib.settings import Settings
from f1lib.store import connection, score_log
from f1lib.tables.history import History
from f1lib.weekend import Cutoff, RaceWeekend, Stage

RACE_COLUMNS = (*settled.WINNER_COLUMNS, "p_baseline", "here")

Tables = Mapping[str, pd.DataFrame]  # by probability: p_first, p_top3, p_top10


@dataclass(frozen=True, slots=True)
class TrackRecord:
    """Settled rounds before a weekend, each stage at the cutoff it is now forecast at.

    Of each round the champion's own forecast counts, else what an earlier version of the model
    said; `versions` names those that spoke. `recent` and `here` are measured over the last rounds
    and over earlier races at this circuit. `races` has RACE_COLUMNS, a row per settled race,
    oldest first; `rungs` is as ladder.worth; `reliability` holds reliability.table by stage and
    probability, without rows below windows.ROUNDS rounds.
    """

    cutoffs: Mapping[Stage, Cutoff]
    recent: Measured
    here: Measured
    races: pd.DataFrame
    rungs: pd.DataFrame
    reliability: Mapping[Stage, Tables]
    versions: tuple[str, ...]


def track_record(
    history: History,
    weekend: RaceWeekend,
    cutoffs: Mapping[Stage, Cutoff],
    holder: Champion,
    settings: Settings,
) -> TrackRecord:
    """What the store knows of forecasts of rounds before `weekend`. Records nothing."""
    simulated, name = history.snapshot.simulated, holder.model.name
    with connection.reading(settings.store_address) as store:
        standing = score_log.current(store, simulated=simulated, last=weekend)
    scores = settled.one_voice(
        standing[standing["weekend"] < str(weekend)], holder.version, speakers=Speakers.ANYBODY
    )
    of = {
        stage: settled.rounds(
            settings, stage, cutoff, model=name, version=holder.version, simulated=simulated,
            before=weekend, speakers=Speakers.ANYBODY,
        )
        for stage, cutoff in cutoffs.items()
    }  # fmt: skip
    reference = settled.rounds(
        settings, Stage.RACE, cutoffs[Stage.RACE], version="", simulated=simulated, before=weekend,
        model=baselines.for_metric("winner_log_loss", cutoffs[Stage.RACE]) or "",
    )  # fmt: skip
    weekends = [each.weekend for each in of[Stage.RACE]]
    there = _same_circuit(history, weekend)
    at_circuit = Window("earlier races here", tuple(each for each in weekends if each in there))
    return TrackRecord(
        cutoffs=cutoffs,
        recent=performance.measured(scores, windows.ending_with(weekend, weekends), name),
        here=performance.measured(scores, at_circuit, name),
        races=_races(of[Stage.RACE], reference, there, history),
        rungs=ladder.worth(scores, name),
        reliability={stage: _reliability(rounds) for stage, rounds in of.items()},
        versions=tuple(dict.fromkeys(each.version for each in of[Stage.RACE])),
    )


def with_precedents(forecast: pd.DataFrame, tables: Tables) -> pd.DataFrame:
    """`forecast` with what became of earlier ones like each of its probabilities.

    For p_first, p_top3 and p_top10 the columns of scoring.precedents, as p_first_like_n.
    """
    for what in PLACES:
        found = precedents.of(forecast[what].to_numpy(dtype=float), tables[what])
        forecast = forecast.join(found.add_prefix(f"{what}_"))
    return forecast


def _races(
    rounds: Sequence[settled.Round],
    reference: Sequence[settled.Round],
    there: set[RaceWeekend],
    history: History,
) -> pd.DataFrame:
    """RACE_COLUMNS: what was said of each race, also by the frozen baseline."""
    frame = settled.winners(rounds, history)
    said = {str(each.weekend): each.p_winner for each in reference}
    return frame.assign(
        p_baseline=frame["weekend"].map(said).astype(float),
        here=[each.weekend in there for each in rounds],
    )


def _reliability(rounds: Sequence[settled.Round]) -> dict[str, pd.DataFrame]:
    """A reliability table per probability."""
    if len(rounds) < ROUNDS:
        nothing = pd.DataFrame(columns=list(reliability.COLUMNS), dtype=float)
        return dict.fromkeys(PLACES, nothing)
    return {what: reliability.table(*settled.came_true(rounds, what), what) for what in PLACES}


def _same_circuit(history: History, weekend: RaceWeekend) -> set[RaceWeekend]:
    races = history["races"]
    mine = races.loc[races["circuit"] == history.race(weekend)["circuit"], "weekend"]
    return {RaceWeekend.parse(text) for text in mine}
