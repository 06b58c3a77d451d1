"""F1DB: the archive of every Grand Prix since 1950 (https://github.com/f1db/f1db, CC BY 4.0).

In:   its CSV release, as a zip, a folder or an https address.
Out:  canonical tables. F1DB's own names live in this room only.
Knows nothing of: snapshots, submissions, models.
"""
