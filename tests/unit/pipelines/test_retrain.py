from datetime import timedelta

import pytest

from f1lib.errors import InsufficientHistoryError
from f1lib.pipelines import ingest, predict, retrain
from f1lib.registry import versions


def test_the_same_training_is_not_done_twice(home) -> None:
    again = retrain.retrain(home.weekends[0], home.settings, now=home.now + timedelta(days=1))
    assert not again.new
    assert again.champion
    assert len(versions.listed(home.settings.models)) == 1


def test_the_same_recipe_on_newer_races_is_a_patch_and_no_champion(home) -> None:
    later = retrain.retrain(home.weekends[2], home.settings, now=home.now)
    assert str(later.manifest.version) == "1.0.1"
    assert str(later.manifest.parent) == "1.0.0"
    assert not later.champion
    assert later.manifest.trained_through == home.weekends[1]
    assert predict.champion(home.settings, simulated=True).version == "1.0.0"


def test_the_manifest_names_all_it_was_made_from(furnished) -> None:
    manifest = versions.listed(furnished.settings.models)[0]
    history = ingest.known(furnished.settings)
    assert manifest.snapshot == history.snapshot.sha256
    assert manifest.simulated
    assert manifest.n_races == len([w for w in history.completed() if w < furnished.weekends[0]])
    assert manifest.scores["before_race.winner_log_loss"] > 0
    assert manifest.hyper_parameters["features"]["resets"]


def test_too_few_races_to_test_a_model_are_refused(home) -> None:
    early = ingest.known(home.settings).completed()[20]
    with pytest.raises(InsufficientHistoryError, match="more than 20 are needed"):
        retrain.retrain(early, home.settings, now=home.now)
