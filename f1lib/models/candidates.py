"""The models that can be asked for by name: the champion's recipe first, then the frozen baselines.

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
from f1lib.models.contract import Model
from f1lib.models.two_stage import Recipe, TwoStage

MakeModel = Callable[[], Model]

CHAMPION = TwoStage.name
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


def _all(recipe: Recipe) -> list[Candidate]:
    champion = Candidate(
        TwoStage.name,
        partial(TwoStage, recipe),
        recipe.features,
        {**recipe.plain(), "contract": TwoStage.contract},
    )
    frozen = [Candidate(each.name, type(each), recipe.features) for each in baselines.frozen()]
    return [champion, *frozen]
