"""Monitor a range of rounds: the champion as it is, season after season."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from f1lib.errors import ConfigurationError, InsufficientHistoryError
from f1lib.monitoring.findings import Episode, Finding, episodes
from f1lib.monitoring.policy import WatchPolicy
from f1lib.pipelines import catch_up, ingest
from f1lib.pipelines import monitor as monitors
from f1lib.pipelines.catch_up import CaughtUp, Say
from f1lib.registry.manifest import Manifest
from f1lib.settings import Settings
from f1lib.tables.history import Snapshot
from f1lib.weekend import RaceWeekend


@dataclass(frozen=True, slots=True)
class MonitoredRange:
    """What was found after each settled round of a range, in calendar order.

    `lacking` says, a sentence each, which rounds could not be looked at and why.
    """

    first: RaceWeekend
    last: RaceWeekend
    snapshot: Snapshot
    champion: Manifest
    policy: WatchPolicy
    findings: Mapping[RaceWeekend, tuple[Finding, ...]]
    caught_up: CaughtUp
    lacking: tuple[str, ...]

    @property
    def alerts(self) -> tuple[Episode, ...]:
        """Every alert once, with the rounds over which it lasted."""
        return episodes(self.findings)


def monitor_range(
    first: RaceWeekend, last: RaceWeekend, settings: Settings, *, now: datetime, say: Say
) -> MonitoredRange:
    """Look for findings after each round from `first` to `last`, and record them.

    The reigning champion is judged, as it is: where it has not forecast a round that came after its
    training, the round is replayed and settled first; without a champion one is trained as of
    `first`. Rounds it learnt from, or without a result, are said. Raises ConfigurationError for a
    range that is none, InsufficientHistoryError when no round can be looked at.
    """
    history = ingest.known(settings)
    for weekend in (first, last):
        history.race(weekend)  # raises where the calendar has none
    if first > last:
        raise ConfigurationError(f"{first} comes after {last}. Name the earlier round first.")
    done = catch_up.catch_up(first, last, settings, now=now, say=say)
    watched, _ = monitors.opened(first, last, settings, now)
    settled = monitors.settled_by(watched.champion, watched.rounds)
    wanted = [weekend for weekend in settled if first <= weekend <= last]
    lacking = _lacking(first, last, done, watched, wanted)
    if not wanted:
        raise InsufficientHistoryError(
            f"No round from {first} to {last} can be looked at. {' '.join(lacking)}"
        )
    say(f"Looking at {len(wanted)} rounds, {wanted[0]} to {wanted[-1]}.")
    found = {weekend: monitors.looked(replace(watched, weekend=weekend)) for weekend in wanted}
    monitors.record(found, watched)
    return MonitoredRange(
        first, last, history.snapshot, watched.champion.manifest, watched.policy, found, done,
        lacking,
    )  # fmt: skip


def _lacking(
    first: RaceWeekend,
    last: RaceWeekend,
    done: CaughtUp,
    watched: monitors.Watched,
    wanted: list[RaceWeekend],
) -> tuple[str, ...]:
    """Which rounds of the range cannot be looked at, and why."""
    sentences = []
    manifest = watched.champion.manifest
    if done.learnt:
        sentences.append(
            f"Champion {manifest.version} learnt from races through {manifest.trained_through} and "
            f"cannot be judged on {len(done.learnt)} rounds, {done.learnt[0]} to "
            f"{done.learnt[-1]}. To see what a champion of that time would have done, do this in a "
            "home of its own (F1LIB_HOME)."
        )
    calendar = [RaceWeekend.parse(text) for text in watched.history["races"]["weekend"]]
    others = [
        weekend
        for weekend in sorted(calendar)
        if first <= weekend <= last and weekend not in {*wanted, *done.learnt}
    ]
    if others:
        sentences.append(
            f"{len(others)} rounds have no settled race forecast, {others[0]} to {others[-1]}."
        )
    return tuple(sentences)
