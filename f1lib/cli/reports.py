"""`f1lib reports`: look at the reports and the pages over them, on this machine."""

from typing import TYPE_CHECKING, Annotated

import typer

from f1lib.cli.options import Json, note, say, show

if TYPE_CHECKING:
    from pathlib import Path

    from f1lib.settings import Settings

app = typer.Typer(help="The reports in a browser.", no_args_is_help=True)


@app.command("serve")
def serve(
    port: Annotated[int, typer.Option(min=0, max=65535, help="0: any that is free.")] = 8765,
) -> None:
    """Serve list and reports to browsers on this machine, until Ctrl-C or SIGTERM."""
    from f1lib import settings as configuration
    from f1lib.reports.site import serving

    settings = configuration.read()
    try:
        with serving.Server(settings.home, port) as server:
            _up_to_date(settings)
            say(f"Serving the reports in {settings.home} at {server.address} (Ctrl-C ends it).")
            server.serve_forever()
    except KeyboardInterrupt:  # it ended as it is meant to
        note("Ended.")


@app.command("open")
def open_report(
    run: Annotated[
        str,
        typer.Argument(
            metavar="[RUN]",
            help="Its id or how that begins, or NOTEBOOK@WEEKEND for the newest; none: the list.",
        ),
    ] = "",
    as_json: Json = False,
) -> None:
    """Open the report of a run, or the list of all, in the browser."""
    import webbrowser

    from f1lib import settings as configuration

    settings = configuration.read()
    page = _report_of(run, settings) if run else _up_to_date(settings)
    opened = webbrowser.open(page.as_uri())

    def for_a_person() -> None:
        say(str(page))
        if not opened:
            note("There is no browser here to open it with; copy the path into one.")

    show({"page": page, "opened": opened}, as_json, for_a_person)


def _report_of(run: str, settings: "Settings") -> "Path":
    """The report of a run. Raises ConfigurationError for a run that is not, or has none."""
    from f1lib import settings as configuration
    from f1lib.errors import ConfigurationError
    from f1lib.pipelines import runs

    found = runs.found(run, settings, now=configuration.moment(""))
    page = found.folder / "report.html"
    if not page.is_file():
        record = found.record
        raise ConfigurationError(
            f"Run {record.run_id} ({record.status}) has no report. `f1lib runs tail "
            f"{record.run_id}` shows how far it is.",
            run_id=record.run_id,
        )
    return page


def _up_to_date(settings: "Settings") -> "Path":
    """The list of all reports, as new as this home allows."""
    from f1lib.pipelines import site

    if trouble := site.refresh(settings):
        note(trouble)
    return settings.home / "index.html"
