"""Forecasts: has what the champion says changed, whatever came of it?

In:   its race forecasts, those of the races it has learnt from and those since.
Out:  findings `drift.prediction`, never alerts.
Knows nothing of: outcomes.

A forecast carries over from round to round as form does, so that a window is compared with the runs
of consecutive races there are (see `memory`), and a change is found late or not at all; what comes
of a change is judged by scores. Forecasts of the reference are made by the fitted model of races it
has learnt from: with some twenty coefficients on a hundred races they are hardly surer for that.
"""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from f1lib.monitoring.drift import verdict
from f1lib.monitoring.drift.profile import Profile
from f1lib.monitoring.drift.verdict import Status
from f1lib.monitoring.findings import Finding
from f1lib.monitoring.policy import WatchPolicy

FEATURES = (
    "p_first",  # of the race
    "p_top10",
    "winner_entropy",  # nats; of twenty equal cars 3.00, the same for all entries
)
RULE = "drift.prediction"


def rows(said: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """weekend and FEATURES, a row per entry, of the forecasts (rows of Forecast) by weekend.

    >>> four = pd.DataFrame({"p_first": [0.25] * 4, "p_top10": [1.0] * 4})
    >>> rows({"2025-01": four})["winner_entropy"].round(3).unique().tolist()
    [1.386]
    """
    frames = []
    for weekend, forecast in said.items():
        p = forecast["p_first"].to_numpy(dtype=float)
        entropy = float(-(p * np.log(np.maximum(p, 1e-300))).sum())
        frames.append(
            forecast[["p_first", "p_top10"]].assign(weekend=weekend, winner_entropy=entropy)
        )
    columns = ["weekend", *FEATURES]
    return pd.concat(frames)[columns] if frames else pd.DataFrame(columns=columns)


def profile(said: pd.DataFrame, strata: Mapping[str, str]) -> Profile:
    """The profile of a reference window, from `rows`."""
    return Profile.of(said, features=FEATURES, strata=strata)


def findings(
    reference: Profile | None,
    window: pd.DataFrame,
    strata: Mapping[str, str],
    policy: WatchPolicy,
    version: str,
) -> tuple[Finding, ...]:
    """A finding for each of FEATURES over the races of `window` (from `rows`)."""
    time_window = f"last {policy.drift_window} rounds"
    if reference is None or window.empty:
        reason = (
            f"Model version {version} was registered without its own forecasts of the races it has "
            "learnt from; train another with `f1lib retrain`."
            if reference is None
            else "No settled forecast of these rounds. Run `f1lib predict` and `f1lib settle`."
        )
        return (
            Finding(RULE, "all forecasts", time_window, Status.INSUFFICIENT, reason,
                    model_version=version),
        )  # fmt: skip
    found = verdict.evaluated(
        reference, window, strata=strata, rule=policy.drift_rule, level=policy.drift_level,
        size=policy.drift_size,
    )  # fmt: skip
    return tuple(
        Finding(
            RULE, str(row["feature"]), time_window, str(row["status"]),
            str(row["reason"])
            or f"KL {row['kl']:.2f} against {row['kl_by_chance']:.2f} in runs of as many races.",
            model_version=version, value=row["kl"], threshold=policy.drift_size, p=row["p_value"],
            q=row["q_value"], n=len(found.weekends),
        )
        for row in found.measures.to_dict("records")
    )  # fmt: skip
