"""Whatever breaks in a run: one truth about it, nothing left running, nothing half-written, and
`latest` still leads to the last good report."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from f1lib import settings as configuration
from f1lib.run_record import RunRecord, RunStatus
from f1lib.runner import lost, processes, run_folder, supervisor
from f1lib.runner.catalogue import NotebookEntry
from f1lib.runner.run_folder import RunFolder
from f1lib.settings import Settings
from f1lib.weekend import RaceWeekend

WriteNotebook = Callable[..., NotebookEntry]

MONACO = RaceWeekend(2025, 8)
NOW = datetime(2025, 5, 25, 12, tzinfo=UTC)

HANG = "import time; print('so far'); time.sleep(120)"
STUCK_IN_C = "import ctypes; ctypes.PyDLL(None).sleep(120)"  # holds the GIL: deaf to signals
# the thread of the kernel that sends what is printed needs the GIL once more
SAID = "import time; print('so far', flush=True); time.sleep(1)"
SAID_AND_STUCK = f"{SAID}\n{STUCK_IN_C}"
SAID_AND_BUSY = f"{SAID}\nn = 7 ** (10 ** 8)"  # holds it too
CHILDREN = """\
import subprocess, sys
child = [sys.executable, "-c", "import time; time.sleep(120)", folder]
subprocess.Popen(child)
subprocess.Popen(child, start_new_session=True)
print("started", flush=True)"""
UNMARKED = "subprocess.Popen(child, start_new_session=True, env={})"
KILLS_WORKER = "import os; os.kill(os.getppid(), 9)"
WARNS = "import warnings; warnings.warn_explicit('old', UserWarning, 'a.py', 1, 'f1lib.a')"
SAYS = """\
from f1lib import settings as house
from f1lib.reports.metrics import Results
folder = house.read().run_folder
results = Results.opened(folder, notebook="small", weekend=weekend)"""
REACHED = f"{SAYS}\nresults.headline('So far, so good')"
NONSENSE = f"{SAYS}\n(folder / 'results.json').write_text('TEXT')"
NO_FOLDER = f"{SAYS}\nimport shutil; shutil.rmtree(folder)"


@dataclass(frozen=True)
class Fault:
    """What a cell does, in which limits, and what has to come of it."""

    cell: str
    status: RunStatus
    exit_code: int
    problem: str
    cell_timeout_s: int = 300

    def __str__(self) -> str:
        return f"{self.status}: {self.problem}"


FAULTS = [
    Fault("1 / 0", RunStatus.CELL_ERROR, 17, "ZeroDivisionError: division by zero"),
    Fault("raise SystemExit(0)", RunStatus.CELL_ERROR, 17, "SystemExit: 0"),
    Fault(WARNS, RunStatus.CELL_ERROR, 17, "UserWarning: old"),
    Fault("raise ValueError('x' * 5_000_000)", RunStatus.CELL_ERROR, 17, "ValueError: xxx"),
    Fault("import os; os.kill(os.getpid(), 9)", RunStatus.KERNEL_DIED, 17, "The kernel died"),
    Fault("import os; os._exit(0)", RunStatus.KERNEL_DIED, 17, "The kernel died"),
    Fault("import ctypes; ctypes.string_at(0)", RunStatus.KERNEL_DIED, 17, "The kernel died"),
    Fault(KILLS_WORKER, RunStatus.KERNEL_DIED, 17, "signal 9"),
    Fault("import os; os.kill(os.getppid(), 15); import time; time.sleep(60)",
          RunStatus.CANCELLED, 143, "stopped from outside"),
    Fault(HANG, RunStatus.CELL_TIMEOUT, 17, "longer than it may", cell_timeout_s=5),
    Fault(STUCK_IN_C, RunStatus.CELL_TIMEOUT, 17, "longer than it may", cell_timeout_s=5),
    Fault(HANG, RunStatus.TIMEOUT, 124, "longer than its 600 seconds"),
    Fault(SAID_AND_STUCK, RunStatus.TIMEOUT, 124, "longer than its 600 seconds"),
    Fault(SAID_AND_BUSY, RunStatus.TIMEOUT, 124, "longer than its 600 seconds"),
]  # fmt: skip
SUPERVISOR = """\
import signal, sys
from datetime import UTC, datetime
from pathlib import Path
from f1lib.runner import supervisor
from f1lib.runner.catalogue import NotebookEntry
from f1lib.settings import Settings
from f1lib.weekend import RaceWeekend
signal.signal(signal.SIGINT, signal.default_int_handler)  # tests in the background ignore it
entry = NotebookEntry("small", "Small", "Does it run?", Path(sys.argv[2]), 600, 600)
record = supervisor.run(entry, RaceWeekend(2025, 8), {}, Settings(home=Path(sys.argv[1])),
                        run_id="r1", now=datetime(2025, 5, 25, tzinfo=UTC))
