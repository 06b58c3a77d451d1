"""Features: history becomes one row per entry of a weekend.

In:   a `History` and a cutoff.
Out:  feature tables; every number uses earlier weekends, and of its own weekend only the
      sessions run by the cutoff.
Knows nothing of: models, outcomes to be forecast, files.
"""
