"""Differences: what two records of the same kind do not have in common, fact by fact."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Difference:
    """One fact in which two records differ; None where one has it not."""

    fact: str
    first: object
    second: object


def between(one: Mapping[str, object], other: Mapping[str, object]) -> tuple[Difference, ...]:
    """Every fact in which they differ, in the order of the first.

    >>> between({"seed": 1, "races": 48}, {"seed": 1, "races": 50})
    (Difference(fact='races', first=48, second=50),)
    """
    return tuple(
        Difference(fact, one.get(fact), other.get(fact))
        for fact in dict.fromkeys([*one, *other])
        if one.get(fact) != other.get(fact)
    )


def flat(name: str, value: object) -> Iterator[tuple[str, object]]:
    """A fact; of a mapping or a list each of its facts, with a path of names and numbers.

    >>> list(flat("data", {"seed": 1}))
    [('data.seed', 1)]
    >>> list(flat("rows", [{"n": 20}]))
    [('rows.0.n', 20)]
    """
    if isinstance(value, list):
        value = dict(enumerate(value))
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield from flat(f"{name}.{key}", inner)
    else:
        yield name, value
