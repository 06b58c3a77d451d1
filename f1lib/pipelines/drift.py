"""Drift: have the races since its training moved away from those the champion has learnt from?"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

import pandas as pd

from f1lib.errors import InsufficientHistoryError
from f1lib.evaluation.levels import HEADLINE_CUTOFF
from f1lib.monitoring import findings
from f1lib.monitoring.drift import forecasts, lineages, review, watched
from f1lib.monitoring.drift.lineages import Moved
from f1lib.monitoring.drift.reference import Reference
from f1lib.monitoring.drift.review import ALL, LONGEST, Look
from f1lib.monitoring.drift.verdict import Status
from f1lib.monitoring.findings import Finding, Kind
from f1lib.monitoring.policy import WatchPolicy
from f1lib.pipelines import ingest, policies, settled
from f1lib.pipelines import recipe as recipes
from f1lib.pipelines.ingest import facts_of
from f1lib.pipelines.predict import Champion, champion
from f1lib.registry import artifacts
from f1lib.registry.manifest import Manifest
from f1lib.settings import Settings
from f1lib.store import connection, drift_log, finding_log, snapshot_log
from f1lib.store.origin import Origin
from f1lib.tables.history import History, Snapshot
from f1lib.versions import ModelVersion
from f1lib.weekend import RaceWeekend, Stage

KINDS = {Kind.DRIFT, Kind.NEW_CONDITIONS}  # of its findings


@dataclass(frozen=True, slots=True)
class Watch:
    """All that judging rounds for one champion needs; looks once made are kept in `seen`.

    `reference` is None for a champion that was registered without one; `said` are its settled
    race forecasts, as from forecasts.rows.
    """

    reference: Reference | None
    rows: pd.DataFrame
    strata: Mapping[str, str]
    resets: tuple[int, ...]
    policy: WatchPolicy
    version: str
    said: pd.DataFrame = field(default_factory=lambda: forecasts.rows({}))
    seen: dict[str, Look] = field(default_factory=dict)

    def since(self, weekend: RaceWeekend) -> list[str]:
        """The races after the reference window, up to and with `weekend`, in order."""
        last = "" if self.reference is None else self.reference.profile.tally.weekends[-1]
        raced = self.rows["weekend"].unique()
        return sorted(str(one) for one in raced if last < str(one) <= str(weekend))

    def looks(self, weekend: RaceWeekend) -> tuple[Look, ...]:
        """A look after each race since the reference, up to and with `weekend`, oldest first.

        No more than LONGEST; empty where there is no such race or no reference.
        """
        since = self.since(weekend)
        if self.reference is None:
            return ()
        past = self.rows[self.rows["weekend"].isin(self.reference.profile.tally.weekends)]
        for end in range(max(len(since) - LONGEST, 0), len(since)):
            if since[end] not in self.seen:
                window = since[max(end + 1 - self.policy.drift_window, 0) : end + 1]
                rows = self.rows[self.rows["weekend"].isin(window)]
                self.seen[since[end]] = review.looked(
                    self.reference, rows, self.strata, self.policy, self.resets, past
                )
        return tuple(self.seen[one] for one in since[-LONGEST:])

    def findings(self, weekend: RaceWeekend) -> tuple[Finding, ...]:
        """What drift finds after `weekend`; one that says why, where nothing can be measured."""
        looks = self.looks(weekend)
        if self.reference is not None and looks:
            return (
                *review.findings(self.reference, looks, self.policy, self.version),
                *self._predictions(self.reference, weekend),
            )
        reason = (
            f"Model version {self.version} was registered without the races it has learnt from. "
            "Train another with `f1lib retrain`."
            if self.reference is None
            else f"Champion {self.version} has learnt from all races up to {weekend}: there is "
            "none to compare with them yet."
        )
        return (
            Finding(
                "drift.dataset", ALL, f"last {self.policy.drift_window} rounds",
                Status.INSUFFICIENT, reason, model_version=self.version,
            ),
        )  # fmt: skip

    def _predictions(self, reference: Reference, weekend: RaceWeekend) -> tuple[Finding, ...]:
        """What the champion's own forecasts of the window say."""
        window = self.since(weekend)[-self.policy.drift_window :]
        mine = self.said[self.said["weekend"].isin(window)]
        return forecasts.findings(reference.forecasts, mine, self.strata, self.policy, self.version)


@dataclass(frozen=True, slots=True)
class DriftReview:
    """What was measured and found after `weekend`; `looks` end with it, oldest first."""

    weekend: RaceWeekend
    name: str
    snapshot: Snapshot
    champion: Manifest
    policy: WatchPolicy
    replay: bool
    reference: Reference | None
    looks: tuple[Look, ...]
    findings: tuple[Finding, ...]

    @property
    def moved(self) -> tuple[Moved, ...]:
        """Each team in the last look; none where there are too few races."""
        return self.looks[-1].moved if self.looks and self.looks[-1].enough else ()

    @property
    def team_level(self) -> float:
        """Below which p-value a team has moved."""
        return lineages.level(self.policy.drift_level)


