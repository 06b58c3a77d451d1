from f1lib.decisions.promotion.policy import PromotionPolicy
from f1lib.pipelines import policies
from f1lib.settings import Settings


def test_the_default_policy_is_what_the_code_says_and_the_brief_has_floors_alone() -> None:
    assert policies.promotion_policy(Settings(), "default") == PromotionPolicy()
    assert policies.promotion_policy(Settings(), "brief") == PromotionPolicy(guarded=False)
