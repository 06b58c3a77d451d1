"""The command `f1lib`: assembles the commands, and turns errors into sentences and exit codes."""

import signal
import sys
from collections.abc import Callable

import typer

from f1lib.cli import (
    backtest,
    backups,
    cycle,
    data,
    db,
    demo,
    doctor,
    drift,
    forecasts,
    mail,
    models,
    monitoring,
    promotions,
    replay,
    reports,
    runs,
    submissions,
)
from f1lib.errors import WorkbenchError
from f1lib.runner import stopping

app = typer.Typer(
    name="f1lib",
    help="Keeps a two-stage Formula 1 forecast honest: data, forecasts, scores, reports.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.command("demo")(demo.demo)
app.command("cycle")(cycle.cycle)
app.add_typer(data.app, name="data")
app.command("submit")(submissions.submit)
app.command("predict")(forecasts.predict)
app.command("settle")(forecasts.settle)
app.command("monitor")(monitoring.monitor)
app.command("check")(monitoring.check)
app.command("drift")(drift.drift)
app.command("retrain")(models.retrain)
app.command("compare")(promotions.compare)
app.command("promote")(promotions.promote)
app.command("rollback")(promotions.rollback)
app.command("run")(runs.run)
app.add_typer(runs.app, name="runs")
app.add_typer(reports.app, name="reports")
app.command("backtest")(backtest.backtest)
app.command("replay")(replay.replay)
app.add_typer(models.app, name="models")
app.add_typer(db.app, name="db")
app.add_typer(mail.app, name="mail")
app.command("backup")(backups.backup)
app.command("restore")(backups.restore)
app.command("doctor")(doctor.doctor)

CANCELLED = 143
_INTERRUPTED = 130  # what typer makes of Ctrl-C


def main(command: Callable[[], object] = app) -> None:
    """Run the command line. Errors the workbench can name end with their own exit code.

    SIGTERM is heard as Ctrl-C is, unless it was ignored before, as that is: what was begun is
    undone, and a sentence says how it ended.
    """
    before = signal.getsignal(signal.SIGTERM)
    if not stopping.is_ignored(signal.SIGTERM):
        signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        command()
    except WorkbenchError as exc:
        _end(str(exc), exc.exit_code)
    except OSError as exc:  # no space, no permission
        place = f": {exc.filename}" if exc.filename else ""
        _end(
            f"{exc.strerror or exc}{place}. Look whether the disk is full and F1LIB_HOME may be "
            "written, then try again.",
            WorkbenchError.exit_code,
        )
    except KeyboardInterrupt:
        _end("cancelled.", CANCELLED)
    except SystemExit as exc:
        if exc.code != _INTERRUPTED:
            raise
        _end("cancelled.", CANCELLED)
    finally:
        signal.signal(signal.SIGTERM, before)


def _end(sentence: str, exit_code: int) -> None:
    """Say how it ended, apart from any result, and end."""
    typer.echo(f"f1lib: {sentence}", err=True)
    sys.exit(exit_code)
