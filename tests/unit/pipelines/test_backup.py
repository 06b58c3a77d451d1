"""Store, registry and submissions are kept together, tried out, and put back."""

import json
import shutil
import sqlite3
import zipfile
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from f1lib.errors import StoreError
from f1lib.pipelines import archives, backup, check, restore, upgrade
from f1lib.registry import aliases, artifacts
from f1lib.settings import Settings
from f1lib.store import connection, copies, engine, request_log, revision
from f1lib.store.request_log import Request
from f1lib.versions import ModelVersion


@pytest.fixture
def archive(home) -> Path:
    """Of a home in which something was submitted by hand as well."""
    submitted = home.settings.submissions / "2027-01" / "grid"
    submitted.mkdir(parents=True)
    (submitted / "1.json").write_text("{}")
    return backup.backup(home.settings, now=home.now).archive


def tree(settings: Settings) -> dict[str, str]:
    """Registry and submissions, by their digests."""
    found = {}
    for name in archives.TREES:
        if (settings.home / name).is_dir():
            inside = archives.contents(settings.home / name)
            found |= {f"{name}/{file}": sha256 for file, sha256 in inside.items()}
    return found


def newer(home) -> None:
    """What is recorded after a backup: a request, and another model version, made champion."""
    settings = home.settings
    state, manifest = artifacts.read(settings.models, ModelVersion(1, 0, 0))
    later = replace(manifest, version=ModelVersion(1, 0, 1))
    artifacts.write(settings.models, later, state)
    with connection.connect(settings.store_address) as store:
        request_log.record(store, Request("r1", home.now, "GET", "/", 200, 1.0, "", "", 0, True))
        aliases.promote(
            store, settings.models, later.version, opened=dict, by="ada", reason="",
            simulated=True, now=home.now + timedelta(hours=1),
        )  # fmt: skip


def test_a_backup_restored_elsewhere_is_the_same_home(home, archive, rows, tmp_path) -> None:
    elsewhere = Settings(home=tmp_path / "elsewhere", f1db="")
    done = restore.restore(archive, elsewhere, force=False, now=home.now)
    assert (done.kept, done.lost, done.found.troubles) == ((), (), ())
    assert rows(elsewhere) == rows(home.settings)
    assert tree(elsewhere) == tree(home.settings)
    assert (elsewhere.submissions / "2027-01" / "grid" / "1.json").read_text() == "{}"
    with connection.reading(elsewhere.store_address) as store:
        assert aliases.loaded(store, elsewhere.models, simulated=True) is not None
    assert [path.name for path in elsewhere.home.iterdir() if path.name.startswith(".")] == []


def test_a_backup_says_what_it_holds_and_is_never_overwritten(home, archive, rows) -> None:
    assert archive.name == f"f1lib-{home.now:%Y%m%dT%H%M%SZ}.zip"
    with zipfile.ZipFile(archive) as packed:
        said = json.loads(packed.read("backup.json"))
        assert set(packed.namelist()) == {"backup.json", *said["files"]}
    assert {"store.sqlite", "models/1.0.0/manifest.json"} < set(said["files"])
    with pytest.raises(StoreError, match="exists already and is never overwritten"):
        backup.backup(home.settings, now=home.now)
    made = backup.backup(home.settings, now=home.now, to=home.settings.home / "other disk")
    assert made.restored.rows == rows(home.settings)
    assert list((home.settings.home / "other disk").iterdir()) == [made.archive]


def test_without_a_store_there_is_nothing_to_back_up(empty_home, furnished) -> None:
    with pytest.raises(StoreError, match="nothing to back up"):
        backup.backup(empty_home, now=furnished.now)
    assert not empty_home.home.exists()


def test_a_backup_of_a_home_with_a_damaged_model_is_kept_and_says_so(home) -> None:
    (home.settings.models / "1.0.0" / "model.skops").write_bytes(b"")
    made = backup.backup(home.settings, now=home.now)
    assert made.archive.exists()
    assert made.restored.exit_code == 15
    assert "The champion of the simulated world is lost" in made.restored.troubles[0]
    with pytest.raises(StoreError, match=r"what it holds is not: The champion.*--force"):
        restore.restore(made.archive, home.settings, force=False, now=home.now)


def daily(home, n_days: int) -> list[backup.Backup]:
    """A backup on each of the days that end now."""
    days = reversed(range(n_days))
    return [
        backup.backup(home.settings, now=home.now - timedelta(days=ago), to=home.settings.backups)
        for ago in days
    ]


def test_old_archives_go_but_never_the_newest_seven(home) -> None:
    settings = home.settings.model_copy(update={"retention_days": 2})
    other = home.settings.backups / "replaced-20200101T000000Z.zip"
    kept = [each.archive for each in daily(replace(home, settings=settings), 9)]
    other.touch()
    first, second, *rest = kept
    assert [first.exists(), second.exists()] == [False, False]
    assert len(rest) == backup.ALWAYS_KEPT
    late = backup.backup(settings, now=home.now + timedelta(days=400))
    assert late.removed == (rest[0],)
    assert sorted(home.settings.backups.iterdir()) == [*rest[1:], late.archive, other]


def test_no_archive_goes_while_it_is_young_or_the_new_one_is_not_sound(home) -> None:
    kept = [each.archive for each in daily(home, 8)]
    (home.settings.models / "1.0.0" / "model.skops").write_bytes(b"")
    made = backup.backup(home.settings, now=home.now + timedelta(days=400))
    assert made.removed == ()
    assert sorted(home.settings.backups.iterdir()) == [*kept, made.archive]


