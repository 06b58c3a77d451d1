"""Lost: runs whose supervisor ended without a word, killed or with its machine.

In:   the hidden folders of runs under way.
Out:  those that nobody is at any more, ended as `lost` with all they had reached, in place.
      Whoever looks need not know the secrets of such a run. Its worker did, and took them out of
      the notebook as it went and of the rest at its end; where it came to none, the rest is left
      out, unless there were no secrets.
Knows nothing of: the store. The system lets go of a supervisor's lock when that ends, however it
      ends: whoever gets the lock of a weekend knows that the runs begun there are over.
"""

import json
import os
import shutil
import stat
import time
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from f1lib import files
from f1lib.reports import metrics
from f1lib.run_record import RunRecord, RunStatus
from f1lib.runner import catalogue, ending, kernel, lock, processes, run_folder, supervisor
from f1lib.runner.run_folder import RunFolder

if TYPE_CHECKING:
    from f1lib.settings import Settings

PROBLEM = (
    "The run's process is gone and left no ending: it was killed, or its machine went down. "
    "What it had reached is below."
)
LEFT_OUT = (
    "Log and results are left out: what would have taken secrets out of them was gone as well."
)
_PATIENCE_S = 5.0  # for a worker whose supervisor has just ended, to save and to clean


def ended(settings: "Settings", *, notebook: str = "*", weekend: str = "*") -> list[RunRecord]:
    """End the runs that nobody is at any more; their records. One under way is not touched.

    One that died after its record was complete keeps the ending that this tells. One in a folder
    that cannot be written stays as it is.
    """
    found = []
    for folder in run_folder.begun(settings.reports, notebook, weekend):
        by = f"a look at what became of run {folder.place.name} (process {os.getpid()})"
        try:
            with lock.held(run_folder.lock_of(folder.place), by):
                record = run_folder.record_in(folder.work)  # None: ended by another meanwhile
                if record is not None:
                    found.append(_ended(record, folder, settings))
        except (lock.Held, OSError):
            continue
    return found


def _ended(record: RunRecord, folder: RunFolder, settings: "Settings") -> RunRecord:
    if record.status is not RunStatus.RUNNING:
        folder.publish(latest=record.status.succeeded)
        return record
    _let_the_worker_end(folder)
    processes.kill_marked(run_folder.mark(folder.work))
    ended_at = max(record.started_at, _last_sign_of_life(folder))
    request, outcome = _read(folder.request), _read(folder.outcome)
    _remove_sockets(Path(str(request.get("sockets", ""))))
    whole = not request.get("knows_secrets", True) or outcome.get("cleaned", False)
    if not whole:
        _leave_out_the_rest(folder)
    supervisor.secrets_of(settings).clean_files(folder.work)
    return ending.published(
        record,
        folder,
        catalogue.found(record.notebook, settings),
        status=RunStatus.LOST,
        problem=PROBLEM if whole else f"{PROBLEM} {LEFT_OUT}",
        ended_at=ended_at,
    )


def _let_the_worker_end(folder: RunFolder) -> None:
    deadline = time.monotonic() + _PATIENCE_S
    mark = run_folder.mark(folder.work)
    while not folder.outcome.exists() and time.monotonic() < deadline:
        if not processes.family(0, mark):
            return
        time.sleep(0.05)


def _read(path: Path) -> dict[str, Any]:
    """A file of the worker's; nothing where it is not there or half-written."""
    try:
        return dict(json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return {}


def _remove_sockets(folder: Path) -> None:
    """Remove what `TemporaryDirectory` did not, as the supervisor was killed; nothing else, since
    a notebook can write another folder into the request."""
    with suppress(OSError):
        about = folder.lstat()
        if not (
            folder.name.startswith(supervisor.SOCKETS)
            and stat.S_ISDIR(about.st_mode)
            and about.st_uid == os.getuid()
        ):
            return
        inside = list(folder.iterdir())
        if all(path.is_socket() or path.name == kernel.CONNECTION for path in inside):
            for path in inside:
                path.unlink()
            folder.rmdir()


def _leave_out_the_rest(folder: RunFolder) -> None:
    """Keep the notebook, the record, and of the results what is no text, as that it simulates."""
    try:
        said = metrics.read(folder.work)
    except (OSError, ValueError):
        said = {}
    for path in folder.work.iterdir():
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        elif path not in {folder.notebook, folder.work / "run.json"}:
            path.unlink()
    flags = {name: value for name, value in said.items() if isinstance(value, bool)}
    if flags:
        files.write_text(folder.work / metrics.RESULTS, json.dumps(flags) + "\n")


def _last_sign_of_life(folder: RunFolder) -> datetime:
    """When something was last written into the folder, by the clock of the disk."""
    newest = 0.0
    for path in folder.work.iterdir():
        with suppress(FileNotFoundError):  # gone meanwhile
            newest = max(newest, path.lstat().st_mtime)
    return datetime.fromtimestamp(newest, UTC)
