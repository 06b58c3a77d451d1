"""The engine: papermill, with a kernel of our own and a client that tells the truth.

In:   a request: notebook, output, parameters, timeout of a cell, a private folder for sockets;
      the secrets that no notebook on the disk may hold.
Out:  the executed notebook, saved whole after each cell, true about which cells ran; how it ended.
      What cells print goes whole to standard output, the log, and cut down into the notebook.
Knows nothing of: processes other than the kernel. Imported by the worker only.

papermill writes `completed` on every cell, also on those that never ran, after a timeout or a
dead kernel. Here the cell that stopped is marked `failed`, and those below stay `pending`.
"""

import asyncio
import re
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

import papermill
from jupyter_client.kernelspec import KernelSpec
from jupyter_client.manager import AsyncKernelManager
from jupyter_core.utils import run_sync
from nbclient.exceptions import (
    CellControlSignal,
    CellExecutionError,
    CellTimeoutError,
    DeadKernelError,
)
from nbformat import NotebookNode
from papermill.clientwrap import PapermillNotebookClient
from papermill.engines import Engine, papermill_engines
from papermill.iorw import papermill_io
from papermill.log import logger

from f1lib import files
from f1lib.run_record import RunStatus
from f1lib.runner import streams
from f1lib.runner.kernel import CONNECTION
from f1lib.runner.streams import Excerpt, Log
from f1lib.runner.withheld import Secrets

NAME = "f1lib"
AUTOSAVE_S = 2  # a long cell's output is on the disk after that time
_MANY = 100  # outputs of a cell, from which on a stream no longer begins another one
_MOST_SAID = 2_000  # characters of an error in the record; the log has all of it
_ANSI = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")  # colours


class CellStoppedError(Exception):
    """A cell did not finish: how, and its last words."""

    def __init__(self, status: RunStatus, problem: str) -> None:
        super().__init__(problem)
        self.status = status


def execute(request: dict[str, Any], secrets: Secrets) -> tuple[RunStatus, str]:
    """Run the notebook of the request; the status, and the problem if there was one."""
    # parameters were checked before; papermill's own look cannot read `str | None` and complains
    logger.addFilter(lambda record: "Passed unknown parameter" not in record.getMessage())
    papermill_io.register("/", WholeFiles(secrets))
    papermill_engines.register(NAME, TruthfulEngine)
    try:
        papermill.execute_notebook(
            request["notebook"],
            request["output"],
            request["parameters"],
            engine_name=NAME,
            kernel_name="python3",
            language="python",
            cwd=str(Path(request["notebook"]).parent),
            progress_bar=False,
            log_output=True,
            autosave_cell_every=0,  # its own looks at the time only when there is another output
            execution_timeout=request["cell_timeout_s"],
            sockets=Path(request["sockets"]),
        )
    except CellStoppedError as exc:
        return exc.status, str(exc)
    return RunStatus.OK, ""


class WholeFiles:
    """papermill's door to the disk: each save replaces the file in one step, without secrets."""

    def __init__(self, secrets: Secrets) -> None:
        self._secrets = secrets

    def read(self, path: str) -> str:
        """The text of a file."""
        return Path(path).read_text(encoding="utf-8")

    def write(self, text: str, path: str) -> None:
        """Replace a notebook."""
        files.write_text(Path(path), self._secrets.cleaned_json(text))

    def pretty_path(self, path: str) -> str:
        """The path as the log shows it."""
        return path


