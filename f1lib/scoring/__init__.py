"""Scoring: how good was a forecast?

In:   a forecast and the outcome of the same stage of the same weekend.
Out:  scores, each with n; and over many races means, intervals, calibration, skill.
Knows nothing of: models, the store, reports.
"""
