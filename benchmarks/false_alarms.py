"""How often drift tools cry wolf on healthy races, and what they see of a change: side by side.

    OMP_NUM_THREADS=1 python benchmarks/false_alarms.py
    python benchmarks/false_alarms.py --evidently /tmp/evidently/bin/python \\
        --nannyml /tmp/nannyml/bin/python

Invented races (tests/invented_races.py): forty features, 110 reference races of 20 rows, windows of
3 and of 5 races. Rows of a race share up to 60 % of their variance, every other feature differs
between circuit types, and each window has a mix of circuits of its own. The same datasets for every
tool; slow ones are shown fewer. A process for each tool; benchmarks/drift.py says how to make the
environments. The rows of the table:

- ours: `verdict.evaluated` as it stands, a feature or more `watch` or `drift`; and `drift` alone.
- evidently: `DataDriftPreset()`, at least one column drifted; and its own "dataset drift", half of
  the columns or more.
- nannyml: `UnivariateDriftCalculator`, at least one alert. By default it makes ten chunks of
  whatever it is given; with a chunk as large as the window, it compares windows with windows.

Power is the share of datasets in which the feature that moved is flagged, rows of a race being
independent in it.
"""

import argparse
import json
import os
import subprocess
import sys
import warnings
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
import pandas as pd

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
import invented_races

N_REFERENCE = 110
FEATURES = invented_races.names(40)
MOVED = "feature_02"
CASES = {  # races in the window, standard deviations by which MOVED moves
    "healthy, 3 races": (3, 0.0),
    "healthy, 5 races": (5, 0.0),
    "1 sd, 3 races": (3, 1.0),
    "0.5 sd, 5 races": (5, 0.5),
}
DATASETS = {"ours": 500, "evidently": 30, "nannyml": 60}
Flags = Mapping[str, set[str]]  # by rule: the features it flags, of any name for all at once


def dataset(
    n_races: int, seed: int, by: float
) -> tuple[pd.DataFrame, pd.DataFrame, dict[str, str]]:
    """Reference, current window, circuit types: as in tests/unit/monitoring/drift."""
    rng = np.random.default_rng([n_races, seed])
    named = invented_races.weekends(N_REFERENCE + n_races)
    reference, strata = invented_races.races(rng, named[:N_REFERENCE])
    mix = rng.dirichlet(10 * np.array(invented_races.MIX))
    current, now = invented_races.races(rng, named[N_REFERENCE:], mix=mix, moved={MOVED: by})
    return reference, current, strata | now


def ours(reference: pd.DataFrame, current: pd.DataFrame, strata: dict[str, str]) -> Flags:
    from f1lib.monitoring.drift import verdict
    from f1lib.monitoring.drift.profile import Profile

    profile = Profile.of(reference, features=FEATURES, strata=strata)
    found = verdict.evaluated(profile, current, strata=strata)
    return {"ours": set(found.flagged()), "ours, drift": set(found.flagged(verdict.Status.DRIFT))}


def evidently(reference: pd.DataFrame, current: pd.DataFrame, _: object) -> Flags:
    from evidently import Report
    from evidently.presets import DataDriftPreset

    report = Report([DataDriftPreset()]).run(current[FEATURES], reference[FEATURES]).dict()
    whole, *columns = report["metrics"]
    distances = {one["config"]["column"]: one for one in columns}
    flagged = set()
    for name, one in distances.items():
        limit = one["config"]["threshold"]
        small = "p_value" in one["config"]["method"]  # drift is a small p or a large distance
        if one["value"] < limit if small else one["value"] >= limit:
            flagged.add(name)
    assert len(flagged) == whole["value"]["count"]
    dataset_drift = whole["value"]["share"] >= whole["config"]["drift_share"]
    return {"evidently": flagged, "evidently, dataset drift": flagged if dataset_drift else set()}


def nannyml(reference: pd.DataFrame, current: pd.DataFrame, _: object) -> Flags:
    import nannyml as nml

    found = {}
    for rule, size in (("nannyml", {}), ("nannyml, chunk = window", {"chunk_size": len(current)})):
        calculator = nml.UnivariateDriftCalculator(column_names=FEATURES, **size)
        result = calculator.fit(reference).calculate(current).filter(period="analysis").to_df()
        alerts = result.xs("alert", axis=1, level=2).any()
        found[rule] = {name for name, _ in alerts[alerts].index}
    return found


TOOLS: dict[str, Callable[..., Flags]] = {
    "ours": ours, "evidently": evidently, "nannyml": nannyml
}  # fmt: skip


def measured(tool: str, n: int) -> dict[str, dict[str, float]]:
    """Share of datasets flagged, by rule and case, and the share of features on healthy ones."""
    rows: dict[str, dict[str, float]] = {}
    for case, (n_races, by) in CASES.items():
        flags = [TOOLS[tool](*dataset(n_races, seed, by)) for seed in range(n)]
        for rule in flags[0]:
            one = rows.setdefault(rule, {"datasets": n})
            named = [flag[rule] for flag in flags]
            one[case] = float(np.mean([MOVED in f if by else bool(f) for f in named]))
            if not by:
                one[f"features, {n_races}"] = float(np.mean([len(f) for f in named]))
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--evidently", help="python of an environment with evidently")
    parser.add_argument("--nannyml", help="python of an environment with nannyml")
    parser.add_argument("--datasets", type=int, help="of each case, for every tool")
    parser.add_argument("--one", choices=TOOLS, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.one:
        warnings.simplefilter("ignore")
        print(json.dumps(measured(asked.one, asked.datasets)))
        return
    pythons = {"ours": sys.executable, "evidently": asked.evidently, "nannyml": asked.nannyml}
    rows = {}
    for tool, python in pythons.items():
        if not python:
            print(f"{tool}: not measured; name its python with --{tool}")
            continue
        n = str(asked.datasets or DATASETS[tool])
        done = subprocess.run(
            [python, __file__, "--one", tool, "--datasets", n],
            check=True, stdout=subprocess.PIPE, text=True,
            env=os.environ | {"NML_DISABLE_USAGE_LOGGING": "1", "DO_NOT_TRACK": "1"},
        )  # fmt: skip
        rows |= json.loads(done.stdout.splitlines()[-1])
        print(pd.DataFrame(rows).T.round(3).to_string(), flush=True)  # the next may take long


if __name__ == "__main__":
    main()
