"""Cancel a run under way, from another terminal."""

import time
from datetime import datetime

from f1lib.errors import ConfigurationError, NotebookRunError
from f1lib.pipelines import runs
from f1lib.pipelines.runs import Run
from f1lib.runner import lock, processes, run_folder
from f1lib.settings import Settings

PATIENCE_S = 60.0  # a supervisor gives its worker three seconds, and then writes the report
_PAUSE_S = 0.1


def cancel(text: str, settings: Settings, *, now: datetime, patience_s: float = PATIENCE_S) -> Run:
    """End the run as SIGTERM to its supervisor does, and wait until it is in its place.

    The supervisor is the process that holds the lock of the run. Of a run that a cycle began this
    is the process of the cycle, which says of the step that it was cancelled, and ends, as do the
    notebooks that it runs beside. Raises ConfigurationError when the run is over or its process is
    somebody else's, NotebookRunError when it is not over after `patience_s`.
    """
    run = runs.found(text, settings, now=now)
    if run.is_over:
        raise ConfigurationError(
            f"Run {run.record.run_id} is over: it ended as {run.record.status}. There is nothing "
            "to cancel."
        )
    until = time.monotonic() + patience_s
    asked = False
    while not run.is_over:
        asked = asked or _asked(run)
        if time.monotonic() >= until:
            raise NotebookRunError(
                f"Run {run.record.run_id} was {'asked to end' if asked else 'not found at work'} "
                f"and is not over after {patience_s:g} seconds. `f1lib runs tail "
                f"{run.record.run_id} --follow` tells what it does."
            )
        time.sleep(_PAUSE_S)
        run = runs.again(run, settings, now=now)
    return run


def _asked(run: Run) -> bool:
    """Ask the supervisor to end the run; whether it was there to be asked.

    Not when the lock is free or somebody else has it: the run is over, or about to be marked lost.
    """
    file = run_folder.lock_of(run.folder)
    try:
        with lock.held(file, f"a look at who is at run {run.record.run_id}"):
            return False
    except lock.Held as exc:
        run_id, process = run_folder.held_by(str(exc)) or ("", 0)
    if run_id != run.record.run_id:
        return False
    try:
        return processes.terminate(process, holding=file)
    except PermissionError as exc:
        raise ConfigurationError(
            f"Run {run.record.run_id} belongs to process {process} of another user. Only that "
            "user can cancel it."
        ) from exc
