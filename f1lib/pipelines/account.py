"""Account: what there is to tell of a training, gathered for its report."""

from datetime import datetime

import numpy as np
import pandas as pd

from f1lib.decisions.promotion.decision import PromotionDecision
from f1lib.evaluation import levels
from f1lib.evaluation.backtest import Backtest
from f1lib.evaluation.levels import HEADLINE_CUTOFF
from f1lib.models import baselines
from f1lib.models.two_stage import TwoStage
from f1lib.pipelines import ingest, policies, quality
from f1lib.pipelines.ingest import facts_of
from f1lib.pipelines.respond import Response
from f1lib.reports.retraining.account import Account, Came, Lesson, Proof
from f1lib.scoring.scores import METRICS
from f1lib.settings import Settings
from f1lib.weekend import Cutoff, Stage

SCORES = ("stage", "cutoff", "metric", "value", "low", "high", "n", "baseline", "baseline_value",
          "skill", "skill_low", "skill_high")  # fmt: skip
GAIN = "winner_log_loss"


def account(done: Response, settings: Settings, *, now: datetime) -> Account:
    """What came of `done`, and how good the version is that came of it."""
    trained = done.trained
    tested = None if trained is None else trained.backtest
    proof = Proof.NONE
    if trained is not None:
        proof = Proof.MANIFEST if tested is None else Proof.BACKTEST
    verdict: PromotionDecision | None = None if trained is None else trained.decision
    return Account(
        weekend=done.weekend,
        came=_came(done),
        dry_run=done.dry_run,
        champion=done.champion,
        decision=done.decision,
        taken_at=done.taken_at,
        data=quality.findings(
            ingest.known(settings), done.weekend, policies.watch_policy(settings), now
        ),
        lesson=_lesson(done),
        archive="" if done.archive is None else done.archive.name,
        archive_mb=0.0 if done.archive is None else done.archive.stat().st_size / 1e6,
        verdict=verdict,
        reigns=trained is not None and trained.champion,
        proof=proof,
        scores=_of_manifest(done) if tested is None else scores(tested),
        gains=gains(tested),
    )


def provenance(done: Response, settings: Settings) -> dict[str, object]:
    """What it was made from, for a report; `model_version` is what was trained, or else reigns."""
    told = done.champion if done.trained is None else done.trained.manifest
    return {
        **facts_of(done.snapshot),
        "replay": done.replay,
        "champion": "none" if done.champion is None else str(done.champion.version),
        "model_version": "none" if told is None else str(told.version),
        "trained_through": "none" if told is None else str(told.trained_through),
        "policy": settings.policy,
        "policy_sha256": policies.sha256(settings),
    }


def scores(tested: Backtest) -> pd.DataFrame:
    """SCORES: every score of the recipe in a backtest beside its frozen baseline, on the same
    races, each stage at its headline cutoff; skill_index and calibration stand without baseline.
    """
    table = levels.table(tested.scores, tested.probabilities)
    values = table.set_index(["model", "cutoff", "metric"])["value"]
    headline = table["cutoff"] == table["stage"].map(HEADLINE_CUTOFF)
    mine = table[headline & (table["model"] == TwoStage.name)]
    names = [
        baselines.for_metric(metric, Cutoff(cutoff)) if metric in METRICS else None
        for metric, cutoff in zip(mine["metric"], mine["cutoff"], strict=True)
    ]
    keys = zip(names, mine["cutoff"], mine["metric"], strict=True)
    beside = [float(values.get(key, np.nan)) for key in keys]
    mine = mine.assign(baseline=[name or "" for name in names], baseline_value=beside)
    return mine[list(SCORES)].reset_index(drop=True)


def gains(tested: Backtest | None) -> pd.DataFrame:
    """weekend and gain, in nats: log loss of the winner before the race, baseline minus recipe."""
    if tested is None:
        return pd.DataFrame(columns=["weekend", "gain"])
    cutoff = HEADLINE_CUTOFF[Stage.RACE]
    pairs = levels.beside_baseline(tested.scores, TwoStage.name, GAIN, cutoff)
    return pd.DataFrame({"weekend": pairs["weekend"], "gain": pairs["baseline"] - pairs["model"]})


def _of_manifest(done: Response) -> pd.DataFrame:
    """SCORES of a version whose backtest is not kept: means, nothing else; else no row.

    A metric that is no longer known is left out.
    """
    kept = {} if done.trained is None else done.trained.manifest.scores
    rows = []
    for name, value in kept.items():
        cutoff, _, metric = name.partition(".")
        stage = METRICS[metric].stage if metric in METRICS else None
        if stage is not None and cutoff == HEADLINE_CUTOFF[stage]:
            rows.append((stage.value, cutoff, metric, value))
    return pd.DataFrame(rows, columns=list(SCORES[:4])).reindex(columns=list(SCORES))


def _came(done: Response) -> Came:
    if done.trained is not None:
        return Came.TRAINED if done.trained.new else Came.THERE
    return Came.NOTHING if done.plan is None else Came.WOULD


def _lesson(done: Response) -> Lesson | None:
    """What was learnt, or would be."""
    if done.trained is not None:
        there = done.trained.manifest
        return Lesson(there.version, there.parent, there.n_races, there.trained_through)
    if done.plan is None:
        return None
    plan = done.plan
    return Lesson(plan.version, plan.reigning, plan.material.n_races, plan.trained_through)
