"""The roster: every version, the champion, and what is damaged."""

import shutil

from f1lib.pipelines import roster
from f1lib.settings import Settings
from f1lib.versions import ModelVersion

FIRST, SECOND = ModelVersion(1, 0, 0), ModelVersion(1, 0, 1)


def test_the_roster_knows_the_champion(home) -> None:
    there = roster.roster(home.settings)
    assert [each.version for each in there.manifests] == [FIRST]
    assert there.champions == (None, FIRST)
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
    assert (there.manifests, there.champions, there.damaged) == ((), (None, None), ())
    assert not empty_home.home.exists()
