"""The command `check`."""

import argparse

from autograd_mini.diagnosis.checker.isolation import check_file

LIMITS = (
    "The file is run in a process of its own, with at most 10 seconds for an expression and 60 in "
    "all, without input; what it prints is not shown. On Linux it has at most 2 GB of memory, "
    "cannot write to files, and has no network where that can be forbidden. It can still read and "
    "delete files: check only what you would run. On Windows it is run without these limits."
)


def add_options(command: argparse.ArgumentParser) -> None:
    command.description = (
        "Grade a Value class of your own by what it does, and name its mistakes. The file, a "
        "Python file or a notebook, is executed. The exit status is 0 if nothing that is there is "
        "wrong, else 1."
    )
    command.epilog = LIMITS
    command.add_argument("engine", metavar="FILE:CLASS", help='such as "my_engine.py:Value"')


def run(options: argparse.Namespace) -> int:
    graded = check_file(options.engine)
    print(graded.text)
    return 0 if graded.passed else 1
