"""Monitoring: does the champion still hold?

In:   settled scores of the champion and the frozen baselines.
Out:  windows, and what the scores say over them.
Knows nothing of: databases, Prometheus, notebooks.
"""
