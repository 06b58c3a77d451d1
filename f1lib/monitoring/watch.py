"""Watch: the rules applied to the champion after a round, as findings.

In:   settled scores of champion and baselines, what it said of the winners, a policy, a weekend.
Out:  one `Finding` per rule that the policy has, fired or not; and one of the race itself.
Knows nothing of: the store, what follows from an alert.
"""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from f1lib.evaluation import levels
from f1lib.evaluation.levels import HEADLINE_CUTOFF
from f1lib.monitoring import anomalies, possible_winners, rules
from f1lib.monitoring.findings import FIRED, INSUFFICIENT, QUIET, Finding
from f1lib.monitoring.policy import WatchPolicy
from f1lib.monitoring.rules import Evaluated
from f1lib.predictions import FloatArray
from f1lib.scoring import summary
from f1lib.scoring.scores import METRICS, P_FLOOR
from f1lib.scoring.settled import BoolArray
from f1lib.weekend import RaceWeekend, Stage

DRAWS = 9_999  # p-values as small as 1 in 10,000


@dataclass(frozen=True, slots=True)
class Said:
    """What one model said of the winners of settled races, in calendar order, and who won.

    `p` and `won` are (races, cars), absent cars with p = 0.
    """

    weekends: tuple[RaceWeekend, ...]
    p: FloatArray
    won: BoolArray

    def only(self, chosen: list[bool]) -> "Said":
        """The chosen races."""
        kept = tuple(weekend for weekend, keep in zip(self.weekends, chosen, strict=True) if keep)
        return Said(kept, self.p[chosen], self.won[chosen])


def findings(
    scores: pd.DataFrame,
    said: Said,
    policy: WatchPolicy,
    weekend: RaceWeekend,
    *,
    model: str,
    version: str,
) -> tuple[Finding, ...]:
    """What the rules of `policy` find after `weekend`, and whether its winner surprised.

    `scores` is long (weekend, stage, cutoff, model, model_version, metric, value) and holds one
    voice a round: the champion `model`, or an earlier patch of it, and the baselines. Rounds after
    `weekend` are not looked at. What sums up looks at the rounds of `judged_on`; a window of the
    last rounds is the champion's own by then, and how often it fired in a row goes on.
    """
    past = scores[scores["weekend"] <= str(weekend)]
    known = said.only([each <= weekend for each in said.weekends])
    judged = judged_on(past, model, version, policy)
    own = known.only([str(each) in judged for each in known.weekends])
    found = [
        _winner_concordance(past, known, policy, model),
        _order_concordance(past, policy, model),
        _order_skill(past, policy, model),
        _cusum(past[past["weekend"].isin(judged)], policy, model),
        _log_loss(own, policy, weekend),
        _surprise(known, weekend),
    ]
    return tuple(replace(each, model_version=version) for each in found if each is not None)


def judged_on(scores: pd.DataFrame, model: str, version: str, policy: WatchPolicy) -> set[str]:
    """The weekends in `scores` over which the rules sum up what a champion lost.

    Its own once there are as many as the rules need; before that also those of earlier patches:
    a recipe that fails goes on to fail when it has been fitted anew.
    """
    cutoff = HEADLINE_CUTOFF[Stage.RACE]
    mine = scores[(scores["model"] == model) & (scores["model_version"] == version)]
    own = set(mine.loc[mine["cutoff"] == cutoff, "weekend"])
    return own if len(own) >= policy.rounds else set(scores["weekend"])


def season_p_values(said: Said, *, first: int = 1, draws: int = DRAWS, seed: int = 0) -> FloatArray:
    """After each race of `said`: how often winners drawn from p are as surprising so far.

    The one-sided p-value of calibration.log_loss_test on the first 1, 2, ... races, from one set
    of drawn winners; missing before `first` races.
    """
    loss = possible_winners.log_loss(said.p)
    n = len(loss)
    races = np.broadcast_to(np.arange(n), (draws, n))
    winners = possible_winners.drawn(said.p, races, np.random.default_rng(seed))
    null = np.cumsum(loss[races, winners], axis=1)
    own = np.cumsum(-np.log(np.maximum((said.p * said.won).sum(axis=1), P_FLOOR)))
    as_high = (1 + (null >= own - 1e-9).sum(axis=0)) / (1 + draws)
    return np.where(np.arange(1, n + 1) >= first, as_high, np.nan)


