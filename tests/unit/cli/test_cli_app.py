"""The command line: sentences on standard error, exit codes, quick help."""

import errno
import fcntl
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
import typer

from f1lib import errors
from f1lib.cli import app

KINDS = [
    kind
    for kind in vars(errors).values()
    if isinstance(kind, type) and issubclass(kind, errors.WorkbenchError)
]
MAIN = "import sys; from f1lib.cli import app; app.main()"


def raising(exc: BaseException) -> Callable[[], None]:
    def command() -> None:
        raise exc

    return command


def f1lib(*words: str, home: Path, **more: str) -> "subprocess.CompletedProcess[str]":
    """A process of its own, in a home of its own."""
    own = {name: value for name, value in os.environ.items() if not name.startswith("F1LIB_")}
    return subprocess.run(
        [sys.executable, "-c", MAIN, *words], env={**own, "F1LIB_HOME": str(home), **more},
        capture_output=True, text=True, check=False,
    )  # fmt: skip


@pytest.mark.parametrize("kind", KINDS, ids=[kind.__name__ for kind in KINDS])
def test_an_error_becomes_its_sentence_and_its_exit_code(
    kind: type[errors.WorkbenchError], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        app.main(raising(kind("It broke. Mend it.")))
    assert ended.value.code == kind.exit_code
    assert capsys.readouterr() == ("", "f1lib: It broke. Mend it.\n")


@pytest.mark.parametrize(
    ("trouble", "said"),
    [
        (OSError(errno.ENOSPC, "No space left on device", "/x"), "No space left on device: /x."),
        (PermissionError(errno.EACCES, "Permission denied", "/x"), "Permission denied: /x."),
        (OSError("odd"), "odd."),
    ],
)
def test_trouble_with_the_disk_becomes_one_sentence(
    trouble: OSError, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        app.main(raising(trouble))
    out, err = capsys.readouterr()
    assert (ended.value.code, out) == (1, "")
    assert err.startswith(f"f1lib: {said} Look whether the disk is full")
    assert err.count("\n") == 1


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_ctrl_c_and_sigterm_are_a_cancellation(
    number: signal.Signals, capsys: pytest.CaptureFixture[str]
) -> None:
    interrupted = typer.Typer()

    @interrupted.command()
    def wait() -> None:
        os.kill(os.getpid(), number)

    # a shell starts background jobs with Ctrl-C ignored; here it is meant to be heard
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        with pytest.raises(SystemExit) as ended:
            app.main(lambda: interrupted([]))
    finally:
        signal.signal(signal.SIGINT, before)
    assert ended.value.code == 143
    assert "f1lib: cancelled." in capsys.readouterr().err


def test_a_sigterm_that_was_ignored_before_is_ignored() -> None:
    before = signal.signal(signal.SIGTERM, signal.SIG_IGN)
    try:
        app.main(lambda: os.kill(os.getpid(), signal.SIGTERM))
        assert signal.getsignal(signal.SIGTERM) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGTERM, before)


def test_a_command_stopped_by_sigterm_has_one_sentence_and_leaves_nothing_half(
    tmp_path: Path,
) -> None:
    own = {name: value for name, value in os.environ.items() if not name.startswith("F1LIB_")}
    home = tmp_path / "home"
    with subprocess.Popen(
        [sys.executable, "-c", MAIN, "data", "pull", "--simulated", "--seasons", "8"],
        env={**own, "F1LIB_HOME": str(home)}, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        text=True,
    ) as running:  # fmt: skip
        while running.poll() is None and not (home / "snapshots").is_dir():
            time.sleep(0.01)
        running.send_signal(signal.SIGTERM)
        out, err = running.communicate()
    assert (running.returncode, out) == (143, "")
    assert err.strip().splitlines()[-1] == "f1lib: cancelled."
    assert "Traceback" not in err
    assert not list((home / "snapshots").glob(".work-*"))
    assert f1lib("data", "status", home=home).returncode == 11  # nothing is imported


def test_an_import_beside_another_one_is_skipped(tmp_path: Path) -> None:
    shelf = tmp_path / "snapshots"
    shelf.mkdir()
    with (shelf / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        done = f1lib("data", "pull", "--simulated", "--seasons", "1", home=tmp_path)
    assert (done.returncode, done.stdout) == (75, "")
    assert done.stderr.startswith("f1lib: Another import into ")
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize("code", [0, 1, 2, 20, 75, 124])
def test_every_other_exit_code_passes(code: int) -> None:
    with pytest.raises(SystemExit) as ended:
        app.main(raising(SystemExit(code)))
    assert ended.value.code == code


@pytest.mark.parametrize(
    "words",
    [["nonsense"], ["models", "nonsense"], ["settle", "--nonsense"], ["run"],
     ["predict", "--cutoff", "nonsense"], ["data", "pull", "--seasons", "many"]],
    ids=" ".join,
)  # fmt: skip
def test_a_usage_error_ends_with_2(words: list[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        app.main(lambda: app.app(words))
    assert ended.value.code == 2


@pytest.mark.parametrize("words", [["--help"], ["data", "--help"], ["predict", "--help"]])
def test_help_waits_for_no_library_of_numbers(words: list[str]) -> None:
    heavy = {"pandas", "sklearn", "numpy", "scipy", "sqlalchemy", "matplotlib"}
    asked = (
        "import sys\nfrom f1lib.cli import app\n"
        f"try: app.app({words})\n"
        f"except SystemExit: sys.stderr.write(str(sorted({heavy} & set(sys.modules))))"
    )
    said = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True)
    assert "Usage" in said.stdout
    assert said.stderr == "[]"


@pytest.mark.parametrize(
    ("words", "code"),
    [(["data", "status"], 11), (["predict"], 11), (["settle"], 11), (["run", "race_preview"], 11)],
    ids=lambda value: " ".join(value) if isinstance(value, list) else str(value),
)
def test_an_error_leaves_standard_output_empty_also_with_json(
    words: list[str], code: int, tmp_path: Path
) -> None:
    done = f1lib(*words, "--json", home=tmp_path / "home")
    assert (done.returncode, done.stdout) == (code, "")
    assert done.stderr.startswith("f1lib: Nothing is imported yet: ")
    assert done.stderr.count("\n") == 1


def test_a_home_that_cannot_be_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    done = f1lib("data", "pull", "--simulated", "--seasons", "1", home=tmp_path / "file")
    assert done.returncode == 11
    assert done.stderr.startswith("f1lib: Nothing was imported into ")
    assert done.stderr.count("\n") == 1


def test_a_misspelt_variable_is_one_sentence(tmp_path: Path) -> None:
    done = f1lib("doctor", home=tmp_path, F1LIB_HOEM="hunter2")
    assert (done.returncode, done.stdout) == (10, "")
    assert "did you mean F1LIB_HOME?" in done.stderr
    assert "hunter2" not in done.stderr