raise SystemExit(record.status.exit_code)
"""


def run(entry: NotebookEntry, settings: Settings, **given: Any) -> RunRecord:
    return supervisor.run(entry, MONACO, given, settings, now=NOW)


@pytest.fixture
def latest(settings: Settings) -> Path:
    """The link to an earlier good run."""
    link = settings.reports / "small" / str(MONACO) / "latest"
    link.parent.mkdir(parents=True)
    link.symlink_to("a-good-run")
    return link


def started(entry: NotebookEntry, settings: Settings) -> "subprocess.Popen[bytes]":
    """A supervisor in a process of its own, once the cell that hangs has spoken."""
    words = [sys.executable, "-c", SUPERVISOR, str(settings.home), str(entry.path)]
    process = subprocess.Popen(words)
    log = settings.reports / "small" / str(MONACO) / ".r1" / "log.txt"
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and not (log.exists() and "so far" in log.read_text()):
        time.sleep(0.1)
    assert "so far" in log.read_text(), "a line of a cell that still runs is not in the log"
    return process


def at_the_deadline_once_stuck(settings: Settings) -> Callable[[], float]:
    """A clock that leaps past every deadline two seconds after a cell has spoken."""
    spoken: list[float] = []
    place = settings.reports / "small" / str(MONACO)

    def monotonic() -> float:
        now = time.monotonic()
        if not spoken and any("so far" in log.read_text() for log in place.glob(".*/log.txt")):
            spoken.append(now)
        return now + 1_000 if spoken and now > spoken[0] + 2 else now

    return monotonic


def children(settings: Settings) -> str:
    """A cell that starts processes; the last word of their command is the home."""
    return CHILDREN.replace("folder", repr(str(settings.home)))


def asleep(settings: Settings) -> set[int]:
    """Those of them that still live, also without anything that marks them."""
    found = set()
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        with suppress(OSError):
            if path.read_bytes().split(b"\0")[-2:-1] == [str(settings.home).encode()]:
                found.add(int(path.parent.name))
    return found


def cells_of(folder: Path) -> list[str]:
    """What became of each code cell."""
    cells = json.loads((folder / "notebook.ipynb").read_text())["cells"]
    code = [cell for cell in cells if cell["cell_type"] == "code"]
    return [cell["metadata"].get("papermill", {}).get("status", "") for cell in code]


def assert_all_is_told(record: RunRecord, settings: Settings) -> None:
    """The folder is in place, whole, true and alone; nothing of the run is left."""
    folder = settings.home / record.folder
    assert run_folder.record_in(folder) == record
    assert {path.name for path in folder.iterdir()} - {"results.json"} == {
        "log.txt", "notebook.ipynb", "report.html", "run.json",
    }  # fmt: skip
    report = (folder / "report.html").read_text()
    assert len(report) < 200_000
    assert ('role="alert"' in report) is not record.status.succeeded
    beside = {path.name for path in folder.parent.iterdir()}
    assert beside == {".lock", "latest", folder.name}
    work = folder.with_name(f".{folder.name}")
    assert processes.family(0, run_folder.mark(work)) == set()
    assert lost.ended(settings) == []


@pytest.mark.slow
@pytest.mark.parametrize("fault", FAULTS, ids=str)
def test_every_way_to_fail_has_a_name(
    fault: Fault,
    settings: Settings,
    write_notebook: WriteNotebook,
    latest: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    if fault.status is RunStatus.TIMEOUT:
        clock = SimpleNamespace(monotonic=at_the_deadline_once_stuck(settings))
        monkeypatch.setattr(supervisor, "time", clock)
    # without a worker nobody finds what carries no mark
    unmarked = "" if fault.cell == KILLS_WORKER else UNMARKED
    cells = [children(settings), unmarked, fault.cell, "print('never')"]
    entry = write_notebook(*cells, cell_timeout_s=fault.cell_timeout_s)
    record = run(entry, settings)
    assert record.status is fault.status, record.problem
    assert record.status.exit_code == fault.exit_code
    assert fault.problem in record.problem
    assert len(record.problem) < 3_000
    assert_all_is_told(record, settings)
    folder = settings.home / record.folder
    assert cells_of(folder)[-2:] in (["failed", "pending"], ["running", "pending"])
    assert "started" in (folder / "log.txt").read_text()
    assert latest.readlink() == Path("a-good-run")
    assert asleep(settings) == set()


@pytest.mark.slow
def test_before_the_kernel_is_there_no_cell_counts_as_run(
    settings: Settings, write_notebook: WriteNotebook, latest: Path
) -> None:
    # shorter than it takes to start any kernel
    record = run(write_notebook("1", deadline_s=0.3), settings)
    assert record.status is RunStatus.TIMEOUT
    assert_all_is_told(record, settings)
    assert set(cells_of(settings.home / record.folder)) <= {"pending", ""}


@pytest.mark.slow
@pytest.mark.parametrize("cell", [HANG, SAID_AND_STUCK], ids=["hangs", "stuck in C"])
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_cancelled_run_keeps_what_there_is(
    number: int, cell: str, settings: Settings, write_notebook: WriteNotebook, latest: Path
) -> None:
    cells = [children(settings), UNMARKED, cell, "print('never')"]
    process = started(write_notebook(*cells), settings)
    process.send_signal(number)
    process.send_signal(number)  # whoever has no patience changes nothing
    assert process.wait(30) == 143
    record = run_folder.record_in(latest.with_name("r1"))
    assert record is not None
    assert record.status is RunStatus.CANCELLED
    assert_all_is_told(record, settings)
    assert "so far" in (latest.with_name("r1") / "report.html").read_text()
    assert latest.readlink() == Path("a-good-run")
    assert asleep(settings) == set()


@pytest.mark.slow
def test_told_to_stop_when_all_is_done_a_run_is_put_in_its_place_first(
    settings: Settings, write_notebook: WriteNotebook
) -> None:
    def clock() -> datetime:
        times.append(datetime.now(UTC))
        if len(times) == 3:  # after those of the beginning: the end
            os.kill(os.getpid(), signal.SIGTERM)
        return times[-1]

    times: list[datetime] = []
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)  # as `f1lib` does
    try:
        with pytest.raises(KeyboardInterrupt):
            supervisor.run(write_notebook("1"), MONACO, {}, settings, now=NOW, clock=clock)
    finally:
        signal.signal(signal.SIGTERM, before)
    record = run_folder.record_in(settings.reports / "small" / str(MONACO) / "latest")
    assert record is not None
    assert record.status is RunStatus.OK
    assert_all_is_told(record, settings)


@pytest.mark.slow
def test_what_a_killed_supervisor_left_is_found_by_the_next(
    settings: Settings, write_notebook: WriteNotebook, latest: Path
) -> None:
    cells = [children(settings), REACHED, HANG, "print('never')"]
    process = started(write_notebook(*cells), settings)
    folder = RunFolder(latest.with_name("r1"))
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and '"so far\\n"' not in folder.notebook.read_text():
        assert lost.ended(settings) == []  # it is alive
        time.sleep(0.2)
    assert '"so far\\n"' in folder.notebook.read_text(), "a cell that still runs is not saved"
    sockets = Path(json.loads(folder.request.read_text())["sockets"])
    assert sockets.is_dir()
    process.kill()
    process.wait()
    (record,) = lost.ended(settings)
    assert (record.status, record.status.exit_code) == (RunStatus.LOST, 17)
    assert not sockets.exists()
    assert record.headline == "So far, so good"
    assert configuration.moment("") > (record.ended_at or NOW) > record.started_at
    assert_all_is_told(record, settings)
    report = (folder.place / "report.html").read_text()
    assert '<a href="#failed">Cell 5 of 6</a> did not finish; 1 cell did not run' in report
    assert latest.readlink() == Path("a-good-run")


@pytest.mark.slow
@pytest.mark.parametrize("worker_too", [False, True])
def test_a_lost_run_tells_no_secret_whoever_looks(
    worker_too: bool,
    settings: Settings,
    write_notebook: WriteNotebook,
    latest: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("MY_TOKEN", "-----BEGIN\nKEYLINE\n-----END")
    prints = "import os; print(os.environ['MY_TOKEN']); os.environ['MY_TOKEN']"
    says = f"{SAYS}\nresults.headline('Key ' + os.environ['MY_TOKEN'])"
    process = started(write_notebook(prints, says, HANG), settings)
    monkeypatch.delenv("MY_TOKEN")  # who looks has no such variable
    folder = RunFolder(latest.with_name("r1"))
    assert "KEYLINE" not in folder.notebook.read_text()
    assert "(withheld)" in folder.notebook.read_text()
    if worker_too:
        process.send_signal(signal.SIGSTOP)  # or it would tell that its worker died
        processes.kill_marked(run_folder.mark(folder.work))
    process.kill()
    process.wait()
    (record,) = lost.ended(settings)
    assert record.status is RunStatus.LOST
    assert record.headline == ("" if worker_too else "Key (withheld)")
    kept = {path.name: path.read_text() for path in folder.place.iterdir()}
    assert ("log.txt" in kept) is not worker_too
    assert "(withheld)" in kept["report.html"]
    for name, text in kept.items():
        assert "KEYLINE" not in text, name


@pytest.mark.slow
def test_of_two_at_once_one_is_skipped(settings: Settings, write_notebook: WriteNotebook) -> None:
    entry = write_notebook("import time; time.sleep(3)")
    with ThreadPoolExecutor() as pool:
        records = list(pool.map(lambda _: run(entry, settings), range(2)))
    done, skipped = sorted(records, key=lambda record: record.status)
    assert (done.status, skipped.status) == (RunStatus.OK, RunStatus.SKIPPED)
    assert done.run_id in skipped.problem
    assert_all_is_told(done, settings)


@pytest.mark.slow
def test_what_a_notebook_has_to_do_without_makes_its_run_degraded(
    settings: Settings, write_notebook: WriteNotebook
) -> None:
    entry = write_notebook(SAYS, "results.gap('There are no lap times.')")
    record = run(entry, settings)
    assert (record.status, record.status.exit_code) == (RunStatus.DEGRADED, 0)
    assert record.problem == "There are no lap times."
    assert_all_is_told(record, settings)
    report = (settings.home / record.folder / "report.html").read_text()
    assert "Completed with gaps" in report
    assert report.count("There are no lap times.") == 3  # on top, in its place, in the code
    assert run_folder.record_in(settings.reports / "small" / str(MONACO) / "latest") == record


@pytest.mark.slow
def test_two_hundred_thousand_lines_are_in_the_log_and_their_ends_in_the_report(
    settings: Settings, write_notebook: WriteNotebook, latest: Path
) -> None:
    many = "for n in range(200_000): print(f'line {n}.')"
    at_once = "for n in range(200_000, 203_000): print(f'line {n}.', flush=True)"
    record = run(write_notebook(many, at_once, "print('x' * 5_000_000)"), settings)
    assert record.status is RunStatus.OK, record.problem
    folder = settings.home / record.folder
    lines = (folder / "log.txt").read_text().splitlines()
    told = [line.partition(" line ")[2] for line in lines if " line " in line]
    assert told == [f"{n}." for n in range(203_000)]
    assert max(map(len, lines)) > 5_000_000
    assert (folder / "notebook.ipynb").stat().st_size < 150_000
    latest.unlink()
    latest.symlink_to(record.run_id)
    assert_all_is_told(record, settings)


@pytest.mark.slow
def test_a_kernel_that_nobody_has_installed_is_no_obstacle(
    settings: Settings, write_notebook: WriteNotebook
) -> None:
    entry = write_notebook("1")
    entry.path.write_text(entry.path.read_text().replace('"python3"', '"julia-9"'))
    assert run(entry, settings).status is RunStatus.OK


@pytest.mark.slow
def test_a_long_path_for_temporary_files_is_no_obstacle(
    settings: Settings, write_notebook: WriteNotebook, tmp_path: Path
) -> None:
    deep = tmp_path / ("x" * 100)
    deep.mkdir()
    words = [sys.executable, "-c", SUPERVISOR, str(settings.home), str(write_notebook("1").path)]
    done = subprocess.run(words, env={**os.environ, "TMPDIR": str(deep)}, check=False)
    assert done.returncode == 0
    assert list(deep.iterdir()) == []


def test_a_notebook_that_is_not_there_is_refused(
    settings: Settings, write_notebook: WriteNotebook
) -> None:
    entry = write_notebook("1")
    entry.path.unlink()
    record = run(entry, settings)
    assert (record.status, record.status.exit_code) == (RunStatus.BAD_PARAMETERS, 10)
    assert str(entry.path) in record.problem
    assert not settings.reports.exists()


def test_a_folder_that_cannot_be_made_is_told(
    settings: Settings, write_notebook: WriteNotebook
) -> None:
    entry = write_notebook("1")
    settings.home.mkdir()
    settings.reports.write_text("in the way")
    record = run(entry, settings)
    assert (record.status, record.status.exit_code) == (RunStatus.IO_ERROR, 17)
    assert record.folder == ""
    assert str(settings.reports) in record.problem
    assert "read-only" in record.problem
    assert settings.reports.read_text() == "in the way"


@pytest.mark.slow
@pytest.mark.parametrize("text", ["{", '{"gaps": [1]}'])
def test_what_a_notebook_said_and_cannot_be_read_is_no_success(
    text: str, settings: Settings, write_notebook: WriteNotebook, latest: Path
) -> None:
    record = run(write_notebook(NONSENSE.replace("TEXT", text)), settings)
    assert (record.status, record.status.exit_code) == (RunStatus.IO_ERROR, 17)
    assert "results.json" in record.problem
    assert_all_is_told(record, settings)
    assert latest.readlink() == Path("a-good-run")


@pytest.mark.slow
def test_a_run_whose_folder_is_taken_away_ends(
    settings: Settings, write_notebook: WriteNotebook, latest: Path
) -> None:
    record = run(write_notebook(NO_FOLDER, "2"), settings)
    assert (record.status, record.status.exit_code) == (RunStatus.IO_ERROR, 17)
    assert record.folder == ""
    assert {path.name for path in latest.parent.iterdir()} == {".lock", "latest"}


@pytest.fixture
def small_disk(settings: Settings) -> Iterator[Settings]:
    """A home on a disk of 2 MB."""
    settings.home.mkdir()
    words = ["mount", "-t", "tmpfs", "-o", "size=2m", "none", str(settings.home)]
    try:
        subprocess.run(words, check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("only root may mount a small disk, and not in every container")
    yield settings
    subprocess.run(["umount", "-l", str(settings.home)], check=True)


FILL = f"""\
{SAYS}
with (folder.parents[3] / "full").open("wb", buffering=0) as file:
    try:
        while file.write(b"x" * 4096):
            pass
    except OSError as exc:
        print(exc)"""


@pytest.mark.slow
@pytest.mark.parametrize("cell", [FILL, "print('y' * 3_000_000)"], ids=["file", "log"])
def test_a_full_disk_destroys_nothing(
    cell: str, small_disk: Settings, write_notebook: WriteNotebook
) -> None:
    good = run(write_notebook("1"), small_disk)
    assert good.status is RunStatus.OK, good.problem
    place = small_disk.home / good.folder
    before = {path.name: path.read_bytes() for path in place.iterdir()}
    record = run(write_notebook(cell, "print('never')"), small_disk)
    assert (record.status, record.status.exit_code) == (RunStatus.IO_ERROR, 17), record.problem
    assert {path.name: path.read_bytes() for path in place.iterdir()} == before
    assert place.with_name("latest").readlink() == Path(good.run_id)
    (small_disk.home / "full").unlink(missing_ok=True)
    lost.ended(small_disk)
    bad = run_folder.record_in(place.with_name(record.run_id))
    assert bad is not None
    assert bad.status in {RunStatus.IO_ERROR, RunStatus.LOST}
    for path in place.with_name(record.run_id).iterdir():
        assert not path.name.startswith(".")
        if path.suffix in {".json", ".ipynb"}:
            assert json.loads(path.read_text())
    assert lost.ended(small_disk) == []


@pytest.mark.slow
def test_a_disk_that_cannot_be_written_is_told_and_the_last_good_report_stays(
    small_disk: Settings, write_notebook: WriteNotebook
) -> None:
    entry = write_notebook("1")
    good = run(entry, small_disk)
    assert good.status is RunStatus.OK, good.problem
    place = small_disk.home / good.folder
    before = {path.name: path.read_bytes() for path in place.iterdir()}
    subprocess.run(["mount", "-o", "remount,ro", str(small_disk.home)], check=True)
    record = run(entry, small_disk)
    assert (record.status, record.status.exit_code) == (RunStatus.IO_ERROR, 17)
    assert record.folder == ""
    assert "Read-only file system" in record.problem
    assert {path.name: path.read_bytes() for path in place.iterdir()} == before
    assert place.with_name("latest").readlink() == Path(good.run_id)
    assert {path.name for path in place.parent.iterdir()} == {".lock", "latest", good.run_id}


@pytest.mark.slow
def test_no_secret_is_in_what_a_run_leaves(
    settings: Settings, write_notebook: WriteNotebook, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("F1LIB_SMTP_PASSWORD", "correct-horse")
    monkeypatch.setenv("GRAFANA_TOKEN", "glsa_0123456789")
    monkeypatch.setenv("DATABASE", "postgresql://ada:battery-staple@db/f1")
    settings = settings.model_copy(
        update=Settings(store_url="postgresql://f1:hunter%402@db/f1").model_dump(  # type: ignore[arg-type]
            include={"store_url"}
        )
    )
    prints = "import os, subprocess\nprint(dict(os.environ))\nsubprocess.run(['env'])\n'done'"
    says = f"{SAYS}\nresults.sentence('See ' + os.environ['DATABASE'])"
    entry = write_notebook(prints, says, "raise OSError('No ' + os.environ['F1LIB_STORE_URL'])")
    record = run(entry, settings)
    assert record.problem == "OSError: No postgresql://f1:(withheld)@db/f1"
    folder = settings.home / record.folder
    kept = {path.name: path.read_text() for path in folder.iterdir()}
    assert set(kept) == {"log.txt", "notebook.ipynb", "report.html", "results.json", "run.json"}
    for name, text in kept.items():
        assert "(withheld)" in text, name
        for secret in ("correct-horse", "glsa_0123456789", "battery-staple", "hunter%402"):
            assert secret not in text, (name, secret)
    assert "results.sentence('See '" in kept["report.html"].replace("&#39;", "'")
