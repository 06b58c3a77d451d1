"""Verdict: which features have drifted, and whether the window as a whole has.

In:   the profile of the reference window, the rows of the current one, the stratum of each race.
Out:  `Evaluation`: a status and every statistic for each feature, one p-value for all.
Knows nothing of: where rows come from, what a drift sets off.

`drift` needs both: more than chance explains (Benjamini-Hochberg q below LEVEL) and large
(divergence at least SIZE above its mean by chance). Significant but small is `watch`. A window that
cannot tell is `insufficient`, never `stable`.
"""

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import numpy as np
import pandas as pd

from f1lib.errors import ConfigurationError
from f1lib.monitoring.drift import conditions, measures, null
from f1lib.monitoring.drift.conditions import NewCondition
from f1lib.monitoring.drift.measures import Part
from f1lib.monitoring.drift.null import FalseAlarms
from f1lib.monitoring.drift.profile import REFERENCE_RACES, Profile, Tally

LEVEL = 0.05  # of the Benjamini-Hochberg q
SIZE = 0.15  # nats: a shift of 0.55 standard deviations
MINIMUM_RACES = 3  # in the current window; fewer never give a verdict


class Status(StrEnum):
    """What is said of a feature, or of a window."""

    INSUFFICIENT = "insufficient"
    STABLE = "stable"
    WATCH = "watch"
    DRIFT = "drift"
    ERROR = "error"


class Rule(StrEnum):
    """How a feature is judged: against chance, or by the bare divergence."""

    PERMUTATION = "permutation"
    FIXED = "fixed"


@dataclass(frozen=True, slots=True)
class Limits:
    """The rule, and what it compares with: a level of q, a size in nats."""

    rule: Rule
    level: float = LEVEL
    size: float = SIZE


@dataclass(frozen=True, slots=True)
class Evaluation:
    """One window judged.

    `measures` has a row per feature (`measures.COLUMNS`). `p_value` is for all features at once and
    missing where there is nothing to test. `false_alarms` says how often each rule flags a window
    in which nothing has moved. `strata` are those of the permutation, `n_windows` is how many
    distinct windows they allow. All of this is of features whose races may be shuffled, not of
    those that carry over (see `memory`).
    """

    rule: Rule
    weekends: tuple[str, ...]
    reference: tuple[str, ...]
    status: Status
    measures: pd.DataFrame
    p_value: float
    false_alarms: FalseAlarms
    strata: tuple[str, ...]
    n_windows: int
    new_conditions: tuple[NewCondition, ...]
    notes: tuple[str, ...]

    @property
    def false_alarm_rate(self) -> float:
        """Share of windows without drift that the rule in force would flag."""
        alarms = self.false_alarms
        return alarms.fixed if self.rule is Rule.FIXED else alarms.significant

    def flagged(self, *statuses: Status) -> tuple[str, ...]:
        """Features with one of the statuses (watch and drift unless given)."""
        wanted = statuses or (Status.WATCH, Status.DRIFT)
        rows = self.measures[self.measures["status"].isin(list(wanted))]
        return tuple(rows["feature"])

    def __str__(self) -> str:
        n = len(self.weekends)
        span = f"{self.weekends[0]} to {self.weekends[-1]}" if self.weekends else "no race"
        drift, watch = self.flagged(Status.DRIFT), self.flagged(Status.WATCH)
        named = [f"{label}: {', '.join(names)}" for label, names in
                 (("drift", drift), ("watch", watch)) if names]  # fmt: skip
        return (
            f"{self.status}: {n} race{'s' * (n != 1)} ({span}) against {len(self.reference)}, "
            f"{len(self.measures)} features ({'; '.join(named) or 'none flagged'}). With no drift "
            f"this rule flags {100 * self.false_alarm_rate:.1f} % of windows."
        )


def evaluated(
    profile: Profile,
    frame: pd.DataFrame,
    *,
    strata: Mapping[str, str],
    rule: Rule = Rule.PERMUTATION,
    resets: Sequence[int] = (),
    reference: pd.DataFrame | None = None,
    level: float = LEVEL,
    size: float = SIZE,
    n: int = null.PERMUTATIONS,
    seed: int = 0,
) -> Evaluation:
    """Judge the races in `frame` (weekend and the features of the profile, one row per entry).

    `strata` names the circuit type of each of its weekends, `resets` the seasons of new
    regulations; `level` is of the q-value, `size` in nats. With the rows of the `reference` window
    numbers are tested by Kolmogorov-Smirnov instead of chi-squared over bins.

    Raises ConfigurationError when a race is in both windows, TableContractError for a frame without
    weekends or strata. What is wrong with one column becomes that column's status.
    """
    tally = Tally.of(frame, profile.binnings, strata, "current")
    shared = sorted(set(tally.weekends) & set(profile.tally.weekends))
    if shared:
        raise ConfigurationError(
            f"{', '.join(shared)} would be in both the reference and the current window. Choose "
            "races after the reference window.",
            shared=shared,
        )
    possible = bool(tally.weekends) and bool(profile.tally.weekends)
    tested = np.asarray(
        [possible and name not in tally.troubles for name in profile.features], dtype=bool
    )
    parts = measures.by_chance(profile.tally, tally, tested, n, seed)
    chance = parts[0].chance
    found = measures.measured(profile, tally, parts, size)
    if reference is not None:
        found = measures.with_rows(found, profile, frame, reference)
    too_few = _too_few(profile.tally, tally, rule)
    found = _judged(
        found, tally.troubles, Limits(rule, level, size), too_few, _no_room(parts, rule, level)
    )
    return Evaluation(
        rule=rule,
        weekends=tally.weekends,
        reference=profile.tally.weekends,
        status=_overall(found["status"]),
        measures=found,
        p_value=float(null.of_dataset(chance)[0]) if chance.kl.size else np.nan,
        false_alarms=null.false_alarms(chance, parts[0].p, level=level, size=size),
        strata=chance.strata,
        n_windows=chance.n_windows,
        new_conditions=conditions.new_conditions(profile, frame),
        notes=conditions.notes(profile, frame, resets, tally.weekends),
    )


