"""Every store becomes one of today: what the migrations build is what the schema says."""

import os
import shutil
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine, inspect

from f1lib.errors import StoreError
from f1lib.store import connection, engine, integrity, revision, schema, snapshot_log
from f1lib.tables.history import Snapshot

NEXT = '''"""Snapshots get a colour."""

import sqlalchemy as sa
from alembic import op

revision = "0999"
down_revision = "{newest}"


def upgrade() -> None:
    """Add it{trouble}."""
    with op.batch_alter_table("snapshots") as table:
        table.add_column(sa.Column("colour", sa.String, nullable=False, server_default="red"))
        table.alter_column("credit", nullable=True)
    {last}
'''


@pytest.fixture
def address(tmp_path: Path) -> str:
    address = f"sqlite:///{tmp_path / 'store.sqlite'}"
    with connection.connect(address) as store:
        snapshot = Snapshot("a" * 64, "simulated", "d", "c", "e", simulated=True)
        snapshot_log.record(store, snapshot, now=datetime(2025, 1, 1, tzinfo=UTC))
    return address


def newer_code(folder: Path, last: str = "") -> Path:
    """The migrations of an f1lib to come: ours, and one more."""
    scripts = folder / "migrations"
    shutil.copytree(revision.MIGRATIONS, scripts)
    text = NEXT.format(newest=schema.REVISION, trouble=" and fail" * bool(last), last=last)
    (scripts / "versions" / "0999_colour.py").write_text(text)
    return scripts


def older_code(folder: Path, newest: str) -> Path:
    """The migrations of an f1lib of before: ours, up to `newest`."""
    scripts = folder / f"until-{newest}"
    shutil.copytree(revision.MIGRATIONS, scripts)
    for file in (scripts / "versions").glob("0*.py"):
        if file.name[:4] > newest:
            file.unlink()
    return scripts


OLDER = [f"{number:04}" for number in range(1, int(schema.REVISION))]


@pytest.mark.parametrize("then", OLDER)
def test_a_store_of_every_earlier_revision_becomes_one_of_today(tmp_path: Path, then: str) -> None:
    address = f"sqlite:///{tmp_path / 'store.sqlite'}"
    revision.upgrade(address, scripts=older_code(tmp_path, then))
    with closing(sqlite3.connect(tmp_path / "store.sqlite")) as raw, raw:
        values = ("a" * 64, "e", "f1db", "d", "c", 0, 0, "2025-01-01T00:00:00.000000+00:00")
        raw.execute("INSERT INTO snapshots VALUES (?, ?, ?, ?, ?, ?, ?, ?)", values)
    assert revision.upgrade(address)
    assert (tmp_path / "backups" / f"store-revision-{then}.sqlite").exists()
    with connection.reading(address) as store:
        assert [each.sha256 for each in snapshot_log.recorded(store)] == ["a" * 64]
        context = MigrationContext.configure(store, opts={"compare_type": True})
        assert compare_metadata(context, schema.METADATA) == []


def test_the_migrations_build_what_the_schema_says(address: str) -> None:
    with connection.reading(address) as store:
        context = MigrationContext.configure(store, opts={"compare_type": True})
        assert compare_metadata(context, schema.METADATA) == []


def test_keys_and_constraints_are_those_of_the_schema(address: str, tmp_path: Path) -> None:
    direct = create_engine(f"sqlite:///{tmp_path / 'direct.sqlite'}")
    schema.METADATA.create_all(direct)
    built, said = inspect(engine.engine(address)), inspect(direct)
    for name in said.get_table_names():
        assert built.get_pk_constraint(name) == said.get_pk_constraint(name)
        assert built.get_unique_constraints(name) == said.get_unique_constraints(name)
        assert built.get_foreign_keys(name) == said.get_foreign_keys(name)
    direct.dispose()


def test_the_revision_of_the_code_is_the_newest_migration() -> None:
    config = Config()
    config.set_main_option("script_location", str(revision.MIGRATIONS))
    assert ScriptDirectory.from_config(config).get_heads() == [schema.REVISION]


def test_a_store_that_is_up_to_date_is_left_alone(address: str) -> None:
    assert not revision.upgrade(address)


def test_an_older_store_is_copied_upgraded_and_keeps_its_rows(address: str, tmp_path: Path) -> None:
    assert revision.upgrade(address, scripts=newer_code(tmp_path))
    with closing(sqlite3.connect(tmp_path / "store.sqlite")) as raw:
        assert raw.execute("SELECT sha256, colour FROM snapshots").fetchall() == [("a" * 64, "red")]
        assert raw.execute("SELECT version_num FROM alembic_version").fetchall() == [("0999",)]
    copy = tmp_path / "backups" / f"store-revision-{schema.REVISION}.sqlite"
    with connection.reading(f"sqlite:///{copy}") as store:
        assert [each.sha256 for each in snapshot_log.recorded(store)] == ["a" * 64]


