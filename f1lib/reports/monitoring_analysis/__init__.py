"""Monitoring analysis: what its report shows - figures, headlines, listings, tiles.

In:   a monitoring of the champion, as frames.
Out:  charts with their text alternative, sentences, tables, metrics: all computed.
Knows nothing of: notebooks, where the numbers come from.
"""
