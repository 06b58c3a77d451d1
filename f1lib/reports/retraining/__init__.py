"""Retraining: what its report shows - figures, headlines, listings, tiles.

In:   an account of a training: what was decided, learnt from, kept, trained, and how it did.
Out:  charts with their text alternative, sentences, tables, metrics: all computed.
Knows nothing of: notebooks, the store, who trains.
"""