def test_a_store_upgraded_by_newer_code_is_refused_by_this_one(
    address: str, tmp_path: Path
) -> None:
    revision.upgrade(address, scripts=newer_code(tmp_path))
    with pytest.raises(StoreError, match="revision 0999"), connection.connect(address):
        pass
    with pytest.raises(StoreError, match="revision 0999"):
        revision.upgrade(address)


@pytest.fixture
def older(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A store of yesterday, for the code of tomorrow."""
    address = f"sqlite:///{tmp_path / 'store.sqlite'}"
    with connection.connect(address):
        pass
    monkeypatch.setattr(revision, "MIGRATIONS", newer_code(tmp_path))
    monkeypatch.setattr(schema, "REVISION", "0999")
    return address


def test_reading_an_older_store_changes_nothing_and_says_what_will(
    older: str, tmp_path: Path
) -> None:
    before = (tmp_path / "store.sqlite").read_bytes()
    with (
        pytest.raises(StoreError, match=r"older than this f1lib's 0999.*`f1lib db upgrade`"),
        connection.reading(older),
    ):
        pass
    assert (tmp_path / "store.sqlite").read_bytes() == before
    assert not (tmp_path / "backups").exists()


def test_a_backup_that_cannot_be_made_stops_the_upgrade(address: str, tmp_path: Path) -> None:
    (tmp_path / "backups").write_text("in the way")
    with pytest.raises(StoreError, match=r"cannot be copied to .*backups.*Nothing was changed"):
        revision.upgrade(address, scripts=newer_code(tmp_path))
    with connection.reading(address) as store:
        assert revision.of(store) == schema.REVISION


def test_a_backup_for_which_there_is_no_room_stops_it_too(address: str, tmp_path: Path) -> None:
    (tmp_path / "backups" / f".store-{os.getpid()}").mkdir(parents=True)  # VACUUM cannot write it
    with pytest.raises(StoreError, match="cannot be copied"):
        revision.upgrade(address, scripts=newer_code(tmp_path))


def test_an_upgrade_that_fails_changes_nothing(address: str, tmp_path: Path) -> None:
    scripts = newer_code(tmp_path, last='op.execute("SELECT no_such_function()")')
    with pytest.raises(StoreError, match="no_such_function"):
        revision.upgrade(address, scripts=scripts)
    with connection.reading(address) as store:
        assert revision.of(store) == schema.REVISION
        assert len(snapshot_log.recorded(store)) == 1


def test_an_upgrade_that_leaves_rows_referring_to_nothing_is_undone(
    address: str, tmp_path: Path
) -> None:
    orphan = (
        "op.execute(\"INSERT INTO scores VALUES (7, 7, 'winner_hit', 1.0, 1)\")"  # of no prediction
    )
    with pytest.raises(StoreError, match="2 rows that refer to nothing"):
        revision.upgrade(address, scripts=newer_code(tmp_path, last=orphan))
    with connection.reading(address) as store:
        assert revision.of(store) == schema.REVISION


UPGRADE = """
import sys
from pathlib import Path
from f1lib.store import revision
revision.upgrade(sys.argv[1], scripts=Path(sys.argv[2]))
"""


def test_an_upgrade_killed_in_the_middle_leaves_the_older_store(
    address: str, tmp_path: Path
) -> None:
    here = tmp_path / "in the middle"
    wait = f"import pathlib, time; pathlib.Path({str(here)!r}).touch(); time.sleep(600)"
    scripts = newer_code(tmp_path / "slow", last=wait)
    victim = subprocess.Popen([sys.executable, "-c", UPGRADE, address, str(scripts)])
    try:
        for _ in range(600):
            if here.exists() or victim.poll() is not None:
                break
            time.sleep(0.1)
        assert here.exists()
    finally:
        victim.kill()  # SIGKILL, after the tables were changed and before that was confirmed
        victim.wait()
    with connection.reading(address) as store:
        assert revision.of(store) == schema.REVISION
        assert integrity.troubles(store) == []
        assert len(snapshot_log.recorded(store)) == 1
    assert revision.upgrade(address, scripts=newer_code(tmp_path))
    with closing(sqlite3.connect(tmp_path / "store.sqlite")) as raw:
        assert raw.execute("SELECT sha256, colour FROM snapshots").fetchall() == [("a" * 64, "red")]


def test_migrations_in_a_folder_with_a_percent_sign_are_found(address: str, tmp_path: Path) -> None:
    assert revision.upgrade(address, scripts=newer_code(tmp_path / "50%"))
