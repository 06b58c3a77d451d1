"""How far are forecasts from the truth? Models against the oracle of the simulated world.

    python benchmarks/oracle.py --seeds 1 2 3

For each seed a `stable` world with two seasons of history is built; in the season after them every
model is refit every few rounds and asked at all three cutoffs. Printed in nats a weekend: the
entropy of the truth, and by how much each expected log loss exceeds it. Between oracle and models
stand the two observers of observers.py: the insider is the bound that no forecast can beat, since
the form of a weekend is hidden; the attentive one is about what a perfect model could reach.
The oracle's probabilities are counted in replicas: with 4,000 of them even the truth is 0.004 off.
A seed takes about 100 s of one core.
"""

import argparse
import json
from collections.abc import Iterator

import observers
import pandas as pd

from f1lib.evaluation import backtest, oracle
from f1lib.evaluation.backtest import Backtest
from f1lib.models import candidates
from f1lib.models.candidates import Candidate
from f1lib.models.contract import Training
from f1lib.models.two_stage import Recipe
from f1lib.scoring.summary import bootstrap_interval
from f1lib.sources.simulated import world
from f1lib.sources.simulated.world import SimulatedWorld
from f1lib.tables.history import History, Snapshot
from f1lib.weekend import Cutoff, RaceWeekend, Stage

TARGET = 0.05  # nats: docs/decisions/0009
COLUMNS = {"p_win": Stage.RACE, "p_pole": Stage.QUALIFYING}


def truths(
    simulated: SimulatedWorld, weekends: list[RaceWeekend], replicas: int
) -> Iterator[pd.DataFrame]:
    """The true probabilities of each weekend and cutoff, long."""
    for weekend in weekends:
        for cutoff in Cutoff:
            found = simulated.truth(weekend, cutoff, replicas)
            for column, stage in COLUMNS.items():
                if found[column].notna().all():
                    yield found[["driver"]].assign(
                        p_first=found[column],
                        weekend=str(weekend),
                        stage=stage.value,
                        cutoff=cutoff.value,
                    )


def said(
    simulated: SimulatedWorld,
    weekends: list[RaceWeekend],
    models: list[Candidate],
    refit_every: int,
) -> Backtest:
    """What models said of each weekend at each cutoff, refit on all before every few rounds."""
    named = "0" * 64
    snapshot = Snapshot(named, "simulated", "SIMULATED", "", named, simulated=True)
    history = History.of(snapshot, simulated.tables())
    material = Training.from_history(history, models[0].features)
    makes = [each.make for each in models]
    return backtest.of_rounds(material, weekends, Cutoff, makes, refit_every=refit_every)


def measured(
    seed: int,
    models: list[Candidate],
    *,
    seasons: int,
    rounds: int,
    replicas: int,
    refit_every: int,
) -> pd.DataFrame:
    """Excess of models and observers in the last season of one world, by weekend."""
    simulated = world.build(seed, "stable", seasons)
    last = simulated.weekends[-1].season
    weekends = [weekend for weekend in simulated.weekends if weekend.season == last][:rounds]
    frames = [
        *observers.said(simulated, weekends, replicas),
        said(simulated, weekends, models, refit_every).probabilities.dropna(subset="p_first"),
    ]
    truth = pd.concat(truths(simulated, weekends, replicas), ignore_index=True)
    found = oracle.excesses(truth, pd.concat(frames, ignore_index=True))
    return found.assign(weekend=f"{seed}:" + found["weekend"])


def summarised(found: pd.DataFrame) -> pd.DataFrame:
    """Means over weekends, the best first at each cutoff, with what lies above `attentive`."""
    rows = []
    by = ["cutoff", "stage", "model"]
    for (cutoff, stage, model), mine in found.groupby(by, sort=False):
        excess = mine["excess"].to_numpy(dtype=float)
        low, high = bootstrap_interval(excess)
        rows.append((cutoff, stage, model, mine["entropy"].mean(), excess.mean(), low, high,
                     len(excess)))  # fmt: skip
    columns = [*by, "entropy", "excess", "low", "high", "n"]
    table_ = pd.DataFrame(rows, columns=columns).sort_values(
        ["cutoff", "stage", "excess"],
        key=lambda column: column.map(list(Cutoff).index) if column.name == "cutoff" else column,
        ignore_index=True,
    )
    reachable = table_[table_["model"] == "attentive"].set_index(["cutoff", "stage"])["excess"]
    asked = pd.MultiIndex.from_frame(table_[["cutoff", "stage"]])
    return table_.assign(above_attentive=table_["excess"] - reachable.reindex(asked).to_numpy())


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=str(__doc__).split("\n", maxsplit=1)[0])
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3])
    parser.add_argument("--model", nargs="+", default=[], help="beside champion and baselines")
    parser.add_argument("--seasons", type=int, default=3, help="the last of them is forecast")
    parser.add_argument("--rounds", type=int, default=24, help="at most this many of it")
    parser.add_argument("--replicas", type=int, default=4_000)
    parser.add_argument("--refit-every", type=int, default=4)
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    names = [candidates.CHAMPION, *asked.model, *candidates.BASELINES]
    models = candidates.named(names, Recipe())
    found = pd.concat(
        measured(
            seed,
            models,
            seasons=asked.seasons,
            rounds=asked.rounds,
            replicas=asked.replicas,
            refit_every=asked.refit_every,
        )
        for seed in asked.seeds
    )
    whole = summarised(found)
    if asked.json:
        print(json.dumps(whole.to_dict("records")))
        return
    print(whole.round(3).to_string(index=False))
    print(
        "Nats a weekend; `excess` is above the oracle, `above_attentive` above what could be "
        f"reached. The target is {TARGET}: where the insider has more, it can only mean the latter."
    )


if __name__ == "__main__":
    main()
