"""The reports of a replay, each in the home of its policy; none changes what is decided there."""

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from pathlib import Path

from f1lib.decisions.trigger import Trigger
from f1lib.pipelines import ingest, kept_replays, report
from f1lib.pipelines.predict import champion
from f1lib.pipelines.replayed import Policy, Replay
from f1lib.run_record import RunRecord
from f1lib.settings import Settings
from f1lib.store import connection, run_log
from f1lib.versions import ModelVersion
from f1lib.weekend import RaceWeekend

JUDGING = ("monitoring_analysis", "drift_inspection")


class Reports(StrEnum):
    """Which reports a replay makes."""

    NONE = "none"
    LAST = "last"  # season_history after the last round
    ALL = "all"  # also what a cycle reports after each round


def shown_by(policies: Sequence[Policy]) -> Policy:
    """In whose home the season is told: `triggered` where it was replayed, else the first."""
    return Policy.TRIGGERED if Policy.TRIGGERED in policies else policies[0]


def of_season(weekend: RaceWeekend, at: Settings, *, now: datetime) -> RunRecord:
    """season_history of a home after its last round."""
    return _made("season_history", weekend, {}, at, now, _reigning(at))


def latest(found: Replay, settings: Settings) -> Path | None:
    """The link that leads to the report of a replay, the same each time; None where none is."""
    if found.report is None or not found.report.status.succeeded:
        return None
    policy = shown_by([each.policy for each in found.walked])
    home = kept_replays.folder(settings.home, found.season) / policy.value
    return home / Path(found.report.folder).with_name("latest") / "report.html"


def of_round(weekend: RaceWeekend, at: Settings, *, now: datetime) -> None:
    """How the champion did, to be made before anything is decided on it."""
    for notebook in JUDGING:
        _made(notebook, weekend, {}, at, now, _reigning(at))


def of_challenger(
    version: ModelVersion,
    trigger: Trigger | None,
    weekend: RaceWeekend,
    at: Settings,
    *,
    now: datetime,
) -> None:
    """How a challenger compares, to be made before it is decided on."""
    asked = {"challenger": str(version), "trigger": trigger.value if trigger else ""}
    _made("deployment_comparison", weekend, asked, at, now, str(version))


def failures(home: Settings) -> list[str]:
    """Reports of a home that could not be made, the first one first."""
    with connection.reading(home.store_address) as store:
        runs = reversed(run_log.ended(store))
    return [
        f"no {each.notebook} of {each.weekend} ({each.status}: {each.problem})"
        for each in runs
        if not each.status.succeeded
    ]


def _made(
    notebook: str,
    weekend: RaceWeekend,
    parameters: dict[str, str],
    at: Settings,
    now: datetime,
    version: str,
) -> RunRecord:
    snapshot = ingest.known(at).snapshot
    return report.report(
        notebook, weekend, {**parameters, "dry_run": True}, at, now=now,
        made_from={"snapshot_sha256": snapshot.sha256, "model_version": version},
    )  # fmt: skip


def _reigning(at: Settings) -> str:
    return champion(at, simulated=ingest.known(at).snapshot.simulated).version