def _too_few(reference: Tally, current: Tally, rule: Rule) -> str:
    """Why nothing can be said of any feature, as a sentence; empty if something can."""
    old, new = len(reference.weekends), len(current.weekends)
    if not old or not new:
        side = "current" if old else "reference"
        return f"There is no race in the {side} window. Wait for one, or choose other rounds."
    if rule is Rule.FIXED:
        return ""
    if new < MINIMUM_RACES:
        return (
            f"The current window has {new} of {MINIMUM_RACES} races, and rows of one race depend "
            "on each other. Wait for more, or choose a longer window."
        )
    if old < REFERENCE_RACES:
        return (
            f"The reference window has {old} of {REFERENCE_RACES} races. Train on a longer history."
        )
    return ""


def _no_room(parts: tuple[Part, Part], rule: Rule, level: float) -> tuple[str, ...]:
    """For each feature why it cannot be called stable even if not flagged; empty if it can."""
    m = sum(int(part.features.sum()) for part in parts)
    said = [""] * len(parts[0].features)
    for part, windows in zip(parts, ("distinct windows", "runs of races"), strict=True):
        if rule is Rule.FIXED or not m or part.chance.resolution < level / m:
            continue
        sentence = (
            f"{part.chance.n_windows} {windows} ({len(part.p)} tried) give no p-value below "
            f"{part.chance.resolution:.5f}; of {m} features one alone needs less than "
            f"{level / m:.5f}. "
        )
        advice = (
            "Choose a longer window, fewer features or more permutations."
            if part is parts[0]
            else "It carries over from race to race: watch what it is made of instead."
        )
        said = [sentence + advice if mine else old
                for old, mine in zip(said, part.features, strict=True)]  # fmt: skip
    return tuple(said)


def _judged(
    found: pd.DataFrame,
    troubles: Mapping[str, str],
    limits: Limits,
    too_few: str,
    no_room: Sequence[str],
) -> pd.DataFrame:
    """The measures with a status and, unless stable, its reason."""
    judged = []
    for row, room in zip(found.to_dict("records"), no_room, strict=True):
        if row["feature"] in troubles:
            judged.append((Status.ERROR, troubles[row["feature"]]))
        elif too_few:
            judged.append((Status.INSUFFICIENT, too_few))
        else:
            status = _by_rule(limits, row["kl"], row["kl_debiased"], row["q_value"])
            if status is Status.STABLE:
                judged.append((Status.INSUFFICIENT if room else Status.STABLE, room))
            else:
                judged.append((status, _reason(row, limits)))
    return found.assign(
        status=[status.value for status, _ in judged], reason=[reason for _, reason in judged]
    )


def _by_rule(limits: Limits, kl: float, debiased: float, q: float) -> Status:
    if limits.rule is Rule.FIXED:
        return Status.DRIFT if kl > limits.size else Status.STABLE
    if q >= limits.level:
        return Status.STABLE
    return Status.DRIFT if debiased >= limits.size else Status.WATCH


def _reason(row: Mapping[Hashable, Any], limits: Limits) -> str:
    if limits.rule is Rule.FIXED:
        rate = 100 * row["fixed_false_alarm_rate"]
        return (
            f"KL {row['kl']:.2f} is above {limits.size}, as in {rate:.0f} % of windows in which "
            "nothing has moved."
        )
    shift = row["shift"]
    moved = ""
    if np.isfinite(shift):
        side = "up" if shift > 0 else "down"
        far = f"{abs(shift):.1f} standard deviations {side}"
        moved = ", race means " + (far if abs(shift) >= 0.05 else "where they were")
    return (
        f"KL {row['kl']:.2f} against {row['kl_by_chance']:.2f} by chance{moved} "
        f"(q = {row['q_value']:.3f})."
    )


def _overall(statuses: "pd.Series[str]") -> Status:
    """The gravest of drift and watch; else stable if any feature is, else what is left."""
    present = set(statuses)
    for status in (Status.DRIFT, Status.WATCH, Status.STABLE, Status.INSUFFICIENT, Status.ERROR):
        if status in present:
            return status
    return Status.INSUFFICIENT
