"""A policy is named by its numbers."""

from f1lib.monitoring.policy import WatchPolicy


def test_the_digest_is_of_the_numbers_and_not_of_the_name() -> None:
    one, other = WatchPolicy("one"), WatchPolicy("other")
    assert one.sha256 == other.sha256 != WatchPolicy("one", rounds=9).sha256
