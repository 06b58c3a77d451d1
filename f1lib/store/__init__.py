"""The store: what the workbench remembers, in a database, one log a module.

In:   an address (SQLite by default, PostgreSQL by URL), and the frozen values and frames other
      rooms make: snapshots, predictions, outcomes, scores, drift, findings, decisions, run
      records, promotions, mails, requests.
Out:  the same values again, to the last bit. To correct is to append: nothing is ever changed,
      and nothing removed but old requests of the service. Appending the same thing twice changes
      nothing, and says so.
Knows nothing of: models, reports, notebooks, when anything happens.
"""
