"""Whatever the store is, every command says one sentence and ends with the code for it."""

import os
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest
import typer

from f1lib.cli import app
from f1lib.pipelines import backup, ingest
from f1lib.settings import Settings

WEEKEND = "2025-01"
WORLD = ingest.World(seed=7, scenario="stable", seasons=1)
AFTER_0001 = (
    "drift_measurements", "findings", "decision_rules", "decisions", "mail_attempts", "mails",
    "api_requests", "cycle_steps",
)  # fmt: skip
# What a command has to be told. `{home}` holds an archive and a session to hand in.
WORDS = {
    "backtest": "--from 2025-01 --to 2025-02",
    "data import": "{home}/none.zip",
    "data pull": "--simulated --seed 7 --seasons 1",
    "models diff": "1.0.0 1.0.1",
    "models show": "1.0.0",
    "predict": f"--weekend {WEEKEND}",
    "restore": "{home}/archive.zip",
    "rollback": "--reason mistaken",
    "run": "race_preview",
    "runs cancel": f"race_preview@{WEEKEND}",
    "runs diff": f"race_preview@{WEEKEND} race_preview@2025-02",
    "runs rerun": f"race_preview@{WEEKEND}",
    "runs show": f"race_preview@{WEEKEND}",
    "runs tail": f"race_preview@{WEEKEND}",
    "submit": "race {home}/session.csv",
}
SLOW = {"demo", "run"}  # a whole demonstration, a kernel
ELSEWHERE = {"demo", "reports serve"}  # makes its own home; does not end: other tests run them
IMPORTS = {"cycle", "data import", "doctor"}  # what they say is about the archive
TELL_PROGRESS = {"cycle", "replay"}  # line by line, before the sentence they end with
# These end alike whatever the store is: they do not ask it, or not before something else fails.
WITHOUT_STORE = {
    "backtest": 14, "data import": 11, "data status": 0, "mail deliver": 0, "mail test": 10,
    "models card": 10,
    "models diff": 15, "models show": 15, "replay": 14, "reports open": 0,
    "runs cancel": 10,
    "runs diff": 10, "runs list": 0, "runs prune": 0, "runs rerun": 10,
    "runs show": 10, "runs tail": 10, "submit": 10,
}  # fmt: skip
NOTHING_YET = {  # by command, where a home is empty; what is not named ends with 11
    "backup": 16, "data pull": 0, "db check": 0, "db prune": 0, "db status": 0, "db upgrade": 0,
    "mail deliver": 0, "mail status": 0, "mail test": 10, "models diff": 15,
    "models list": 0, "models show": 15, "restore": 16, "runs cancel": 10,
    "reports open": 0, "runs diff": 10, "runs list": 0, "runs prune": 0, "runs rerun": 10,
    "runs show": 10, "runs tail": 10,
}  # fmt: skip
NO_CHAMPION = dict.fromkeys(
    ("check", "compare", "doctor", "drift", "monitor", "predict", "promote", "rollback"), 15
)
BRINGS_UP_TO_DATE = {"backup", "data pull", "db prune", "db upgrade", "restore", "rollback"}


def commands(group: "typer.core.TyperGroup", before: str = "") -> Iterator[str]:
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from commands(command, f"{before}{name} ")
        else:
            yield before + name


COMMANDS = [
    pytest.param(name, marks=[pytest.mark.slow] * (name in SLOW))
    for name in commands(typer.main.get_command(app.app))
    if name not in ELSEWHERE
]


