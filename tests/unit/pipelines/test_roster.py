"""The roster: every version, the champion, and what is damaged."""

import shutil
from dataclasses import replace

import pytest

from f1lib.errors import RegistryError
from f1lib.models.two_stage import TwoStage
from f1lib.pipelines import roster
from f1lib.registry import aliases, artifacts
from f1lib.settings import Settings
from f1lib.store import connection
from f1lib.versions import ModelVersion
from f1lib.weekend import RaceWeekend

FIRST, SECOND = ModelVersion(1, 0, 0), ModelVersion(1, 0, 1)


def test_the_roster_knows_the_champion(home) -> None:
    there = roster.roster(home.settings)
    assert [each.version for each in there.manifests] == [FIRST]
    assert there.roles == {FIRST: "champion"}
    assert there.is_champion(FIRST)
    assert not there.is_champion(SECOND)


def test_a_damaged_version_is_listed_apart(home) -> None:
    shutil.copytree(home.settings.models / "1.0.0", home.settings.models / "1.0.1")
    there = roster.roster(home.settings)
    assert [each.version for each in there.manifests] == [FIRST]
    ((version, why),) = there.damaged
    assert version == SECOND
    assert "describes version 1.0.0" in why


def test_an_empty_home_has_no_version_and_stays_empty(empty_home: Settings) -> None:
    there = roster.roster(empty_home)
    assert (there.manifests, there.roles, there.damaged) == ((), {}, ())
    assert not empty_home.home.exists()


def another(home, **changed: object) -> None:
    """A second version, with the state of the first."""
    state, manifest = artifacts.read(home.settings.models, FIRST)
    artifacts.write(home.settings.models, replace(manifest, version=SECOND, **changed), state)


def test_the_roles_follow_the_promotion_log(home) -> None:
    another(home)
    assert roster.roster(home.settings).roles == {FIRST: "champion", SECOND: "challenger"}
    with connection.connect(home.settings.store_address) as store:
        aliases.promote(
            store, home.settings.models, SECOND, opened=TwoStage.from_state, by="ada",
            reason="better", now=home.now, simulated=True,
        )  # fmt: skip
    there = roster.roster(home.settings)
    assert there.roles == {SECOND: "champion", FIRST: "previous"}
    found = roster.shown(SECOND, home.settings)
    assert found.role == "champion"
    assert [(row.by, row.reason) for row in found.promotions] == [("ada", "better")]


def test_two_versions_differ_in_what_their_manifests_say(home) -> None:
    _, manifest = artifacts.read(home.settings.models, FIRST)
    assert roster.differences(FIRST, FIRST, home.settings) == ()
    columns = {stage: names[:-1] for stage, names in manifest.features.items()}
    recipe = {**manifest.hyper_parameters, "race_l2": 50.0}
    another(home, hyper_parameters=recipe, features=columns)
    found = {each.fact: (each.first, each.second)
             for each in roster.differences(FIRST, SECOND, home.settings)}  # fmt: skip
    assert found.pop("hyper_parameters.race_l2") == (100.0, 50.0)
    assert {f"features.{stage}.{names[-1]}" for stage, names in manifest.features.items()} == set(
        found
    )
    assert set(found.values()) == {(True, None)}


def test_scores_over_other_races_are_said_to_be_no_comparison(home) -> None:
    another(home, n_races_tested=10)
    _, manifest = artifacts.read(home.settings.models, FIRST)
    told = roster.scored_apart(FIRST, SECOND, home.settings)
    assert f"1.0.1 over the last 10 races up to {manifest.trained_through}." in told
    assert told.endswith("the difference is no comparison; `f1lib compare` is.")
    same = roster.scored_apart(FIRST, FIRST, home.settings)
    assert f"up to {manifest.trained_through}, for both." in same
    older = replace(manifest, n_races_tested=0, trained_through=RaceWeekend(2025, 8))
    assert roster.scored_over(older) == "races up to 2025-08, how many is not written down"


def test_a_version_that_no_model_can_be_made_of_is_not_shown(home) -> None:
    state, manifest = artifacts.read(home.settings.models, FIRST)
    artifacts.write(
        home.settings.models, replace(manifest, version=SECOND), {**state, "contract": 1}
    )
    with pytest.raises(RegistryError, match="This model keeps contract 1"):
        roster.shown(SECOND, home.settings)
