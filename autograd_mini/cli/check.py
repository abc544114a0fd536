"""The command `check`."""

import argparse

from autograd_mini.diagnosis.checker.check_engine import check_engine
from autograd_mini.diagnosis.checker.loading import load


def add_options(command: argparse.ArgumentParser) -> None:
    command.description = (
        "Grade a Value class of your own by what it does, and name its mistakes. The file is "
        "executed, so check only what you would run. The exit status is 0 if nothing that is there "
        "is wrong, else 1."
    )
    command.add_argument("engine", metavar="FILE:CLASS", help='such as "my_engine.py:Value"')


def run(options: argparse.Namespace) -> int:
    report = check_engine(load(options.engine))
    print(report)
    return 0 if report.passed else 1
