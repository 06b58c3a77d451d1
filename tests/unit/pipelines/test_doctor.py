"""The doctor looks at everything, says what is amiss in sentences, and changes nothing."""

from pathlib import Path

import pytest

from f1lib.pipelines import doctor
from f1lib.settings import Settings

NAMES = ["python", "packages", "home", "notebooks", "store", "data", "champion"]


def looked_at(settings: Settings) -> dict[str, doctor.Check]:
    checks = doctor.doctor(settings)
    assert [each.name for each in checks] == NAMES
    return {each.name: each for each in checks}


def amiss(checks: dict[str, doctor.Check]) -> list[str]:
    return [name for name, check in checks.items() if not check.well]


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_a_lived_in_home_is_well_and_is_left_as_it_is(home) -> None:
    before = contents(home.settings.home)
    checks = looked_at(home.settings)
    assert amiss(checks) == []
    assert contents(home.settings.home) == before
    assert "SIMULATED" in checks["data"].found
    assert checks["champion"].found.startswith("1.0.0, trained through ")


def test_an_empty_home_lacks_data_and_champion_and_stays_empty(empty_home: Settings) -> None:
    checks = looked_at(empty_home)
    assert amiss(checks) == ["data", "champion"]
    assert "`f1lib data pull`" in checks["data"].found
    assert "not there yet" in checks["store"].found
    assert not empty_home.home.exists()


def test_a_damaged_archive_is_said_so(home) -> None:
    for archive in home.settings.snapshots.glob("*/archive.zip"):
        archive.write_bytes(b"no zip")
    checks = looked_at(home.settings)
    assert amiss(checks) == ["data", "champion"]
    assert "is damaged" in checks["data"].found


def test_a_damaged_store_is_said_so(home) -> None:
    for file in home.settings.home.glob("store.sqlite*"):
        file.unlink()
    (home.settings.home / "store.sqlite").write_bytes(b"no database at all, just words" * 100)
    checks = looked_at(home.settings)
    assert amiss(checks) == ["store", "champion"]
    assert "is damaged (file is not a database)" in checks["store"].found


def test_a_damaged_champion_is_said_so(home) -> None:
    for manifest in home.settings.models.glob("*/manifest.json"):
        manifest.write_text("{}")
    checks = looked_at(home.settings)
    assert amiss(checks) == ["champion"]
    assert checks["champion"].found.startswith("Model version 1.0.0 ")


def test_a_missing_package_is_named(empty_home: Settings) -> None:
    checks = {
        each.name: each for each in doctor.doctor(empty_home, packages=("numpy", "no-such-package"))
    }
    assert not checks["packages"].well
    assert checks["packages"].found == "Not installed: no-such-package. Run `make setup`."


@pytest.mark.parametrize("place", ["file", "file/deeper"])
def test_a_home_that_is_no_folder_is_said_so(tmp_path: Path, place: str) -> None:
    (tmp_path / "file").write_text("in the way")
    checks = looked_at(Settings(home=tmp_path / place, f1db=""))
    assert "is no folder. Let F1LIB_HOME name another." in checks["home"].found
