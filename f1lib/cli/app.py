"""The command `f1lib`: assembles the commands, and turns errors into sentences and exit codes."""

import sys

import typer

from f1lib.cli import data, demo, doctor, forecasts, models, runs, submissions
from f1lib.errors import WorkbenchError

app = typer.Typer(
    name="f1lib",
    help="Keeps a two-stage Formula 1 forecast honest: data, forecasts, scores, reports.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.command("demo")(demo.demo)
app.add_typer(data.app, name="data")
app.command("submit")(submissions.submit)
app.command("predict")(forecasts.predict)
app.command("settle")(forecasts.settle)
app.command("retrain")(models.retrain)
app.command("run")(runs.run)
app.add_typer(models.app, name="models")
app.command("doctor")(doctor.doctor)

CANCELLED = 143


def main() -> None:
    """Run the command line. Errors the workbench can name end with their own exit code."""
    try:
        app()
    except WorkbenchError as exc:
        typer.echo(f"f1lib: {exc}", err=True)
        sys.exit(exc.exit_code)
    except KeyboardInterrupt:
        typer.echo("f1lib: cancelled.", err=True)
        sys.exit(CANCELLED)
