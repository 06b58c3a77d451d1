"""Snapshots: a kept archive is read as it was imported, or not at all."""

import shutil
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from f1lib.errors import SourceError
from f1lib.sources import shelf, snapshots
from f1lib.sources.f1db import archive

NOW = datetime(2025, 3, 1, 12, tzinfo=UTC)


@pytest.fixture
def archives(stock: Path, tmp_path: Path) -> Path:
    """A copy of it that a test may change."""
    return Path(shutil.copytree(stock, tmp_path / "snapshots"))


def test_a_history_knows_its_snapshot(archives: Path) -> None:
    known = shelf.current(archives)
    assert known is not None
    read = snapshots.history(archives).snapshot
    assert read.sha256 == read.archive_sha256 == known.sha256
    assert (read.source, read.simulated, read.submissions) == ("f1db", False, 0)
    assert read.credit == archive.CREDIT


def test_without_a_snapshot_one_is_told_what_to_run(tmp_path: Path) -> None:
    assert shelf.current(tmp_path) is None
    assert shelf.listed(tmp_path / "nowhere") == []
    assert snapshots.identity(tmp_path, tmp_path / "submissions") is None
    with pytest.raises(SourceError, match=r"f1lib data pull.*f1lib data import PATH"):
        snapshots.history(tmp_path)


def test_a_name_that_fits_no_or_several_snapshots_is_refused(archives: Path) -> None:
    kept = shelf.listed(archives)[0]
    with pytest.raises(SourceError, match="names 0 of the 1 snapshots"):
        snapshots.history(archives, sha256="f" * 64)
    with pytest.raises(SourceError, match="at least six digits"):
        snapshots.history(archives, sha256=kept.sha256[:5])


def test_a_tampered_snapshot_is_not_read(archives: Path) -> None:
    sha256 = shelf.listed(archives)[0].sha256
    with (archives / sha256 / "archive.zip").open("ab") as file:
        file.write(b"more")
    with pytest.raises(SourceError, match=f"snapshot {sha256[:12]} is damaged"):
        snapshots.history(archives)


def test_whoever_changes_a_frame_changes_it_for_nobody_else(archives: Path) -> None:
    mine = snapshots.history(archives)
    mine["results"].loc[0, "points"] = 99.0
    mine["results"]["laps"] = 0.0
    again = snapshots.history(archives)["results"]
    assert again["points"].iloc[0] == 10
    assert again["laps"].iloc[0] == 50


def test_whoever_reads_a_snapshot_waits_for_no_network_library() -> None:
    asked = "import sys, f1lib.sources.snapshots; print({'httpx', 'pandera'} & set(sys.modules))"
    said = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True)
    assert said.stdout.strip() == "set()"