@pytest.fixture(scope="module")
def furnished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with a simulated season, a store and nothing else."""
    home = tmp_path_factory.mktemp("kinds") / "home"
    settings, now = Settings(home=home, f1db=""), datetime(2026, 1, 1, tzinfo=UTC)
    ingest.simulate(settings, WORLD, published=None, now=now)
    backup.backup(settings, now=now).archive.replace(home / "archive.zip")
    (home / "session.csv").write_text("driver\nnobody\n")
    with closing(sqlite3.connect(home / "store.sqlite")) as raw:
        raw.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return home


class Ended:
    """How a command ended, in a home in which only the store is odd."""

    def __init__(self, code: object, out: str, err: str, progress: list[str]) -> None:
        self.code, self.err = code, err
        self.said = " ".join((out + err).split())  # a table breaks its lines
        assert "Traceback" not in out + err
        told = [line for line in err.splitlines() if line not in progress]
        assert not told or (len(told), told[0][:7]) == (1, "f1lib: ")
        assert err or out


@pytest.fixture
def home(furnished: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(furnished, tmp_path / "home"))


@pytest.fixture
def ended(
    home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[[str], Ended]:
    def run(command: str) -> Ended:
        for name in [name for name in os.environ if name.startswith("F1LIB_")]:
            monkeypatch.delenv(name)
        monkeypatch.setenv("F1LIB_HOME", str(home))
        monkeypatch.setenv("BROWSER", "true")  # a browser that shows nothing
        if command == "cycle":  # it imports first, and is not to ask the network
            monkeypatch.setenv("F1LIB_F1DB", str(home / "none.zip"))
        words = [*command.split(), *WORDS.get(command, "").format(home=home).split()]
        code: object = 0
        try:
            app.main(lambda: app.app(words))
        except SystemExit as exc:
            code = exc.code
        out, err = capsys.readouterr()
        steps = [line for line in err.splitlines() if not line.startswith("f1lib: ")]
        return Ended(code, out, err, steps if command in TELL_PROGRESS else [])

    return run


def changed(store: Path, *statements: str) -> None:
    with closing(sqlite3.connect(store)) as raw, raw:
        for statement in statements:
            raw.execute(statement)


@pytest.mark.parametrize("command", COMMANDS)
def test_a_home_with_nothing_in_it(command, home, ended) -> None:
    for path in home.iterdir():
        if path.suffix not in {".zip", ".csv"}:
            shutil.rmtree(path) if path.is_dir() else path.unlink()
    (home / "archive.zip").write_bytes(b"no archive")
    done = ended(command)
    assert done.code == NOTHING_YET.get(command, 11)
    assert "f1lib data pull" in done.err or done.code != 11 or command in IMPORTS


@pytest.mark.parametrize("command", COMMANDS)
def test_a_store_that_is_not_there_is_an_empty_one(command, home, ended) -> None:
    if command == "retrain":
        pytest.skip("trains: it wants no store")
    (home / "store.sqlite").unlink()
    wanted = {"backup": 16, "run": 17} | WITHOUT_STORE | NO_CHAMPION
    assert ended(command).code == wanted.get(command, 0)


@pytest.mark.parametrize("command", COMMANDS)
def test_an_older_store_is_brought_up_to_date_or_left_as_it_is(command, home, ended) -> None:
    store = home / "store.sqlite"
    changed(
        store,
        *(f"DROP TABLE {table}" for table in AFTER_0001),
        "UPDATE alembic_version SET version_num = '0001'",
    )
    before = store.read_bytes()
    done = ended(command)
    if command in BRINGS_UP_TO_DATE | {"db status"}:
        assert done.code == (15 if command == "rollback" else 0)
        return
    assert store.read_bytes() == before or command == "run"  # which records that it failed
    assert done.code == ({"run": 17} | WITHOUT_STORE).get(command, 16)
    if command not in WITHOUT_STORE:
        assert "`f1lib db upgrade` copies it and brings it up to date" in done.said


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("kind", ["newer", "damaged"])
def test_a_newer_or_damaged_store_is_refused_and_left_as_it_is(command, kind, home, ended) -> None:
    store = home / "store.sqlite"
    if kind == "newer":
        changed(store, "UPDATE alembic_version SET version_num = '9999'")
    else:
        store.write_bytes(b"nonsense" * 2_000)
    before = store.read_bytes()
    done = ended(command)
    assert store.read_bytes() == before
    assert done.code == ({"run": 17} | WITHOUT_STORE).get(command, 16)
    if command not in WITHOUT_STORE:
        assert ("has revision 9999" if kind == "newer" else "is damaged") in done.said
        assert str(store) in done.said or command in {"doctor", "restore"}
