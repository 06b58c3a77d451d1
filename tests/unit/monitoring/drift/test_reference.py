import numpy as np
from invented_watched import rounds

from f1lib.monitoring.drift.reference import RACES, Reference
from f1lib.monitoring.drift.watched import IDENTITIES, TESTED

ROWS, STRATA = rounds(RACES + 10)


def test_a_reference_is_the_latest_races_with_all_that_is_watched() -> None:
    made = Reference.of(ROWS, STRATA)
    assert made.profile.tally.weekends == tuple(sorted(STRATA)[-RACES:])
    assert made.lineages.weekends == made.profile.tally.weekends
    assert made.profile.features == TESTED
    assert tuple(made.profile.known) == IDENTITIES


def test_a_reference_comes_back_from_its_state() -> None:
    made = Reference.of(ROWS, STRATA)
    back = Reference.from_state(made.state())
    assert np.array_equal(back.profile.tally.counts, made.profile.tally.counts)
    assert np.array_equal(back.lineages.surprise, made.lineages.surprise)
    assert back.profile.known == made.profile.known
