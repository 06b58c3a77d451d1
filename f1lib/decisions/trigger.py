"""Trigger: what may set off a retraining."""

from enum import StrEnum


class Trigger(StrEnum):
    """What may set off a retraining."""

    PERFORMANCE = "performance"
    CALIBRATION = "calibration"
    DRIFT = "drift"
    NEW_CONDITIONS = "new_conditions"
    SCHEDULED = "scheduled"
    MANUAL = "manual"
