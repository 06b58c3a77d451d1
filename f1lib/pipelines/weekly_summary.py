"""Weekly summary: what was raced, found, decided and run in the last whole week, as an event."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import pandas as pd
from sqlalchemy import Connection

from f1lib.evaluation.levels import HEADLINE_CUTOFF
from f1lib.notify import events
from f1lib.notify.events import Event, Scene
from f1lib.pipelines import ingest, notify, settled, status
from f1lib.pipelines.settled import Speakers
from f1lib.registry import aliases
from f1lib.reports import numbers
from f1lib.settings import Settings
from f1lib.store import connection, decision_log, promotion_log, run_log, score_log
from f1lib.store.decision_log import Rule
from f1lib.tables.history import History
from f1lib.versions import ModelVersion
from f1lib.weekend import RaceWeekend, Stage

SHOWN = (
    "order_concordance", "gap_mae_pct", "winner_log_loss", "winner_concordance", "podium_overlap",
    "rps",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Week:
    """From Monday 00:00 UTC to the next one."""

    monday: datetime

    @classmethod
    def before(cls, now: datetime) -> "Week":
        """The last one that is over at `now`."""
        midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
        return cls(midnight - timedelta(days=midnight.weekday() + 7))

    def __contains__(self, at: datetime) -> bool:
        return self.monday <= at < self.monday + timedelta(days=7)


def weekly_summary(settings: Settings, *, now: datetime) -> Event:
    """The last whole week before `now`; live, nothing of replays. Changes nothing.

    Raises SourceError when there are no data.
    """
    history = ingest.known(settings)
    simulated, week = history.snapshot.simulated, Week.before(now)
    raced = [each for each in history.completed() if history.starts_at(each, Stage.RACE) in week]
    coming = status.status(settings, now=now).coming
    with connection.reading(settings.store_address) as store:
        champion = aliases.champion(store, simulated=simulated)
        rules = _scores(store, raced, champion, simulated=simulated)
        sentences = [
            _raced(raced, history, rules),
            *_decided(store, week, simulated=simulated),
            _standing(store, simulated=simulated),
            _ran(store, week, simulated=simulated),
            f"Next is {coming}." if coming else "There is no schedule of the next round yet.",
        ]
    scene = Scene(simulated, replay=False, report="index.html")
    return events.weekly_summary(scene, week.monday, str(champion or ""), sentences, rules)


def _scores(
    store: Connection,
    raced: Sequence[RaceWeekend],
    champion: ModelVersion | None,
    *,
    simulated: bool,
) -> list[Rule]:
    """Headline scores of what was said of the rounds of the week, as they stand."""
    if not raced or champion is None:
        return []
    found = score_log.current(
        store, simulated=simulated, replay=False, first=min(raced), last=max(raced)
    )
    mine = settled.one_voice(found, str(champion), speakers=Speakers.ANYBODY)
    wanted = pd.concat(
        [mine[(mine["stage"] == stage) & (mine["cutoff"] == cutoff)]
         for stage, cutoff in HEADLINE_CUTOFF.items()]
    )  # fmt: skip
    wanted = wanted[(wanted["model_version"] != "") & wanted["metric"].isin(SHOWN)]
    columns = (wanted[name].tolist() for name in ("weekend", "metric", "value", "n"))
    return [
        Rule(f"{weekend} {metric}", value, None, n, fired=False)
        for weekend, metric, value, n in zip(*columns, strict=True)
    ]


def _raced(raced: Sequence[RaceWeekend], history: History, rules: Sequence[Rule]) -> str:
    if not raced:
        return "No race was run."
    names = numbers.listed([f"{each} ({history.race(each)['name']})" for each in raced])
    said = (
        "the scores of the champion's forecast are below"
        if rules
        else "no live forecast of it is settled"
    )
    return f"Raced was {names}; {said}."


def _decided(store: Connection, week: Week, *, simulated: bool) -> Iterable[str]:
    for row in promotion_log.decided(store, simulated=simulated):
        if row.at in week:
            told = events.champion_decided(Scene(simulated, replay=False), row)
            yield f"{told.title}: {row.reason}"
    for decision in decision_log.made(store, simulated=simulated, replay=False):
        if decision.origin.made_at in week:
            yield (
                f"On {decision.kind} after {decision.origin.weekend} it was decided: "
                f"{decision.outcome}. {decision.reason}"
            )


def _standing(store: Connection, *, simulated: bool) -> str:
    standing = notify.standing_alerts(store, simulated=simulated)
    if not standing:
        return "No alert stands."
    named = [f"{rule} ({subject}, since {since})" for (rule, _, subject), since in standing.items()]
    stand = "stands" if len(named) == 1 else "stand"
    return f"{numbers.counted(len(named), 'alert')} {stand}: {numbers.listed(named)}."


def _ran(store: Connection, week: Week, *, simulated: bool) -> str:
    runs = [run for run in run_log.ended(store, simulated=simulated) if run.now in week]
    failed = Counter(run.notebook for run in runs if not run.status.succeeded)
    said = numbers.listed([f"{n} of {name}" for name, n in failed.items()]) or "none"
    return f"{numbers.counted(len(runs), 'notebook run')} ended; failed: {said}."
