"""The store is upgraded, looked at, checked, and pruned of nothing that was learnt."""

import os
import shutil
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from f1lib.errors import StoreError
from f1lib.pipelines import check, pieces, prune, store_status, upgrade
from f1lib.pipelines.store_status import Age
from f1lib.settings import Settings
from f1lib.store import connection, request_log, revision, schema
from f1lib.store.request_log import Request


def older_store(settings: Settings, scripts: Path) -> None:
    """A store of the first revision."""
    shutil.copytree(revision.MIGRATIONS, scripts)
    for path in (scripts / "versions").glob("0*.py"):
        if not path.name.startswith("0001"):
            path.unlink()
    revision.upgrade(settings.store_address, scripts=scripts)


def test_an_upgrade_says_from_where_to_where_and_keeps_a_copy(empty_home, tmp_path) -> None:
    older_store(empty_home, tmp_path / "scripts")
    assert store_status.store_status(empty_home).age is Age.OLDER
    done = upgrade.upgrade(empty_home)
    assert (done.before, done.after, done.new) == ("0001", schema.REVISION, True)
    assert done.backup == empty_home.backups / "store-revision-0001.sqlite"
    found = store_status.store_status(empty_home)
    assert (found.age, found.revision) == (Age.CURRENT, schema.REVISION)
    assert [path for path, _ in found.backups] == [done.backup]
    assert not upgrade.upgrade(empty_home).new


def test_a_status_changes_nothing_where_there_is_no_store(empty_home) -> None:
    found = store_status.store_status(empty_home)
    assert (found.age, found.revision, found.size_mb, found.rows) == (Age.MISSING, None, None, {})
    assert not empty_home.home.exists()
    made = upgrade.upgrade(empty_home)
    assert (made.before, made.backup, made.new) == (None, None, True)


def test_a_status_counts_the_rows_and_refuses_a_newer_store(home, rows) -> None:
    assert store_status.store_status(home.settings).rows == rows(home.settings)
    with closing(sqlite3.connect(home.settings.home / "store.sqlite")) as raw, raw:
        raw.execute("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(StoreError, match=r"revision 9999.*a newer f1lib wrote it"):
        store_status.store_status(home.settings)


def test_a_home_that_is_well_has_no_trouble(home, rows) -> None:
    found = check.check(home.settings)
    assert (found.troubles, found.exit_code, found.models) == ((), 0, 1)
    assert found.rows == rows(home.settings)


def test_a_champion_that_is_gone_is_a_trouble_of_the_registry(home) -> None:
    shutil.rmtree(home.settings.models)
    found = check.check(home.settings)
    assert (found.exit_code, found.models) == (15, 0)
    assert found.registry_troubles[0].startswith("The champion of the simulated world is lost.")


def test_a_row_that_was_changed_is_a_trouble_of_the_store(home) -> None:
    with closing(sqlite3.connect(home.settings.home / "store.sqlite")) as raw, raw:
        raw.execute("UPDATE outcome_rows SET position = position + 1")
    found = check.check(home.settings)
    assert found.exit_code == 16
    assert "outcomes that are not what was recorded" in found.store_troubles[0]


def test_pruning_removes_old_requests_and_nothing_that_was_learnt(home, rows) -> None:
    before = rows(home.settings)
    young = Request("young", home.now, "GET", "/", 200, 1.0, "", "", 0, True)
    with connection.connect(home.settings.store_address) as store:
        for age in (89, 91, 400):
            at = home.now - timedelta(days=age)
            request_log.record(store, replace(young, request_id=str(age), at=at))
    assert prune.prune(home.settings, now=home.now).requests == 2
    assert rows(home.settings) == before | {"api_requests": 1}
    assert prune.prune(home.settings, now=home.now + timedelta(days=10_000)).requests == 1
    assert rows(home.settings) == before


def test_pruning_sweeps_up_what_a_killed_backup_left_and_keeps_backups(home) -> None:
    kept = home.settings.backups / "f1lib-20200101T000000Z.zip"
    left = [
        home.settings.home / ".f1lib-restore-x" / "wanted",
        home.settings.backups / ".f1lib-20200101T000000Z.zip",
    ]
    for path in (kept, *left):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("half")
    written = datetime.fromtimestamp(kept.stat().st_mtime, UTC)
    prune.prune(home.settings, now=written + timedelta(days=89))
    assert all(path.exists() for path in left)
    prune.prune(home.settings, now=written + timedelta(days=91))
    assert [path.exists() for path in (kept, *left)] == [True, False, False]
    assert not left[0].parent.exists()


def test_pruning_removes_the_backtests_nobody_asked_for(home) -> None:
    used, unused = (pieces.folder(home.settings.home, {"seed": seed}) for seed in (1, 2))
    for path in (used, unused):
        os.utime(path, (0, 0))
    assert pieces.folder(home.settings.home, {"seed": 1}) == used  # asked for again
    asked = datetime.fromtimestamp(used.stat().st_mtime, UTC)
    gone = prune.prune(home.settings, now=asked + timedelta(days=89)).backtests
    assert gone == (f"backtests/{unused.name}",)
    assert (used / "facts.json").exists()
    assert not unused.exists()


def test_of_two_who_prune_at_once_each_says_what_it_removed_itself(empty_home) -> None:
    every = [pieces.folder(empty_home.home, {"seed": seed}) for seed in range(50)]
    for path in every:
        os.utime(path, (0, 0))
    with ThreadPoolExecutor(2) as pool:
        both = [pool.submit(prune.prune, empty_home, now=datetime.now(UTC)) for _ in range(2)]
    gone = [name for each in both for name in each.result().backtests]
    assert sorted(gone) == sorted(f"backtests/{path.name}" for path in every)


def test_pruning_removes_old_replays(empty_home) -> None:
    held = empty_home.home / "replays" / "2024" / ".lock"
    held.parent.mkdir(parents=True)
    held.touch()
    ended = datetime.fromtimestamp(held.stat().st_mtime, UTC)
    assert prune.prune(empty_home, now=ended + timedelta(days=89)).replays == ()
    assert prune.prune(empty_home, now=ended + timedelta(days=91)).replays == ("replays/2024",)
    assert not held.parent.exists()


def test_pruning_an_empty_home_does_nothing(empty_home, furnished) -> None:
    assert prune.prune(empty_home, now=furnished.now).run_folders == ()
    assert not empty_home.home.exists()
