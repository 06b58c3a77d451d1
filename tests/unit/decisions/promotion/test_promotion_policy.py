import pytest

from f1lib.decisions.promotion.policy import PromotionPolicy
from f1lib.errors import ConfigurationError
from f1lib.pipelines import policies
from f1lib.settings import Settings


def test_the_default_policy_is_what_the_code_says_and_the_brief_has_floors_alone() -> None:
    assert policies.promotion_policy(Settings(), "default") == PromotionPolicy()
    assert policies.promotion_policy(Settings(), "brief") == PromotionPolicy(guarded=False)


def test_a_whole_number_is_a_number() -> None:
    assert PromotionPolicy.from_plain("x", {"inferiority_margin": 1}).inferiority_margin == 1.0


@pytest.mark.parametrize(
    ("plain", "said"),
    [
        ({"raecs": 48}, "no rule reads"),
        ({"races": 48.5}, "a whole number"),
        ({"races": True}, "a whole number"),
        ({"level": "5 %"}, "a number from 0 on"),
        ({"level": -0.1}, "a number from 0 on"),
        ({"guarded": 1}, "true or false"),
        ({"mode": "manual"}, "one of auto, review"),
    ],
)
def test_a_setting_that_is_unclear_is_refused(plain: dict[str, object], said: str) -> None:
    with pytest.raises(ConfigurationError, match=said):
        PromotionPolicy.from_plain("mine", plain)
