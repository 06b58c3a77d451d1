"""Conditions: what the reference window never saw, and what is known of the rules between.

In:   a profile, the rows of the current window, the seasons in which regulations were reset.
Out:  `NewCondition`s, each a finding of its own; notes that explain and never excuse.
Knows nothing of: divergences.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from f1lib.monitoring.drift.profile import Kind, Profile, names_in


@dataclass(frozen=True, slots=True)
class NewCondition:
    """A name (of a constructor, a circuit, a field size ...) that no reference race had."""

    column: str
    level: str
    weekends: tuple[str, ...]

    def __str__(self) -> str:
        return (
            f"{self.column} {self.level} was never seen in the reference window "
            f"({', '.join(self.weekends)})."
        )


def told(new: Sequence[NewCondition], profile: Profile, seen: Sequence[NewCondition] = ()) -> str:
    """New names of one column in a sentence; empty where there is none.

    `seen` are those of earlier windows: each name is told with the first race it was in.
    """
    if not new:
        return ""
    first: dict[str, str] = {}
    for each in (*seen, *new):
        if each.column == new[0].column:
            first[each.level] = min(first.get(each.level, each.weekends[0]), each.weekends[0])
    names = ", ".join(f"{each.level} (since {first[each.level]})" for each in new)
    races = profile.tally.weekends
    return (
        f"Not in the reference window ({races[0]} to {races[-1]}): "
        f"{new[0].column.replace('_', ' ')} {names}."
    )


def without_renamed(
    new: Sequence[NewCondition], frame: pd.DataFrame, lineages: Sequence[str]
) -> tuple[NewCondition, ...]:
    """`new` without constructors of a known lineage: a new name is not a new team.

    `frame` has the columns constructor and lineage; without a lineage all are kept.
    """
    if "lineage" not in frame or "constructor" not in frame:
        return tuple(new)
    renamed = set(names_in(frame.loc[frame["lineage"].isin(lineages), "constructor"]))
    return tuple(each for each in new if each.column != "constructor" or each.level not in renamed)


def new_conditions(profile: Profile, frame: pd.DataFrame) -> tuple[NewCondition, ...]:
    """Every name in the current window that is new, of identities and of features in text."""
    levels = dict(profile.known) | {
        binning.feature: binning.levels
        for binning in profile.binnings
        if binning.kind is Kind.CATEGORIES and not binning.trouble
    }
    found = []
    for column, known in levels.items():
        if column not in frame or isinstance(frame[column], pd.DataFrame):
            continue
        present = frame.loc[frame[column].notna(), ["weekend", column]]
        named = pd.DataFrame({"weekend": present["weekend"].astype(str)})
        named["level"] = names_in(present[column])
        new = named[~named["level"].isin(known)]
        for level, rows in new.groupby("level", sort=True):
            found.append(NewCondition(column, str(level), tuple(sorted(set(rows["weekend"])))))
    return tuple(found)


def notes(
    profile: Profile, frame: pd.DataFrame, resets: Sequence[int], current: Sequence[str]
) -> tuple[str, ...]:
    """What a reader of the evaluation should know: resets of the regulations, lost columns."""
    reference = profile.tally.weekends
    said = [
        f"The current window has no column {name}, so new names in it go unnoticed."
        for name in profile.known
        if name not in frame
    ]
    if not reference or not current:
        return tuple(said)
    first, last, now = (int(weekend[:4]) for weekend in (reference[0], reference[-1], current[-1]))
    for season in sorted(resets):
        if last < season <= now:
            said.append(
                f"The regulations were reset for {season}, after the reference window "
                f"({reference[0]} to {reference[-1]}): features may have moved for that reason."
            )
        elif first < season <= last:
            said.append(
                f"The reference window ({reference[0]} to {reference[-1]}) spans the reset of the "
                f"regulations for {season}, so it holds two kinds of races."
            )
    return tuple(said)
