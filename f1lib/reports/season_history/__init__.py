"""Season history: what its report shows - figures, headlines, listings, tiles.

In:   many seasons measured, findings and drift as frames.
Out:  charts with their text alternative, sentences, tables, metrics: all computed.
Knows nothing of: notebooks, where the numbers come from.
"""
