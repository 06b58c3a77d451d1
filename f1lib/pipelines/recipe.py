"""Recipe: what this installation trains, from its settings and the calendar of regulations."""

import tomllib
from dataclasses import replace

from f1lib.errors import ConfigurationError
from f1lib.models.two_stage import Recipe
from f1lib.settings import Settings


def recipe(settings: Settings) -> Recipe:
    """The recipe of the two-stage model, with this installation's seed and regulation resets."""
    standard = Recipe(seed=settings.seed)
    features = replace(standard.features, resets=regulation_resets(settings))
    return replace(standard, features=features)


def regulation_resets(settings: Settings) -> tuple[int, ...]:
    """Seasons with a reset, ascending. Raises ConfigurationError for a file that is unclear."""
    path = settings.regulations
    try:
        listed = tomllib.loads(path.read_text(encoding="utf-8")).get("resets", [])
        seasons = [each["season"] for each in listed]
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as exc:
        raise ConfigurationError(
            f"{path} cannot be read: {exc}. Correct it, or let F1LIB_REGULATIONS name another file."
        ) from exc
    except (AttributeError, KeyError, TypeError) as exc:
        raise ConfigurationError(
            f"{path} has a reset without a season. Write each as [[resets]] with season = 2022."
        ) from exc
    strange = [season for season in seasons if type(season) is not int or season < 1950]
    if strange or len(set(seasons)) < len(seasons):
        raise ConfigurationError(
            f"{path} lists the seasons {seasons}: each has to be a year from 1950 on, once. "
            "Correct the file."
        )
    return tuple(sorted(seasons))
