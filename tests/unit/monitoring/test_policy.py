"""A policy file says numbers; a wrong one says which."""

import pytest

from f1lib.errors import ConfigurationError
from f1lib.monitoring.drift.verdict import Rule
from f1lib.monitoring.policy import WatchPolicy


def test_what_is_not_said_keeps_its_default() -> None:
    assert WatchPolicy.from_plain("own", {"rounds": 10}).winner_concordance_min == 0.90


def test_the_names_of_the_brief_mean_ours() -> None:
    brief = {"stage2_accuracy_min": 0.9, "drift_score_max": 0.2, "drift_rule": "fixed"}
    policy = WatchPolicy.from_plain("brief", brief)
    assert (policy.winner_concordance_min, policy.drift_size) == (0.9, 0.2)
    assert policy.drift_rule is Rule.FIXED


def test_false_switches_a_rule_off() -> None:
    assert WatchPolicy.from_plain("own", {"order_skill_min": False}).order_skill_min is None


@pytest.mark.parametrize(
    ("plain", "said"),
    [
        ({"drift_sise": 0.2}, "did you mean drift_size"),
        ({"name": "other"}, "which no rule reads"),
        ({"rounds": 8.5}, "whole number"),
        ({"rounds": False}, "whole number"),
        ({"drift_rule": "bare"}, "permutation, fixed"),
        ({"order_skill_min": "low"}, "or false"),
        ({"rounds": 0}, "between 1"),
        ({"alert_p": 2.0}, "between 0 and 1"),
        ({"drift_window": 1}, "between 3"),
        ({"cusum_limit": float("nan")}, "between 0"),
    ],
)
def test_a_wrong_line_is_named_with_its_value(plain: dict[str, object], said: str) -> None:
    with pytest.raises(ConfigurationError, match=said) as caught:
        WatchPolicy.from_plain("own", plain)
    assert "own" in str(caught.value) and next(iter(plain)) in str(caught.value)


def test_the_digest_is_of_the_numbers_and_not_of_the_name() -> None:
    one, other = WatchPolicy("one"), WatchPolicy("other")
    assert one.sha256 == other.sha256 != WatchPolicy("one", rounds=9).sha256
