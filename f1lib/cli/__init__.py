"""Command line: the verbs as commands, a module per noun; errors become exit codes.

In:   arguments.
Out:  one table or one JSON object on standard output, trouble on standard error, an exit code.
Knows nothing of: how anything is done; each command calls one verb.
"""
