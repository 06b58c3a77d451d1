"""Evaluation: how good would a model have been, had it been used all along?

In:   histories as training material, and ways to make a model.
Out:  long frames of scores, each round forecast from earlier rounds only.
Knows nothing of: the store, files, process pools.
"""
