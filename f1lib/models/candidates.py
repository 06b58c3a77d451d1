"""The models that can be asked for by name: the champion's recipe, challengers, frozen baselines.

A new model is one more entry in `_all`, with the recipe that makes it repeatable.
"""

import difflib
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from f1lib.errors import ConfigurationError
from f1lib.features.table import Recipe as FeatureRecipe
from f1lib.models import baselines
from f1lib.models.boosting import Boosting
from f1lib.models.boosting import Recipe as BoostingRecipe
from f1lib.models.contract import Model
from f1lib.models.ensemble import Ensemble
from f1lib.models.ensemble import Recipe as EnsembleRecipe
from f1lib.models.ratings import Ratings
from f1lib.models.trees import Growth
from f1lib.models.two_stage import Recipe, TwoStage

MakeModel = Callable[[], Model]

CHAMPION = TwoStage.name
CHALLENGERS = (Ratings.name, Boosting.name, Ensemble.name)
BASELINES = tuple(baseline.name for baseline in baselines.frozen())


@dataclass(frozen=True, slots=True)
class Candidate:
    """A model by name: `make` gives a fresh one, not yet fitted.

    `features` are the constants of the feature tables it reads, `recipe` all that was chosen about
    it, as plain values: the same name and recipe is the same model.
    """

    name: str
    make: MakeModel
    features: FeatureRecipe
    recipe: dict[str, Any] = field(default_factory=dict)


def named(names: Iterable[str], recipe: Recipe) -> list[Candidate]:
    """The candidates of these names, each once, in the order given.

    `recipe` is the champion's; all read feature tables made with its constants.

    Raises ConfigurationError for a name that is none.

    >>> [each.name for each in named(["two_stage", "form_logit", "two_stage"], Recipe())]
    ['two_stage', 'form_logit']
    """
    known = {each.name: each for each in _all(recipe)}
    names = list(dict.fromkeys(names))
    for name in names:
        if name not in known:
            near = difflib.get_close_matches(name, known, n=1)
            raise ConfigurationError(
                f"'{name}' is no model; {f'did you mean {near[0]}? K' if near else 'k'}nown are "
                f"{', '.join(known)}.",
                model=name,
            )
    return [known[name] for name in names]


def two_stage(recipe: Recipe) -> Candidate:
    """The two-stage model by `recipe`."""
    plain = {**recipe.plain(), "contract": TwoStage.contract}
    return Candidate(TwoStage.name, partial(TwoStage, recipe), recipe.features, plain)


def _all(recipe: Recipe) -> list[Candidate]:
    grown = BoostingRecipe(Growth(seed=recipe.seed))
    both = EnsembleRecipe(recipe, grown)
    features = recipe.features
    challengers = [
        Candidate(Ratings.name, Ratings, features),
        Candidate(Boosting.name, partial(Boosting, grown), features, grown.plain()),
        Candidate(Ensemble.name, partial(Ensemble, both), features, both.plain()),
    ]
    frozen = [Candidate(each.name, type(each), features) for each in baselines.frozen()]
    return [two_stage(recipe), *challengers, *frozen]
