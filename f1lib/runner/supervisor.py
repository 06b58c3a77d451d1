"""The supervisor: runs a notebook in a worker process, within its deadline, and tells the truth.

In:   a notebook, a weekend, parameters, settings.
Out:  the run folder in place and the record of the run, whatever happened: a cell that raises,
      a kernel that dies, a deadline, a signal. Nothing that was started is left behind.
Knows nothing of: papermill, the store, what a notebook computes.
"""

import json
import os
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from f1lib import files
from f1lib.errors import ConfigurationError, NotebookRunError
from f1lib.reports import metrics
from f1lib.run_record import RunRecord, RunStatus
from f1lib.runner import (
    beforehand,
    ending,
    lock,
    parameters,
    processes,
    run_folder,
    stopping,
    versions_used,
)
from f1lib.runner.catalogue import NotebookEntry
from f1lib.runner.lock import IfHeld
from f1lib.runner.run_folder import RunFolder
from f1lib.runner.withheld import Secrets
from f1lib.weekend import RaceWeekend

if TYPE_CHECKING:
    from f1lib.settings import Settings

SOCKETS = "f1lib-"  # the name of a private folder for sockets begins with it
GRACE_S = 3.0  # from a polite SIGTERM to SIGKILL
_PATIENCE_S = 1.0  # somebody who looks for lost runs holds the lock for a moment

_LONGEST_FOLDER = 70  # bytes, which leave room for the names of a folder and a socket

_Outcome = tuple[RunStatus, str]


