"""What a promotion decision holds: which case it is, what is decided, every rule with its figures.

The first part of a rule's name says how it counts: of `effect` one has to pass, of `races`,
`paired` and `guard` all; a patch may pass all of `refresh` instead of the first three. Where one of
`person` does not pass, what passed the others waits for a person.
"""

from dataclasses import dataclass
from enum import StrEnum

NONE = float("nan")  # a number that does not apply


class Case(StrEnum):
    """What is compared with what."""

    FIRST = "first"  # nobody reigns: the recipe against the frozen baselines
    RECIPE = "recipe"  # two recipes, both refit before each race
    PATCH = "patch"  # the champion as it is against its recipe refit before each race
    FEATURES = "features"  # so too by a recipe's rules, where the columns are others
    NOBODY = "nobody"  # nobody challenges

    @property
    def as_deployed(self) -> bool:
        """Whether the champion is taken as it is, on races that it has not seen."""
        return self in {Case.PATCH, Case.FEATURES}


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule: what was measured on how many races, against what, and whether it passed.

    `low` and `high` are a 95 % interval of `value`; `p` is one-sided. `reason` is a sentence.
    """

    rule: str
    value: float
    threshold: float
    n: int
    passed: bool
    reason: str
    low: float = NONE
    high: float = NONE
    p: float = NONE

    @property
    def kind(self) -> str:
        """How it counts."""
        return self.rule.partition(".")[0]

    def __str__(self) -> str:
        return f"{self.reason.removesuffix('.')}: {'passed' if self.passed else 'not passed'}."


@dataclass(frozen=True, slots=True)
class PromotionDecision:
    """Whether a version is promoted, why, and every rule that was looked at.

    `brief` is what the brief's rule alone would have done, None where there is no champion to
    compare with. `spread` is the standard deviation of the gains in winner log loss, nats a race;
    `detectable` the smallest true gain that these races would show four times in five.
    """

    case: Case
    promoted: bool
    reason: str
    rules: tuple[Rule, ...]
    n_races: int
    brief: bool | None = None
    detectable: float = NONE
    spread: float = NONE

    @property
    def held(self) -> bool:
        """Whether a person has to approve, whatever else passed."""
        return bool(self.failed("person"))

    def failed(self, *kinds: str) -> tuple[Rule, ...]:
        """The rules of these kinds that did not pass."""
        return tuple(rule for rule in self.rules if rule.kind in kinds and not rule.passed)

    @property
    def as_better(self) -> bool:
        """Whether it is better by the rules, and not only no worse and on newer data."""
        effects = [rule for rule in self.rules if rule.kind == "effect"]
        return any(rule.passed for rule in effects) and not self.failed("races", "paired")

    @property
    def missed(self) -> tuple[Rule, ...]:
        """The rules that stand in its way. One effect is enough, so of effects all or none do."""
        effects = [rule for rule in self.rules if rule.kind == "effect"]
        none_passed = not any(rule.passed for rule in effects)
        return (
            *self.failed("races", "guard"),
            *(effects if none_passed else ()),
            *self.failed("paired", "refresh"),
        )

    def __str__(self) -> str:
        return self.reason
