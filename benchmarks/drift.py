"""What a drift report costs: ours beside plain numpy/scipy, and beside two well-known tools.

    OMP_NUM_THREADS=1 python benchmarks/drift.py
    python benchmarks/drift.py --evidently /tmp/evidently/bin/python \\
        --nannyml /tmp/nannyml/bin/python

CPU seconds, the least of a few repetitions (one, for a million rows in Evidently), each row in a
process of its own. The columns:

- rows: KL, PSI, Kolmogorov-Smirnov and chi-squared of every column, rows taken as they are;
  1,000,000 x 30 against 100,000 x 30, and 5,000 x 40 against 440 x 40.
- races: the same 5,000 x 40 as 250 races against 22, with 1,999 windows of races drawn by chance:
  null, q-values, verdict. The profile is made once per model and timed apart.
- memory: the most that was allocated above the data, in MB.

Evidently and NannyML are asked twice: for the statistics above as far as they have them, and for
what they report when nothing is asked for. Neither has all: Evidently's chi-squared is for names,
not numbers, so it computes KL, PSI and Kolmogorov-Smirnov; NannyML has Jensen-Shannon in place of
KL and PSI, and no chi-squared of numbers. By default Evidently measures the Wasserstein distance
of more than 1,000 rows, NannyML Jensen-Shannon of ten chunks. No HTML is written by any, and
usage is not reported to anyone.

The tools need environments of their own, since they pin older packages:

    python3 -m venv /tmp/evidently && /tmp/evidently/bin/pip install evidently 'pandas<3'
    python3 -m venv /tmp/nannyml && /tmp/nannyml/bin/pip install nannyml statsmodels
"""

import argparse
import json
import os
import subprocess
import sys
import time
import tracemalloc
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd

LARGE, SMALL = (1_000_000, 100_000, 30), (5_000, 440, 40)
TARGET_RACES = 0.07  # CPU seconds
TARGET_PLAIN = 1.2  # times plain numpy/scipy
TARGET_MEMORY = 100  # MB


