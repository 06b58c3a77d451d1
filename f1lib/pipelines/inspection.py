"""Inspection: what a report shows of drift beyond its findings; nothing of it is stored."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
import pandas as pd

from f1lib.errors import InsufficientHistoryError
from f1lib.models.contract import Training
from f1lib.monitoring.drift import classifier, healthy
from f1lib.monitoring.drift.classifier import TwoSamples
from f1lib.monitoring.drift.healthy import FalseAlarms
from f1lib.monitoring.drift.profile import FIRST, MISSING, UNSEEN, Kind, Tally
from f1lib.monitoring.drift.watched import TESTED
from f1lib.pipelines import drift
from f1lib.pipelines.drift import DriftReview, Watch
from f1lib.pipelines.predict import Champion
from f1lib.reports.numbers import typeset
from f1lib.settings import Settings
from f1lib.tables.history import History
from f1lib.weekend import Cutoff, RaceWeekend, Stage

SHOWN = 4  # features whose distributions are drawn
COMPARED = 24  # races of the reference that say how much a reason usually moves the forecast


@dataclass(frozen=True, slots=True)
class Inspection:
    """A review of drift and what it looks like.

    `bins` has a row for each bin of the features that moved furthest: feature, bin, then, now
    (shares of the n_then and n_now rows). `effects` has a row for each reason the champion has in
    the race: reason, then, now (the standard deviation of what it adds to the log rate of dropping
    out, over the cars of a race, averaged over n_then and n_now races). `together` says whether
    rows can be told apart; None below its least races.
    """

    review: DriftReview
    bins: pd.DataFrame
    effects: pd.DataFrame
    together: TwoSamples | None
    false_alarms: FalseAlarms | None


def inspected(
    weekend: RaceWeekend,
    settings: Settings,
    *,
    now: datetime,
    window: int = 0,
    dry_run: bool = False,
) -> Inspection:
    """Measure drift as `drift.drift` does, and gather what explains it."""
    found = drift.measured(weekend, settings, now=now, window=window, dry_run=dry_run)
    history, holder, watch, review = found.history, found.champion, found.watch, found.review
    current = review.looks[-1].evaluation.weekends if review.looks else ()
    return Inspection(
        review=review,
        bins=_bins(watch, review, current),
        effects=_effects(history, holder, review, current),
        together=_together(watch, current),
        false_alarms=(
            None if watch.reference is None else healthy.false_alarms(watch.reference, watch.policy)
        ),
    )


def _rows(watch: Watch, weekends: Sequence[str]) -> pd.DataFrame:
    return watch.rows[watch.rows["weekend"].isin(weekends)]


def _bins(watch: Watch, review: DriftReview, current: Sequence[str]) -> pd.DataFrame:
    """Shares of rows in each bin of the features with the largest divergence beyond chance."""
    columns = ["feature", "bin", "then", "now", "n_then", "n_now"]
    if watch.reference is None or not current:
        return pd.DataFrame(columns=columns)
    profile = watch.reference.profile
    tally = Tally.of(_rows(watch, current), profile.binnings, watch.strata, "current")
    measures = review.looks[-1].evaluation.measures.dropna(subset=["kl_debiased"])
    furthest = measures.sort_values("kl_debiased", ascending=False, kind="stable")["feature"]
    rows = []
    for name in furthest[:SHOWN]:
        place = profile.features.index(name)
        binning = profile.binnings[place]
        labels = _labels(binning.kind, binning.cuts, binning.levels)
        then, now = (t.counts[:, place].sum(axis=0) for t in (profile.tally, tally))
        for number, label in labels.items():
            if then[number] or now[number]:
                shares = (then[number] / then.sum(), now[number] / now.sum())
                rows.append((name, label, *shares, int(then.sum()), int(now.sum())))
    return pd.DataFrame(rows, columns=columns)


def _labels(
    kind: Kind, cuts: Sequence[float] | np.ndarray, levels: Sequence[str]
) -> dict[int, str]:
    """What the bins of a feature are called, the missing last."""
    if kind is Kind.CATEGORIES:
        own = list(levels)
    elif kind is Kind.VALUES:
        own = [f"{cut:g}" for cut in cuts]
    else:
        ends = _told_apart(cuts)
        own = [f"to {end}" for end in ends] + [f"above {ends[-1]}"]
    return {FIRST + i: label for i, label in enumerate(own)} | {UNSEEN: "new", MISSING: "missing"}


def _told_apart(cuts: Sequence[float] | np.ndarray) -> list[str]:
    """Different numbers with as many decimals as two digits of the largest, or their order, need.

    >>> _told_apart([-0.42, -0.00004, 0.456]), _told_apart([0.1, 0.11, 12.0])
    (['\u22120.42', '0.00', '0.46'], ['0.10', '0.11', '12.00'])
    """
    largest = float(np.abs(cuts).max())
    digits = max(1 - math.floor(math.log10(largest)), 0) if largest > 0 else 0
    while len({f"{cut:.{digits}f}" for cut in cuts}) < len(cuts):
        digits += 1
    return [typeset(f"{cut:.{digits}f}") for cut in cuts]


def _effects(
    history: History, holder: Champion, review: DriftReview, current: Sequence[str]
) -> pd.DataFrame:
    """How much each reason spreads the cars of a race apart, then and now."""
    columns = ["reason", "then", "now", "n_then", "n_now"]
    if review.reference is None or not current:
        return pd.DataFrame(columns=columns)
    material = Training.from_history(history, holder.model.recipe.features, {Cutoff.BEFORE_RACE})
    spread, n = {}, {}
    for side, weekends in (
        ("then", review.reference.profile.tally.weekends[-COMPARED:]), ("now", current),
    ):  # fmt: skip
        said = [_reasons(material, holder, RaceWeekend.parse(weekend)) for weekend in weekends]
        spread[side], n[f"n_{side}"] = pd.concat(said, axis=1).mean(axis=1), len(said)
    found = pd.DataFrame(spread).rename_axis("reason").reset_index().assign(**n)
    return found.sort_values("then", ascending=False, ignore_index=True)[columns]


def _reasons(material: Training, holder: Champion, weekend: RaceWeekend) -> "pd.Series[float]":
    said = holder.model.contributions(material.field(weekend, Cutoff.BEFORE_RACE))
    return said[said["stage"] == Stage.RACE].groupby("reason")["value"].std()


def _together(watch: Watch, current: Sequence[str]) -> TwoSamples | None:
    """Whether a classifier can tell the rows of both windows apart."""
    if watch.reference is None:
        return None
    try:
        return classifier.told_apart(
            _rows(watch, current),
            _rows(watch, watch.reference.profile.tally.weekends),
            features=TESTED,
            strata=watch.strata,
        )
    except InsufficientHistoryError:
        return None
