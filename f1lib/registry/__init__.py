"""The registry: every version of the model that was ever trained, and which one is champion.

In:   a trained state (plain values and numpy arrays) with its manifest; decisions to promote.
Out:  the same state, bit for bit; the champion, read from the promotion log. This room is the only
      code that moves the champion.
Knows nothing of: what a state means, how it was trained, whether a promotion is wise.
"""
