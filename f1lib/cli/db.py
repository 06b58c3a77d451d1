"""`f1lib db`: the store."""

import typer

from f1lib.cli.options import Json, Now, note, say, show, table

app = typer.Typer(help="The store: what the workbench remembers.", no_args_is_help=True)


@app.command("upgrade")
def upgrade(as_json: Json = False) -> None:
    """Bring the store to the revision of this f1lib, after a copy of what was there."""
    from f1lib import settings as configuration
    from f1lib.pipelines import upgrade as upgrading

    done = upgrading.upgrade(configuration.read())
    result = {"before": done.before, "after": done.after, "new": done.new, "backup": done.backup}

    def for_a_person() -> None:
        if not done.new:
            say(f"The store is up to date: revision {done.after}.")
            return
        say(f"The store was at revision {done.before or 'none'} and is at {done.after} now.")
        if done.backup is not None:
            say(f"What was there before is in {done.backup}.")

    show(result, as_json, for_a_person)


@app.command("status")
def status(as_json: Json = False) -> None:
    """Which store it is, its revision, how much it remembers, and the copies there are."""
    from f1lib import settings as configuration
    from f1lib.pipelines import store_status

    found = store_status.store_status(configuration.read())
    backups = [{"file": path, "written_at": at} for path, at in found.backups]
    result = {
        "place": found.place, "revision": found.revision, "newest": found.newest,
        "age": found.age, "size_mb": found.size_mb, "rows": found.rows, "backups": backups,
    }  # fmt: skip

    def for_a_person() -> None:
        of = "there is none yet" if found.revision is None else f"revision {found.revision}"
        size = "" if found.size_mb is None else f", {found.size_mb} MB"
        say(f"{found.place}: {of} ({found.age}; newest {found.newest}){size}")
        if found.rows:
            table("Rows", ["log", "n"], [[name, str(n)] for name, n in found.rows.items()])
        if found.backups:
            rows = [[f"{at:%Y-%m-%d %H:%M}", path.name] for path, at in found.backups]
            table("Backups", ["written (UTC)", "file"], rows)

    show(result, as_json, for_a_person)


@app.command("check")
def check(as_json: Json = False) -> None:
    """Look whether store and registry hold together. Ends with 16 or 15 when they do not."""
    from f1lib import settings as configuration
    from f1lib.pipelines import check as checking

    found = checking.check(configuration.read())
    result = {
        "well": not found.troubles, "troubles": found.troubles, "rows": found.rows,
        "models": found.models,
    }  # fmt: skip

    def for_a_person() -> None:
        say(f"{sum(found.rows.values())} rows and {found.models} model versions were looked at.")
        for trouble in found.troubles or ("Nothing is wrong.",):
            say(trouble)

    show(result, as_json, for_a_person)
    raise typer.Exit(found.exit_code)


@app.command("prune")
def prune(as_json: Json = False, now: Now = "") -> None:
    """Remove requests, runs, backtests and replays older than `retention_days`, nothing learnt."""
    from f1lib import settings as configuration
    from f1lib.pipelines import prune as pruning

    gone = pruning.prune(configuration.read(), now=configuration.moment(now))
    result = {
        "before": gone.before, "requests": gone.requests, "run_folders": gone.run_folders,
        "backtests": gone.backtests, "replays": gone.replays,
    }  # fmt: skip

    def for_a_person() -> None:
        say(
            f"Removed {gone.requests} requests, {len(gone.run_folders)} run folders, "
            f"{len(gone.backtests)} backtests and {len(gone.replays)} replays of before "
            f"{gone.before:%Y-%m-%d}."
        )

    show(result, as_json, for_a_person)
    if gone.trouble:
        note(gone.trouble)
