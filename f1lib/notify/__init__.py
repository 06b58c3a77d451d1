"""Notify: what happened, told by mail.

In:   what happened, as plain values: a decision, a promotion, findings, a run.
Out:  events in sentences; mails for the outbox; a conversation with a mail server, over in time.
Knows nothing of: when something is told, notebooks, verbs.
"""
