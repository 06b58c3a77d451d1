"""Review: what drift finds after a round - each feature, all together, each team, what is new.

In:   a reference, watched rows of the window, a policy; the reviews of the rounds before.
Out:  `Look`s, one a round; findings, of which some are alerts; rows for the log.
Knows nothing of: where a reference is kept.

An alert is a feature or a team that drifts in several evaluations in a row, or a reset of the
regulations that no reference race has seen. A new circuit or driver comes every year: it is found
and raises no alert. A team under a new name is not new.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from f1lib.monitoring import rules
from f1lib.monitoring.drift import conditions, lineages, sustained, verdict
from f1lib.monitoring.drift.lineages import FEATURE, Lineages, Moved
from f1lib.monitoring.drift.reference import Reference
from f1lib.monitoring.drift.verdict import Evaluation, Rule, Status
from f1lib.monitoring.drift.watched import LEVELS
from f1lib.monitoring.findings import FIRED, NONE, QUIET, Finding
from f1lib.monitoring.policy import WatchPolicy

ALL = "all features"
CALLED = {
    "regulations": "set of regulations",
    "constructor": "team, by this name or an earlier one,",
}
ALARMING = frozenset({"regulations"})  # new conditions that a person should hear of
TESTS = {"KS": "ks", "chi-squared": "chi_squared"}  # as the log calls them
LONGEST = 24  # evaluations looked back over for `in_a_row`


@dataclass(frozen=True, slots=True)
class Look:
    """One window judged: its features, and its lineages (the furthest first)."""

    evaluation: Evaluation
    moved: tuple[Moved, ...]
    n_rows: int

    @property
    def enough(self) -> bool:
        """Whether the window can be judged at all."""
        return any(status not in {Status.INSUFFICIENT, Status.ERROR}
                   for status in self.evaluation.measures["status"])  # fmt: skip


def looked(
    reference: Reference,
    window: pd.DataFrame,
    strata: Mapping[str, str],
    policy: WatchPolicy,
    resets: Sequence[int],
    past: pd.DataFrame | None = None,
) -> Look:
    """Judge the races of `window` (watched rows); `strata` are the circuit types of weekends.

    `past` are the watched rows of the reference, rebuilt, for tests that need more than counts.
    """
    evaluation = verdict.evaluated(
        reference.profile, window, strata=strata, rule=policy.drift_rule, resets=resets,
        level=policy.drift_level, size=policy.drift_size, reference=past,
    )  # fmt: skip
    old = reference.profile.tally
    found: tuple[Moved, ...] = ()
    if FEATURE in window and len(evaluation.weekends) >= verdict.MINIMUM_RACES:
        both = [*old.strata, *(strata[weekend] for weekend in evaluation.weekends)]
        found = lineages.moved(reference.lineages, Lineages.of(window), both)
    new = conditions.without_renamed(evaluation.new_conditions, window, reference.lineages.names)
    return Look(replace(evaluation, new_conditions=new), found, len(window))


def findings(
    reference: Reference, looks: Sequence[Look], policy: WatchPolicy, version: str
) -> tuple[Finding, ...]:
    """What the last of `looks` (one a round, oldest first) finds, in the light of those before."""
    return (
        *_features(looks, policy, version),
        _dataset(looks, policy, version),
        *_lineages(looks, policy, version),
        *_conditions(reference, looks, policy, version),
    )


def _window(policy: WatchPolicy) -> str:
    return f"last {policy.drift_window} rounds"


def _in_a_row(flags: Sequence[bool]) -> int:
    """How many of the latest are true without a gap."""
    return int(rules.in_a_row(np.asarray(flags, dtype=bool))[-1]) if flags else 0


def _features(looks: Sequence[Look], policy: WatchPolicy, version: str) -> list[Finding]:
    now = looks[-1].evaluation
    evaluations = [look.evaluation for look in looks]
    always = sustained.agreed(evaluations, policy.drift_evaluations, policy.drift_level).features
    size = "kl" if policy.drift_rule is Rule.FIXED else "kl_debiased"  # what has the threshold
    found = []
    for row in now.measures.to_dict("records"):
        name = str(row["feature"])
        alike = (Status.DRIFT,) if row["status"] == Status.DRIFT else ()
        n = _in_a_row([name in evaluation.flagged(*alike) for evaluation in evaluations])
        found.append(
            Finding(
                "drift.feature", name, _window(policy), str(row["status"]),
                str(row["reason"]) or _calm(row["kl"], row["kl_by_chance"], row["q_value"]),
                alert=name in always and name not in LEVELS, model_version=version, value=row[size],
                threshold=policy.drift_size, p=row["p_value"], q=row["q_value"],
                n=len(now.weekends), in_a_row=n,
            )
        )  # fmt: skip
    return found


def _calm(kl: float, by_chance: float, q: float) -> str:
    return f"KL {kl:.2f} against {by_chance:.2f} by chance (q = {q:.2f})."


def _dataset(looks: Sequence[Look], policy: WatchPolicy, version: str) -> Finding:
    """All features at once. No alert: it says that something moves, and not what."""
    now, level = looks[-1].evaluation, policy.drift_level
    status, reason = Status.INSUFFICIENT, "There are too few races to judge all features at once."
    if looks[-1].enough and np.isfinite(now.p_value):
        status = Status.WATCH if now.p_value < level else Status.STABLE
        reason = (
            f"The largest of all divergences and shifts is reached by {100 * now.p_value:.1f} % of "
            "windows in which nothing has moved."
        )
    elif len(now.measures):
        reason = str(now.measures["reason"].iloc[0]) or reason
    n = _in_a_row([look.enough and look.evaluation.p_value < level for look in looks])
    return Finding(
        "drift.dataset", ALL, _window(policy), status, " ".join([reason, *now.notes]),
        model_version=version, threshold=level, p=now.p_value, n=len(now.weekends), in_a_row=n,
    )  # fmt: skip


def _lineages(looks: Sequence[Look], policy: WatchPolicy, version: str) -> list[Finding]:
    level, now = lineages.level(policy.drift_level), looks[-1]
    found = []
    for one in now.moved if now.enough else ():
        n = _in_a_row([_moves_alike(look, one, level) for look in looks])
        found.append(
            Finding(
                "drift.lineage", one.lineage, _window(policy),
                Status.DRIFT if one.p_value < level else Status.STABLE,
                f"Qualified {_beside(one.mean_pct)} believed before each round ({FEATURE}; p = "
                f"{one.p_value:.3f} after looking at {len(now.moved)} teams).",
                alert=n >= policy.drift_evaluations and policy.drift_rule is Rule.PERMUTATION,
                model_version=version, value=one.mean_pct,
                threshold=level, p=one.p_value, n=one.n_races, in_a_row=n,
            )
        )  # fmt: skip
    return found


def _beside(pct: float) -> str:
    """How much slower or faster, in per cent of a lap.

    >>> _beside(-0.424), _beside(0.003)
    ('0.42 % of a lap faster than', 'within 0.01 % of a lap of what was')
    """
    if abs(pct) < 0.005:
        return "within 0.01 % of a lap of what was"
    return f"{abs(pct):.2f} % of a lap {'slower' if pct > 0 else 'faster'} than"


def _moves_alike(look: Look, one: Moved, level: float) -> bool:
    """Whether that lineage moved in the same direction in `look`."""
    return look.enough and any(
        each.lineage == one.lineage
        and each.p_value < level
        and (each.mean_pct > 0) == (one.mean_pct > 0)
        for each in look.moved
    )


def _conditions(
    reference: Reference, looks: Sequence[Look], policy: WatchPolicy, version: str
) -> list[Finding]:
    """A finding for each identity; fired where the window has names no reference race had."""
    evaluation = looks[-1].evaluation
    seen = [each for look in looks for each in look.evaluation.new_conditions]
    unseen = [{each.column for each in look.evaluation.new_conditions} for look in looks]
    found = []
    for column in reference.profile.known:
        new = [each for each in evaluation.new_conditions if each.column == column]
        named = CALLED.get(column, column.replace("_", " "))
        reason = f"Every {named} was there in the reference window."
        found.append(
            Finding(
                f"new_conditions.{column}", column, _window(policy),
                FIRED if new else QUIET, conditions.told(new, reference.profile, seen) or reason,
                alert=bool(new) and column in ALARMING, model_version=version,
                value=float(len(new)), n=len(evaluation.weekends),
                in_a_row=_in_a_row([column in each for each in unseen]),
            )
        )  # fmt: skip
    return found


def log_rows(look: Look, version: str) -> pd.DataFrame:
    """Rows of the drift log: every statistic of every feature, and of all features at once."""
    evaluation = look.evaluation
    rows = []
    for row in evaluation.measures.to_dict("records"):
        values = {
            "kl": (row["kl"], row["kl_by_chance"], row["p_value"], row["q_value"]),
            "shift": (row["shift"], 0.0, row["p_value"], row["q_value"]),
            "psi": (row["psi"], NONE, NONE, NONE),
            "jensen_shannon": (row["jensen_shannon"], NONE, NONE, NONE),
            TESTS[row["test"]]: (row["test_statistic"], NONE, row["test_p_value"], NONE),
        }
        rows += [
            (row["feature"], metric, *numbers, row["status"], row["reason"])
            for metric, numbers in values.items()
        ]
    rows.append((ALL, "max_t", NONE, NONE, evaluation.p_value, NONE, evaluation.status, ""))
    columns = ["feature", "metric", "value", "without_drift", "p", "q", "status", "reason"]
    return pd.DataFrame(rows, columns=columns).assign(
        stage="", model_version=version, rule=evaluation.rule.value, low=NONE, high=NONE,
        n_races=len(evaluation.weekends), n=look.n_rows,
    )  # fmt: skip
