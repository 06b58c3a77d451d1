"""Tables: the canonical frames, one Formula 1 noun each.

In:   rows from a source, in our words.
Out:  typed, sorted, vouched frames; a `History` of them, and `History.as_of(weekend, cutoff)`,
      which cannot show the future.
Knows nothing of: files, vendors, models.
"""
