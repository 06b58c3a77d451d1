"""The runner: a notebook goes in, a run folder with the truth about it comes out.

In:   an entry of configs/notebooks.toml, a weekend, parameters.
Out:  a run folder (notebook.ipynb, report.html, run.json, results.json, log.txt; report.md where
      the catalogue asks for it) that appears whole or not at all, and the record of the run.
      Nothing that was started is left behind.
Knows nothing of: the store, Prometheus, verbs, what a notebook computes.
"""
