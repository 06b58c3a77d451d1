"""The worker: one process that runs one notebook with papermill and says how that ended.
Started by the supervisor as ``python -m f1lib.runner.worker REQUEST.json``.

In:   a request: notebook, output, parameters, timeout of a cell.
Out:  the executed notebook, saved whole after each cell and true about which cells ran, and an
      outcome file: status and problem.
Knows nothing of: run folders, records, reports.

papermill writes `completed` on every cell, also on those that never ran, after a timeout or a
dead kernel; so the client here marks the cell itself, and the outcome is written beside it.
"""

import json
import logging
import os
import shutil
import signal
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from f1lib.reports import atomic
from f1lib.run_record import RunStatus
from f1lib.runner import processes

ENGINE = "f1lib"


class NotebookStoppedError(Exception):
    """A cell did not finish: how, and the last words."""

    def __init__(self, status: RunStatus, problem: str) -> None:
        super().__init__(problem)
        self.status = status


def main(request_path: str) -> None:
    """Run the notebook of the request; the outcome file says how it ended."""
    processes.end_with_parent(signal.SIGTERM)
    processes.adopt_orphans()
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    logging.Formatter.converter = time.gmtime
    logging.basicConfig(level=logging.INFO, format="%(asctime)sZ %(message)s")
    request = json.loads(Path(request_path).read_text(encoding="utf-8"))
    if os.getppid() != request["supervisor"]:
        return  # it ended before the signal was asked for
    status, problem = _executed(request)
    outcome = json.dumps({"status": status.value, "problem": problem})
    atomic.write_text(Path(request["outcome"]), outcome)


def _executed(request: dict[str, Any]) -> tuple[RunStatus, str]:
    try:
        execute(request)
    except NotebookStoppedError as exc:
        return exc.status, str(exc)
    except KeyboardInterrupt:
        return RunStatus.CANCELLED, "The run was stopped from outside."
    except RuntimeError as exc:
        logging.exception("The kernel did not start")
        return RunStatus.KERNEL_DIED, f"The kernel did not start: {exc}."
    except OSError as exc:
        logging.exception("The run could not read or write a file")
        return RunStatus.IO_ERROR, f"A file could not be read or written: {exc}."
    return RunStatus.OK, ""


def execute(request: dict[str, Any]) -> None:
    """Run the notebook. Raises NotebookStoppedError when a cell does not finish."""
    # 1.2 s of every import of jsonschema go into a grammar that nothing here needs
    sys.modules["rfc3987_syntax"] = None  # type: ignore[assignment]
    import papermill
    from papermill.engines import papermill_engines
    from papermill.iorw import papermill_io

    papermill_io.register("/", _WholeFiles())
    papermill_engines.register(ENGINE, _engine())
    sockets = Path(tempfile.mkdtemp(prefix="f1lib-"))  # short: a socket's path ends at 107 bytes
    try:
        papermill.execute_notebook(
            request["notebook"],
            request["output"],
            request["parameters"],
            engine_name=ENGINE,
            kernel_name="python3",
            language="python",
            cwd=str(Path(request["notebook"]).parent),
            progress_bar=False,
            log_output=True,
            autosave_cell_every=2,
            execution_timeout=request["cell_timeout_s"],
            sockets=sockets,
        )
    finally:
        shutil.rmtree(sockets, ignore_errors=True)


class _WholeFiles:
    """papermill's door to the disk: each save replaces the file in one step."""

    def read(self, path: str) -> str:
        return Path(path).read_text(encoding="utf-8")

    def write(self, text: str, path: str) -> None:
        atomic.write_text(Path(path), text)

    def pretty_path(self, path: str) -> str:
        return path


def _engine() -> Any:
    """papermill's engine with a kernel of our own and a client that tells the truth."""
    from nbclient.exceptions import CellControlSignal
    from nbformat import NotebookNode
    from papermill.clientwrap import PapermillNotebookClient
    from papermill.engines import Engine
    from papermill.log import logger

    class TruthfulClient(PapermillNotebookClient):  # type: ignore[misc]
        def papermill_execute_cells(self) -> None:
            for index, cell in enumerate(self.nb.cells):
                self.nb_man.cell_start(cell, index)
                try:
                    self.execute_cell(cell, index)
                except (CellControlSignal, RuntimeError, OSError, KeyboardInterrupt) as exc:
                    stop = _stopped(exc)
                    self._mark(cell, stop)
                    raise stop from None
                finally:
                    self.nb_man.cell_complete(cell, cell_index=index)

        def _mark(self, cell: Any, stop: BaseException) -> None:
            """Mark the cell as failed, and leave a word in it where IPython could not."""
            self.nb_man.cell_exception(cell)
            if not any(output.output_type == "error" for output in cell.get("outputs", [])):
                words = {"ename": type(stop).__name__, "evalue": str(stop), "traceback": []}
                cell.setdefault("outputs", []).append(NotebookNode(output_type="error", **words))

    class OwnEngine(Engine):  # type: ignore[misc]
        @classmethod
        def execute_managed_notebook(  # type: ignore[no-untyped-def]
            cls, nb_man, kernel_name, *, sockets, execution_timeout, log_output, start_timeout, **_
        ) -> None:
            TruthfulClient(
                nb_man,
                km=_kernel_manager(sockets),
                kernel_name=kernel_name,
                timeout=execution_timeout,
                startup_timeout=start_timeout,
                shutdown_kernel="immediate",
                log=logger,
                log_output=log_output,
            ).execute(cleanup_kc=True)

    return OwnEngine


def _stopped(exc: BaseException) -> BaseException:
    """What the end of a cell means for the run."""
    from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError

    if isinstance(exc, CellExecutionError):
        return NotebookStoppedError(RunStatus.CELL_ERROR, f"{exc.ename}: {exc.evalue}")
    if isinstance(exc, CellTimeoutError):
        return NotebookStoppedError(RunStatus.CELL_TIMEOUT, "A cell ran longer than it may.")
    if isinstance(exc, DeadKernelError):
        return NotebookStoppedError(RunStatus.KERNEL_DIED, "The kernel died while a cell ran.")
    if isinstance(exc, KeyboardInterrupt):
        return KeyboardInterrupt("The run was stopped while this cell ran.")
    return exc


def _kernel_manager(sockets: Path) -> Any:
    """A kernel of this very Python, spoken to through unix sockets in a private folder."""
    from jupyter_client.kernelspec import KernelSpec
    from jupyter_client.manager import AsyncKernelManager

    manager = AsyncKernelManager(
        kernel_name="python3", transport="ipc", connection_file=str(sockets / "kernel.json")
    )
    manager._kernel_spec = KernelSpec(
        argv=[sys.executable, "-m", "f1lib.runner.kernel", "-f", "{connection_file}"],
        display_name="f1lib",
        language="python",
    )
    return manager


if __name__ == "__main__":
    main(sys.argv[1])
