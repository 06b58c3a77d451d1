"""`f1lib run`: one notebook, to its report."""

from typing import Annotated

import typer

from f1lib.cli.options import Json, Now, Weekend, say, show


def run(
    notebook: Annotated[str, typer.Argument(help="Name in configs/notebooks.toml.")],
    weekend: Weekend = "latest",
    parameter: Annotated[
        list[str] | None,
        typer.Option("--parameter", "-p", help="name=value; may be given several times."),
    ] = None,
    as_json: Json = False,
    now: Now = "",
) -> None:
    """Run a notebook for a weekend and make its HTML report."""
    from f1lib import settings as configuration
    from f1lib.pipelines import ingest
    from f1lib.pipelines import run as running

    settings = configuration.read()
    given = {}
    for text in parameter or []:
        name, sign, value = text.partition("=")
        if not sign:
            raise typer.BadParameter(f"'{text}' is not name=value")
        given[name.strip()] = value
    history = ingest.known(settings)
    record = running.run(
        notebook, history.weekend(weekend), given, settings, now=configuration.moment(now)
    )

    def for_a_person() -> None:
        say(f"{record.notebook} {record.weekend}: {record.status}")
        if record.headline:
            say(record.headline)
        if record.problem:
            say(record.problem)
        if record.folder:
            say(f"Report: {settings.home / record.folder / 'report.html'}")

    show(record.as_json(), as_json, for_a_person)
    raise typer.Exit(record.status.exit_code)
