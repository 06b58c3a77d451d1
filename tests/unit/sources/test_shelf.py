"""The shelf: what is imported stays as it is, and what is broken is never imported."""

import fcntl
import hashlib
import json
import shutil
import threading
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pandas as pd
import pytest
from invented_f1db import QUALIFYING, RACES, RESULTS, InventedF1DB, two_rounds

from f1lib.errors import SourceError, TableContractError
from f1lib.sources import shelf, snapshots
from f1lib.sources.f1db import archive
from f1lib.tables.history import TABLES

NOW = datetime(2025, 3, 1, 12, tzinfo=UTC)
Keep = Callable[..., shelf.Kept]


@pytest.fixture
def archives(tmp_path: Path) -> Path:
    return tmp_path / "snapshots"


@pytest.fixture
def stocked(stock: Path, archives: Path) -> None:
    """`first` is in use already: keep(first) only says so."""
    shutil.copytree(stock, archives)


@pytest.fixture
def keep(archives: Path) -> Keep:
    def kept(address: Path | str, **how: object) -> shelf.Kept:
        settled = {"now": NOW, "sleep": lambda _: None, **how}
        return shelf.keep_archive(archives, str(address), **settled)  # type: ignore[arg-type]

    return kept


@pytest.fixture
def first(tmp_path: Path) -> Path:
    return two_rounds().zip(tmp_path / "first.zip")


@pytest.fixture
def second(tmp_path: Path) -> Path:
    invented = two_rounds()
    invented.rows[RACES].pop()
    invented.weekend(2025, 3, "east")
    return invented.zip(tmp_path / "second.zip")


def smaller(tmp_path: Path) -> Path:
    invented = InventedF1DB()
    invented.weekend(2025, 1)
    return invented.zip(tmp_path / "smaller.zip")


def content(archives: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(archives)): path.read_bytes()
        for path in archives.rglob("*")
        if path.is_file() and path.name != ".lock"
    }


def test_an_import_is_kept_under_the_sha256_of_its_file(keep: Keep, archives, first) -> None:
    kept = keep(first)
    sha256 = hashlib.sha256(first.read_bytes()).hexdigest()
    known = kept.manifest
    assert kept.new
    assert known.sha256 == sha256
    assert (archives / sha256 / "archive.zip").read_bytes() == first.read_bytes()
    assert json.loads((archives / sha256 / "manifest.json").read_text())["sha256"] == sha256
    assert (known.source, known.simulated, known.imported_at) == ("f1db", False, NOW)
    assert (known.completed, known.last_completed) == (2, "2025-02")
    assert (known.counts["races"], known.counts["results"]) == (3, 8)
    assert known.archive_bytes == first.stat().st_size
    assert "CC BY 4.0" in known.credit
    assert shelf.current(archives) == known
    assert kept.sentence.endswith("2 races with results, the last of them 2025-02.")


def test_the_same_archive_again_changes_nothing_and_says_so(keep: Keep, archives, first) -> None:
    keep(first)
    before = content(archives)
    again = keep(first, now=NOW + timedelta(days=1))
    assert not again.new
    assert again.sentence.startswith("Nothing changed: ")
    assert again.manifest.imported_at == NOW
    assert content(archives) == before


@pytest.mark.usefixtures("stocked")
def test_a_newer_archive_takes_over_and_the_old_one_stays(
    keep: Keep, archives, first, second
) -> None:
    old = keep(first).manifest
    new = keep(second, now=NOW + timedelta(days=1)).manifest
    assert shelf.current(archives) == new
    assert shelf.listed(archives) == [new, old]
    assert snapshots.history(archives).completed()[-1].round == 3
    assert snapshots.history(archives, sha256=old.sha256[:8]).completed()[-1].round == 2


def test_a_folder_is_an_archive_too(keep: Keep, archives, tmp_path) -> None:
    folder = two_rounds().folder(tmp_path / "f1db")
    known = keep(folder).manifest
    kept = archives / known.sha256 / "archive.zip"
    assert hashlib.sha256(kept.read_bytes()).hexdigest() == known.sha256
    assert sorted(zipfile.ZipFile(kept).namelist()) == sorted(archive.NEEDED)
    assert not keep(folder).new


def test_whoever_imports_from_nowhere_is_told(keep: Keep, tmp_path) -> None:
    with pytest.raises(SourceError, match=r"no F1DB archive at .*nowhere.zip"):
        keep(tmp_path / "nowhere.zip")


