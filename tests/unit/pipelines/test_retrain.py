import json
import shutil
from datetime import timedelta
from pathlib import Path

import pytest

from f1lib.errors import InsufficientHistoryError, LeakageError, RegistryError
from f1lib.features.table import Recipe
from f1lib.models.contract import MINIMUM_RACES, Training
from f1lib.pipelines import ingest, plan, policies, predict, retrain
from f1lib.registry import artifacts, versions
from f1lib.store import connection, promotion_log
from f1lib.store.promotion_log import Action, Promotion
from f1lib.versions import ModelVersion
from f1lib.weekend import Stage

KEPT = Path(__file__).parents[2] / "kept_models"


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


def test_the_same_hyper_parameters_on_other_columns_are_a_minor_version(home) -> None:
    """A champion that was fitted without a column that features have now."""
    path = home.settings.models / "1.0.0" / "manifest.json"
    plain = json.loads(path.read_text())
    plain["features"]["before_race"].remove("grid_order")
    path.write_text(json.dumps(plain))
    later = retrain.retrain(home.weekends[2], home.settings, now=home.now)
    assert str(later.manifest.version) == "1.1.0"
    again = retrain.retrain(home.weekends[0], home.settings, now=home.now)  # as 1.0.0, but for it
    assert again.new


def test_a_champion_of_a_retired_contract_is_followed_by_the_next_one_that_is_trained(home) -> None:
    retired = ModelVersion(0, 9, 0)
    shutil.copytree(KEPT / str(retired), home.settings.models / str(retired))
    with connection.connect(home.settings.store_address) as store:
        sha256 = artifacts.manifest_sha256(home.settings.models, retired)
        row = Promotion(home.now, Action.PROMOTE, retired, sha256, None, "retrain", "of old", True)
        promotion_log.record(store, row)
    with pytest.raises(RegistryError, match="train anew"):
        predict.predict(home.weekends[2:3], home.settings, now=home.now)
    done = retrain.retrain(home.weekends[2], home.settings, now=home.now)
    assert done.champion, done.decision
    assert (str(done.manifest.version), done.manifest.parent) == ("1.1.0", None)
    assert predict.champion(home.settings, simulated=True).version == "1.1.0"
    with connection.reading(home.settings.store_address) as store:
        assert promotion_log.decided(store, simulated=True)[-1].previous == retired


def test_a_model_of_a_time_has_not_learnt_from_what_came_later(home) -> None:
    last = home.weekends[1]
    early = ingest.known(home.settings).starts_at(last, Stage.QUALIFYING) - timedelta(hours=1)
    with pytest.raises(LeakageError, match=f"{last} is held after"):
        retrain.retrain(last, home.settings, now=early, after=True)
    assert len(versions.listed(home.settings.models)) == 1


def test_the_manifest_names_all_it_was_made_from(furnished) -> None:
    manifest = versions.listed(furnished.settings.models)[0]
    history = ingest.known(furnished.settings)
    assert manifest.snapshot == history.snapshot.sha256
    assert manifest.simulated
    assert manifest.n_races == len([w for w in history.completed() if w < furnished.weekends[0]])
    assert manifest.scores["before_race.winner_log_loss"] > 0
    assert manifest.n_races_tested == min(retrain.BACKTEST_ROUNDS, manifest.n_races - MINIMUM_RACES)
    assert manifest.hyper_parameters["features"]["resets"]
    assert manifest.trained_from == history.completed()[0]
    assert manifest.policy_sha256 == policies.sha256(furnished.settings)


def test_a_version_of_fewer_seasons_is_another_version(furnished) -> None:
    fewer = ingest.known(furnished.settings).completed()[0].season + 1
    later = furnished.settings.model_copy(update={"first_season": fewer})
    whole, part = (
        plan.plan(furnished.weekends[0], each, after=False) for each in (furnished.settings, later)
    )
    assert str(whole.found.version) == "1.0.0"
    assert part.found is None


def test_too_few_races_to_test_a_model_are_refused(home) -> None:
    early = ingest.known(home.settings).completed()[20]
    with pytest.raises(InsufficientHistoryError, match="more than 20 are needed"):
        retrain.retrain(early, home.settings, now=home.now)


def test_a_training_killed_before_its_verdict_is_judged_by_the_next(home, monkeypatch) -> None:
    settings = home.settings.model_copy(update={"home": home.settings.home / "other"})
    ingest.simulate(settings, ingest.World(7, "stable", 3), published=None, now=home.now)

    def killed(*_: object) -> bool:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(retrain, "_promote_first", killed)
        with pytest.raises(KeyboardInterrupt):
            retrain.retrain(home.weekends[0], settings, now=home.now)
    assert len(versions.listed(settings.models)) == 1
    again = retrain.retrain(home.weekends[0], settings, now=home.now)
    assert again.champion
    assert not again.new
    assert len(versions.listed(settings.models)) == 1


def test_a_qualifying_without_its_race_counts_as_learnt(home) -> None:
    last = home.weekends[3]
    start = ingest.known(home.settings).starts_at(last, Stage.RACE)
    ingest.simulate(home.settings, ingest.World(7, "stable", 3), published=start, now=start)
    # a model for the weekend after this one would have seen Saturday of this one
    material = Training.from_history(ingest.known(home.settings), Recipe())
    assert plan.last_seen(material) == last
    assert material.race["weekend"].max() < str(last)
