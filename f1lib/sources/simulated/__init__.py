"""An invented championship: seasons generated lap by lap from latent paces, with a known truth.

In:   a seed, a scenario, a number of seasons.
Out:  canonical tables as they were published at any moment, and the true probabilities.
Knows nothing of: models, forecasts, real drivers.
"""