def frames(rows: int, current: int, features: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Standard normal columns; the current ones a fifth of a standard deviation up."""
    rng = np.random.default_rng(0)
    names = [f"feature_{i:02d}" for i in range(features)]
    reference = pd.DataFrame(rng.standard_normal((rows, features)), columns=names)
    return reference, pd.DataFrame(rng.normal(0.2, 1, (current, features)), columns=names)


def ours(reference: pd.DataFrame, current: pd.DataFrame) -> Any:
    from f1lib.monitoring.drift import large

    return large.compared(current, reference)


def plain(reference: pd.DataFrame, current: pd.DataFrame) -> Any:
    """As a competent afternoon would write it: percentile edges, histograms, scipy.stats."""
    from scipy import stats

    found = []
    for name in reference:
        old, new = reference[name].to_numpy(), current[name].to_numpy()
        edges = np.quantile(old, np.linspace(0, 1, 11))
        edges[[0, -1]] = -np.inf, np.inf
        counts = [np.histogram(values, edges)[0] for values in (new, old)]
        p, q = ((c + 0.5) / (c.sum() + 5) for c in counts)
        kl, back = (p * np.log(p / q)).sum(), (q * np.log(q / p)).sum()
        ks = stats.ks_2samp(new, old, method="asymp")
        chi = stats.chi2_contingency(np.stack(counts), correction=False)
        found.append((name, kl, kl + back, ks.statistic, ks.pvalue, chi.statistic, chi.pvalue))
    return found


def evidently(reference: pd.DataFrame, current: pd.DataFrame) -> Any:
    from evidently import Report
    from evidently.metrics import ValueDrift

    asked = [ValueDrift(column=name, method=method) for name in reference
             for method in ("kl_div", "psi", "ks")]  # fmt: skip
    return Report(asked).run(current, reference).dict()


def evidently_default(reference: pd.DataFrame, current: pd.DataFrame) -> Any:
    from evidently import Report
    from evidently.presets import DataDriftPreset

    return Report([DataDriftPreset()]).run(current, reference).dict()


def nannyml(reference: pd.DataFrame, current: pd.DataFrame) -> Any:
    import nannyml as nml

    calculator = nml.UnivariateDriftCalculator(
        column_names=list(reference), chunk_size=len(current),
        continuous_methods=["jensen_shannon", "kolmogorov_smirnov"],
    )  # fmt: skip
    return calculator.fit(reference).calculate(current).to_df()


def nannyml_default(reference: pd.DataFrame, current: pd.DataFrame) -> Any:
    import nannyml as nml

    calculator = nml.UnivariateDriftCalculator(column_names=list(reference))
    return calculator.fit(reference).calculate(current).to_df()


def races() -> tuple[Callable[[], Any], Callable[[], Any]]:
    """Making the profile of 250 races, and judging 22 against it."""
    from f1lib.monitoring.drift import verdict
    from f1lib.monitoring.drift.profile import Profile

    reference, current = frames(*SMALL)
    features = list(reference)
    named = [f"{2000 + i // 22}-{i % 22 + 1:02d}" for i in range(272)]
    strata = {name: ("permanent", "street")[i % 3 == 0] for i, name in enumerate(named)}
    reference.insert(0, "weekend", np.repeat(named[:250], 20))
    current.insert(0, "weekend", np.repeat(named[250:], 20))

    def profile() -> Profile:
        return Profile.of(reference, features=features, strata=strata)

    made = profile()
    return profile, lambda: verdict.evaluated(made, current, strata=strata)


def least(work: Callable[[], Any], repetitions: int) -> float:
    """CPU seconds of the quickest repetition, after one to warm up."""
    found = []
    for _ in range(repetitions + 1):
        started = time.process_time()
        work()
        found.append(time.process_time() - started)
    return min(found[1:] or found)


def memory(work: Callable[[], Any]) -> float:
    """The most that Python and numpy held above what was there before, in MB."""
    tracemalloc.start()
    work()
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return most / 1e6


TOOLS = {
    "ours": ours, "plain": plain, "evidently": evidently, "evidently default": evidently_default,
    "nannyml": nannyml, "nannyml default": nannyml_default,
}  # fmt: skip
TIMES = {"evidently": 30, "nannyml": 15}  # our CPU, at least
QUIET = {"NML_DISABLE_USAGE_LOGGING": "1", "DO_NOT_TRACK": "1"}


def measured(tool: str) -> dict[str, float]:
    """The row of one tool, in this process."""
    found = {}
    slow = tool.startswith("evidently")
    for name, size, repetitions in (("large", LARGE, 0 if slow else 2), ("small", SMALL, 5)):
        reference, current = frames(*size)
        work = TOOLS[tool]
        found[name] = least(lambda: work(reference, current), repetitions)  # noqa: B023
        if name == "large" and tool in {"ours", "plain"}:
            found["memory"] = memory(lambda: work(reference, current))  # noqa: B023
    if tool == "ours":
        profile, judge = races()
        found |= {"profile": least(profile, 9), "races": least(judge, 9), "memory_races":
                  memory(judge)}  # fmt: skip
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--evidently", help="python of an environment with evidently")
    parser.add_argument("--nannyml", help="python of an environment with nannyml")
    parser.add_argument("--one", choices=TOOLS, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.one:
        print(json.dumps(measured(asked.one)))
        return
    pythons = {"evidently": asked.evidently, "nannyml": asked.nannyml}
    rows = {}
    for tool in TOOLS:
        python = pythons.get(tool.split()[0], sys.executable)
        if python:
            done = subprocess.run(
                [python, __file__, "--one", tool],
                check=True, stdout=subprocess.PIPE, text=True, env=os.environ | QUIET,
            )  # fmt: skip
            rows[tool] = json.loads(done.stdout.splitlines()[-1])
    table = pd.DataFrame(rows).T
    print(
        table.rename(columns={"large": "rows, large", "small": "rows, small"}).round(4).to_string()
    )
    mine = rows["ours"]
    print(f"\nlarge, times plain: {mine['large'] / rows['plain']['large']:.2f} "
          f"(target at most {TARGET_PLAIN})")  # fmt: skip
    print(f"races: {mine['races']:.3f} s of CPU (target at most {TARGET_RACES}), and "
          f"{mine['profile']:.3f} s once for the profile")  # fmt: skip
    most = max(mine["memory"], mine["memory_races"])
    print(f"memory: {most:.0f} MB above the data (target at most {TARGET_MEMORY})")
    for tool in (tool for tool in TOOLS if tool not in {"ours", "plain"}):
        name = tool.split()[0]
        if tool in rows:
            ratios = " and ".join(
                f"{rows[tool][size] / mine[size]:.0f}" for size in ("large", "small")
            )
            print(
                f"{tool}: {ratios} times our CPU, large and small (target at least {TIMES[name]})"
            )
        else:
            print(f"{tool}: not measured; name its python with --{name}")


if __name__ == "__main__":
    main()
