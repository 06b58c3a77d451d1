"""Decisions: what to do about what was found, with every reason.

In:   scores and findings.
Out:  frozen decisions: what, and why.
Knows nothing of: the registry that carries them out.
"""
