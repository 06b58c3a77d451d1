"""The model card says what was measured, of the code there is."""

import json
from pathlib import Path
from typing import Any

import pytest

from f1lib.evaluation.levels import CALIBRATION
from f1lib.models import candidates
from f1lib.pipelines import model_card as verb
from f1lib.reports import model_card
from f1lib.runner.code_key import code_key
from f1lib.scoring.scores import METRICS
from f1lib.settings import Settings

DOCS = Path(__file__).parents[2] / "docs"


@pytest.fixture(scope="module")
def card() -> dict[str, Any]:
    read: dict[str, Any] = json.loads((DOCS / "model-card.json").read_text())
    return read


def test_the_card_is_what_its_numbers_give(card: dict[str, Any]) -> None:
    assert (DOCS / "model-card.md").read_text() == model_card.rendered(card), "run `make card`"


def test_the_card_was_measured_with_this_code(card: dict[str, Any]) -> None:
    assert card["code"] == code_key(), "what can change a number has changed: run `make card`"


def test_the_card_was_measured_with_the_default_settings(card: dict[str, Any]) -> None:
    defaults = Settings.model_fields
    for name in ("first_season", "seed"):
        assert card[name] == defaults[name].default


def test_the_card_holds_both_periods_and_all_refit_intervals(card: dict[str, Any]) -> None:
    seasons = [(int(period["first"][:4]), int(period["last"][:4])) for period in card["periods"]]
    assert seasons == list(verb.SEASONS)
    assert card["frozen"]["refit_every"] == list(verb.REFIT_EVERY)
    for period in card["periods"]:
        assert {row["model"] for row in period["scores"]} == {
            candidates.CHAMPION,
            *candidates.BASELINES,
        }


def test_the_card_holds_scores_over_many_races_and_no_row_of_the_data(
    card: dict[str, Any],
) -> None:
    for period in card["periods"]:
        for row in period["scores"]:
            assert row["n"] > 80
            assert row["metric"] in {*METRICS, *CALIBRATION, "skill_index"}
            texts = {value for value in row.values() if isinstance(value, str)}
            assert texts == {row["model"], row["stage"], row["cutoff"], row["metric"]}


def test_the_numbers_are_kept_in_the_form_they_are_written_in(card: dict[str, Any]) -> None:
    assert (DOCS / "model-card.json").read_text() == verb.as_text(card)
