"""Site: the pages that a team reads in the morning - all runs, a weekend, a version, a change.

In:   the run folders; what is known of model versions and of approvals, as plain values.
Out:  index.html in home and the pages in site/, all static, with relative links; a server for them.
Knows nothing of: the store, the registry, verbs.
"""
