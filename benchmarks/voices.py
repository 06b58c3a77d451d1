"""Voices: what champions, challengers and refits said of a replayed season, and its worth.

Beside the scores of what happened stands what the simulated world knows: nats above the truth.
"""

from collections.abc import Sequence
from functools import partial
from typing import Any

import pandas as pd

from f1lib.evaluation import backtest, oracle
from f1lib.evaluation.backtest import Backtest
from f1lib.evaluation.levels import HEADLINE_CUTOFF
from f1lib.evaluation.origins import origins
from f1lib.models.contract import Training
from f1lib.models.two_stage import TwoStage
from f1lib.pipelines import ingest, recipe
from f1lib.pipelines.replayed import Decision, Replay
from f1lib.registry import artifacts
from f1lib.settings import Settings
from f1lib.sources.simulated.world import SimulatedWorld
from f1lib.versions import ModelVersion
from f1lib.weekend import RaceWeekend, Stage

CUTOFFS = tuple(HEADLINE_CUTOFF.values())
ROUNDED = 1e-4
METRICS = {  # and whether more is better
    "winner_log_loss": False, "rps": False, "pole_log_loss": False, "gap_mae_pct": False,
    "order_concordance": True, "win_excess": False, "pole_excess": False,
}  # fmt: skip
Row = dict[str, Any]


def heard(
    simulated: SimulatedWorld,
    found: Replay,
    there: Settings,
    raced: Sequence[RaceWeekend],
    challenger: Decision | None,
    replicas: int,
) -> list[Row]:
    """weekend, model and a column per metric; models are frozen, triggered, challenger, refit.

    frozen: the first champion; triggered: who reigned; challenger: the version that was trained by
    the decision, promoted or not; refit: the recipe refit before each race from the change on.
    """
    history, own = ingest.known(there), recipe.recipe(there)
    material = Training.from_history(history, own.features)
    begins = simulated.scenario_facts.weekend
    since = [weekend for weekend in raced if begins and weekend >= begins]
    reigned = {each.weekend: each.champion for each in found.decisions}
    first = reigned[str(raced[0])]
    spoken = {
        version: asked(there, version, material, raced) for version in sorted({*reigned.values()})
    }
    parts = [named("frozen", spoken[first])]
    for version, of in spoken.items():
        parts.append(named("triggered", of, {w for w, who in reigned.items() if who == version}))
    if challenger is not None:
        later = [weekend for weekend in raced if str(weekend) > challenger.weekend]
        parts.append(named("challenger", asked(there, challenger.version, material, later)))
    if since:
        parts.append(
            named("refit", backtest.of_rounds(material, since, CUTOFFS, [partial(TwoStage, own)]))
        )
    whole = Backtest.stacked(parts)
    rows = table(simulated, whole, raced, replicas)
    mine = {each["weekend"]: each for each in rows if each["model"] == "triggered"}
    for each in found.rounds.to_dict("records"):
        again = mine[each["weekend"]]["winner_log_loss"]
        assert abs(again - each["value"]) < ROUNDED, "asked again, a version says something else"
    return rows


def table(
    simulated: SimulatedWorld, of: Backtest, raced: Sequence[RaceWeekend], replicas: int
) -> list[Row]:
    """weekend, model and METRICS of every voice."""
    both = [realised(of), above_truth(simulated, of, raced, replicas)]
    rows: list[Row] = pd.concat(both, axis=1).round(5).reset_index().to_dict("records")
    return rows


def asked(
    there: Settings, version: str, material: Training, weekends: Sequence[RaceWeekend]
) -> Backtest:
    """What a version of the registry says of rounds as it is."""
    state, _ = artifacts.read(there.models, ModelVersion.parse(version))
    model = TwoStage.from_state(state)
    return Backtest.stacked(
        backtest.of_round(origin, [model]) for origin in origins(material, weekends, CUTOFFS)
    )


def named(name: str, of: Backtest, weekends: set[str] | None = None) -> Backtest:
    """A voice under its name, on some rounds only."""
    frames = [
        frame[frame["weekend"].isin(frame["weekend"] if weekends is None else weekends)]
        for frame in (of.scores, of.probabilities)
    ]
    return Backtest(*(frame.assign(model=name) for frame in frames))


def realised(of: Backtest) -> pd.DataFrame:
    """Scores of what happened, each stage at the cutoff it is judged at."""
    rows = of.scores
    rows = rows[rows["cutoff"] == rows["stage"].map(HEADLINE_CUTOFF)]
    return rows[rows["metric"].isin(METRICS)].pivot(
        index=["weekend", "model"], columns="metric", values="value"
    )


def above_truth(
    simulated: SimulatedWorld, of: Backtest, raced: Sequence[RaceWeekend], replicas: int
) -> pd.DataFrame:
    """Nats above the truth, of winner and pole."""
    truths = []
    for weekend in raced:
        for stage, column in ((Stage.RACE, "p_win"), (Stage.QUALIFYING, "p_pole")):
            cutoff = HEADLINE_CUTOFF[stage]
            truth = simulated.truth(weekend, cutoff, replicas)
            truths.append(
                truth[["driver"]].assign(
                    p_first=truth[column], weekend=str(weekend), stage=stage.value,
                    cutoff=cutoff.value,
                )
            )  # fmt: skip
    said = of.probabilities.dropna(subset="p_first")
    found = oracle.excesses(pd.concat(truths, ignore_index=True), said)
    columns = {Stage.RACE: "win_excess", Stage.QUALIFYING: "pole_excess"}
    return found.assign(what=found["stage"].map(columns)).pivot(
        index=["weekend", "model"], columns="what", values="excess"
    )
