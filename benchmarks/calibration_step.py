"""Would a calibration step earn its place? Probabilities of first place, raised to a power.

    .venv/bin/f1lib backtest --from 2014-01 --to 2021-22 --out scores.csv
    .venv/bin/python benchmarks/calibration_step.py scores.probabilities.csv

Before each round the power is the calibration slope of all earlier rounds of the file, at least 48
of them; p^power / sum(p^power) is what the step would say. Printed is the gain in log loss, in
nats, of the rounds from the 49th on, positive where the step is better.
"""

import argparse
from pathlib import Path

import numpy as np
import pandas as pd

from f1lib.evaluation import comparison, probabilities
from f1lib.predictions import FloatArray
from f1lib.scoring import calibration
from f1lib.scoring.settled import BoolArray

ENOUGH = 48  # rounds that the first power is learnt from


def gains(p: FloatArray, won: BoolArray) -> FloatArray:
    """What the step gains in each round after the first ENOUGH whose winner was forecast."""
    found = []
    for now in range(ENOUGH, len(p)):
        if won[now].any():
            power = calibration.slope(p[:now], won[:now]).value
            raised = np.where(p[now] > 0, p[now] ** power, 0.0)
            said = raised[won[now]] / raised.sum()
            found.append(float(np.log(said / p[now][won[now]])[0]))
    return np.array(found)


def main() -> None:
    """Read, try and print."""
    parser = argparse.ArgumentParser(description=str(__doc__).split("\n", maxsplit=1)[0])
    parser.add_argument("file", type=Path)
    parser.add_argument("--model", default="two_stage")
    asked = parser.parse_args()
    whole = pd.read_csv(asked.file)
    rows = []
    for (stage, cutoff), mine in whole[whole["model"] == asked.model].groupby(["stage", "cutoff"]):
        p, won = probabilities.of_first(mine)
        found = gains(p, won)
        slope = calibration.slope(p, won).value
        rows.append((stage, cutoff, slope, found.mean(), *comparison.block_interval(found),
                     len(found)))  # fmt: skip
    columns = ["stage", "cutoff", "slope", "gain", "low", "high", "n"]
    print(pd.DataFrame(rows, columns=columns).round(4).to_string(index=False))


if __name__ == "__main__":
    main()
