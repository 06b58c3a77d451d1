import pandas as pd

from f1lib.monitoring.drift import sustained
from f1lib.monitoring.drift.null import FalseAlarms
from f1lib.monitoring.drift.sustained import Sustained
from f1lib.monitoring.drift.verdict import Evaluation, Rule, Status


def evaluation(p_value: float = 0.5, **statuses: str) -> Evaluation:
    """An evaluation of features with the statuses given by name."""
    measures = pd.DataFrame({"feature": list(statuses), "status": list(statuses.values())})
    return Evaluation(Rule.PERMUTATION, ("2030-01",), (), Status.STABLE, measures, p_value,
                      FalseAlarms(0, 0, 0), (), 1, (), ())  # fmt: skip


def test_the_same_feature_in_drift_three_times_is_sustained() -> None:
    lasting = [evaluation(grip="watch"), *[evaluation(grip="drift")] * 3]
    assert sustained.agreed(lasting).features == ("grip",)
    growing = [evaluation(grip="watch"), evaluation(grip="drift"), evaluation(grip="drift")]
    assert sustained.agreed(growing).features == ()
    fading = [evaluation(grip="drift"), evaluation(grip="drift"), evaluation(grip="watch")]
    assert sustained.agreed(fading).features == ()


def test_different_features_in_turn_are_not() -> None:
    turns = [evaluation(grip="drift", wing="stable"), evaluation(grip="stable", wing="drift"),
             evaluation(grip="drift", wing="stable")]  # fmt: skip
    assert sustained.agreed(turns) == Sustained((), window=False)


def test_an_evaluation_that_could_not_judge_breaks_the_row() -> None:
    broken = [evaluation(grip="drift"), evaluation(grip="insufficient"), evaluation(grip="drift")]
    assert sustained.agreed(broken).features == ()
    missing = [evaluation(p_value=0.01), evaluation(p_value=float("nan")), evaluation(p_value=0.01)]
    assert not sustained.agreed(missing).window


def test_only_the_last_evaluations_count_and_fewer_agree_on_nothing() -> None:
    drift = evaluation(p_value=0.01, grip="drift")
    assert sustained.agreed([drift] * 2) == Sustained((), window=False)
    assert sustained.agreed([evaluation(grip="stable"), *[drift] * 3]) == Sustained(
        ("grip",), window=True
    )
    assert sustained.agreed([drift] * 2, n=2).features == ("grip",)
