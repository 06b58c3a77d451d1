"""Reports: what a person sees of a run, and the numbers behind it, said once.

In:   facts, metrics, frames and figures of a notebook; executed notebooks and run records.
Out:  fragments that show in JupyterLab and in the report alike, results.json, report.html (one
      file that fetches nothing) and report.md, and index.html, which lists all runs.
Knows nothing of: the store, models, how a notebook was run.
"""
