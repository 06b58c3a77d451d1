"""Trigger: what may set off a retraining."""

from enum import StrEnum

from f1lib.errors import ConfigurationError


class Trigger(StrEnum):
    """What may set off a retraining."""

    PERFORMANCE = "performance"
    CALIBRATION = "calibration"
    DRIFT = "drift"
    NEW_CONDITIONS = "new_conditions"
    SCHEDULED = "scheduled"
    MANUAL = "manual"


def of_a_rule(trigger: Trigger | None) -> bool:
    """Whether a rule asked for a training: not a person, nor nobody that is known.

    >>> of_a_rule(Trigger.DRIFT), of_a_rule(Trigger.MANUAL), of_a_rule(None)
    (True, False, False)
    """
    return trigger not in {None, Trigger.MANUAL}


def named(text: str) -> Trigger | None:
    """The trigger of that name; None where none is named. Raises ConfigurationError.

    >>> named("drift"), named("")
    (<Trigger.DRIFT: 'drift'>, None)
    """
    if text and text not in set(Trigger):
        raise ConfigurationError(
            f"'{text}' is no trigger. Choose one of {', '.join(Trigger)}.", trigger=text
        )
    return Trigger(text) if text else None
