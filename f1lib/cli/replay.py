"""`f1lib replay`: a season again, round by round, under several policies."""

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from f1lib.cli.options import Json, note, say, show, table

if TYPE_CHECKING:
    from pathlib import Path

    from f1lib.pipelines.replayed import Replay


class Asked(StrEnum):
    """The policies that can be asked for."""

    ALL = "all"
    TRIGGERED = "triggered"
    NEVER = "never"
    ALWAYS = "always"
    WEEKLY = "weekly"


class Shown(StrEnum):
    """The reports that can be asked for."""

    NONE = "none"
    LAST = "last"
    ALL = "all"


def replay(
    season: Annotated[
        int, typer.Option(help="The season, such as 2025; without it the latest raced.")
    ] = 0,
    policy: Annotated[
        list[Asked] | None,
        typer.Option(help="Under which policy; may be given several times. Without it: all."),
    ] = None,
    workers: Annotated[
        int | None, typer.Option(min=1, help="Processes at work; without it the settings'.")
    ] = None,
    reports: Annotated[
        Shown, typer.Option(help="None, of the season, or also of each round (hours).")
    ] = Shown.LAST,
    as_json: Json = False,
) -> None:
    """Replay a season as it would have been, in a home of its own, and compare policies."""
    from f1lib import settings as configuration
    from f1lib.pipelines import ingest, replayed
    from f1lib.pipelines import replay as replaying
    from f1lib.pipelines.replay_reports import Reports, latest

    settings = configuration.read()
    history = ingest.known_or_imported(settings, now=configuration.moment())
    asked = policy or [Asked.ALL]
    wanted = tuple(replayed.Policy if Asked.ALL in asked else map(replayed.Policy, asked))
    season = season or history.weekend("latest").season
    done = replaying.replay(
        season, settings, policies=wanted, workers=workers, reports=Reports(reports.value), say=note
    )
    path = latest(done, settings)
    told = {**replayed.plain(done), "report": path}
    show(told, as_json, lambda: _for_a_person(done, path))
    if done.report is not None and not done.report.status.succeeded:
        note(f"The report was not made: {done.report.problem}")
        raise typer.Exit(done.report.status.exit_code)


def _for_a_person(done: "Replay", report: "Path | None") -> None:
    from f1lib.reports.season_history import headlines

    label = "SIMULATED, " if done.simulated else ""
    for each in done.decisions:
        if each.version:
            say(f"{each.policy} {each.weekend}: {each.version} {each.promotion}.")
            say(f"    Why it was trained: {each.reason}")
            say(f"    What was decided about it: {each.verdict}")
    rows = done.summary.to_dict("records")
    table(
        f"{label}{done.season} replayed; winner log loss in nats a race",
        ["policy", "rounds", "log loss", "alerts", "retrainings", "promotions"],
        [
            [str(value) if name != "winner_log_loss" else f"{value:.4f}"
             for name, value in row.items()]
            for row in rows
        ],
    )  # fmt: skip
    for _, row in done.worth.groupby("policy", sort=False):
        say(headlines.worth(done.season, done.summary, row))
    if report is not None:
        say(f"Report: {report}")
