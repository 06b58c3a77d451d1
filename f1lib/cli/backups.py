"""`f1lib backup` and `f1lib restore`."""

from pathlib import Path
from typing import Annotated

import typer

from f1lib.cli.options import Json, Now, say, show


def backup(
    to: Annotated[
        Path | None,
        typer.Option("--to", help="Folder of the archive; default: backups/ in home."),
    ] = None,
    as_json: Json = False,
    now: Now = "",
) -> None:
    """Keep store, registry and submissions in one archive, tried out by restoring it."""
    from f1lib import settings as configuration
    from f1lib.pipelines import backup as backing_up

    made = backing_up.backup(configuration.read(), now=configuration.moment(now), to=to)
    troubles = made.restored.troubles
    result = {
        "archive": made.archive, "made_at": made.made_at, "size_mb": made.size_mb,
        "files": made.n_files, "rows": made.restored.rows, "models": made.restored.models,
        "troubles": troubles, "removed": made.removed,
    }  # fmt: skip

    def for_a_person() -> None:
        say(f"Wrote {made.archive}: {made.n_files} files, {made.size_mb} MB; restored to try it.")
        if made.removed:
            say(f"Removed {len(made.removed)} archives older than `retention_days`.")
        for trouble in troubles:
            say(trouble)

    show(result, as_json, for_a_person)
    raise typer.Exit(made.restored.exit_code)


def restore(
    archive: Annotated[Path, typer.Argument(help="File that `f1lib backup` wrote.")],
    force: Annotated[
        bool, typer.Option("--force", help="Also over what the archive lacks; that is kept aside.")
    ] = False,
    as_json: Json = False,
    now: Now = "",
) -> None:
    """Put an archive back in place of what is there, which is kept in backups/."""
    from f1lib import settings as configuration
    from f1lib.pipelines import restore as restoring

    done = restoring.restore(
        archive, configuration.read(), force=force, now=configuration.moment(now)
    )
    result = {
        "archive": done.archive, "made_at": done.made_at, "kept": done.kept, "lost": done.lost,
        "rows": done.found.rows, "models": done.found.models, "troubles": done.found.troubles,
    }  # fmt: skip

    def for_a_person() -> None:
        say(f"Restored {done.archive}, made {done.made_at:%Y-%m-%d %H:%M} UTC.")
        for path in done.kept:
            say(f"What was there before is in {path}.")
        for trouble in done.found.troubles:
            say(trouble)

    show(result, as_json, for_a_person)
    raise typer.Exit(done.found.exit_code)