class TruthfulClient(PapermillNotebookClient):  # type: ignore[misc]
    """Runs the cells until one does not finish, and marks that one."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._log = Log(sys.stdout.buffer)
        self._unsaved = False
        self._streams: dict[str, tuple[Any, Excerpt]] = {}  # the last output of each name

    def output(self, outs: list[Any], msg: Any, display_id: str | None, cell_index: int) -> Any:
        """Take an output of a cell: its text whole into the log at once, cut down as an output."""
        self._unsaved = True
        if msg["msg_type"] != "stream":
            self._log.end_line()
            return self._logged(super().output(outs, msg, display_id, cell_index))
        name, text = msg["content"]["name"], msg["content"]["text"]
        self._log.write(text)
        shown, excerpt = self._streams.get(name, (None, Excerpt()))
        begun = outs if len(outs) > _MANY else outs[-1:]
        if self.clear_before_next_output or not any(each is shown for each in begun):
            shown, excerpt = super().output(outs, msg, display_id, cell_index), Excerpt()
        if shown is not None:  # None: a widget has taken it
            excerpt.add(text)
            shown["text"] = excerpt.text
            self._streams[name] = shown, excerpt
        return shown

    async def async_execute_cell(self, cell: Any, cell_index: int, **options: Any) -> Any:
        """Run a cell, and save what it has shown so far every few seconds."""
        saving = asyncio.ensure_future(self._autosave())
        try:
            return await super().async_execute_cell(cell, cell_index, **options)
        finally:
            saving.cancel()

    execute_cell = run_sync(async_execute_cell)

    async def _autosave(self) -> None:
        while True:
            await asyncio.sleep(AUTOSAVE_S)
            if self._unsaved:
                self._unsaved = False
                with suppress(OSError):  # the next save, at the end of the cell, will tell
                    self.nb_man.save()

    def log_output_message(self, output: Any) -> None:
        """Nothing: it is in the log already."""

    def _logged(self, output: Any) -> Any:
        """An output that is not printed text, its text in the log and cut down."""
        if output is not None and output.output_type == "error":
            traceback = _ANSI.sub("", "\n".join(output.traceback))
            self._log.write(f"{traceback or output.evalue}\n")
            output.traceback = [streams.excerpt(text) for text in output.traceback]
            output.evalue = output.evalue[:_MOST_SAID]
        elif output is not None and "text/plain" in output.get("data", {}):
            self._log.write(f"{output.data['text/plain']}\n")
            output.data["text/plain"] = streams.excerpt(output.data["text/plain"])
        return output

    def papermill_execute_cells(self) -> None:
        """Run every cell. Raises CellStoppedError, or KeyboardInterrupt when told to stop."""
        for index, cell in enumerate(self.nb.cells):
            self.nb_man.cell_start(cell, index)
            try:
                self.execute_cell(cell, index)
            except (CellControlSignal, RuntimeError, OSError, KeyboardInterrupt) as exc:
                stop = _stop(exc)
                self.nb_man.cell_exception(cell)
                _leave_a_word(cell, stop)
                raise stop from None
            finally:
                self._log.end_line()
                self.nb_man.cell_complete(cell, cell_index=index)


class TruthfulEngine(Engine):  # type: ignore[misc]
    """Runs a notebook with the client above, in a kernel that ends at once."""

    @classmethod
    def execute_managed_notebook(  # type: ignore[no-untyped-def]
        cls, nb_man, kernel_name, *, sockets, execution_timeout, log_output, start_timeout, **_
    ) -> None:
        """What papermill calls."""
        client = TruthfulClient(
            nb_man,
            km=_kernel_manager(sockets),
            kernel_name=kernel_name,
            timeout=execution_timeout,
            iopub_timeout=execution_timeout,  # none is lost (see kernel.py): wait for all of it
            startup_timeout=start_timeout,
            shutdown_kernel="immediate",
            log=logger,
            log_output=log_output,
        )
        try:
            client.execute(cleanup_kc=True)
        except BaseException:
            nb_man.notebook_complete = nb_man.save  # or cells that never ran become `completed`
            raise


def _kernel_manager(sockets: Path) -> Any:
    """A kernel of this very Python, spoken to through unix sockets in a private folder."""
    manager = AsyncKernelManager(
        kernel_name="python3", transport="ipc", connection_file=str(sockets / CONNECTION)
    )
    manager._kernel_spec = KernelSpec(
        argv=[sys.executable, "-m", "f1lib.runner.kernel", "-f", "{connection_file}"],
        display_name="f1lib",
        language="python",
    )
    return manager


def _stop(exc: BaseException) -> BaseException:
    """What the end of a cell means for the run."""
    if isinstance(exc, CellExecutionError):
        return CellStoppedError(RunStatus.CELL_ERROR, f"{exc.ename}: {exc.evalue}"[:_MOST_SAID])
    if isinstance(exc, CellTimeoutError):
        return CellStoppedError(RunStatus.CELL_TIMEOUT, "A cell ran longer than it may.")
    if isinstance(exc, DeadKernelError):
        return CellStoppedError(RunStatus.KERNEL_DIED, "The kernel died while a cell ran.")
    if isinstance(exc, KeyboardInterrupt):
        return KeyboardInterrupt("The run was stopped while this cell ran.")
    return exc


def _leave_a_word(cell: Any, stop: BaseException) -> None:
    """An error output for a cell whose kernel could not write one."""
    if any(output.output_type == "error" for output in cell.get("outputs", [])):
        return
    error: Any = NotebookNode()  # type: ignore[no-untyped-call]
    error.update(output_type="error", ename=type(stop).__name__, evalue=str(stop), traceback=[])
    cell.setdefault("outputs", []).append(error)
