"""Sources: the door in. Data of others becomes our tables here, and nowhere else.

In:   an F1DB archive (file, folder or address), a simulated world, files submitted by hand.
Out:  immutable snapshots on disk, and the `History` of one, with the submissions laid over it.
Knows nothing of: features, models, the store.
"""
