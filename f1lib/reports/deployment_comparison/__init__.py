"""Deployment comparison: what its report shows - figures, headlines, listings, tiles.

In:   two versions measured on the same races, a promotion decision, rates of planted challengers.
Out:  charts with their text alternative, sentences, tables, metrics: all computed.
Knows nothing of: notebooks, the store, who carries a decision out.
"""
