"""One name for a team through all its renamings.

In:   constructors, and F1DB's chronology: which names one team has borne, from year to year.
Out:  constructor -> lineage.

A constructor is one id, so two teams that bore the same name decades apart (Renault 1977-85 and
from 2002, Mercedes 1954-55 and from 2010, Honda 1964-68 and 2006-08) share a lineage; from 1986
on no lineage enters two teams in the same race. `lotus-f1` belongs to Renault and Alpine,
`lotus-racing` to Caterham; constructors without a chronology stand alone.
"""

from collections.abc import Iterable

Spell = tuple[str, str, int, int]  # team, constructor, first year, last year (9999: to this day)


def lineages(constructors: Iterable[str], chronology: Iterable[Spell]) -> dict[str, str]:
    """Constructor -> the newest name among all those connected with it by the chronology.

    >>> lineages(["tyrrell", "mercedes", "ferrari"],
    ...          [("mercedes", "tyrrell", 1970, 1998), ("mercedes", "mercedes", 2010, 9999)])
    {'tyrrell': 'mercedes', 'mercedes': 'mercedes', 'ferrari': 'ferrari'}
    """
    spells = list(chronology)
    family: dict[str, set[str]] = {}
    newest: dict[str, tuple[int, int]] = {}
    for team, constructor, first, last in spells:
        joined = family.get(team, {team}) | family.get(constructor, {constructor})
        for member in joined:
            family[member] = joined
        newest[constructor] = max(newest.get(constructor, (0, 0)), (last, first))
    return {
        name: max(family.get(name, {name}), key=lambda member: (newest.get(member, (0, 0)), member))
        for name in constructors
    }