def _winner_concordance(
    past: pd.DataFrame, said: Said, policy: WatchPolicy, model: str
) -> Finding | None:
    metric = "winner_concordance"
    values = _series(past, model, metric)
    last = values.tail(policy.rounds)
    p_values = np.full(len(values), np.nan)
    if len(last) == policy.rounds:
        of_window = said.only([str(each) in last.index for each in said.weekends])
        p_values[-1] = _as_low_by_chance(of_window, float(last.mean()))
    evaluated = rules.winner_concordance(values.to_numpy(dtype=float), p_values, policy)
    finding = _finding(evaluated, metric, _window(policy), len(values), policy)
    if finding is None or finding.status == INSUFFICIENT:
        return finding
    low, high = summary.bootstrap_interval(last.to_numpy(dtype=float))
    p = float(p_values[-1])
    return replace(
        finding, low=low, high=high, p=p,
        reason=(
            f"Over the {_window(policy)} a winner had been ranked above {finding.value:.1%} of his "
            f"rivals, at least {finding.threshold:.0%} is wanted; by the model's own "
            f"probabilities so low in {p:.1%} of cases{_rare(finding, policy)}."
        ),
    )  # fmt: skip


def _as_low_by_chance(said: Said, observed: float) -> float:
    """How often winners drawn from the model's own probabilities have so low a concordance."""
    if not len(said.weekends):
        return np.nan
    by_winner = possible_winners.concordance(said.p)
    races = np.broadcast_to(np.arange(len(said.p)), (DRAWS, len(said.p)))
    winners = possible_winners.drawn(said.p, races, np.random.default_rng(0))
    null = by_winner[races, winners].mean(axis=1)
    return float((1 + (null <= observed + 1e-12).sum()) / (1 + DRAWS))


def _order_concordance(past: pd.DataFrame, policy: WatchPolicy, model: str) -> Finding | None:
    metric = "order_concordance"
    values = _series(past, model, metric)
    evaluated = rules.order_concordance(values.to_numpy(dtype=float), policy)
    finding = _finding(evaluated, metric, _window(policy), len(values), policy)
    if finding is None or finding.status == INSUFFICIENT:
        return finding
    low, high = summary.bootstrap_interval(values.tail(policy.rounds).to_numpy(dtype=float))
    return replace(
        finding, low=low, high=high,
        reason=(
            f"Over the {_window(policy)} {finding.value:.1%} of the pairs of drivers were put in "
            f"the right order, at least {finding.threshold:.0%} is wanted."
            f"{_repeated(finding, policy)}"
        ),
    )  # fmt: skip


def _order_skill(past: pd.DataFrame, policy: WatchPolicy, model: str) -> Finding | None:
    metric = "order_concordance"
    pairs = _pairs(past, model, metric)
    own, baseline = (pairs[name].to_numpy(dtype=float) for name in ("model", "baseline"))
    evaluated = rules.order_skill(own, baseline, policy)
    finding = _finding(evaluated, metric, _window(policy), len(pairs), policy)
    if finding is None or finding.status == INSUFFICIENT:
        return finding
    recent = pairs.tail(policy.rounds)
    _, low, high = summary.skill_interval(recent, metric)
    p = summary.sign_flip_p((recent["baseline"] - recent["model"]).to_numpy(float), side="above")
    return replace(
        finding, low=low, high=high, p=p,
        reason=(
            f"Over the {_window(policy)} {recent['model'].mean():.1%} of the pairs were put in the "
            f"right order in qualifying, {recent['baseline'].mean():.1%} by the baseline: skill "
            f"{finding.value:+.0%}, more than {finding.threshold:.0%} is wanted; "
            f"that it is worse than the baseline: p = {p:.2f}.{_repeated(finding, policy)}"
        ),
    )  # fmt: skip


def _cusum(past: pd.DataFrame, policy: WatchPolicy, model: str) -> Finding | None:
    metric = "winner_log_loss"
    pairs = _pairs(past, model, metric)
    own, baseline = (pairs[name].to_numpy(dtype=float) for name in ("model", "baseline"))
    evaluated = rules.log_loss_cusum(own, baseline, policy)
    since = f"since {pairs['weekend'].iloc[0]}" if len(pairs) else "no round settled"
    finding = _finding(evaluated, metric, since, len(pairs), policy)
    if finding is None or finding.status == INSUFFICIENT:
        return finding
    verdict = "above" if finding.status == FIRED else "not above"
    return replace(
        finding,
        n=len(pairs),
        reason=(
            f"What the champion lost to the baseline on winners beyond {policy.cusum_allowance:g} "
            f"nats a race sums up to {finding.value:.1f} nats {since}, {verdict} "
            f"{finding.threshold:g}; its mean loss to it is {np.mean(own - baseline):+.2f} nats."
        ),
    )


