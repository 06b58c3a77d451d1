"""What do alerts of performance and calibration cost in false alarms, and what do they find?

    F1LIB_HOME=/tmp/2018 .venv/bin/f1lib monitor --from 2018-01 --to 2025-24
    F1LIB_HOME=/tmp/2018 .venv/bin/python benchmarks/alerts.py

Reads the settled rounds of the home's champion and draws seasons of 24 races from them. A row per
setting of the policy in force; columns: shares of healthy seasons with an alert, then of seasons in
which something is wrong.
"""

import argparse
from dataclasses import replace

import numpy as np

from f1lib import settings as configuration
from f1lib.evaluation.levels import HEADLINE_CUTOFF
from f1lib.monitoring import healthy
from f1lib.monitoring.healthy import Pool
from f1lib.monitoring.policy import WatchPolicy
from f1lib.pipelines import analyse, ingest, policies, predict
from f1lib.predictions import FloatArray
from f1lib.weekend import RaceWeekend, Stage

SETTINGS = (
    {"order_evaluations": 1, "alert_p": 0.05, "cusum_limit": 3.0},
    {"order_evaluations": 3, "alert_p": 0.01, "cusum_limit": 3.0},
    {"order_evaluations": 6, "alert_p": 0.0015, "cusum_limit": 4.0},
    {"order_evaluations": 8, "alert_p": 0.001, "cusum_limit": 4.0},
    {"order_evaluations": 8, "alert_p": 0.001, "cusum_limit": 5.0},
)


def settled_races() -> Pool:
    """All settled rounds of the champion of this home."""
    settings = configuration.read()
    history = ingest.known(settings)
    holder = predict.champion(settings, simulated=history.snapshot.simulated).manifest
    scores = analyse.scores_of(
        str(holder.version), settings, simulated=holder.simulated, last=history.completed()[-1]
    )
    mine = (scores["model"] == holder.name) & (scores["cutoff"] == HEADLINE_CUTOFF[Stage.RACE])
    weekends = {RaceWeekend.parse(text) for text in scores.loc[mine, "weekend"].unique()}
    return analyse.pool(analyse.forecasts(holder, weekends, settings), scores, holder.name).whole()


def flattened(p: FloatArray, power: float) -> FloatArray:
    """Forecasts that are that much less sure."""
    raised = p**power
    return np.asarray(raised / raised.sum(axis=1, keepdims=True))


def wrongs(races: Pool) -> dict[str, tuple[Pool, FloatArray | None]]:
    """What is wrong, as races and the probabilities with which cars really win."""
    p, present = races.p, races.p > 0
    tenth = 0.9 * p + 0.1 * present / present.sum(axis=1, keepdims=True)
    even = races.order - (races.order - races.order_baseline).mean()
    return {
        "nothing": (races, None),
        "1.5 x too sure": (races, flattened(p, 1 / 1.5)),
        "2 x too sure": (races, flattened(p, 1 / 2)),
        "baseline right": (races, flattened(races.baseline, 1.0)),
        "tenth random": (races, tenth),
        "order even": (replace(races, order=even), None),
        "order worse": (replace(races, order=even - 0.02), None),
    }


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=str(__doc__).split("\n", maxsplit=1)[0])
    parser.add_argument("--seasons", type=int, default=1_000)
    asked = parser.parse_args()
    races, settings = settled_races(), configuration.read()
    default = policies.watch_policy(settings, "default")
    rows: list[tuple[str, WatchPolicy]] = [
        (", ".join(f"{name} {value:g}" for name, value in changed.items()),
         replace(default, **changed))
        for changed in SETTINGS
    ]  # fmt: skip
    rows.append(("brief", policies.watch_policy(settings, "brief")))
    print(f"{races.n_races} races")
    for title, policy in rows:
        print(title)
        for name, (of, truth) in wrongs(races).items():
            found = healthy.false_alarms(of, policy, truth=truth, seasons=asked.seasons)
            shares = found.set_index("rule")["alert"]
            print(f"  {name:16}", "  ".join(f"{rule} {x:.3f}" for rule, x in shares.items()))


if __name__ == "__main__":
    main()
