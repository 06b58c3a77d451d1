"""Pipelines: the verbs of the workbench, one a file.

In:   a weekend, settings, and the time that it is (`now`).
Out:  what was done, as frozen values; files, store rows and reports behind it. Each verb may be
      called twice: the second time it finds its own work and changes nothing.
Knows nothing of: command lines, requests, schedules.
"""
