"""The error tree: each class is one kind of trouble and carries the exit code of it.

    WorkbenchError
    ├── ConfigurationError        10   a setting, file or parameter is wrong
    ├── SourceError               11   data could not be had, or is not what it claims to be
    ├── TableContractError        12   a table breaks its schema
    ├── LeakageError              13   something from the future was about to be used
    ├── InsufficientHistoryError  14   too few races to say anything honest
    ├── RegistryError             15   a model version is missing, damaged or not trusted
    ├── StoreError                16   the store is missing, damaged, newer than the code or locked
    ├── NotebookRunError          17   a notebook run failed
    └── UnderWayError             75   another process is doing the same

Policy: stop rather than guess; missing or contradictory data is an error, a world that has
changed is a finding. A message says what is wrong, with the values, and then what to do.
Only the outer doors (cli, service, runner, notify, push) turn errors into something else.
"""


class WorkbenchError(Exception):
    """Any trouble the workbench can name. Its text is one or two clear sentences."""

    exit_code = 1

    def __init__(self, message: str, **facts: object) -> None:
        super().__init__(message)
        self.facts = facts


class ConfigurationError(WorkbenchError):
    """A setting, configuration file or parameter is wrong."""

    exit_code = 10


class SourceError(WorkbenchError):
    """Data could not be had, or is not what it claims to be."""

    exit_code = 11


class TableContractError(WorkbenchError):
    """A table breaks its schema."""

    exit_code = 12


class LeakageError(WorkbenchError):
    """Something from the future was about to be used."""

    exit_code = 13


class InsufficientHistoryError(WorkbenchError):
    """Too few races to say anything honest."""

    exit_code = 14


class RegistryError(WorkbenchError):
    """A model version is missing, damaged or not trusted."""

    exit_code = 15


class StoreError(WorkbenchError):
    """The store is missing, damaged, newer than the code, or locked."""

    exit_code = 16


class NotebookRunError(WorkbenchError):
    """A notebook run failed; its run folder says where and why."""

    exit_code = 17


class UnderWayError(WorkbenchError):
    """Another process is doing the same; nothing was done."""

    exit_code = 75
