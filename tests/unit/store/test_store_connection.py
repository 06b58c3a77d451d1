"""The door of the store: transactions, many writers, sudden death, clear refusals."""

import os
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest
from sqlalchemy import text

from f1lib.errors import ConfigurationError, StoreError
from f1lib.predictions import Prediction
from f1lib.store import connection, engine, prediction_log, snapshot_log
from f1lib.tables.history import Snapshot

WRITER = """
import sys
from datetime import UTC, datetime
from f1lib.store import connection, snapshot_log
from f1lib.tables.history import Snapshot
address, name, count = sys.argv[1:]
for number in range(int(count)):
    snapshot = Snapshot(f"{name}-{number}", "f1db", "d", "c", "e")
    with connection.connect(address) as store:
        snapshot_log.record(store, snapshot, now=datetime.now(UTC))
        snapshot_log.record(store, Snapshot(f"{name}-{number}-twin", "f1db", "d", "c", "e"),
                            now=datetime.now(UTC))
    sys.stdout.write("x")
    sys.stdout.flush()
"""


def writer(address: str, name: str, count: int) -> "subprocess.Popen[bytes]":
    return subprocess.Popen(
        [sys.executable, "-c", WRITER, address, name, str(count)], stdout=subprocess.PIPE
    )


def test_a_store_is_born_with_its_folder_and_in_wal_mode(tmp_path: Path) -> None:
    file = tmp_path / "not" / "yet" / "store.sqlite"
    with connection.connect(f"sqlite:///{file}") as store:
        assert store.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"
        assert store.exec_driver_sql("PRAGMA foreign_keys").scalar() == 1
    assert file.exists()


def test_a_copy_put_back_by_hand_is_in_wal_mode_again_once_it_is_written(address: str) -> None:
    file = engine.sqlite_file(address)
    assert file is not None
    with closing(sqlite3.connect(file, isolation_level=None)) as raw:
        raw.execute("PRAGMA journal_mode = DELETE")
    with connection.reading(address) as store:
        assert store.exec_driver_sql("PRAGMA journal_mode").scalar() == "delete"
    with connection.connect(address) as store:
        assert store.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"


def test_an_error_in_the_block_undoes_the_block(
    address: str, a_prediction: Callable[..., Prediction]
) -> None:
    with pytest.raises(ZeroDivisionError), connection.connect(address) as store:
        prediction_log.record(store, a_prediction())
        1 / 0  # noqa: B018
    with connection.reading(address) as store:
        assert prediction_log.made(store) == []


def test_a_reader_cannot_write(address: str, snapshot: Snapshot, now: datetime) -> None:
    other = replace(snapshot, sha256="d" * 64)
    with pytest.raises(StoreError, match=r"read-?only"), connection.reading(address) as store:
        snapshot_log.record(store, other, now=now)


def test_a_reader_sees_the_store_as_it_was_and_does_not_wait_for_a_writer(
    address: str, snapshot: Snapshot, now: datetime
) -> None:
    other = replace(snapshot, sha256="d" * 64)
    with connection.reading(address) as reader:
        assert len(snapshot_log.recorded(reader)) == 1
        with connection.connect(address) as store:
            snapshot_log.record(store, other, now=now)
        assert len(snapshot_log.recorded(reader)) == 1
    with connection.reading(address) as reader:
        assert snapshot_log.recorded(reader) == [snapshot, other]


def test_what_refers_to_nothing_is_refused(
    address: str, a_prediction: Callable[..., Prediction]
) -> None:
    stray = a_prediction(snapshot="f" * 64)
    with (
        pytest.raises(StoreError, match="refused a row that contradicts or lacks another"),
        connection.connect(address) as store,
    ):
        prediction_log.record(store, stray)


def test_a_moment_without_a_time_zone_is_refused(
    address: str, snapshot: Snapshot, now: datetime
) -> None:
    with pytest.raises(StoreError, match="no time zone"), connection.connect(address) as store:
        snapshot_log.record(store, replace(snapshot, sha256="d"), now=now.replace(tzinfo=None))


def test_who_waits_too_long_for_another_writer_is_told_so(address: str) -> None:
    with (
        connection.connect(address),
        pytest.raises(StoreError, match=r"written by another process for 0\.1 s"),
        connection.connect(address, patience_s=0.1),
    ):
        pass


def test_writers_in_threads_take_turns_and_lose_nothing(
    address: str, snapshot: Snapshot, now: datetime
) -> None:
    def write(number: int) -> bool:
        with connection.connect(address) as store:
            return snapshot_log.record(store, replace(snapshot, sha256=str(number % 50)), now=now)

    with ThreadPoolExecutor(4) as pool:
        new = list(pool.map(write, range(100)))
    assert sum(new) == 50  # each name was written by two threads, once as news
    with connection.reading(address) as store:
        assert len(snapshot_log.recorded(store)) == 51


