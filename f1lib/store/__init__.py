"""The store: what the workbench remembers, in a database, one log a module.

In:   an address (SQLite by default, PostgreSQL by URL), and the frozen values other rooms make:
      snapshots, predictions, outcomes, scores, run records, promotions.
Out:  the same values again, to the last bit. Nothing is ever changed or removed: to correct is to
      append. Appending the same thing twice changes nothing, and says so.
Knows nothing of: models, reports, notebooks, when anything happens.
"""
