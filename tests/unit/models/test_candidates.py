import pytest

from f1lib.errors import ConfigurationError
from f1lib.models import baselines, candidates
from f1lib.models.two_stage import Recipe


def test_every_name_makes_a_model_of_that_name() -> None:
    assert candidates.CHAMPION == "two_stage"
    names = [candidates.CHAMPION, *candidates.CHALLENGERS, *candidates.BASELINES]
    found = candidates.named(names, Recipe())
    assert [candidate.name for candidate in found] == names
    for candidate in found:
        assert candidate.make().name == candidate.name
        assert candidate.make() is not candidate.make()


def test_every_frozen_baseline_can_be_asked_for() -> None:
    assert {each.name for each in baselines.frozen()} == set(candidates.BASELINES)


def test_the_seed_is_part_of_the_recipe_of_what_draws() -> None:
    (one,), (other,) = (candidates.named(["two_stage"], Recipe(seed=seed)) for seed in (1, 2))
    assert (one.recipe["seed"], other.recipe["seed"]) == (1, 2)
    assert one.make().recipe == Recipe(seed=1)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("two_stge", "'two_stge' is no model; did you mean two_stage? Known are two_stage, rat"),
        ("x", "'x' is no model; known are two_stage, ratings, boosting"),
    ],
)
def test_an_unknown_name_is_refused_with_those_there_are(name: str, said: str) -> None:
    with pytest.raises(ConfigurationError) as refused:
        candidates.named(["two_stage", name], Recipe())
    assert str(refused.value).startswith(said)
    assert str(refused.value).endswith("last_practice.")


def test_what_draws_or_grows_in_a_challenger_has_the_seed_of_the_recipe_too() -> None:
    boosting, ensemble = candidates.named(["boosting", "ensemble"], Recipe(seed=3))
    assert boosting.recipe["growth"]["seed"] == 3
    assert ensemble.recipe["two_stage"]["seed"] == 3
    assert ensemble.recipe["boosting"]["growth"]["seed"] == 3
    assert ensemble.make().recipe.two_stage == Recipe(seed=3)