def test_processes_that_create_one_store_at_once_lose_nothing(tmp_path: Path) -> None:
    address = f"sqlite:///{tmp_path / 'home' / 'store.sqlite'}"
    writers = [writer(address, name, 10) for name in "abc"]
    for each in writers:
        each.communicate(timeout=60)
    assert [each.returncode for each in writers] == [0, 0, 0]
    with connection.reading(address) as store:
        assert len(snapshot_log.recorded(store)) == 3 * 10 * 2


def test_a_writer_killed_at_any_moment_leaves_a_store_that_opens(tmp_path: Path) -> None:
    address = f"sqlite:///{tmp_path / 'home' / 'store.sqlite'}"
    confirmed = 0
    for kills, after_s in enumerate((0.0, 0.013, 0.031)):
        victim = writer(address, f"run{kills}", 1_000_000)
        assert victim.stdout is not None
        assert victim.stdout.read(1) == b"x"
        time.sleep(after_s)
        victim.kill()
        confirmed += 1 + len(victim.communicate()[0])
        with connection.connect(address) as store:
            names = {each.sha256 for each in snapshot_log.recorded(store)}
            assert store.exec_driver_sql("PRAGMA integrity_check").scalar() == "ok"
        assert all(f"{name}-twin" in names for name in names if not name.endswith("-twin"))
        assert len(names) / 2 >= confirmed  # nothing that was confirmed is lost


def test_a_store_of_a_newer_f1lib_is_refused(address: str) -> None:
    with connection.connect(address) as store:
        store.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    for door in (connection.connect, connection.reading):
        with pytest.raises(StoreError, match=r"has revision 9999.*a newer f1lib wrote it"):
            door(address).__enter__()


def test_a_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    (tmp_path / "store.sqlite").write_bytes(b"no database at all, just words" * 100)
    with (
        pytest.raises(StoreError, match="is damaged"),
        connection.connect(f"sqlite:///{tmp_path / 'store.sqlite'}"),
    ):
        pass


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with (
        pytest.raises(StoreError, match="cannot be created"),
        connection.connect(f"sqlite:///{tmp_path / 'file' / 'store.sqlite'}"),
    ):
        pass


@pytest.mark.parametrize("bad", ["", "sqlite://", "sqlite:///:memory:", "oracle://x/y", "nonsense"])
def test_an_address_where_no_store_can_be_is_refused(bad: str) -> None:
    with pytest.raises(ConfigurationError, match="F1LIB_STORE_URL"), connection.connect(bad):
        pass


def test_a_password_is_not_shown() -> None:
    shown = engine.place("postgresql://f1:secret@somewhere/f1")
    assert shown == "postgresql://f1:***@somewhere/f1"


def test_a_database_that_does_not_answer_is_named_without_its_password() -> None:
    with (
        pytest.raises(StoreError, match="failed") as caught,
        connection.connect("postgresql://f1:secret@127.0.0.1:1/f1"),
    ):
        pass
    assert "secret" not in str(caught.value)


def test_a_store_copied_with_vacuum_is_whole(address: str, tmp_path: Path) -> None:
    file = engine.sqlite_file(address)
    assert file is not None
    copy = tmp_path / "copy.sqlite"
    with closing(sqlite3.connect(file)) as raw:
        raw.execute("VACUUM INTO ?", [os.fspath(copy)])
    with connection.reading(f"sqlite:///{copy}") as store:
        assert len(snapshot_log.recorded(store)) == 1


IMPOSSIBLE = ("sqlite:////proc/x.sqlite", f"sqlite:////tmp/{'a' * 300}.sqlite")


@pytest.mark.parametrize("impossible", IMPOSSIBLE, ids=["no place", "no name"])
def test_a_place_where_no_file_can_be_is_said_so_in_a_sentence(impossible: str) -> None:
    with (
        pytest.raises(StoreError, match=r"^The store sqlite:///.*(failed|out of reach).*Check"),
        connection.connect(impossible),
    ):
        pass


def test_reading_a_store_that_is_not_there_finds_it_empty_and_makes_no_file(tmp_path: Path) -> None:
    with connection.reading(f"sqlite:///{tmp_path / 'home' / 'store.sqlite'}") as store:
        assert snapshot_log.recorded(store) == []
        assert prediction_log.made(store) == []
    assert list(tmp_path.iterdir()) == []


def test_what_is_not_there_cannot_be_written_by_a_reader(
    tmp_path: Path, snapshot: Snapshot, now: datetime
) -> None:
    with (
        pytest.raises(StoreError, match=r"read-?only"),
        connection.reading(f"sqlite:///{tmp_path / 'store.sqlite'}") as store,
    ):
        snapshot_log.record(store, snapshot, now=now)


def test_reading_leaves_an_empty_file_as_it_is(tmp_path: Path) -> None:
    file = tmp_path / "store.sqlite"
    file.touch()
    with connection.reading(f"sqlite:///{file}") as store:
        assert snapshot_log.recorded(store) == []
    assert file.stat().st_size == 0


@pytest.mark.parametrize("bad", ["", "sqlite://", "sqlite:///:memory:"])
def test_an_address_where_no_store_can_be_is_no_empty_store(bad: str) -> None:
    with pytest.raises(ConfigurationError, match="F1LIB_STORE_URL"), connection.reading(bad):
        pass