def run(
    entry: NotebookEntry,
    weekend: RaceWeekend,
    given: Mapping[str, Any],
    settings: "Settings",
    *,
    now: datetime,
    if_running: IfHeld = IfHeld.SKIP,
    attempt: int = 1,
    run_id: str | None = None,
    told: Callable[[str], None] | None = None,
    known: beforehand.Known = dict,
    clock: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> RunRecord:
    """Run a notebook for a weekend; the record says how it ended.

    Catalogue parameters yield to `given` ones; `weekend`, and `now` where it is declared, are
    filled in. Parameters that do not fit and a run already under way leave no run folder. Where
    it is being run already, WAIT waits for as long as that may take, and `told` who it is
    waited for; FAIL raises NotebookRunError. `known` tells which data and champion are in use: of
    a run that fails before its notebook has said so, the record has it from there.
    """
    started_at = clock()
    run_id = run_id or new_run_id(started_at)
    place = settings.reports / entry.name / str(weekend) / run_id
    secrets_known = secrets_of(settings)

    def in_use() -> Mapping[str, Any]:
        return dict(secrets_known.cleaned(known()))

    record = RunRecord(
        run_id=run_id,
        notebook=entry.name,
        weekend=weekend,
        status=RunStatus.RUNNING,
        started_at=started_at,
        ended_at=None,
        now=now,
        parameters=secrets_known.cleaned(parameters.for_record({**entry.parameters, **given})),
        code_version=versions_used.code_version(),
        package_versions=versions_used.package_versions(),
        folder="",
        attempt=attempt,
        lock_sha256=versions_used.lock_sha256(),
        seed=settings.seed,
    )
    try:
        values = _parameters(entry, weekend, given, now)
    except ConfigurationError as exc:
        problem = secrets_known.masked(str(exc))
        record = beforehand.told(record, in_use)
        return replace(record, status=RunStatus.BAD_PARAMETERS, ended_at=clock(), problem=problem)
    record = replace(record, parameters=secrets_known.cleaned(values))
    try:
        by = run_folder.holder(run_id)
        waits = if_running is IfHeld.WAIT
        patience_s = entry.deadline_s if waits else _PATIENCE_S
        told = told if waits else None
        with lock.held(run_folder.lock_of(place), by, patience_s=patience_s, told=told):
            folder = run_folder.opened(place)
            path = place.relative_to(settings.home).as_posix()
            record = replace(record, folder=path, started_at=clock())
            learning = beforehand.Learning(record, folder, in_use)
            return _recorded(learning, values, entry, folder, settings, clock)
    except OSError as exc:  # nor is there a folder
        return _unwritten(beforehand.told(record, in_use), exc, clock())
    except lock.Held as exc:
        problem = f"{entry.name} for {weekend} is being run already, by {exc}."
        if if_running is IfHeld.FAIL:
            raise NotebookRunError(f"{problem} Nothing was done; let it finish.") from exc
        return replace(record, status=RunStatus.SKIPPED, ended_at=clock(), problem=problem)


def new_run_id(started_at: datetime) -> str:
    """An id that sorts by time and does not repeat: ``20251208T101500Z-1a2b3c``."""
    return f"{started_at.astimezone(UTC):%Y%m%dT%H%M%SZ}-{secrets.token_hex(3)}"


def _parameters(
    entry: NotebookEntry, weekend: RaceWeekend, given: Mapping[str, Any], now: datetime
) -> dict[str, Any]:
    """A value for each parameter of the notebook. Raises ConfigurationError naming all faults."""
    if given.get("weekend", str(weekend)) != str(weekend):
        raise ConfigurationError(
            f"The run is for {weekend}, but its parameter weekend = {given['weekend']!r} says "
            "otherwise. Leave that parameter away."
        )
    declarations = parameters.declared(entry.path)
    wants_now = any(declaration.name == "now" for declaration in declarations)
    filled_in = {"now": now.isoformat()} if wants_now else {}
    values = {**filled_in, **entry.parameters, **given, "weekend": str(weekend)}
    return parameters.checked(declarations, values)


def _recorded(
    learning: beforehand.Learning,
    values: Mapping[str, Any],
    entry: NotebookEntry,
    folder: RunFolder,
    settings: "Settings",
    clock: Callable[[], datetime],
) -> RunRecord:
    """Run, render, and move the folder into place; told to stop meanwhile, only then."""
    with stopping.heard() as stopped:
        try:
            files.write_text(folder.notebook, entry.path.read_text(encoding="utf-8"))
            folder.write_record(learning.record.as_json())
            secrets_known = secrets_of(settings)
            try:
                with learning:
                    status, problem = _supervised(values, entry, folder, settings, stopped)
            finally:
                secrets_known.clean_files(folder.work)
            return ending.published(
                learning.record,
                folder,
                entry,
                status=status,
                problem=secrets_known.masked(problem),
                ended_at=clock(),
            )
        except OSError as exc:
            return _unwritten(learning.record, exc, clock(), folder)


def _unwritten(
    record: RunRecord, exc: OSError, ended_at: datetime, folder: RunFolder | None = None
) -> RunRecord:
    """The record of a run whose files could not be written; it is in place if there is room."""
    problem = f"The run could not be written: {exc}. Look whether the disk is full or read-only."
    record = replace(record, status=RunStatus.IO_ERROR, ended_at=ended_at, problem=problem)
    if folder is not None:
        with suppress(OSError):
            folder.request.unlink(missing_ok=True)  # makes room for the record
            folder.outcome.unlink(missing_ok=True)
            folder.write_record(record.as_json())
            folder.publish(latest=False)
        if not folder.place.exists():
            shutil.rmtree(folder.work, ignore_errors=True)
            record = replace(record, folder="")
    return record


def secrets_of(settings: "Settings") -> Secrets:
    """What no file of a run may tell, by the environment and the settings."""
    return Secrets.of({**os.environ, **_variables(settings)})


def _supervised(
    values: Mapping[str, Any],
    entry: NotebookEntry,
    folder: RunFolder,
    settings: "Settings",
    stopped: stopping.Stop,
) -> _Outcome:
    """Start the worker, wait within the deadline, end whatever is left, say how it went."""
    environment = _environment(settings, folder)
    request = {
        "notebook": str(entry.path),
        "output": str(folder.notebook),
        "outcome": str(folder.outcome),
        "parameters": values,
        "cell_timeout_s": entry.cell_timeout_s,
        "supervisor": os.getpid(),
        "knows_secrets": bool(Secrets.of(environment)),
    }
    with (
        tempfile.TemporaryDirectory(prefix=SOCKETS, dir=_short_folder()) as sockets,
        folder.log.open("wb") as log,
    ):
        folder.request.write_text(json.dumps({**request, "sockets": sockets}), encoding="utf-8")
        worker = subprocess.Popen(
            [sys.executable, "-m", "f1lib.runner.worker", str(folder.request)],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            env=environment,
        )
        try:
            in_time = _ended_in_time(worker, entry.deadline_s, stopped)
        finally:
            processes.kill(worker.pid, run_folder.mark(folder.work))
            worker.wait()
    if stopped.is_set() and not in_time:
        stopped.obeyed = True
        return RunStatus.CANCELLED, "The run was cancelled."
    if not in_time:
        return RunStatus.TIMEOUT, f"The run took longer than its {entry.deadline_s} seconds."
    return _complete(folder, *_outcome(worker.returncode, folder))


def _short_folder() -> str:
    """Where the sockets lie, whose paths may have 103 bytes: /tmp where TMPDIR is too long."""
    usual = tempfile.gettempdir()
    return usual if len(os.fsencode(usual)) <= _LONGEST_FOLDER else "/tmp"  # noqa: S108 only a folder of our own in it


def _complete(folder: RunFolder, status: RunStatus, problem: str) -> _Outcome:
    """How a run ended whose notebook can have said that something is lacking."""
    if status is not RunStatus.OK:
        return status, problem
    try:
        gaps = metrics.read(folder.work).get("gaps", [])
    except (OSError, ValueError) as exc:
        return RunStatus.IO_ERROR, f"What the notebook said, results.json, cannot be read: {exc}."
    return (RunStatus.DEGRADED, " ".join(gaps)) if gaps else (status, problem)


def _ended_in_time(
    worker: subprocess.Popen[bytes], deadline_s: float, stopped: stopping.Stop
) -> bool:
    """Wait for the worker; past the deadline, or when stopped, ask it to save and end."""
    deadline = time.monotonic() + deadline_s
    while not stopped.is_set() and time.monotonic() < deadline:
        if _ended(worker, 0.2):
            return True
    worker.terminate()
    _ended(worker, GRACE_S)
    return False


def _ended(worker: subprocess.Popen[bytes], within_s: float) -> bool:
    try:
        worker.wait(within_s)
    except subprocess.TimeoutExpired:
        return False
    return True


def _outcome(exit_code: int, folder: RunFolder) -> _Outcome:
    """What the worker said; if it could not say anything, the end of its log."""
    try:
        said = json.loads(folder.outcome.read_text(encoding="utf-8"))
        return RunStatus(said["status"]), said["problem"]
    except (OSError, ValueError):
        tail = folder.log.read_text(encoding="utf-8", errors="replace").strip()[-500:]
        ending = f"signal {-exit_code}" if exit_code < 0 else f"exit code {exit_code}"
        if exit_code == -signal.SIGKILL:  # nobody else kills a worker without a word
            ending += ", as the system ends who takes too much memory"
        status = RunStatus.KERNEL_DIED if exit_code < 0 else RunStatus.IO_ERROR
        return status, f"The worker died ({ending}). Its last words: {tail or 'none'}"


def _environment(settings: "Settings", folder: RunFolder) -> dict[str, str]:
    """What worker and kernel see: these very settings, one thread, the folder of the run.

    No notebook sends mail, so none sees the password for it.
    """
    every = {**os.environ, **_variables(settings)}
    return {
        **{name: value for name, value in every.items() if name.upper() != "F1LIB_SMTP_PASSWORD"},
        "F1LIB_RUN_FOLDER": str(folder.work),
        "OMP_NUM_THREADS": "1",
        "PYTHONUNBUFFERED": "1",
    }


def _variables(settings: "Settings") -> dict[str, str]:
    """The settings as environment variables."""
    return {
        f"F1LIB_{name.upper()}": _text(value)
        for name, value in settings.model_dump().items()
        if value is not None
    }


def _text(value: Any) -> str:
    """A setting as its environment variable holds it."""
    if isinstance(value, dict | list | tuple):
        return json.dumps(value, default=str)
    return str(value.get_secret_value()) if hasattr(value, "get_secret_value") else str(value)
