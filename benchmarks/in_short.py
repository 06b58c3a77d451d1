"""A season under the policy in 20 s instead of 90: the same rules on the same forecasts, no store.

Up to the first alert nothing is trained, so the first champion is all there is: its findings after
each round are those of a walk. At the first alert the version that is trained meets the promotion
rule. What comes later is not looked at, nor is the gate of calibration, which needs 96 refits.
"""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import healthy_seasons
import pandas as pd
import voices
from voices import CUTOFFS, Row

from f1lib import settings as configuration
from f1lib.decisions.promotion import evidence, rule
from f1lib.decisions.promotion.decision import Case, PromotionDecision
from f1lib.decisions.retraining import FROM_FINDINGS
from f1lib.decisions.trigger import Trigger
from f1lib.evaluation import backtest
from f1lib.evaluation.backtest import Backtest
from f1lib.models import baselines
from f1lib.models.contract import Training
from f1lib.models.two_stage import TwoStage
from f1lib.monitoring import findings
from f1lib.monitoring.drift import watched
from f1lib.pipelines import policies, recipe
from f1lib.settings import Settings
from f1lib.sources.simulated.world import SimulatedWorld
from f1lib.tables.history import History, Snapshot
from f1lib.weekend import RaceWeekend

TRIGGERS = {kind: trigger for trigger, kind in FROM_FINDINGS.items()}


def season(
    simulated: SimulatedWorld, raced: Sequence[RaceWeekend], since: Sequence[RaceWeekend],
    replicas: int,
) -> Row:  # fmt: skip
    """alerts, steps, refused and voices of the season, as a walk tells them."""
    snapshot = Snapshot("0" * 64, "simulated", "SIMULATED", "", "0" * 64, simulated=True)
    history = History.of(snapshot, simulated.tables())
    settings = configuration.read()
    own, policy = recipe.recipe(settings), policies.watch_policy(settings)
    material = Training.from_history(history, own.features)
    rows = watched.after_each_round(history, own.features)
    found = healthy_seasons.looked(history, material, rows, raced, own, policy)
    told = [each for each in findings.episodes(found) if each.finding.kind in TRIGGERS]
    first = min((each for each in told if each.first >= since[0]), key=_first, default=None)
    row: Row = {
        "alerts": [(each.finding.rule, each.finding.subject, str(each.first)) for each in told],
        "decisions": [], "refused": [], "voices": [],
        "steps": {"alert": None, "training": None, "promotion": None},
    }  # fmt: skip
    if first is None and since == raced:  # nothing changes, nothing is found
        return row
    make = [partial(TwoStage, own)]
    parts = {
        "frozen": backtest.of_rounds(material, raced, CUTOFFS, make, refit_every=len(raced)),
        "refit": backtest.of_rounds(material, raced, CUTOFFS, make),
    }
    spoken = [voices.named("frozen", parts["frozen"])]
    spoken.append(voices.named("refit", parts["refit"], {str(weekend) for weekend in since}))
    if first is not None:
        decision = _judged(parts, material, raced, first, settings)
        row |= _decided(decision, first, since)
        later = [weekend for weekend in raced if weekend > first.first]
        trained = backtest.of_rounds(material, later, CUTOFFS, make, refit_every=len(raced))
        spoken.append(voices.named("challenger", trained))
        if decision.promoted:
            spoken.append(voices.named("triggered", trained))
    whole = Backtest.stacked(spoken)
    return row | {"voices": voices.table(simulated, whole, raced, replicas)}


def _first(each: Any) -> RaceWeekend:
    return each.first


def _judged(
    parts: Mapping[str, Backtest], material: Training, raced: Sequence[RaceWeekend], alert: Any,
    settings: Settings,
) -> PromotionDecision:  # fmt: skip
    """What the rule says of the version trained at the alert, by the rounds up to it."""
    seen = [weekend for weekend in raced if weekend <= alert.first]
    makes = [type(each) for each in baselines.frozen()]
    scores = pd.concat(
        [
            parts["frozen"].scores.assign(model=evidence.CHAMPION),
            parts["refit"].scores.assign(model=evidence.CHALLENGER),
            backtest.of_rounds(material, seen, CUTOFFS, makes).scores,
        ]
    )
    scores = scores[scores["weekend"] <= str(alert.first)]
    return rule.decided(
        evidence.of_scores(scores), policies.promotion_policy(settings), Case.PATCH,
        asked=Trigger(TRIGGERS[alert.finding.kind]),
    )  # fmt: skip


def _decided(decision: PromotionDecision, alert: Any, since: Sequence[RaceWeekend]) -> Row:
    """Steps, decisions and refusals as a walk tells them."""
    place = 1 + list(since).index(alert.first)
    weekend, trigger = str(alert.first), TRIGGERS[alert.finding.kind].value
    became = "promoted" if decision.promoted else "refused"
    rules = {each.rule: (each.value, each.p) for each in decision.failed("refresh", "guard")}
    refused = {"weekend": weekend, "version": "1.0.1", "rules": rules}
    return {
        "steps": {
            "alert": place, "training": place, "promotion": place if decision.promoted else None
        },
        "decisions": [(weekend, "retrain", trigger, "1.0.1", became)],
        "refused": [] if decision.promoted else [refused],
    }  # fmt: skip