def broken_files(tmp_path: Path, good: bytes) -> dict[str, Path]:
    broken = {
        "truncated": good[: len(good) // 2],
        "empty": b"",
        "html": b"<html>404</html>",
        "damaged": good[:200] + b"\xff" * 50 + good[250:],
    }
    for name, found in broken.items():
        (tmp_path / f"{name}.zip").write_bytes(found)
    invented = two_rounds()
    invented.headers[RESULTS].remove("points")
    for row in invented.rows[RESULTS]:
        row.pop("points", None)
    invented.zip(tmp_path / "wrong-schema.zip")
    InventedF1DB().zip(tmp_path / "no-rows.zip")
    return {name: tmp_path / f"{name}.zip" for name in (*broken, "wrong-schema", "no-rows")}


@pytest.mark.usefixtures("stocked")
def test_a_broken_archive_leaves_the_last_good_snapshot(
    keep: Keep, archives, first, tmp_path
) -> None:
    keep(first)
    before = content(archives)
    for name, path in broken_files(tmp_path, first.read_bytes()).items():
        with pytest.raises(SourceError) as caught:
            keep(path, force=True)
        assert path.name in str(caught.value), name
        assert "\n" not in str(caught.value)
        assert content(archives) == before
    assert len(snapshots.history(archives)["results"]) == 8


@pytest.mark.usefixtures("stocked")
def test_values_that_break_a_schema_leave_it_too(keep: Keep, archives, first, tmp_path) -> None:
    keep(first)
    before = content(archives)
    invented = two_rounds()
    invented.rows[QUALIFYING][0]["q1Millis"] = "12"  # a lap of 12 ms
    with pytest.raises(TableContractError, match=r"qualifying.*q1_ms"):
        keep(invented.zip(tmp_path / "odd.zip"))
    assert content(archives) == before


@pytest.mark.usefixtures("stocked")
def test_a_damaged_snapshot_is_passed_over_in_the_list(keep: Keep, archives, second) -> None:
    new = keep(second).manifest
    for path in archives.iterdir():
        if path.is_dir() and path.name != new.sha256:
            (path / "manifest.json").write_text("{")
    assert shelf.listed(archives) == [new]


@pytest.mark.usefixtures("stocked")
def test_a_smaller_archive_replaces_nothing_unless_forced(
    keep: Keep, archives, first, tmp_path
) -> None:
    kept = keep(first).manifest
    less = smaller(tmp_path)
    with pytest.raises(SourceError) as caught:
        keep(less)
    assert "1 races with results instead of 2, 4 results instead of 8" in str(caught.value)
    assert "--force" in str(caught.value)
    assert shelf.current(archives) == kept
    assert keep(less, force=True).manifest.completed == 1


@pytest.mark.usefixtures("stocked")
def test_a_cancelled_race_to_come_is_no_loss(keep: Keep, archives, first, tmp_path) -> None:
    keep(first)
    invented = two_rounds()
    invented.rows[RACES].pop()
    assert keep(invented.zip(tmp_path / "cancelled.zip")).manifest.counts["races"] == 2


@pytest.mark.parametrize("harm", ["archive", "no archive", "manifest", "folder"])
@pytest.mark.usefixtures("stocked")
def test_importing_again_mends_a_damaged_snapshot(keep: Keep, archives, first, harm) -> None:
    home = archives / keep(first).manifest.sha256
    if harm == "archive":
        (home / "archive.zip").write_bytes(b"less")
    elif harm == "no archive":
        (home / "archive.zip").unlink()
    elif harm == "manifest":
        (home / "manifest.json").write_text("{")
    else:
        home.rename(home.with_name(".gone"))
    with pytest.raises(SourceError):
        snapshots.history(archives)
    assert keep(first).new
    assert len(snapshots.history(archives)["results"]) == 8


@pytest.mark.usefixtures("stocked")
def test_a_pointer_that_names_nothing_is_said_so(keep: Keep, archives, first) -> None:
    keep(first)
    (archives / "current").write_text("nonsense\n")
    with pytest.raises(SourceError, match="should name a snapshot, but reads 'nonsense'"):
        shelf.current(archives)


def test_two_imports_at_once_are_one_too_many(keep: Keep, archives, first) -> None:
    archives.mkdir()
    with (archives / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with pytest.raises(SourceError, match=r"Another import into .* is under way"):
            keep(first)


def test_what_a_killed_import_left_is_swept_away(keep: Keep, archives, first) -> None:
    (archives / ".work-killed").mkdir(parents=True)
    (archives / ".work-killed" / "archive.zip").write_bytes(b"half")
    keep(first)
    assert not (archives / ".work-killed").exists()
    assert [path.name for path in archives.iterdir() if path.name.startswith(".work")] == []


def test_a_place_that_cannot_be_written_is_said_so(tmp_path, first) -> None:
    (tmp_path / "file").write_text("not a folder")
    with pytest.raises(SourceError, match="Nothing was imported into"):
        shelf.keep_archive(tmp_path / "file", str(first), now=NOW)


@pytest.fixture
def served(tmp_path: Path):
    class Quiet(SimpleHTTPRequestHandler):
        short = 0

        def log_message(self, *_: object) -> None:
            """Say nothing."""

        def send_header(self, keyword: str, value: str) -> None:
            lie = int(value) - self.short if keyword == "Content-Length" else value
            super().send_header(keyword, str(lie))

        def copyfile(self, source, outputfile) -> None:
            whole = source.read()
            outputfile.write(whole[: len(whole) - self.short])

    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(tmp_path))) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        yield Quiet, f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()
        thread.join()


