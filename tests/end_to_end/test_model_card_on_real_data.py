"""What the model card says is what the code gives on the archive it names."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from f1lib import files
from f1lib.pipelines import backtest, ingest, model_card
from f1lib.settings import Settings
from f1lib.weekend import Cutoff

pytestmark = [pytest.mark.slow, pytest.mark.real_data]

NOW = datetime(2026, 1, 5, tzinfo=UTC)
CARD = Path(__file__).parents[2] / "docs" / "model-card.json"


@pytest.fixture(scope="module")
def card(f1db_archive: Path) -> dict[str, Any]:
    read: dict[str, Any] = json.loads(CARD.read_text())
    if not f1db_archive.is_file() or files.sha256_of(f1db_archive) != read["snapshot"]:
        pytest.skip("F1LIB_F1DB names another archive than the model card")
    return read


@pytest.fixture(scope="module")
def settings(f1db_archive: Path, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return Settings(home=tmp_path_factory.mktemp("home"), f1db=str(f1db_archive))


def test_the_later_period_before_the_race_is_what_the_code_gives(
    card: dict[str, Any], settings: Settings
) -> None:
    later = card["periods"][-1]
    history = ingest.known_or_imported(settings, now=NOW)
    done = backtest.backtest(
        history.weekend(later["first"]), history.weekend(later["last"]), settings, now=NOW,
        cutoffs=[Cutoff.BEFORE_RACE],
    )  # fmt: skip
    assert len(done.rounds) == later["n"]
    key = ["model", "stage", "cutoff", "metric"]
    found = done.levels.set_index(key)
    said = [row for row in later["scores"] if row["cutoff"] == "before_race"]
    said = [row for row in said if row["metric"] != "skill_index"]  # needs another cutoff
    assert len(said) == len(found)
    for row in said:
        mine = found.loc[tuple(row[name] for name in key)]
        for name in ("value", "low", "high", "skill", "skill_low", "skill_high", "n"):
            if row[name] is not None:
                assert mine[name] == pytest.approx(row[name], abs=1e-5), row


def test_a_card_is_written_from_the_archive(settings: Settings, tmp_path: Path) -> None:
    written = model_card.write(
        settings, now=NOW, folder=tmp_path, seasons=((2025, 2025),), refit_every=(12,)
    )
    card = json.loads(written.numbers.read_text())
    assert written.numbers.read_text() == model_card.as_text(card)
    assert "## How good it was in 2025" in written.card.read_text()
    assert [losses["refit_every"] for losses in card["frozen"]["scores"][0]["losses"]] == [12]
