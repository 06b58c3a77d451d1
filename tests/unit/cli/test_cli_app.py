"""The command line: sentences on standard error, exit codes, quick help."""

import errno
import os
import signal
import subprocess
import sys
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


def test_ctrl_c_is_a_cancellation(capsys: pytest.CaptureFixture[str]) -> None:
    interrupted = typer.Typer()

    @interrupted.command()
    def wait() -> None:
        os.kill(os.getpid(), signal.SIGINT)

    # a shell starts background jobs with Ctrl-C ignored; here it is meant to be heard
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        with pytest.raises(SystemExit) as ended:
            app.main(lambda: interrupted([]))
    finally:
        signal.signal(signal.SIGINT, before)
    assert ended.value.code == 143
    assert "f1lib: cancelled." in capsys.readouterr().err


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