def test_an_archive_is_fetched_from_an_address(keep: Keep, archives, first, served) -> None:
    known = keep(f"{served[1]}/first.zip?token=hidden").manifest
    assert known.sha256 == hashlib.sha256(first.read_bytes()).hexdigest()
    assert known.address == f"{served[1]}/first.zip"
    assert {path.name for path in archives.iterdir()} == {".lock", "current", known.sha256}


@pytest.mark.usefixtures("stocked")
def test_a_server_that_promises_too_little_gives_no_archive(
    keep: Keep, archives, first, served
) -> None:
    kept = keep(first).manifest
    served[0].short = 300
    with pytest.raises(SourceError, match="is not a zip archive, or its end is cut off"):
        keep(f"{served[1]}/first.zip")
    assert shelf.current(archives) == kept


@pytest.mark.usefixtures("stocked")
def test_a_page_that_is_not_there_leaves_the_last_good_snapshot(
    keep: Keep, archives, first, served
) -> None:
    kept = keep(first).manifest
    with pytest.raises(SourceError, match="answered 404"):
        keep(f"{served[1]}/nothing.zip")
    assert shelf.current(archives) == kept


def frames_of(keep: Keep, archives: Path, first: Path) -> dict[str, pd.DataFrame]:
    keep(first)
    read = snapshots.history(archives)
    return {name: read[name] for name in TABLES}


@pytest.mark.usefixtures("stocked")
def test_frames_come_back_value_for_value(keep: Keep, archives, first, tmp_path) -> None:
    frames = frames_of(keep, archives, first)
    frames["qualifying"].loc[0, "best_ms"] = 89_000.1 + 0.2  # not exact in decimals
    frames["races"].loc[0, "race_at"] = pd.Timestamp("2025-01-10 13:00:00.123456", tz="UTC")
    kept = shelf.keep_frames(
        tmp_path / "simulated",
        frames,
        description="seed 7, steady",
        now=NOW,
        facts={"seed": 7, "scenario": "steady"},
    )
    read = snapshots.history(tmp_path / "simulated")
    assert kept.new
    assert kept.manifest.facts == {"seed": 7, "scenario": "steady"}
    assert (read.snapshot.source, read.snapshot.simulated) == ("simulated", True)
    for name, frame in frames.items():
        pd.testing.assert_frame_equal(read[name], frame)


@pytest.mark.usefixtures("stocked")
def test_the_same_world_has_the_same_name(keep: Keep, archives, first, tmp_path) -> None:
    frames = frames_of(keep, archives, first)
    kept = [
        shelf.keep_frames(
            tmp_path / place, shuffled, description="seed 7", now=now, facts={"seed": 7}
        )
        for place, now, shuffled in (
            ("a", NOW, frames),
            ("b", NOW + timedelta(days=9), dict(reversed(frames.items()))),
            ("a", NOW + timedelta(days=9), frames),
        )
    ]
    assert len({each.manifest.sha256 for each in kept}) == 1
    assert [each.new for each in kept] == [True, True, False]


@pytest.mark.usefixtures("stocked")
def test_another_world_or_another_fact_has_another_name(
    keep: Keep, archives, first, tmp_path
) -> None:
    frames = frames_of(keep, archives, first)
    made = [
        shelf.keep_frames(tmp_path / "a", frames, description="x", now=NOW, facts={"seed": seed})
        for seed in (7, 8)
    ]
    assert made[0].manifest.sha256 != made[1].manifest.sha256


@pytest.mark.usefixtures("stocked")
def test_a_simulated_world_is_no_measure_for_f1db(keep: Keep, archives, first, tmp_path) -> None:
    frames = frames_of(keep, archives, first)
    shelf.keep_frames(archives, frames, description="seed 7", now=NOW)
    with pytest.raises(SourceError, match="holds less than snapshot"):
        keep(smaller(tmp_path))  # measured against the F1DB snapshot of before
    assert keep(first).manifest.source == "f1db"
