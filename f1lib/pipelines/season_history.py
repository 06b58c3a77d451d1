"""Season history: what the store remembers of many seasons. Reads everything, records nothing."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import pandas as pd

from f1lib.errors import InsufficientHistoryError
from f1lib.evaluation.levels import HEADLINE_CUTOFF
from f1lib.monitoring import findings, performance, seasons
from f1lib.monitoring.findings import Episode
from f1lib.monitoring.performance import Measured
from f1lib.monitoring.seasons import Pattern, Trend
from f1lib.monitoring.windows import Window
from f1lib.pipelines import ingest, kept_replays, policies, settled
from f1lib.pipelines import recipe as recipes
from f1lib.pipelines.ingest import facts_of
from f1lib.pipelines.kept_replays import Kept
from f1lib.pipelines.predict import champion
from f1lib.pipelines.settled import Speakers
from f1lib.settings import Settings
from f1lib.store import connection, drift_log, finding_log, promotion_log, score_log
from f1lib.store.promotion_log import Action
from f1lib.tables.history import History, Snapshot
from f1lib.weekend import RaceWeekend, Stage

TRENDS = ("winner_log_loss", "order_concordance")


@dataclass(frozen=True, slots=True)
class SeasonHistory:
    """What was settled, found and measured up to and with `weekend`, from `first` on.

    Of each round counts what the champion said of it, else what another version did, the newest
    first; `spoke` (weekend, model_version, replay) tells which. `findings` and `drift` have the
    columns of their logs, a row for each rule (for each feature its divergence) and round.
    `by_version` compares the versions that spoke, and `promoted` is when each was put in use first.
    `resets` are seasons of new regulations. `replayed` is a replay of the season of `weekend`, if
    one is kept that ends by then.
    """

    first: RaceWeekend
    weekend: RaceWeekend
    model: str
    version: str
    snapshot: Snapshot
    replay: bool
    policy: str
    whole: Measured
    by_season: tuple[Measured, ...]
    patterns: tuple[Pattern, ...]
    trends: tuple[Trend, ...]
    spoke: pd.DataFrame
    by_version: Pattern
    promoted: dict[str, datetime]
    findings: pd.DataFrame
    alerts: tuple[Episode, ...]
    drift: pd.DataFrame
    resets: tuple[int, ...]
    replayed: Kept


def season_history(
    weekend: RaceWeekend, settings: Settings, *, first: RaceWeekend | None = None
) -> SeasonHistory:
    """Everything in the store about rounds from `first` (None: the earliest) to `weekend`.

    Raises InsufficientHistoryError when no race forecast of them is settled.
    """
    history = ingest.known(settings)
    simulated = history.snapshot.simulated
    holder = champion(settings, simulated=simulated)
    policy = policies.watch_policy(settings)
    with connection.reading(settings.store_address) as store:
        standing = score_log.current(store, simulated=simulated, first=first, last=weekend)
        found = finding_log.current(
            store, simulated=simulated, policy_sha256=policy.sha256, first=first, last=weekend
        )
        moved = drift_log.current(
            store, simulated=simulated, policy_sha256=policy.sha256, metric="kl",
            first=first, last=weekend,
        )  # fmt: skip
        moves = promotion_log.decided(store, simulated=simulated)
    scores = settled.one_voice(standing, holder.version, speakers=Speakers.ANYBODY)
    name = holder.model.name
    mine = _settled(scores, name, weekend)
    weekends = [RaceWeekend.parse(text) for text in sorted(mine["weekend"].unique())]

    def over(each: Sequence[Window]) -> tuple[Measured, ...]:
        return tuple(performance.measured(scores, window, name) for window in each)

    def pattern(label: str, each: Sequence[Window]) -> Pattern:
        return Pattern(label, over(each), seasons.differ_p(gains, each))

    about = _of_speakers(found, mine)
    gains = seasons.gains(scores, name, TRENDS[0])
    spoke = mine.drop_duplicates("weekend")[["weekend", "model_version", "replay"]]
    return SeasonHistory(
        first=weekends[0],
        weekend=weekends[-1],
        model=name,
        version=holder.version,
        snapshot=history.snapshot,
        replay=bool(mine["replay"].all()),
        policy=f"{policy.name} {policy.sha256[:12]}",
        whole=over([Window("whole span", tuple(weekends))])[0],
        by_season=over(seasons.by_season(weekends)),
        patterns=tuple(pattern(*each) for each in seasons.patterns(weekends, history["races"])),
        trends=tuple(seasons.trend(scores, name, metric) for metric in TRENDS),
        spoke=spoke,
        by_version=pattern("version", _reigns(spoke)),
        promoted={
            str(move.version): move.at for move in reversed(moves) if move.action is Action.PROMOTE
        },
        findings=about,
        alerts=findings.episodes(findings.by_round(about)),
        drift=_of_speakers(moved, mine),
        resets=recipes.regulation_resets(settings),
        replayed=kept_replays.kept(settings.home, weekend, simulated=simulated),
    )


def _settled(scores: pd.DataFrame, model: str, weekend: RaceWeekend) -> pd.DataFrame:
    """Scores of the model's race forecasts. Raises InsufficientHistoryError if there are none."""
    judged = (scores["stage"] == Stage.RACE) & (scores["cutoff"] == HEADLINE_CUTOFF[Stage.RACE])
    mine = scores[judged & (scores["model"] == model)]
    if mine.empty:
        raise InsufficientHistoryError(
            f"No race forecast up to {weekend} is settled, so there is no history to tell. Run "
            f"`f1lib monitor --from {weekend.season}-01 --to {weekend}` first.",
            weekend=str(weekend),
        )
    return mine


def _reigns(spoke: pd.DataFrame) -> list[Window]:
    """A window for each version: the rounds it spoke for, in the order of the first of them."""
    rounds = spoke.sort_values("weekend").groupby("model_version", sort=False)["weekend"]
    return [Window(str(version), tuple(map(RaceWeekend.parse, each))) for version, each in rounds]


def _of_speakers(rows: pd.DataFrame, mine: pd.DataFrame) -> pd.DataFrame:
    """What was recorded about the version that spoke for a round, or about no version."""
    spoke = mine.drop_duplicates("weekend").set_index("weekend")["model_version"]
    version = rows["weekend"].map(spoke)
    about = (rows["model_version"] == "") | (rows["model_version"] == version)
    return rows[about & version.notna()].reset_index(drop=True)


def begin(history: History, first: str) -> RaceWeekend | None:
    """The weekend written as `first`; None where it is empty."""
    return history.weekend(first) if first else None


def provenance(history: SeasonHistory) -> dict[str, object]:
    """What the history was made from, for a report."""
    return {
        **facts_of(history.snapshot),
        "replay": history.replay,
        "model": history.model,
        "model_version": history.version,
        "forecasts_by": ", ".join(sorted(set(history.spoke["model_version"]))) or "none",
        "policy": history.policy,
        "rounds": f"{history.first} to {history.weekend}",
    }  # fmt: skip