def reference(version: ModelVersion, settings: Settings) -> Reference | None:
    """The races kept with a model version; None for one that was registered without."""
    state = artifacts.read_reference(settings.models, version)
    return None if state is None else Reference.from_state(state)


def opened(
    history: History,
    holder: Champion,
    policy: WatchPolicy,
    settings: Settings,
    made: Sequence[settled.Round] | None = None,
) -> Watch:
    """Everything for `Watch.findings` of any number of rounds; rows are built once.

    `made` are the champion's settled race forecasts of these rounds' windows (None: read here).
    """
    races = history["races"]
    if made is None:
        made = settled.rounds(
            settings, Stage.RACE, HEADLINE_CUTOFF[Stage.RACE], model=holder.model.name,
            version=holder.version, simulated=history.snapshot.simulated,
        )  # fmt: skip
    return Watch(
        reference=reference(holder.manifest.version, settings),
        rows=watched.after_each_round(history, holder.model.recipe.features),
        strata=dict(zip(races["weekend"], races["circuit_type"], strict=True)),
        resets=recipes.regulation_resets(settings),
        policy=policy,
        version=holder.version,
        said=forecasts.rows({str(each.weekend): each.forecast.rows for each in made}),
    )


def drift(
    weekend: RaceWeekend,
    settings: Settings,
    *,
    now: datetime,
    window: int = 0,
    dry_run: bool = False,
) -> DriftReview:
    """Measure drift over the last `window` races (0: as the policy says) that end with `weekend`.

    Measurements and findings are recorded unless `dry_run` or over a `window` of one's own, and
    not again on the same data. Raises RegistryError when there is no
    champion, or its reference was changed; InsufficientHistoryError when `weekend` has not been
    raced.
    """
    return measured(weekend, settings, now=now, window=window, dry_run=dry_run).review


@dataclass(frozen=True, slots=True)
class Measured:
    """A review of drift, and what it was made from."""

    history: History
    champion: Champion
    watch: Watch
    review: DriftReview


def measured(
    weekend: RaceWeekend, settings: Settings, *, now: datetime, window: int, dry_run: bool
) -> Measured:
    """As `drift`, with all that whoever explains a review looks at."""
    history = ingest.known(settings)
    holder, watch = prepared(history, weekend, settings, window)
    review = reviewed(history, holder, watch, weekend, settings)
    if not dry_run and not window:
        record(review, settings, now)
    return Measured(history, holder, watch, review)


def prepared(
    history: History, weekend: RaceWeekend, settings: Settings, window: int = 0
) -> tuple[Champion, Watch]:
    """The champion, and what judging `weekend` for it needs; raises as `drift` does."""
    holder = champion(settings, simulated=history.snapshot.simulated)
    if weekend not in history.completed():
        raise InsufficientHistoryError(
            f"{weekend} has no race result yet, so there is nothing to measure. Name a weekend "
            "that has been raced, or run `f1lib data pull`.",
            weekend=str(weekend),
        )
    policy = policies.watch_policy(settings)
    if window:
        policy = replace(policy, drift_window=window)
    return holder, opened(history, holder, policy, settings)


def is_replay(history: History, weekend: RaceWeekend, settings: Settings) -> bool:
    """Whether drift after `weekend` is measured when a later race is known."""
    return settings.is_replay or weekend != history.completed()[-1]


def reviewed(
    history: History, holder: Champion, watch: Watch, weekend: RaceWeekend, settings: Settings
) -> DriftReview:
    """What `watch` says after `weekend`."""
    return DriftReview(
        weekend=weekend,
        name=str(history.race(weekend)["name"]),
        snapshot=history.snapshot,
        champion=holder.manifest,
        policy=watch.policy,
        replay=is_replay(history, weekend, settings),
        reference=watch.reference,
        looks=watch.looks(weekend),
        findings=watch.findings(weekend),
    )


def record(found: DriftReview, settings: Settings, now: datetime) -> None:
    """Keep what was measured and what was found."""
    origin = Origin(
        weekend=found.weekend,
        snapshot=found.snapshot.sha256,
        policy_sha256=found.policy.sha256,
        replay=found.replay,
        simulated=found.snapshot.simulated,
        made_at=now,
    )
    version = str(found.champion.version)
    with connection.connect(settings.store_address) as store:
        snapshot_log.record(store, found.snapshot, now=now)
        if found.looks:
            drift_log.record(store, origin, review.log_rows(found.looks[-1], version))
        finding_log.record(store, origin, findings.frame(found.findings))


def provenance(found: DriftReview) -> dict[str, object]:
    """What the review was made from, for a report."""
    weekends = () if found.reference is None else found.reference.profile.tally.weekends
    return {
        **facts_of(found.snapshot),
        "replay": found.replay,
        "model": found.champion.name,
        "model_version": str(found.champion.version),
        "trained_through": str(found.champion.trained_through),
        "reference_window": f"{weekends[0]} to {weekends[-1]}" if weekends else "none",
        "policy": found.policy.name,
        "policy_sha256": found.policy.sha256,
    }
