"""Models: estimators under one contract.

In:   a `Training` (feature tables and outcomes of past weekends), then one field of entries.
Out:  a `Forecast` per stage; `state()`, plain coefficients, is all that is kept of a fit.
Knows nothing of: how forecasts are stored, scored or chosen.
"""
