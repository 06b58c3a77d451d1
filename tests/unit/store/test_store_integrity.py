"""A store that is not what it should be says so; a copy of one is the same one."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pandas as pd
import pytest

from f1lib.errors import StoreError
from f1lib.predictions import Prediction
from f1lib.store import (
    connection,
    copies,
    drift_log,
    engine,
    finding_log,
    integrity,
    outcome_log,
    prediction_log,
    revision,
    snapshot_log,
)  # fmt: skip
from f1lib.store.origin import Origin
from f1lib.tables.history import Snapshot
from f1lib.weekend import RaceWeekend, Stage

COMMON = {"stage": "race", "model_version": "1.0.0", "value": 0.3, "low": 0.1, "high": 0.5,
          "p": 0.01, "q": float("nan"), "n": 60, "status": "drift", "reason": ""}  # fmt: skip
DRIFT = pd.DataFrame(
    [{**COMMON, "feature": "form", "metric": "kl", "rule": "permutation", "n_races": 3,
      "without_drift": 0.1}]
)  # fmt: skip
FINDING = pd.DataFrame(
    [{**COMMON, "rule": "drift.form", "subject": "form", "time_window": "", "threshold": 0.15,
      "in_a_row": 1, "alert": False}]
)  # fmt: skip


@pytest.fixture
def file(
    address: str,
    a_prediction: Callable[..., Prediction],
    a_result: Callable[..., pd.DataFrame],
    snapshot: Snapshot,
    now: datetime,
) -> Path:
    """A sound store: one prediction, one outcome with two revisions, a measurement and a finding
    of it."""
    origin = Origin(RaceWeekend(2025, 8), snapshot.sha256, "", False, True, now)
    with connection.connect(address) as store:
        drift_log.record(store, origin, DRIFT)
        finding_log.record(store, origin, FINDING)
        prediction_log.record(store, a_prediction())
        for order in ("abcd", "bacd"):
            outcome_log.record(
                store, RaceWeekend(2025, 8), Stage.RACE, a_result(order),
                snapshot=snapshot.sha256, simulated=True, now=now,
            )  # fmt: skip
    found = engine.sqlite_file(address)
    assert found is not None
    return found


def said_after(file: Path, *statements: str) -> list[str]:
    """What is wrong after somebody wrote into the file by hand."""
    with closing(sqlite3.connect(file, isolation_level=None)) as raw:
        for statement in statements:
            raw.execute(statement)
    with connection.reading(engine.address_of(file)) as store:
        return integrity.troubles(store)


def test_a_sound_store_has_no_trouble(file: Path) -> None:
    assert said_after(file) == []


@pytest.mark.parametrize(
    ("statement", "sentence"),
    [
        ("DELETE FROM prediction_rows",
         "There are 1 forecasts without a row, first 2025-08 race two_stage."),
        ("UPDATE prediction_rows SET p_first = 0.5 WHERE driver = 'a'",
         "There are 1 forecasts whose probabilities of first place do not sum to one, "
         "first 2025-08 race two_stage."),
        ("DELETE FROM outcome_rows WHERE outcome_id = 2",
         "There are 1 outcomes without a row, first 2025-08 race 1."),
        ("UPDATE outcomes SET revision = 7 WHERE revision = 1",
         "There are 1 outcomes with a gap in their revisions, first 2025-08 race."),
        ("UPDATE outcome_rows SET status = 'DSQ' WHERE outcome_id = 1 AND driver = 'a'",
         "There are 1 outcomes that are not what was recorded, first 2025-08 race revision 0."),
        ("INSERT INTO scores VALUES (9, 1, 'rps', 0.1, 1)",
         "There are 1 rows that refer to nothing, first in scores."),
        ("UPDATE findings SET snapshot = 'gone'",
         "There are 1 rows that refer to nothing, first in findings."),
        ("UPDATE drift_measurements SET snapshot = 'gone'",
         "There are 1 rows that refer to nothing, first in drift_measurements."),
        ("UPDATE findings SET p = 1.5",
         "There are 1 findings whose p or q is no probability, first 2025-08 drift.form."),
        ("UPDATE drift_measurements SET q = -0.1",
         "There are 1 drift measurements whose p or q is no probability, first 2025-08 form kl."),
        ("DROP TABLE mails", "The store lacks table mails."),
        ("ALTER TABLE runs DROP COLUMN headline", "The store lacks column runs.headline."),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_with_the_first_place(
    file: Path, statement: str, sentence: str
) -> None:
    assert said_after(file, statement) == [sentence]


def test_a_page_that_was_overwritten_is_found(file: Path) -> None:
    with closing(sqlite3.connect(file, isolation_level=None)) as raw:
        raw.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        (page,) = raw.execute(
            "SELECT rootpage FROM sqlite_master WHERE name = 'uq_predictions_weekend' "
            "OR name LIKE 'sqlite_autoindex_predictions%'"
        ).fetchone()
    with file.open("r+b") as raw_file:
        raw_file.seek((page - 1) * 4096 + 4000)
        raw_file.write(b"\0" * 96)
    with connection.reading(engine.address_of(file)) as store:
        assert integrity.troubles(store)[0].startswith("The file is damaged: ")


def test_rows_are_counted_whatever_the_revision(address: str, file: Path, tmp_path: Path) -> None:
    found = integrity.rows(address)
    assert (found["outcomes"], found["drift_measurements"], found["findings"]) == (2, 1, 1)
    with closing(sqlite3.connect(file, isolation_level=None)) as raw:
        raw.execute("DROP TABLE mails")
        raw.execute("UPDATE alembic_version SET version_num = '0000'")
    assert "mails" not in integrity.rows(address)
    assert integrity.rows(f"sqlite:///{tmp_path / 'nowhere.sqlite'}") == {}


def test_a_copy_lacks_nothing_and_is_one_file(file: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy.sqlite"
    copies.copy(engine.address_of(file), copy)
    assert copies.lacking(file, copy) == copies.lacking(copy, file) == {}
    assert [path.name for path in tmp_path.glob("copy*")] == ["copy.sqlite"]


def test_what_a_copy_lacks_is_counted_by_log(
    file: Path, tmp_path: Path, a_prediction: Callable[..., Prediction]
) -> None:
    copies.copy(engine.address_of(file), tmp_path / "copy.sqlite")
    with connection.connect(engine.address_of(file)) as store:
        prediction_log.record(store, a_prediction(inputs_sha256="d" * 64))
    missing = copies.lacking(file, tmp_path / "copy.sqlite")
    assert missing == {"predictions": 1, "prediction_rows": 4}


def test_a_copy_put_back_replaces_all_and_a_reader_sees_one_store_or_the_other(
    address: str, file: Path, tmp_path: Path, snapshot: Snapshot, now: datetime
) -> None:
    copy = tmp_path / "copy.sqlite"
    copies.copy(address, copy)
    with connection.connect(address) as store:
        snapshot_log.record(store, replace(snapshot, sha256="d" * 64), now=now)
    with connection.reading(address) as reader:
        assert len(snapshot_log.recorded(reader)) == 2
        copies.put_back(copy, address)
        assert len(snapshot_log.recorded(reader)) == 2
    with connection.connect(address) as store:
        assert store.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"
        assert integrity.troubles(store) == []
    assert copies.lacking(file, copy) == copies.lacking(copy, file) == {}


def test_a_copy_is_put_back_where_there_was_nothing(file: Path, tmp_path: Path) -> None:
    copies.copy(engine.address_of(file), tmp_path / "copy.sqlite")
    new = f"sqlite:///{tmp_path / 'a folder' / 'store.sqlite'}"
    copies.put_back(tmp_path / "copy.sqlite", new)
    with connection.reading(new) as store:
        assert integrity.troubles(store) == []
        assert revision.of(store) is not None


def test_a_damaged_store_cannot_be_copied(tmp_path: Path) -> None:
    (tmp_path / "store.sqlite").write_bytes(b"no database at all, just words" * 100)
    with pytest.raises(StoreError, match="is damaged"):
        copies.copy(f"sqlite:///{tmp_path / 'store.sqlite'}", tmp_path / "copy.sqlite")
