"""Drift inspection: what its report shows - figures, headlines, listings, tiles.

In:   a review of drift, what explains it, and how often the rules in force cry wolf.
Out:  charts with their text alternative, sentences, tables, metrics: all computed.
Knows nothing of: notebooks, where the numbers come from.
"""