def test_what_was_recorded_since_is_not_lost_without_force(home, archive, rows) -> None:
    newer(home)
    before, models = rows(home.settings), tree(home.settings)
    with pytest.raises(StoreError, match=r"1 rows of promotions; 1 rows of api_requests; 2 files"):
        restore.restore(archive, home.settings, force=False, now=home.now)
    assert (rows(home.settings), tree(home.settings)) == (before, models)
    assert list(home.settings.backups.iterdir()) == [archive]


def test_what_a_restore_replaces_is_kept_and_can_be_put_back(home, archive, rows) -> None:
    old, models = rows(home.settings), tree(home.settings)
    newer(home)
    new, newer_models = rows(home.settings), tree(home.settings)
    done = restore.restore(archive, home.settings, force=True, now=home.now)
    assert (rows(home.settings), tree(home.settings)) == (old, models)
    assert not (home.settings.models / "1.0.1").exists()
    (kept,) = done.kept
    assert kept.name.startswith("replaced-")
    back = restore.restore(kept, home.settings, force=False, now=home.now)
    assert back.lost == ()
    assert (rows(home.settings), tree(home.settings)) == (new, newer_models)
    assert check.check(home.settings).troubles == ()


def test_a_damaged_store_is_replaced_by_force_and_kept_as_it_is(home, archive, rows) -> None:
    before = rows(home.settings)
    file = home.settings.home / "store.sqlite"
    file.write_bytes(b"no database at all, just words" * 100)
    with pytest.raises(StoreError, match=r"is damaged.*--force"):
        restore.restore(archive, home.settings, force=False, now=home.now)
    done = restore.restore(archive, home.settings, force=True, now=home.now)
    assert rows(home.settings) == before
    kept = {path.name.partition("Z")[2]: path for path in done.kept}
    assert kept["-store.sqlite"].read_bytes().startswith(b"no database at all")


def test_a_store_of_a_newer_f1lib_is_replaced_by_force_only(home, archive, rows) -> None:
    before = rows(home.settings)
    with closing(sqlite3.connect(home.settings.home / "store.sqlite")) as raw, raw:
        raw.execute("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(StoreError, match=r"revision 9999.*--force"):
        restore.restore(archive, home.settings, force=False, now=home.now)
    (kept,) = restore.restore(archive, home.settings, force=True, now=home.now).kept
    assert rows(home.settings) == before
    with pytest.raises(StoreError, match="a newer f1lib wrote it"):
        restore.restore(kept, home.settings, force=True, now=home.now)


def rewritten(archive: Path, name: str, content: bytes) -> Path:
    """The archive with one member more, or changed."""
    other = archive.with_name("other.zip")
    with zipfile.ZipFile(archive) as old, zipfile.ZipFile(other, "w") as new:
        for member in old.namelist():
            new.writestr(member, content if member == name else old.read(member))
        if name not in old.namelist():
            new.writestr(name, content)
    return other


@pytest.mark.parametrize(
    ("name", "content", "why"),
    [
        ("models/1.0.0/manifest.json", b"{}", "manifest.json is not what was written"),
        ("../outside", b"x", "its files are not those that backup.json names"),
        ("backup.json", b'{"format": 2}', "it has format 2, and this f1lib reads 1"),
        ("backup.json", b"{}", "it is no backup of f1lib, or damaged"),
    ],
)
def test_an_archive_that_was_changed_is_refused(home, archive, rows, name, content, why) -> None:
    before = rows(home.settings)
    with pytest.raises(StoreError, match=f"cannot be restored: .*{why}.*Nothing was changed"):
        restore.restore(rewritten(archive, name, content), home.settings, force=True, now=home.now)
    assert rows(home.settings) == before


def test_a_name_that_leads_out_of_the_home_is_refused(home, archive) -> None:
    with zipfile.ZipFile(archive) as packed:
        said = json.loads(packed.read("backup.json"))
    said["files"]["models/../../x"] = "0" * 64
    bad = rewritten(archive, "backup.json", json.dumps(said).encode())
    with zipfile.ZipFile(bad, "a") as packed:
        packed.writestr("models/../../x", "x")
    with pytest.raises(StoreError, match=r"not those that backup\.json names"):
        restore.restore(bad, home.settings, force=True, now=home.now)


def test_a_file_that_is_no_archive_is_refused(home, tmp_path) -> None:
    (tmp_path / "odd.zip").write_text("words")
    for name in ("odd.zip", "nowhere.zip"):
        with pytest.raises(StoreError, match="no backup of f1lib, or damaged"):
            restore.restore(tmp_path / name, home.settings, force=True, now=home.now)


def test_an_archive_of_an_older_f1lib_is_brought_up_to_date(home, tmp_path, rows) -> None:
    older = tmp_path / "older"
    scripts = tmp_path / "scripts"
    shutil.copytree(revision.MIGRATIONS, scripts)
    for path in (scripts / "versions").glob("0*.py"):
        if not path.name.startswith("0001"):
            path.unlink()
    older.mkdir()
    revision.upgrade(engine.address_of(older / "store.sqlite"), scripts=scripts)
    copies.alone(older / "store.sqlite")
    archives.pack(older, tmp_path / "older.zip", now=home.now)
    elsewhere = Settings(home=tmp_path / "elsewhere", f1db="")
    restore.restore(tmp_path / "older.zip", elsewhere, force=False, now=home.now)
    assert not upgrade.upgrade(elsewhere).new
    assert sum(rows(elsewhere).values()) == 0
