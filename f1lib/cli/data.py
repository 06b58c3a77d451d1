"""`f1lib data`: take data in, and say what there is."""

from typing import Annotated, Any

import typer

from f1lib.cli.options import Json, Now, note, say, show

app = typer.Typer(help="Take data in, and say what there is.", no_args_is_help=True)

Force = Annotated[
    bool, typer.Option("--force", help="Also an archive with less in it than the last one.")
]


@app.command("pull")
def pull(
    simulated: Annotated[
        bool, typer.Option("--simulated", help="Take in the simulated world instead.")
    ] = False,
    scenario: Annotated[str, typer.Option(help="Scenario of the simulated world.")] = "stable",
    seed: Annotated[int | None, typer.Option(help="Seed of the simulated world.")] = None,
    seasons: Annotated[int, typer.Option(help="Seasons of the simulated world.")] = 8,
    force: Force = False,
    as_json: Json = False,
    now: Now = "",
) -> None:
    """Import the archive that F1LIB_F1DB names, else F1DB's latest release."""
    from f1lib import settings as configuration
    from f1lib.pipelines import ingest

    settings = configuration.read()
    moment = configuration.moment(now)
    if simulated:
        world = ingest.World(settings.seed if seed is None else seed, scenario, seasons)
        taken = ingest.simulate(settings, world, published=moment if now else None, now=moment)
    else:
        taken = ingest.pull(settings, now=moment, force=force, progress=_Progress())
    _show(taken, as_json)


@app.command("import")
def import_archive(
    archive: Annotated[str, typer.Argument(help="Zip, folder or https address.")],
    force: Force = False,
    as_json: Json = False,
    now: Now = "",
) -> None:
    """Import an F1DB archive by name."""
    from f1lib import settings as configuration
    from f1lib.pipelines import ingest

    settings = configuration.read(f1db=archive)
    moment = configuration.moment(now)
    _show(ingest.pull(settings, now=moment, force=force, progress=_Progress()), as_json)


@app.command("status")
def status(as_json: Json = False, now: Now = "") -> None:
    """The snapshot in use, the latest race with a result, and the next one."""
    from f1lib import settings as configuration
    from f1lib.errors import ConfigurationError
    from f1lib.sources import snapshots
    from f1lib.weekend import Stage

    settings = configuration.read()
    moment = configuration.moment(now)
    opened = snapshots.opened(settings.snapshots, settings.submissions)
    history = opened.history
    completed = history.completed()
    try:
        coming = history.weekend("next")
    except ConfigurationError:
        coming = None
    result: dict[str, Any] = {
        "snapshot": history.snapshot.sha256,
        "archive_sha256": history.snapshot.archive_sha256,
        "source": history.snapshot.description,
        "credit": history.snapshot.credit,
        "simulated": history.snapshot.simulated,
        "submissions": history.snapshot.submissions,
        "imported_at": opened.manifest.imported_at,
        "n_races": len(completed),
        "latest": completed[-1] if completed else None,
        "latest_age_days": (
            (moment - history.starts_at(completed[-1], Stage.RACE)).days if completed else None
        ),
        "next": coming,
        "findings": [each.sentence for each in opened.disagreements],
    }

    def for_a_person() -> None:
        say(f"Snapshot {result['snapshot']}")
        say(f"  {result['source']}, imported {result['imported_at']:%Y-%m-%d %H:%M} UTC")
        say(f"  {result['n_races']} races with a result, the latest {result['latest'] or 'none'}"
            + (f", {result['latest_age_days']} days ago" if completed else ""))  # fmt: skip
        say(f"  next: {result['next'] or 'the calendar has no later weekend'}")
        say(f"  submissions in use: {result['submissions']}")
        for finding in result["findings"]:
            say(f"  {finding}")
        if result["credit"]:
            say(f"  {result['credit']}")

    show(result, as_json, for_a_person)


def _show(taken: Any, as_json: bool) -> None:
    result = {
        "snapshot": taken.snapshot.sha256,
        "new": taken.new,
        "simulated": taken.snapshot.simulated,
        "source": taken.snapshot.description,
        "credit": taken.snapshot.credit,
        "findings": list(taken.findings),
    }

    def for_a_person() -> None:
        say(taken.sentence)
        for finding in taken.findings:
            say(finding)
        if taken.snapshot.credit:
            say(taken.snapshot.credit)

    show(result, as_json, for_a_person)


class _Progress:
    """A line for every quarter of a download."""

    def __init__(self) -> None:
        self._said = 0

    def __call__(self, done: int, total: int | None) -> None:
        quarter = 4 * done // total if total else done // 2**22
        if quarter > self._said:
            self._said = quarter
            whole = f" of {total / 2**20:.1f}" if total else ""
            note(f"{done / 2**20:.1f}{whole} MB")
