"""The store on a PostgreSQL server does what the SQLite one does; a backup fits either."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pandas as pd
import pytest
from pydantic import SecretStr
from sqlalchemy import text

from f1lib.errors import StoreError
from f1lib.pipelines import backup, check, restore, store_status, upgrade
from f1lib.settings import Settings
from f1lib.store import (
    connection,
    decision_log,
    drift_log,
    engine,
    outbox,
    request_log,
    revision,
    schema,
    snapshot_log,
)
from f1lib.store.decision_log import Decision, Rule
from f1lib.store.origin import Origin
from f1lib.store.outbox import Mail
from f1lib.store.request_log import Request
from f1lib.tables.history import Snapshot
from f1lib.weekend import RaceWeekend

NOW = datetime(2025, 5, 25, 12, 30, tzinfo=UTC)
SNAPSHOT = Snapshot("a" * 64, "simulated", "four cars", "nobody", "b" * 64, simulated=True)
ORIGIN = Origin(RaceWeekend(2025, 8), SNAPSHOT.sha256, "", False, True, NOW)
DECISION = Decision(
    ORIGIN, "retraining", "", "1.0.0", "keep", "auto", "All is well.", "default",
    (Rule("winner_concordance", 0.95, 0.9, 8, fired=False),),
)  # fmt: skip
MAIL = Mail("alert 2025-08", "ada@example.org", "Alert", "It drifts.", True, NOW)
DRIFT = pd.DataFrame(
    {
        "stage": "race", "model_version": "1.0.0", "feature": "form", "metric": ["kl", "psi"],
        "rule": "permutation", "n_races": 3, "n": 60, "value": [0.3, float("nan")],
        "without_drift": 0.1, "low": 0.2, "high": 0.4, "p": 0.01, "q": 0.04, "status": "drift",
        "reason": "",
    }
)  # fmt: skip

pytestmark = pytest.mark.service


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    """A server of its own, on a socket in a folder of its own."""
    programs = sorted(Path("/usr/lib/postgresql").glob("*/bin/pg_ctl"))
    if not programs:
        pytest.skip("PostgreSQL is not installed")
    bin_folder = programs[-1].parent
    folder = Path(tempfile.mkdtemp(prefix="f1pg-"))
    command: list[str] = []
    if os.geteuid() == 0:  # it refuses to run as root
        shutil.chown(folder, "postgres", "postgres")
        command = ["runuser", "-u", "postgres", "--"]
    data = folder / "data"

    def run(program: str, *words: str) -> None:
        subprocess.run(
            [*command, str(bin_folder / program), *words], check=True, cwd=folder,
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip

    run("initdb", "-D", str(data), "-A", "trust", "-U", "f1", "--no-sync")
    options = f"-k {folder} -c listen_addresses= -c fsync=off"
    run("pg_ctl", "-D", str(data), "-w", "-l", str(folder / "log"), "-o", options, "start")
    try:
        yield f"postgresql+psycopg://f1@/postgres?host={folder}"
    finally:
        run("pg_ctl", "-D", str(data), "-m", "immediate", "stop")
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def settings(server: str, tmp_path: Path) -> Settings:
    made = Settings(home=tmp_path / "home", f1db="", store_url=SecretStr(server))
    upgrade.upgrade(made)
    return made


def fill(settings: Settings) -> None:
    with connection.connect(settings.store_address) as store:
        snapshot_log.record(store, SNAPSHOT, now=NOW)
        drift_log.record(store, ORIGIN, DRIFT)
        decision_log.record(store, DECISION)
        outbox.write(store, MAIL)
        outbox.tried(store, MAIL, sent=False, now=NOW, problem="refused")
        request_log.record(store, Request("r1", NOW, "GET", "/", 200, 1.0, "", "", 0, True))


def test_a_postgresql_store_remembers_is_backed_up_and_restored(
    settings: Settings, tmp_path: Path
) -> None:
    fill(settings)
    fill(settings)  # the same thing twice changes nothing, but for the attempt
    rows = store_status.store_status(settings).rows
    assert rows["drift_measurements"] == rows["mail_attempts"] == 2
    assert check.check(settings).troubles == ()
    made = backup.backup(settings, now=NOW)
    assert made.restored.rows == rows

    with connection.connect(settings.store_address) as store:
        snapshot_log.record(store, replace(SNAPSHOT, sha256="c" * 64), now=NOW)
        decision_log.record(store, replace(DECISION, outcome="retrain"))
    done = restore.restore(made.archive, settings, force=True, now=NOW)
    assert done.lost == ("1 rows of snapshots", "1 rows of decisions", "1 rows of decision_rules")
    assert store_status.store_status(settings).rows == rows
    with connection.connect(settings.store_address) as store:
        assert decision_log.made(store, simulated=True) == [DECISION]
        assert outbox.waiting(store) == [MAIL]
        assert decision_log.record(store, replace(DECISION, outcome="retrain"))  # numbers go on

    elsewhere = Settings(home=tmp_path / "sqlite", f1db="", store_url=SecretStr(""))
    restore.restore(made.archive, elsewhere, force=False, now=NOW)
    assert store_status.store_status(elsewhere).rows == rows
    with connection.reading(elsewhere.store_address) as store:
        assert list(drift_log.current(store, simulated=True)["metric"]) == ["kl", "psi"]


def test_an_older_store_on_a_server_is_changed_only_when_asked_and_after_a_copy(
    server: str, tmp_path: Path
) -> None:
    with engine.engine(server).connect() as bare:
        bare.execution_options(isolation_level="AUTOCOMMIT").execute(text("CREATE DATABASE older"))
    address = server.replace("/postgres?", "/older?")
    settings = Settings(home=tmp_path / "home", f1db="", store_url=SecretStr(address))
    scripts = tmp_path / "scripts"
    shutil.copytree(revision.MIGRATIONS, scripts)
    for path in (scripts / "versions").glob("0*.py"):
        if not path.name.startswith("0001"):
            path.unlink()
    revision.upgrade(address, scripts=scripts)
    with engine.engine(address).begin() as bare:
        snapshot_log.record(bare, SNAPSHOT, now=NOW)

    refused = r"has revision 0001, older .* `f1lib db upgrade` copies it"
    with pytest.raises(StoreError, match=refused), connection.connect(address):
        pass
    assert revision.at(address) == "0001"
    done = upgrade.upgrade(settings)
    assert (done.before, done.after) == ("0001", schema.REVISION)
    assert store_status.store_status(settings).rows["snapshots"] == 1
    assert not upgrade.upgrade(settings).new

    assert done.backup == settings.backups / "store-revision-0001.sqlite"
    assert list(settings.backups.iterdir()) == [done.backup]
    copied = engine.address_of(done.backup)
    assert revision.at(copied) == "0001"
    with connection.connect(copied) as store:  # brought up to date, it is a store like any other
        assert not snapshot_log.record(store, SNAPSHOT, now=NOW)
