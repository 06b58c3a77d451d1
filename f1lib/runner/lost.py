"""Lost: runs whose supervisor ended without a word, killed or with its machine.

In:   the hidden folders of runs under way.
Out:  those that nobody is at any more, ended as `lost` with all they had reached, in place.
Knows nothing of: the store. The system lets go of a supervisor's lock when that ends, however it
      ends: whoever gets the lock of a weekend knows that the runs begun there are over.
"""

import os
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from f1lib.run_record import RunRecord, RunStatus
from f1lib.runner import catalogue, ending, lock, processes, run_folder, supervisor
from f1lib.runner.run_folder import RunFolder

if TYPE_CHECKING:
    from f1lib.settings import Settings

PROBLEM = (
    "The run's process is gone and left no ending: it was killed, or its machine went down. "
    "What it had reached is below."
)


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
    processes.kill_marked(run_folder.mark(folder.work))
    ended_at = max(record.started_at, _last_sign_of_life(folder))
    supervisor.secrets_of(settings).clean_files(folder.work)
    return ending.published(
        record,
        folder,
        catalogue.found(record.notebook, settings),
        status=RunStatus.LOST,
        problem=PROBLEM,
        ended_at=ended_at,
    )


def _last_sign_of_life(folder: RunFolder) -> datetime:
    """When something was last written into the folder, by the clock of the disk."""
    newest = max(path.stat().st_mtime for path in folder.work.iterdir())
    return datetime.fromtimestamp(newest, UTC)
