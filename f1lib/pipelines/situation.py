"""Situation: where a home stands after a weekend, on the data and under the policy in force."""

from dataclasses import dataclass
from datetime import datetime

import pandas as pd

from f1lib.evaluation.levels import HEADLINE_CUTOFF
from f1lib.pipelines import decide, policies, promote
from f1lib.pipelines.catch_up import Say
from f1lib.registry import aliases, artifacts, versions
from f1lib.registry.manifest import Manifest
from f1lib.settings import Settings
from f1lib.store import connection, decision_log, score_log
from f1lib.store.decision_log import Decision
from f1lib.tables.history import History
from f1lib.weekend import RaceWeekend, Stage


@dataclass(frozen=True, slots=True)
class Situation:
    """What a step works on: after `weekend`, before `coming` (None: no schedule names it)."""

    weekend: RaceWeekend
    coming: RaceWeekend | None
    history: History
    settings: Settings
    now: datetime
    say: Say

    @property
    def simulated(self) -> bool:
        """Which world it is."""
        return self.history.snapshot.simulated


def champion(at: Situation) -> Manifest | None:
    """Who reigns now, if this code can read it."""
    with connection.reading(at.settings.store_address) as store:
        version = aliases.opponent(store, simulated=at.simulated)
    return None if version is None else artifacts.read_manifest(at.settings.models, version)


def decision(at: Situation) -> Decision | None:
    """What was decided last about a training, on the data and under the policy of the cycle."""
    grounds = (at.history.snapshot.sha256, policies.sha256(at.settings))
    with connection.reading(at.settings.store_address) as store:
        made = decision_log.made(
            store, simulated=at.simulated, kind=decide.KIND, weekend=at.weekend
        )
    mine = [each for each in made if (each.origin.snapshot, each.origin.policy_sha256) == grounds]
    return mine[-1] if mine else None


def since(holder: Manifest, at: Situation) -> list[RaceWeekend]:
    """The rounds up to the weekend that a version has not learnt from, in order."""
    raced = [each for each in at.history.completed() if each <= at.weekend]
    return [each for each in raced if not holder.has_learnt_from(each, at.history)]


def scores(holder: Manifest, at: Situation) -> pd.DataFrame:
    """Of the champion's race forecasts up to the weekend."""
    with connection.reading(at.settings.store_address) as store:
        return score_log.current(
            store, simulated=at.simulated, stage=Stage.RACE, cutoff=HEADLINE_CUTOFF[Stage.RACE],
            model_version=str(holder.version), last=at.weekend,
        )  # fmt: skip


def not_judged(at: Situation) -> str:
    """Why the champion cannot be judged on the weekend; empty where it can."""
    holder = champion(at)
    if holder is None:
        return "There is no champion yet who could be judged."
    if holder.has_learnt_from(at.weekend, at.history):
        return (
            f"Champion {holder.version} has learnt from races through {holder.trained_through} "
            f"and cannot be judged on {at.weekend}."
        )
    return ""


def trained_now(at: Situation) -> Manifest | None:
    """The version that was trained after the weekend on the data of the cycle."""
    mine = [
        each
        for each in versions.listed(at.settings.models, simulated=at.simulated)
        if each.trained_through == at.weekend and each.snapshot == at.history.snapshot.sha256
    ]
    return max(mine, key=lambda each: each.version, default=None)


def challenger(at: Situation) -> Manifest | None:
    """Who is to be judged: the newest undecided version, or what was trained in this cycle.

    The latter also once it was judged, since the report may be missing; not once it was rolled
    back. The first champion is no challenger.
    """
    with connection.reading(at.settings.store_address) as store:
        newest = aliases.challenger(store, at.settings.models, simulated=at.simulated)
        last = aliases.last_judged(store, simulated=at.simulated)
    if newest is not None:
        return artifacts.read_manifest(at.settings.models, newest)
    mine = trained_now(at)
    return mine if mine is not None and mine.parent and mine.version == last else None


def judged(mine: Manifest, at: Situation) -> Decision | None:
    """What was decided last about a version, against the champion and under the policy of now."""
    with connection.reading(at.settings.store_address) as store:
        made = decision_log.made(
            store, simulated=at.simulated, kind=promote.KIND, model_version=str(mine.version)
        )
        reigning = aliases.opponent(store, simulated=at.simulated)
    policy = policies.sha256(at.settings)
    against = {str(reigning), str(mine.parent)} if reigning == mine.version else {str(reigning)}
    of_now = [
        each for each in made if each.origin.policy_sha256 == policy and each.champion in against
    ]
    return of_now[-1] if of_now else None
