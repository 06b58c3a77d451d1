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
    scenario: Annotated[
        str | None, typer.Option(help="Scenario of the simulated world; without it stable.")
    ] = None,
    seed: Annotated[
        int | None, typer.Option(help="Seed of the simulated world; without it the settings'.")
    ] = None,
    seasons: Annotated[
        int | None, typer.Option(help="Seasons of the simulated world; without it 8.")
    ] = None,
    force: Force = False,
    as_json: Json = False,
    now: Now = "",
) -> None:
    """Import the archive that F1LIB_F1DB names, else F1DB's latest release."""
    from f1lib import settings as configuration
    from f1lib.pipelines import ingest

    if not simulated and (scenario, seed, seasons) != (None, None, None):
        raise typer.BadParameter("--scenario, --seed and --seasons go with --simulated")
    settings = configuration.read()
    moment = configuration.moment(now)
    if simulated:
        world = ingest.World(
            settings.seed if seed is None else seed, scenario or "stable", seasons or 8
        )
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
    from f1lib.pipelines import status as standing

    found = standing.status(configuration.read(), now=configuration.moment(now))
    snapshot = found.snapshot
    result = {
        "snapshot": snapshot.sha256,
        "archive_sha256": snapshot.archive_sha256,
        "source": snapshot.description,
        "credit": snapshot.credit,
        "simulated": snapshot.simulated,
        "submissions": snapshot.submissions,
        "imported_at": found.imported_at,
        "n_races": found.n_races,
        "latest": found.latest,
        "latest_age_days": found.latest_age_days,
        "next": found.coming,
        "findings": list(found.findings),
    }

    def for_a_person() -> None:
        age = "" if found.latest_age_days is None else f", {found.latest_age_days} days ago"
        say(f"Snapshot {snapshot.sha256}")
        say(f"  {snapshot.description}, imported {found.imported_at:%Y-%m-%d %H:%M} UTC")
        say(f"  {found.n_races} races with a result, the latest {found.latest or 'none'}{age}")
        say(f"  next: {found.coming or 'the calendar has no later weekend'}")
        say(f"  submissions in use: {snapshot.submissions}")
        for finding in found.findings:
            say(f"  {finding}")
        if snapshot.credit:
            say(f"  {snapshot.credit}")

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
