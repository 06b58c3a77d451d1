"""The F1DB archive as a file: whatever is wrong with it is one clear sentence."""

import zipfile
from pathlib import Path

import pytest
from invented_f1db import LEAK, RESULTS, InventedF1DB, two_rounds

from f1lib import files
from f1lib.errors import SourceError
from f1lib.sources.f1db import archive


def read(path: Path) -> dict[str, archive.Sheet]:
    return archive.read(path, called=str(path))


def trouble(path: Path) -> str:
    with pytest.raises(SourceError) as caught:
        read(path)
    return str(caught.value)


def test_only_the_needed_columns_are_read(tmp_path: Path) -> None:
    sheets = read(two_rounds().zip(tmp_path / "f1db.zip"))
    assert set(sheets) == set(archive.NEEDED)
    for name, sheet in sheets.items():
        assert set(sheet.frame.columns) == set(archive.NEEDED[name])
        assert not (sheet.frame == LEAK).any(axis=None)


@pytest.mark.parametrize(
    "leak",
    ["total", "best", "polePosition", "positionsGained", "fastestLap", "driverOfTheDay", "pitStops",
     "scheduledLaps", "Decider", "qualificationPosition", "grandSlam"],
)  # fmt: skip
def test_no_column_that_knows_the_future_is_needed(leak: str) -> None:
    assert not [c for columns in archive.NEEDED.values() for c in columns if leak in c]


def test_no_file_that_knows_the_future_is_needed() -> None:
    assert not [name for name in archive.NEEDED if "season" in name or "standings" in name]
    assert not {"laps", "distance"} & set(archive.NEEDED["f1db-races.csv"])


def test_an_archive_may_be_packed_in_a_folder_of_its_own(tmp_path: Path) -> None:
    invented = two_rounds()
    with zipfile.ZipFile(tmp_path / "f1db.zip", "w") as packed:
        for name in invented.rows:
            packed.writestr(f"f1db-csv/{name}", invented.text(name))
    assert len(read(tmp_path / "f1db.zip")[RESULTS].frame) == 8


def test_something_else_is_no_archive(tmp_path: Path) -> None:
    path = tmp_path / "f1db.zip"
    path.write_text("<!DOCTYPE html><html>Not found")
    assert "is not a zip archive" in trouble(path)
    assert "<!DOCTYPE html>" in trouble(path)
    path.write_bytes(b"")
    assert "0 bytes" in trouble(path)


def test_a_truncated_archive_is_named(tmp_path: Path) -> None:
    whole = two_rounds().zip(tmp_path / "whole.zip").read_bytes()
    (tmp_path / "f1db.zip").write_bytes(whole[: len(whole) // 2])
    assert "its end is cut off" in trouble(tmp_path / "f1db.zip")


def test_a_flipped_bit_is_found(tmp_path: Path) -> None:
    content = bytearray(two_rounds().zip(tmp_path / "whole.zip").read_bytes())
    content[len("f1db-races.csv") + 30 + 40] ^= 0xFF  # inside the first member's data
    (tmp_path / "f1db.zip").write_bytes(content)
    assert "is a damaged zip archive" in trouble(tmp_path / "f1db.zip")


def test_an_empty_zip_lacks_every_file(tmp_path: Path) -> None:
    zipfile.ZipFile(tmp_path / "f1db.zip", "w").close()
    assert f"lacks {len(archive.NEEDED)} of the {len(archive.NEEDED)} files" in trouble(
        tmp_path / "f1db.zip"
    )


def test_missing_files_are_named_and_so_is_what_was_found(tmp_path: Path) -> None:
    path = two_rounds().zip(tmp_path / "f1db.zip", without=RESULTS)
    assert f"lacks 1 of the {len(archive.NEEDED)} files needed ({RESULTS})" in trouble(path)
    assert "it has f1db-circuits.csv" in trouble(path)


def test_missing_columns_are_all_named_at_once(tmp_path: Path) -> None:
    invented = two_rounds()
    for name, column in ((RESULTS, "points"), ("f1db-drivers.csv", "abbreviation")):
        invented.headers[name].remove(column)
        for row in invented.rows[name]:
            row.pop(column, None)
    said = trouble(invented.zip(tmp_path / "f1db.zip"))
    assert "wrong schema" in said
    assert f"{RESULTS} lacks points" in said
    assert "f1db-drivers.csv lacks abbreviation" in said


def test_an_archive_without_rows_is_empty(tmp_path: Path) -> None:
    said = trouble(InventedF1DB().zip(tmp_path / "f1db.zip"))
    assert "is empty: there is no row in f1db-races.csv, f1db-races-race-results.csv" in said


@pytest.mark.parametrize("cut", [5, 30])
def test_a_csv_that_breaks_off_is_found(tmp_path: Path, cut: int) -> None:
    invented = two_rounds()
    whole = invented.text(RESULTS).replace('"', "")
    with zipfile.ZipFile(tmp_path / "f1db.zip", "w") as packed:
        for name in invented.rows:
            packed.writestr(name, whole[:-cut] if name == RESULTS else invented.text(name))
    assert f"{RESULTS} is cut off in line 9" in trouble(tmp_path / "f1db.zip")


@pytest.mark.parametrize("text", [b'"year","ro\xff\xfe', b'a,b\n1,2,3\n"'])
def test_a_csv_that_is_none_is_named(tmp_path: Path, text: bytes) -> None:
    invented = two_rounds()
    good = invented.text(RESULTS).encode()
    with zipfile.ZipFile(tmp_path / "f1db.zip", "w") as packed:
        for name in invented.rows:
            packed.writestr(name, good + text if name == RESULTS else invented.text(name))
    assert RESULTS in trouble(tmp_path / "f1db.zip")


def test_a_number_that_is_none_is_shown(tmp_path: Path) -> None:
    invented = two_rounds()
    invented.rows[RESULTS][3]["points"] = "many"
    sheet = read(invented.zip(tmp_path / "f1db.zip"))[RESULTS]
    with pytest.raises(SourceError, match=r"column 'points' should hold numbers, .*'many'"):
        sheet.number("points")


def test_a_folder_makes_the_same_archive_every_time(tmp_path: Path) -> None:
    folder = two_rounds().folder(tmp_path / "f1db")
    archive.pack(folder, tmp_path / "one.zip")
    for path in folder.iterdir():
        path.touch()
    archive.pack(folder, tmp_path / "two.zip")
    assert files.sha256_of(tmp_path / "one.zip") == files.sha256_of(tmp_path / "two.zip")
    assert sorted(zipfile.ZipFile(tmp_path / "one.zip").namelist()) == sorted(archive.NEEDED)


def test_a_folder_that_lacks_files_says_which(tmp_path: Path) -> None:
    folder = two_rounds().folder(tmp_path / "f1db")
    (folder / RESULTS).unlink()
    with pytest.raises(SourceError, match=RESULTS):
        archive.pack(folder, tmp_path / "f1db.zip")
