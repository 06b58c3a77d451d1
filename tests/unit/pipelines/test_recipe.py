from pathlib import Path

import pytest

from f1lib.errors import ConfigurationError
from f1lib.features import table
from f1lib.models.two_stage import Recipe
from f1lib.pipelines import recipe
from f1lib.settings import Settings


def listing(path: Path, text: str) -> Settings:
    path.write_text(text)
    return Settings(regulations=path)


def test_the_list_that_comes_with_the_project_is_what_the_features_take_by_default() -> None:
    assert recipe.regulation_resets(Settings()) == table.REGULATION_RESETS
    assert recipe.recipe(Settings(seed=20250101)) == Recipe()


def test_a_listed_reset_becomes_part_of_the_recipe(tmp_path: Path) -> None:
    settings = listing(tmp_path / "r.toml", "[[resets]]\nseason = 2031\n[[resets]]\nseason = 2030")
    assert recipe.recipe(settings).features.resets == (2030, 2031)


def test_no_reset_at_all_is_a_calendar_too(tmp_path: Path) -> None:
    assert recipe.regulation_resets(listing(tmp_path / "r.toml", "")) == ()


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("[[resets]\n", "cannot be read"),
        ("[[resets]]\nwhat = 'wings'", "a reset without a season"),
        ("resets = 2022", "a reset without a season"),
        ("[[resets]]\nseason = '2022'", "each has to be a year"),
        ("[[resets]]\nseason = 2022\n[[resets]]\nseason = 2022", "once"),
    ],
)
def test_a_broken_list_is_refused_in_a_sentence(tmp_path: Path, text: str, sentence: str) -> None:
    with pytest.raises(ConfigurationError, match=sentence):
        recipe.regulation_resets(listing(tmp_path / "r.toml", text))


def test_a_list_that_is_not_there_is_refused_in_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"gone\.toml cannot be read"):
        recipe.regulation_resets(Settings(regulations=tmp_path / "gone.toml"))
