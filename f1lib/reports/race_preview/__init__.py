"""Race preview: what its report shows - figures, headlines, listings, tiles.

In:   a preview of one weekend, as frames.
Out:  charts with their text alternative, sentences, tables, metrics: all computed.
Knows nothing of: notebooks, where the numbers come from.
"""
