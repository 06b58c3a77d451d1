"""One name for a team through all its renamings."""

from f1lib.sources.f1db.lineage import lineages


def test_a_renamed_team_bears_its_newest_name() -> None:
    found = lineages(
        ["elm", "oak", "ash"],
        [("oak", "elm", 1990, 1999), ("oak", "oak", 2000, 9999), ("elm", "elm", 1990, 1999)],
    )
    assert found == {"elm": "oak", "oak": "oak", "ash": "ash"}


def test_a_team_that_returns_to_a_former_name_is_still_one() -> None:
    spells = [("fir", "fir", 1993, 2005), ("fir", "yew", 2006, 2010), ("fir", "fir", 2011, 9999)]
    assert lineages(["fir", "yew"], spells) == {"fir": "fir", "yew": "fir"}


def test_teams_with_like_names_stay_apart() -> None:
    spells = [("a", "lotus-x", 2010, 2011), ("a", "cat", 2012, 2014), ("b", "lotus-y", 2012, 9999)]
    found = lineages(["lotus-x", "cat", "lotus-y"], spells)
    assert found == {"lotus-x": "cat", "cat": "cat", "lotus-y": "lotus-y"}


def test_the_order_of_the_chronology_says_nothing() -> None:
    spells = [("c", "a", 1, 2), ("c", "b", 3, 4), ("c", "c", 5, 6), ("d", "d", 1, 9)]
    assert lineages("abcd", spells) == lineages("abcd", spells[::-1])