def _log_loss(said: Said, policy: WatchPolicy, weekend: RaceWeekend) -> Finding | None:
    season = said.only([each.season == weekend.season for each in said.weekends])
    n = len(season.weekends)
    p_values = season_p_values(season, first=policy.rounds) if n >= policy.rounds else np.zeros(n)
    evaluated = rules.log_loss_null(p_values, policy)
    finding = _finding(evaluated, "winner_log_loss", f"season {weekend.season}", n, policy)
    if finding is None or finding.status == INSUFFICIENT:
        return finding
    loss = possible_winners.log_loss(season.p)
    expected = float((season.p * loss).sum(axis=1).mean())
    own = float(-np.log(np.maximum((season.p * season.won).sum(axis=1), P_FLOOR)).mean())
    p = finding.value
    return replace(
        finding, p=p, n=n,
        reason=(
            f"Log loss of the winners of {weekend.season} is {own:.2f} nats where the model's own "
            f"probabilities lead one to expect {expected:.2f}: so high in {p:.1%} of cases, less "
            f"than {policy.log_loss_p_min:.1%} fires{_rare(finding, policy)}."
        ),
    )  # fmt: skip


def _surprise(said: Said, weekend: RaceWeekend) -> Finding | None:
    """Whether this winner was a surprise, and whether the season has too many; never an alert.

    One race proves nothing, and whether there are too many the log loss of the season tests.
    """
    if weekend not in said.weekends:
        return None
    season = said.only([each.season == weekend.season for each in said.weekends])
    found = anomalies.winners(season.p, season.won)
    p = float(found.p[-1])
    verdict = {
        "none": "none of the season's races surprised",
        "races": "no more than that: a surprising race, not a bad model",
        "model": f"so many in {found.p_many:.1%} of cases only: the model rather than the race",
        "insufficient": f"below {anomalies.ENOUGH} races that says nothing of the model",
    }[found.verdict]
    return Finding(
        "anomaly.winner", "winner", str(weekend), FIRED if found.surprising[-1] else QUIET,
        f"By the model's own probabilities a winner at most as likely as that of {weekend} had "
        f"{p:.1%}. Of {len(season.weekends)} races of {weekend.season} {found.n} surprised "
        f"({anomalies.LEVEL:.0%} or less), {found.expected:.1f} are expected; {verdict}.",
        stage=Stage.RACE, value=p, threshold=anomalies.LEVEL, p=p, n=1,
    )  # fmt: skip


def _finding(
    evaluated: Evaluated | None, metric: str, window: str, n: int, policy: WatchPolicy
) -> Finding | None:
    """The last evaluation as a finding, `insufficient` where there are too few rounds.

    None where the policy has no such rule.
    """
    if evaluated is None:
        return None
    stage = METRICS[metric].stage
    if n < policy.rounds or not np.isfinite(evaluated.value[-1]):
        return Finding(
            evaluated.rule, metric, window, INSUFFICIENT,
            f"{n} settled rounds are not enough for a verdict; {policy.rounds} are needed.",
            stage=stage, threshold=evaluated.threshold, n=n,
        )  # fmt: skip
    return Finding(
        evaluated.rule, metric, window, FIRED if evaluated.fired[-1] else QUIET, "",
        alert=bool(evaluated.alert[-1]), stage=stage, value=float(evaluated.value[-1]),
        threshold=evaluated.threshold, n=policy.rounds, in_a_row=int(evaluated.in_a_row[-1]),
    )  # fmt: skip


def _rare(finding: Finding, policy: WatchPolicy) -> str:
    """Beside a rule that fired: how rare it must be for an alert."""
    return f"; {policy.alert_p:.1%} or less is an alert" if finding.status == FIRED else ""


def _repeated(finding: Finding, policy: WatchPolicy) -> str:
    """How often in a row a rule fired, beside what makes an alert."""
    if finding.status != FIRED:
        return ""
    return (
        f" Evaluation {finding.in_a_row} in a row that says so; "
        f"{policy.order_evaluations} make an alert."
    )


def _window(policy: WatchPolicy) -> str:
    return f"last {policy.rounds} rounds"


def _series(past: pd.DataFrame, model: str, metric: str) -> "pd.Series[Any]":
    """The values of one score at the cutoff its stage is judged at, by weekend."""
    cutoff = HEADLINE_CUTOFF[METRICS[metric].stage]
    mine = past[(past["model"] == model) & (past["metric"] == metric) & (past["cutoff"] == cutoff)]
    return mine.set_index("weekend")["value"].sort_index()


def _pairs(past: pd.DataFrame, model: str, metric: str) -> pd.DataFrame:
    """The score of the champion beside the frozen baseline's: weekend, model, baseline."""
    cutoff = HEADLINE_CUTOFF[METRICS[metric].stage]
    return levels.beside_baseline(past, model, metric, cutoff).sort_values("weekend")
